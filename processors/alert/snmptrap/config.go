package snmptrap

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Config says who is told of alarms by SNMP.
type Config struct {
	// Targets are told of what is routed to their receiver.
	Targets []Target `yaml:"targets"`
}

// Target is somebody who listens for SNMP notifications.
type Target struct {
	// Receiver is the name of a receiver in the file that alertmanager names: what is routed
	// to it is sent here. Several targets may have the same.
	Receiver string `yaml:"receiver"`
	// Address to send to, host:port over UDP. The port may be left out and is 162 then.
	Address string `yaml:"address"`
	// Version of SNMP: 1, 2c or 3. Empty means 3 where there is a user, else 2c.
	Version string `yaml:"version"`
	// Community of versions 1 and 2c, 127 bytes at most.
	Community string `yaml:"community"`
	// User of version 3.
	User *User `yaml:"user"`
	// Inform asks for an acknowledgement, which version 1 does not know. Without, a
	// notification that is lost on its way is lost.
	Inform bool `yaml:"inform"`
	// Timeout is how long an inform waits for its acknowledgement. Empty means 2s; from 100ms to 10s.
	Timeout time.Duration `yaml:"timeout"`
	// Retries is how often an inform is repeated in one attempt at a delivery. Left out
	// means 3; from 0 to 10. Attempts follow each other as long as the alarm stands.
	Retries *int `yaml:"retries"`
	// Enterprise is the object identifier that the module stands under, with the number
	// that IANA has given to you. Empty means 1.3.6.1.4.1.32473, which is that of
	// documentation (RFC 5612).
	Enterprise string `yaml:"enterprise"`
}

// User is a user of SNMP v3 (RFC 3414) and what protects its messages. Without auth
// nothing does (noAuthNoPriv), without privacy they may be read (authNoPriv).
type User struct {
	// Name of the user, the securityName.
	Name string `yaml:"name"`
	// Auth is the authentication protocol: MD5, SHA-1, SHA-224, SHA-256, SHA-384 or
	// SHA-512 (RFC 3414, RFC 7860). Empty means none.
	Auth string `yaml:"auth"`
	// AuthPassword has at least 8 characters.
	AuthPassword string `yaml:"auth_password"`
	// Privacy is the encryption: DES, AES-128 (RFC 3826), AES-192, AES-256, or
	// AES-192-C and AES-256-C, whose keys are extended as Cisco's devices do. Empty
	// means none.
	Privacy string `yaml:"privacy"`
	// PrivacyPassword has at least 8 characters.
	PrivacyPassword string `yaml:"privacy_password"`
	// Context is the contextName that is sent, 32 bytes at most. Empty is the default context.
	Context string `yaml:"context"`
}

// DefaultConfig returns the defaults: nobody is told.
func DefaultConfig() Config { return Config{} }

const (
	defaultPort       = 162 // RFC 3417, section 7
	defaultTimeout    = 2 * time.Second
	defaultRetries    = 3
	defaultEnterprise = enterprises + "32473" // RFC 5612

	enterprises = "1.3.6.1.4.1."
	// longestEnterprise is how many numbers an enterprise has at most: its identifier is
	// in every object, and all of them have to fit into one packet.
	longestEnterprise = 12
	// longestCommunity is the longest that the codec writes right.
	longestCommunity = 127
	longestName      = 32 // of users and contexts (RFC 3414, section 2.4; RFC 3411, section 5)
	shortestPassword = 8  // RFC 3414, section 11.2
)

// Validate says everything that is wrong and what to do about it; each error begins with
// the keys below this room that lead to the value.
func (c Config) Validate() error {
	var problems []error
	type place struct{ receiver, address string }
	taken := map[place]bool{}
	for i, target := range c.Targets {
		for _, problem := range target.problems() {
			problems = append(problems, fmt.Errorf("targets[%d].%w", i, problem))
		}
		if host, port, err := endpoint(target.Address); err == nil {
			at := place{target.Receiver, net.JoinHostPort(host, strconv.Itoa(int(port)))}
			if taken[at] {
				problems = append(problems, fmt.Errorf("targets[%d].address: %s is a target of receiver %q already: remove one", i, at.address, at.receiver))
			}
			taken[at] = true
		}
	}
	return errors.Join(problems...)
}

func (t Target) problems() []error {
	var problems []error
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Errorf(format, arguments...)) }
	if t.Receiver == "" {
		report("receiver: is empty: name a receiver of the Alertmanager file")
	}
	if _, _, err := endpoint(t.Address); err != nil {
		report("address: %w", err)
	}
	if t.Timeout != 0 && (t.Timeout < 100*time.Millisecond || t.Timeout > 10*time.Second) {
		report("timeout: is %s: use 100ms to 10s", t.Timeout)
	}
	if t.Retries != nil && (*t.Retries < 0 || *t.Retries > 10) {
		report("retries: is %d: use 0 to 10", *t.Retries)
	}
	if t.Enterprise != "" && !isEnterprise(t.Enterprise) {
		report("enterprise: %q is not below private enterprises: write it as %s, with %d numbers at most", t.Enterprise, defaultEnterprise, longestEnterprise)
	}
	if t.resolved().Version == "1" && t.Inform {
		report("inform: version 1 has no informs: remove inform:, or set version: 2c")
	}
	return append(problems, t.credentialProblems()...)
}

func (t Target) credentialProblems() []error {
	switch version := t.resolved().Version; {
	case version != "1" && version != "2c" && version != "3":
		return []error{fmt.Errorf("version: %q is no version of SNMP: use 1, 2c or 3", version)}
	case version == "3" && t.User == nil:
		return []error{errors.New("user: version 3 needs one: add user: with a name")}
	case version == "3" && t.Community != "":
		return []error{errors.New("community: version 3 has no communities: remove community:, or user: for version 2c")}
	case version == "3":
		return t.User.problems()
	case t.User != nil:
		return []error{fmt.Errorf("user: version %s has no users: remove user:, or set version: 3", version)}
	case t.Community == "" || len(t.Community) > longestCommunity:
		return []error{fmt.Errorf("community: has %d bytes: use 1 to %d, or add user: for version 3", len(t.Community), longestCommunity)}
	}
	return nil
}

func (u User) problems() []error {
	var problems []error
	report := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf("user."+format, arguments...))
	}
	if u.Name == "" || len(u.Name) > longestName {
		report("name: has %d bytes: use 1 to %d", len(u.Name), longestName)
	}
	if len(u.Context) > longestName {
		report("context: has %d bytes: use %d at most", len(u.Context), longestName)
	}
	if _, known := authentications[plainName(u.Auth)]; !known {
		report("auth: %q is no authentication protocol: use MD5, SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512", u.Auth)
	}
	if _, known := privacies[plainName(u.Privacy)]; !known {
		report("privacy: %q is no encryption: use DES, AES-128, AES-192, AES-256, AES-192-C or AES-256-C", u.Privacy)
	}
	if u.Privacy != "" && u.Auth == "" {
		report("privacy: there is none without authentication in SNMP v3: add auth:")
	}
	for _, password := range []struct{ key, protocol, value string }{
		{"auth", u.Auth, u.AuthPassword}, {"privacy", u.Privacy, u.PrivacyPassword},
	} {
		switch {
		case password.protocol == "" && password.value != "":
			report("%s_password: protects nothing without a protocol: add %s:, or remove it", password.key, password.key)
		case password.protocol != "" && len(password.value) < shortestPassword:
			report("%s_password: has %d characters: SNMP v3 asks for %d or more", password.key, len(password.value), shortestPassword)
		}
	}
	return problems
}

// resolved returns the target with what was left out filled in.
func (t Target) resolved() Target {
	if t.Version == "" {
		t.Version = "2c"
		if t.User != nil {
			t.Version = "3"
		}
	}
	if t.Timeout == 0 {
		t.Timeout = defaultTimeout
	}
	if t.Retries == nil {
		retries := defaultRetries
		t.Retries = &retries
	}
	if t.Enterprise == "" {
		t.Enterprise = defaultEnterprise
	}
	return t
}

// endpoint takes an address apart: host, host:port, or an IPv6 address with or without
// brackets.
func endpoint(address string) (host string, port uint16, err error) {
	if bare, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")); err == nil {
		return bare.String(), defaultPort, nil
	}
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		host, digits = address, strconv.Itoa(defaultPort)
	}
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || number == 0 || host == "" || strings.ContainsAny(host, "/ @[]") || strings.Contains(host, ":") && !isIPv6(host) {
		return "", 0, fmt.Errorf("%q is not a host and a port: write it as 192.0.2.10:162 or nms.example.org", address)
	}
	return host, uint16(number), nil
}

func isIPv6(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.Is6()
}

func isEnterprise(identifier string) bool {
	if !strings.HasPrefix(identifier, enterprises) {
		return false
	}
	numbers := strings.Split(identifier, ".")
	for _, number := range numbers {
		if value, err := strconv.ParseUint(number, 10, 32); err != nil || strconv.FormatUint(value, 10) != number {
			return false
		}
	}
	return len(numbers) <= longestEnterprise
}

// plainName is a protocol's name however it is written: sha256 is SHA-256, AES is
// AES-128, SHA is SHA-1.
func plainName(written string) string {
	switch plain := strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(written)); plain {
	case "SHA":
		return "SHA1"
	case "AES":
		return "AES128"
	default:
		return plain
	}
}
