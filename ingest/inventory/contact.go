package inventory

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Contact is whom to call about a site.
type Contact struct {
	// Name of who answers: a person, a desk or a duty rota. Up to 100 characters.
	Name string `yaml:"name"`
	// Phone is the number to dial, best with the country's code, as in +81 22 555 0100.
	Phone string `yaml:"phone"`
	// Mail is an address, as in desk@example.com.
	Mail string `yaml:"mail"`
	// Hours say when they answer and who does at other times, in words. Up to 200
	// characters.
	Hours string `yaml:"hours"`
}

// The longest texts of a card, in characters.
const (
	longestName    = 100
	longestHours   = 200
	longestMail    = 254 // RFC 5321, section 4.5.3.1.3
	longestRunbook = 1000
)

// dialled is a telephone number as people write it: digits with what sets them apart,
// and perhaps an extension.
var dialled = regexp.MustCompile(`^\+?[0-9(][0-9 ().\-/]{1,30}( ?(x|ext\.?) ?[0-9]{1,6})?$`)

// scheme begins what is meant as an address and not as words.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.\-]*:\S*$`)

// contact checks what the card of a site shows.
func (c *checker) contact(at string, site Site) {
	contact := site.Contact
	c.words(at+".contact.name", contact.Name, longestName)
	c.words(at+".contact.hours", contact.Hours, longestHours)
	c.words(at+".runbook", site.Runbook, longestRunbook)
	if contact.Phone != "" && !dialled.MatchString(contact.Phone) {
		c.report(at+".contact.phone", "%q is not a telephone number: write one as +81 22 555 0100, and words to hours:", contact.Phone)
	}
	if contact.Mail != "" {
		parsed, err := mail.ParseAddress(contact.Mail)
		if err != nil || parsed.Address != contact.Mail || len(contact.Mail) > longestMail || strings.ContainsAny(contact.Mail, " \"<>?&%") {
			c.report(at+".contact.mail", "%q is not a mail address: write one as desk@example.com", contact.Mail)
		}
	}
	runbook := strings.TrimSpace(site.Runbook)
	if !scheme.MatchString(runbook) {
		return
	}
	link, err := url.Parse(runbook)
	switch {
	case err != nil:
		c.report(at+".runbook", "it cannot be read as a link: write one that begins with https://, or a text of several words")
	case !strings.EqualFold(link.Scheme, "https") && !strings.EqualFold(link.Scheme, "http"):
		c.report(at+".runbook", "%s: is no link that a page opens: write one that begins with https://, or a text of several words", link.Scheme)
	case link.Hostname() == "":
		c.report(at+".runbook", "the link names no host: write one as https://wiki.example.com/page")
	case link.User != nil:
		c.report(at+".runbook", "the link bears a user or a password, which everyone who sees the page would read: leave it out")
	}
}

// words checks a text for people: not too long, and of one line or of lines.
func (c *checker) words(at, text string, longest int) {
	if n := utf8.RuneCountInString(text); n > longest {
		c.report(at, "the text has %d characters: use up to %d", n, longest)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		c.report(at, "the text has control characters: leave them out")
	}
}
