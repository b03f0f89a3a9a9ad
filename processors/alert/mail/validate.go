package mail

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Validate says everything that is wrong and what to do about it; each error begins with
// the keys below this room that lead to the value. Files are read by New.
func (c Config) Validate() error {
	var problems []error
	if _, known := languages[c.Language]; !known {
		problems = append(problems, fmt.Errorf("language is %q: use en or ja", c.Language))
	}
	if c.Brand.Name == "" {
		problems = append(problems, errors.New("brand.name is empty: write the partner's name"))
	}
	if !colour.MatchString(c.Brand.Accent) {
		problems = append(problems, fmt.Errorf("brand.accent is %q: write it as #rrggbb", c.Brand.Accent))
	}
	for i, target := range c.Targets {
		for _, problem := range target.complete(c.Language).problems() {
			problems = append(problems, fmt.Errorf("targets[%d].%w", i, problem))
		}
	}
	return errors.Join(problems...)
}

func (t Target) problems() (found []error) {
	add := func(format string, arguments ...any) { found = append(found, fmt.Errorf(format, arguments...)) }
	if t.Receiver == "" {
		add("receiver is empty: name one of Alertmanager's file")
	}
	host, port, err := net.SplitHostPort(t.Server)
	if number, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil || host == "" || number == 0 {
		add("server is %q: write HOST:PORT, such as mail.partner.example:587", t.Server)
	}
	switch t.Security {
	case startTLS, fromTLS:
	case plainTCP:
		if address := net.ParseIP(host); host != "localhost" && (address == nil || !address.IsLoopback()) {
			add("security is none, and %s is not this machine: use starttls or tls", host)
		}
	default:
		add("security is %q: use starttls, tls or none", t.Security)
	}
	if (t.User == "") != (t.Password == "") {
		add("user: give user and password (by !env or !file), or neither")
	}
	if _, err := address(t.From); err != nil {
		add("from is %q: %w", t.From, err)
	}
	if _, err := address(t.ReplyTo); t.ReplyTo != "" && err != nil {
		add("reply_to is %q: %w", t.ReplyTo, err)
	}
	if len(t.To) == 0 {
		add("to is empty: name who gets the mail")
	}
	for i, to := range t.To {
		if _, err := address(to); err != nil {
			add("to[%d] is %q: %w", i, to, err)
		}
	}
	if _, known := languages[t.Language]; !known {
		add("language is %q: use en or ja", t.Language)
	}
	if t.Repeat != 0 && (t.Repeat < time.Minute || t.Repeat > 168*time.Hour) {
		add("repeat is %s: use 1m to 168h, or 0 for never", t.Repeat)
	}
	return found
}

func address(text string) (*mail.Address, error) {
	parsed, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("this is no address of mail: write NAME@DOMAIN, or Name <NAME@DOMAIN>")
	}
	return parsed, nil
}
