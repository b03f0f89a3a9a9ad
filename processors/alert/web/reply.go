package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/mail"
)

// viaMail is how an entry came that was a mail.
const viaMail = "mail"

// errMail refuses what is no mail.
var errMail = errors.New("send the mail as Content-Type: message/rfc822")

// unreadable is a mail that cannot be taken, however often it is sent.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

// reply takes a mail that answers one of ours, as a mail server hands it on.
//
//	POST /api/alarms/reply   message/rfc822: the ticket it was added to; 404 of an unknown key, 422 of what is no reply
func (d *desk) reply(r *http.Request) (any, error) {
	if form, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || form != "message/rfc822" {
		return nil, errMail
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			d.tickets.Refused(viaMail)
			return nil, unreadable{fmt.Errorf("the mail is longer than %d bytes", mail.LargestReply)}
		}
		return nil, badRequest{fmt.Errorf("read the mail: %w", err)}
	}
	parsed, err := mail.ParseReply(raw)
	if err != nil {
		d.tickets.Refused(viaMail)
		return nil, unreadable{err}
	}
	return answered(d.tickets.Answer(r.Context(), parsed.ID, parsed.Human, journal.Word{By: parsed.From, Text: parsed.Text, Via: viaMail, Reference: parsed.MessageID, Began: parsed.Began}))
}
