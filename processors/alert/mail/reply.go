package mail

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ErrNoKey says that a mail answers none of ours.
var ErrNoKey = errors.New("the mail carries no key of an alarm, neither in its subject nor in what it refers to")

// LargestReply is how long a mail may be, in bytes.
const LargestReply = 25 << 20

var (
	keyInSubject = regexp.MustCompile(`(?i)\[mimamori #([0-9a-f]{16})\]`)
	keyInThread  = regexp.MustCompile(`<([0-9a-f]{16})\.([0-9]{1,12})[.@]`)
)

// Reply is a mail that answers one of ours.
type Reply struct {
	// ID is the key of the alarm.
	ID string
	// Began is when the alarm began that is answered, to the second; zero where the mail does not say.
	Began time.Time
	// From is the address that the mail says it is from: whoever may comment is to be checked elsewhere.
	From string
	// Text is what is new in it, without what it quotes and without a signature.
	Text string
	// Human is false of what a program sent by itself: such a mail answers nobody.
	Human bool
	// MessageID is the same when the same mail comes again. May be empty.
	MessageID string
}

// ParseReply reads a mail that answers one of ours. The key of the alarm is in its subject, or in the
// thread that it is in: a mail without one is ErrNoKey. With any later error come the key and what else is known.
func ParseReply(raw []byte) (Reply, error) {
	if len(raw) > LargestReply {
		return Reply{}, fmt.Errorf("read a reply of %d bytes: %d are the most", len(raw), LargestReply)
	}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Reply{}, fmt.Errorf("read a reply: %w", err)
	}
	subject := decoded(message.Header.Get("Subject"))
	reply := Reply{MessageID: strings.TrimSpace(message.Header.Get("Message-ID"))}
	if reply.ID, reply.Began = keyOf(subject, message.Header); reply.ID == "" {
		return Reply{}, ErrNoKey
	}
	sender, err := (&mail.AddressParser{WordDecoder: headerWords()}).Parse(message.Header.Get("From"))
	if err != nil {
		return reply, fmt.Errorf("read whom a reply to alarm %s is from: %w", reply.ID, err)
	}
	reply.From, reply.Human = sender.Address, byHuman(message.Header, subject)
	body, err := bodyOf(message)
	if err != nil {
		return reply, fmt.Errorf("read the reply of %s to alarm %s: %w", reply.From, reply.ID, err)
	}
	reply.Text = comment(body)
	return reply, nil
}

// keyOf is the key of the alarm and when it began. What the subject says counts, for a person may have changed it.
func keyOf(subject string, of mail.Header) (id string, began time.Time) {
	if found := keyInSubject.FindStringSubmatch(subject); found != nil {
		id = strings.ToLower(found[1])
	}
	for _, name := range []string{"In-Reply-To", "References"} {
		found := keyInThread.FindStringSubmatch(of.Get(name))
		if found == nil || id != "" && found[1] != id {
			continue
		}
		if seconds, err := strconv.ParseInt(found[2], 10, 64); err == nil {
			began = time.Unix(seconds, 0)
		}
		return found[1], began
	}
	return id, began
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
