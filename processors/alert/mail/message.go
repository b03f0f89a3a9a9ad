package mail

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"mimamori/processors/alert/notify"
)

// subjectKey is what a reply carries.
func subjectKey(id string) string { return "[mimamori #" + id + "]" }

// thread is what the Message-IDs of an occurrence of an alarm begin with: of one about a ticket with those
// of the ticket, so that an answer to either is one to the ticket.
func thread(alarm notify.Alarm) string {
	own := alarm.ID + "." + strconv.FormatInt(alarm.Since.Unix(), 10)
	if alarm.Ticket != "" {
		return threadRoot(alarm) + "." + own
	}
	return own
}

// threadRoot is what the Message-IDs of the ticket's own alarm begin with.
func threadRoot(alarm notify.Alarm) string {
	if alarm.Ticket != "" {
		return alarm.Ticket + "." + strconv.FormatInt(alarm.Began.Unix(), 10)
	}
	return thread(alarm)
}

// saying tells a mail that says something new from one that says what the last one did.
func saying(alarm notify.Alarm) string { return status(alarm) + " " + alarm.Digest() }

// messageID is the same when a mail is sent again because the answer to it was lost, and
// another for what is told anew. The first of a thread is its root.
func messageID(alarm notify.Alarm, before sent) (id string, root bool) {
	switch {
	case alarm.Cleared && before.endings == 0:
		return thread(alarm) + ".cleared", false
	case alarm.Cleared:
		return fmt.Sprintf("%s.cleared.%d", thread(alarm), before.endings), false
	case before.mails == 0:
		return thread(alarm), alarm.Ticket == ""
	}
	return fmt.Sprintf("%s.%d", thread(alarm), before.mails), false
}

// message makes the mail of a letter.
func (s *Sender) message(one *letter) (*gomail.Msg, error) {
	alarm := one.alarm
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	m.ReplyToMailAddress(s.replyTo)
	m.ToMailAddress(one.to)
	m.SetDate()
	domain := s.from.Address[strings.LastIndex(s.from.Address, "@")+1:]
	id, root := messageID(alarm, one.before)
	m.SetMessageIDWithValue(id + "@" + domain)
	if !root {
		first := "<" + threadRoot(alarm) + "@" + domain + ">"
		m.SetGenHeader(gomail.HeaderInReplyTo, first)
		m.SetGenHeader(gomail.HeaderReferences, first)
	}
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	for _, field := range [][2]string{
		{"Id", ticketOf(alarm)}, {"Step", alarm.Step}, {"Status", status(alarm)}, {"Severity", alarm.Severity}, {"Ticket-Severity", alarm.TicketSeverity},
		{"Customer", alarm.Customer}, {"Site", alarm.Site}, {"Entity", alarm.Entity}, {"Rule", alarm.Rule},
		{"Since", alarm.Since.UTC().Format("2006-01-02T15:04:05Z")}, {"Devices", alarm.Devices},
	} {
		if value := header(field[1]); value != "" {
			m.SetGenHeader(gomail.Header("X-Mimamori-"+field[0]), value)
		}
	}
	subject := subjectKey(ticketOf(alarm)) + " " + status(alarm)
	if s.target.Short {
		m.Subject(subject)
		m.SetBodyString(gomail.TypeTextPlain, textMessage(alarm))
		return m, nil
	}
	m.Subject(subject + " " + header(alarm.Summary))
	shown := newPage(s.brand, s.logo != nil, s.words, alarm)
	html, err := shown.html()
	if err != nil {
		return nil, err
	}
	m.SetBodyString(gomail.TypeTextPlain, shown.plain())
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	if s.logo != nil {
		if err := m.EmbedReader("logo", bytes.NewReader(s.logo), gomail.WithFileContentID("<logo>"), gomail.WithFileContentType(gomail.ContentType(s.logoType))); err != nil {
			return nil, fmt.Errorf("embed the logo: %w", err)
		}
	}
	document, err := machineReadable(alarm)
	if err != nil {
		return nil, err
	}
	if err := m.AttachReader("alarm.json", bytes.NewReader(document), gomail.WithFileContentType("application/json")); err != nil {
		return nil, fmt.Errorf("attach the alarm: %w", err)
	}
	return m, nil
}
