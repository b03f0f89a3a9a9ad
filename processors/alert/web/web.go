package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/mail"
	"mimamori/processors/alert/notify"
)

// Prefix is where the alarms are; Alertmanager's API is below AlertmanagerPrefix.
const (
	Prefix             = "/api/alarms"
	AlertmanagerPrefix = "/api/v2/"
)

// longestBody is how much of a request is read.
const longestBody = 64 << 10

// Auditor reads the audit log.
type Auditor interface {
	Audit(limit int) ([]alert.Entry, error)
}

// Word is the body of a request to acknowledge an alarm.
type Word struct {
	Owner  string `json:"owner"`  // who sees to it
	Reason string `json:"reason"` // what is being done
	By     string `json:"by"`     // who says so
	For    string `json:"for"`    // until when from now, as 30m or 2h
}

// Trial is the body of a request to test a receiver.
type Trial struct {
	Receiver string `json:"receiver"`
}

// Listed is an alarm with what is due of its ticket.
type Listed struct {
	alert.Alarm
	TicketSeverity   string    `json:"ticket_severity,omitempty"` // S1 to S4
	FirstResponseDue time.Time `json:"first_response_due,omitzero"`
}

// Deps are what the alarms are served with.
type Deps struct {
	Engine   *alert.Engine
	Audit    Auditor
	Notifier *notify.Notifier
	Tickets  *journal.Journal
	Access   Access
	Logger   *slog.Logger
}

// Handler serves the alarms of an engine to those whom Access knows. Requests with a body are application/json. Errors are {"message": ...} with the status that fits.
//
//	GET  /api/alarms                    what is raised or pending (Listed), the gravest first; of some customers what is raised
//	POST /api/alarms/ID/acknowledge     Word
//	POST /api/alarms/ID/unacknowledge   Word, of which reason and by count
//	GET  /api/alarms/audit?limit=100    who did what, the newest first
//	POST /api/alarms/test               Trial: sends a marked sample and says what came back
//
// Those of tickets are at desk.routes, that of mails at desk.reply.
func Handler(deps Deps) http.Handler {
	engine, audit, notifier := deps.Engine, deps.Audit, deps.Notifier
	routes := http.NewServeMux()
	write := func(w http.ResponseWriter, r *http.Request, status int, what any) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(what); err != nil && r.Context().Err() == nil {
			deps.Logger.Debug("an answer could not be written", "path", r.URL.Path, "error", err)
		}
	}
	refuse := func(w http.ResponseWriter, r *http.Request, err error) {
		status := statusOf(err)
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer realm="mimamori alarms"`)
			w.Header().Add("WWW-Authenticate", `Basic realm="mimamori alarms", charset="UTF-8"`)
		}
		write(w, r, status, map[string]string{"message": err.Error()})
	}
	bounded := func(pattern string, longest int64, answer func(*http.Request) (any, error)) {
		routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, longest)
			found, err := answer(r)
			if err != nil {
				refuse(w, r, err)
				return
			}
			write(w, r, http.StatusOK, found)
		})
	}
	handle := func(pattern string, answer func(*http.Request) (any, error)) { bounded(pattern, longestBody, answer) }
	people := &desk{engine: engine, tickets: deps.Tickets}
	people.routes(handle)
	bounded("POST "+Prefix+"/reply", mail.LargestReply, people.reply)
	handle("GET "+Prefix, func(r *http.Request) (any, error) {
		who, alarms := askerOf(r), []Listed{}
		for _, one := range engine.Alarms() {
			if !who.sees(&one) || !who.Scope.All() && one.State != alert.Raised {
				continue
			}
			listed := Listed{Alarm: who.shown(one), TicketSeverity: one.Severity.Ticket()}
			if standing, ok := deps.Tickets.Standing(one.ID); ok && one.State == alert.Raised {
				if listed.TicketSeverity = standing.Severity; standing.AnsweredAt.IsZero() {
					listed.FirstResponseDue = standing.FirstResponseDue
				}
			}
			alarms = append(alarms, listed)
		}
		return alarms, nil
	})
	handle("POST "+Prefix+"/{id}/acknowledge", func(r *http.Request) (any, error) {
		word, err := read[Word](r)
		if err != nil {
			return nil, err
		}
		length, err := time.ParseDuration(word.For)
		if err != nil {
			return nil, badRequest{fmt.Errorf("for is %q: write for how long, as 30m or 2h", word.For)}
		}
		if err := within(r, engine); err != nil {
			return nil, err
		}
		now, who := time.Now().UTC(), askerOf(r)
		return who.settled(engine.Acknowledge(r.Context(), r.PathValue("id"), alert.Acknowledgement{Owner: word.Owner, Reason: word.Reason, By: who.signed(word.By), At: now, Until: now.Add(length)}))
	})
	handle("POST "+Prefix+"/{id}/unacknowledge", func(r *http.Request) (any, error) {
		word, err := read[Word](r)
		if err != nil {
			return nil, err
		}
		if err := within(r, engine); err != nil {
			return nil, err
		}
		who := askerOf(r)
		return who.settled(engine.Unacknowledge(r.Context(), r.PathValue("id"), who.signed(word.By), word.Reason))
	})
	handle("GET "+Prefix+"/audit", func(r *http.Request) (any, error) {
		limit := 100
		if text := r.FormValue("limit"); text != "" {
			var err error
			if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 10_000 {
				return nil, badRequest{fmt.Errorf("limit is %q: use 1 to 10000", text)}
			}
		}
		entries, err := audit.Audit(limit)
		if entries == nil {
			entries = []alert.Entry{}
		}
		return entries, err
	})
	handle("POST "+Prefix+"/test", func(r *http.Request) (any, error) {
		trial, err := read[Trial](r)
		if err != nil {
			return nil, err
		}
		answer, err := notifier.Send(r.Context(), trial.Receiver, example())
		if err != nil && answer == "" {
			return nil, badRequest{err}
		}
		return map[string]any{"answer": answer, "failed": err != nil}, nil
	})
	routes.Handle(AlertmanagerPrefix, notifier.Handler())
	return guarded(routes, deps.Access, refuse)
}

// within refuses an alarm that who asks does not see, as one that is not raised.
func within(r *http.Request, engine *alert.Engine) error {
	who := askerOf(r)
	if who.Scope.All() {
		return nil
	}
	for _, one := range engine.Alarms() {
		if one.ID == r.PathValue("id") && who.sees(&one) {
			return nil
		}
	}
	return alert.ErrNotFound
}

// example is an alarm that is none.
func example() notify.Alert {
	now := time.Now()
	return notify.Alert{
		Labels: map[string]string{"alertname": "Test", "severity": string(alert.Warning), "customer": "Example Customer", "site": "Example Site", "entity": "device/example"},
		Annotations: map[string]string{
			"id": alert.Key{Rule: "Test", Customer: "Example Customer", Site: "Example Site", Entity: "device/example"}.String(), "name": "example",
			"summary": "this is a test of a receiver: nothing is wrong, nobody need do anything", "since": now.UTC().Format(time.RFC3339), "ticket_severity": alert.Warning.Ticket(),
		},
		StartsAt: now, EndsAt: now.Add(5 * time.Minute),
	}
}

// badRequest is a mistake of who asks.
type badRequest struct{ error }

func (b badRequest) Unwrap() error { return b.error }

// settled shows an alarm that something was done to.
func (a Asker) settled(one alert.Alarm, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.shown(one), nil
}

// errForm refuses what a page of another site may send from a person's browser without being asked.
var errForm = errors.New("send the request as Content-Type: application/json")

func statusOf(err error) int {
	if status := statusOfTicket(err); status != 0 {
		return status
	}
	switch {
	case errors.Is(err, ErrNobody):
		return http.StatusUnauthorized
	case errors.Is(err, errForbidden):
		return http.StatusForbidden
	case errors.Is(err, ErrUnsure):
		return http.StatusServiceUnavailable
	case errors.Is(err, errForm), errors.Is(err, errMail):
		return http.StatusUnsupportedMediaType
	case errors.As(err, new(unreadable)):
		return http.StatusUnprocessableEntity
	case errors.As(err, new(badRequest)), errors.Is(err, alert.ErrMistake):
		return http.StatusBadRequest
	case errors.Is(err, alert.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, context.Canceled):
		return 499 // who asked has gone
	}
	return http.StatusInternalServerError
}

func read[T any](r *http.Request) (T, error) {
	var body T
	if form, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || form != "application/json" {
		return body, errForm
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		return body, badRequest{fmt.Errorf("read the request: %w", err)}
	}
	return body, nil
}
