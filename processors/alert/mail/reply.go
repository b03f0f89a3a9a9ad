package mail

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"regexp"
	"strings"
)

// ErrNoKey says that a mail answers none of ours.
var ErrNoKey = errors.New("the mail carries no key of an alarm, neither in its subject nor in what it refers to")

// largestReply is how long a mail may be, in bytes.
const largestReply = 25 << 20

var (
	keyInSubject = regexp.MustCompile(`(?i)\[mimamori #([0-9a-f]{16})\]`)
	keyInThread  = regexp.MustCompile(`<([0-9a-f]{16})\.[0-9]+[.@]`)
)

// ParseReply reads a mail that answers one of ours: the key of the alarm, from its subject
// or the thread that it is in; the address that it is from; and its text, without what it
// quotes and without a signature. Human is false of what a program sent by itself: such
// a mail answers nobody. The address is what the mail says: whoever may comment is to be
// checked elsewhere. A mail without a key is ErrNoKey.
func ParseReply(raw []byte) (id, from, text string, human bool, err error) {
	if len(raw) > largestReply {
		return "", "", "", false, fmt.Errorf("read a reply of %d bytes: %d are the most", len(raw), largestReply)
	}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return "", "", "", false, fmt.Errorf("read a reply: %w", err)
	}
	subject := decoded(message.Header.Get("Subject"))
	if id = keyOf(subject, message.Header); id == "" {
		return "", "", "", false, ErrNoKey
	}
	human = byHuman(message.Header, subject)
	sender, err := (&mail.AddressParser{WordDecoder: headerWords()}).Parse(message.Header.Get("From"))
	if err != nil {
		return id, "", "", false, fmt.Errorf("read whom a reply to alarm %s is from: %w", id, err)
	}
	body, err := bodyOf(message)
	if err != nil {
		return id, sender.Address, "", human, fmt.Errorf("read the reply of %s to alarm %s: %w", sender.Address, id, err)
	}
	return id, sender.Address, comment(body), human, nil
}

func keyOf(subject string, of mail.Header) string {
	if found := keyInSubject.FindStringSubmatch(subject); found != nil {
		return strings.ToLower(found[1])
	}
	for _, name := range []string{"In-Reply-To", "References"} {
		if found := keyInThread.FindStringSubmatch(of.Get(name)); found != nil {
			return found[1]
		}
	}
	return ""
}

func headerWords() *mime.WordDecoder { return &mime.WordDecoder{CharsetReader: inCharset} }

func decoded(text string) string {
	if plain, err := headerWords().DecodeHeader(text); err == nil {
		return plain
	}
	return text
}

// away begins the subjects of automatic replies that say so nowhere else.
var away = regexp.MustCompile(`(?i)^\s*(out of (the )?office|automatic reply|auto(matic)?[ -]?(response|reply)|autoreply|abwesen|automatische antwort|réponse automatique|respuesta automática|` +
	`自動応答|自動返信|不在|undeliver|delivery (status|failure)|mail delivery failed|returned mail|read:|開封済み)`)

// byHuman says whether a person wrote it: RFC 3834, and what programs do that are older or
// do not heed it.
func byHuman(header mail.Header, subject string) bool {
	if submitted, _, _ := strings.Cut(strings.ToLower(header.Get("Auto-Submitted")), ";"); submitted != "" && strings.TrimSpace(submitted) != "no" {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Precedence"))) {
	case "bulk", "junk", "list", "auto_reply", "auto-reply":
		return false
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autoresponder", "X-Mimamori-Id", "X-Failed-Recipients"} {
		if value := strings.ToLower(strings.TrimSpace(header.Get(name))); value != "" && value != "no" {
			return false
		}
	}
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	sender := strings.ToLower(header.Get("From"))
	return kind != "multipart/report" && strings.TrimSpace(header.Get("Return-Path")) != "<>" &&
		!strings.Contains(sender, "mailer-daemon@") && !strings.Contains(sender, "postmaster@") && !away.MatchString(subject)
}
