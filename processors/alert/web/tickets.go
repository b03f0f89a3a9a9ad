package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
)

// Said is the body of a request that says something of a ticket.
type Said struct {
	By        string `json:"by"`                  // who says it
	Text      string `json:"text,omitempty"`      // what was said, or the reason
	Severity  string `json:"severity,omitempty"`  // of severity: S1 to S4
	Priority  int    `json:"priority,omitempty"`  // of priority: 1 to 4, or 0 for none
	Reference string `json:"reference,omitempty"` // names what it came from: the same one counts once
}

// desk is the people's side of the alarms: their tickets.
type desk struct {
	engine  *alert.Engine
	tickets *journal.Journal
}

// routes are those of tickets.
//
//	GET  /api/alarms/tickets?from=&to=&customer=&site=&open=&entries=   those opened in a time (RFC 3339), the oldest first
//	GET  /api/alarms/ID/ticket     the open one, or the one closed last, with all that happened to it
//	POST /api/alarms/ID/respond    Said: a person answered
//	POST /api/alarms/ID/comment    Said: a note, which answers nobody
//	POST /api/alarms/ID/severity   Said: what is due is reckoned anew
//	POST /api/alarms/ID/priority   Said
//	POST /api/alarms/hook          Hook: what a ticket system says
func (d *desk) routes(handle func(pattern string, answer func(*http.Request) (any, error))) {
	handle("GET "+Prefix+"/tickets", func(r *http.Request) (any, error) {
		choice, err := chosen(r)
		if err != nil {
			return nil, badRequest{err}
		}
		return answered(d.tickets.Tickets(r.Context(), choice))
	})
	handle("GET "+Prefix+"/{id}/ticket", func(r *http.Request) (any, error) {
		return answered(d.tickets.Ticket(r.Context(), r.PathValue("id")))
	})
	for _, about := range []string{"respond", "comment", "severity", "priority"} {
		handle("POST "+Prefix+"/{id}/"+about, func(r *http.Request) (any, error) {
			said, err := read[Said](r)
			if err != nil {
				return nil, err
			}
			return answered(d.say(r, r.PathValue("id"), about, "", said))
		})
	}
	handle("POST "+Prefix+"/hook", d.hook)
}

// say hands what was said on to the ticket, and has the alarm told anew where that matters to others.
func (d *desk) say(r *http.Request, id, about, via string, said Said) (t journal.Ticket, err error) {
	word := journal.Word{By: askerOf(r).signed(said.By), Text: said.Text, Via: via, Reference: said.Reference}
	switch about {
	case "respond":
		t, err = d.tickets.Respond(r.Context(), id, word)
	case "comment":
		t, err = d.tickets.Comment(r.Context(), id, word)
	case "severity":
		t, err = d.tickets.Regrade(r.Context(), id, said.Severity, word)
	case "priority":
		t, err = d.tickets.Prioritise(r.Context(), id, said.Priority, word)
	}
	if err == nil {
		d.engine.Retell()
	}
	return t, err
}

// chosen reads which tickets are asked for.
func chosen(r *http.Request) (journal.Choice, error) {
	choice := journal.Choice{To: time.Now().Add(time.Minute), Customer: r.FormValue("customer"), Site: r.FormValue("site"), Open: r.FormValue("open") == "true", Entries: r.FormValue("entries") == "true"}
	for name, at := range map[string]*time.Time{"from": &choice.From, "to": &choice.To} {
		text := r.FormValue(name)
		if text == "" {
			continue
		}
		var err error
		if *at, err = time.Parse(time.RFC3339, text); err != nil {
			return choice, fmt.Errorf("%s is %q: write it as 2026-09-18T16:50:00Z", name, text)
		}
	}
	return choice, nil
}

// answered tells a mistake of who asks from a journal that fails.
func answered[T any](found T, err error) (any, error) {
	if errors.Is(err, journal.ErrMistake) || errors.Is(err, journal.ErrTooMany) {
		return nil, badRequest{err}
	}
	return found, err
}

// statusOfTicket is that of what a journal refuses; 0 for what it does not.
func statusOfTicket(err error) int {
	switch {
	case errors.Is(err, journal.ErrUnknown):
		return http.StatusNotFound
	case errors.Is(err, journal.ErrClosed), errors.Is(err, journal.ErrFull):
		return http.StatusConflict
	}
	return 0
}
