package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"golang.org/x/sync/errgroup"

	"mimamori/storage/scope"
)

// raisedAlarm is an alarm that is raised now, as the pages show it. Times are Unix milliseconds.
type raisedAlarm struct {
	ID             string    `json:"id"`
	Severity       string    `json:"severity"`       // critical, major, minor or warning
	TicketSeverity string    `json:"ticketSeverity"` // S1 to S4
	Rule           string    `json:"rule"`
	Customer       string    `json:"customer"`
	Site           string    `json:"site"`
	Device         string    `json:"device"`
	Entity         string    `json:"entity"`
	Name           string    `json:"name"`
	Since          int64     `json:"since"`
	Raised         int64     `json:"raised"`
	Due            *int64    `json:"due"` // of the first response; null where none is
	Devices        int       `json:"devices"`
	Events         int       `json:"events"`
	Flapping       bool      `json:"flapping"`
	Maintenance    bool      `json:"maintenance"`
	Summary        string    `json:"summary"`
	Owner          string    `json:"owner"`
	Reason         string    `json:"reason"`
	Until          *int64    `json:"until"` // of the acknowledgement; null where none is in force
	Silences       []silence `json:"silences"`

	Ticket string `json:"ticket"` // of what is late about a ticket: the id of the alarm whose ticket it is; else empty
	Step   string `json:"step"`   // of an escalation whom it has reached; else empty
}

// silence keeps alarms from being told.
type silence struct {
	ID      string `json:"id"`
	By      string `json:"by"`
	Comment string `json:"comment"`
	Until   int64  `json:"until"`
}

// openAlarms is the answer about what is raised now.
type openAlarms struct {
	Configured bool          `json:"configured"` // the data source says where alarms are raised
	Acts       bool          `json:"acts"`       // who asks may acknowledge and silence
	Alarms     []raisedAlarm `json:"alarms"`
}

// mayAct says whether a user may acknowledge and silence: an editor or above of an organisation that sees every
// customer.
func mayAct(claims scope.Claims, user *backend.User) bool {
	return claims.All && user != nil && user.Login != "" && (user.Role == "Editor" || user.Role == "Admin")
}

// errMayNotAct refuses the others.
var errMayNotAct = errors.New("only an editor or an administrator of the partner's organisation may do this")

// routeAlarms adds the paths of alarms to the resources.
func (d *instance) routeAlarms(mux *http.ServeMux) {
	mux.Handle("GET /alarms", d.watched(func(r *http.Request, claims scope.Claims, user *backend.User) (any, error) {
		if err := only(r.URL.Query()); err != nil {
			return nil, err
		}
		answer := openAlarms{Configured: d.settings.Alarms != "", Alarms: []raisedAlarm{}}
		if !answer.Configured {
			return answer, nil
		}
		found, err := d.raised(r.Context(), claims)
		answer.Alarms, answer.Acts = found, mayAct(claims, user)
		return answer, err
	}))
	mux.Handle("POST /alarms/{id}/acknowledge", d.acted(func(r *http.Request, by string) (any, error) {
		word, err := readBody[struct{ Owner, Reason, For string }](r)
		if err != nil {
			return nil, err
		}
		return done, d.alerter(r.Context()).send(r.Context(), "/api/alarms/"+url.PathEscape(r.PathValue("id"))+"/acknowledge",
			map[string]string{"owner": word.Owner, "reason": word.Reason, "for": word.For, "by": by}, nil)
	}))
	mux.Handle("POST /alarms/{id}/unacknowledge", d.acted(func(r *http.Request, by string) (any, error) {
		word, err := readBody[struct{ Reason string }](r)
		if err != nil {
			return nil, err
		}
		return done, d.alerter(r.Context()).send(r.Context(), "/api/alarms/"+url.PathEscape(r.PathValue("id"))+"/unacknowledge", map[string]string{"reason": word.Reason, "by": by}, nil)
	}))
	mux.Handle("POST /silences", d.acted(d.silence))
	mux.Handle("POST /silences/{id}/end", d.acted(func(r *http.Request, _ string) (any, error) {
		if _, err := readBody[struct{}](r); err != nil {
			return nil, err
		}
		return done, d.alerter(r.Context()).end(r.Context(), "/api/v2/silence/"+url.PathEscape(r.PathValue("id")))
	}))
}

// done is the answer to what was done.
var done = map[string]bool{"done": true}

// longestSilence is as long as one may be made here: what is to be silent for good is a matter of rules.
const longestSilence = 90 * 24 * time.Hour

// matcher selects alarms by a label, as Alertmanager has it.
type matcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual bool   `json:"isEqual"`
}

func (d *instance) silence(r *http.Request, by string) (any, error) {
	word, err := readBody[struct {
		Matchers     []matcher
		For, Comment string
	}](r)
	if err != nil {
		return nil, err
	}
	length, err := time.ParseDuration(word.For)
	switch {
	case err != nil || length <= 0 || length > longestSilence:
		return nil, wrongf("for %q is no length of a silence: write it as 30m or 2h, up to 2160h", word.For)
	case strings.TrimSpace(word.Comment) == "":
		return nil, wrongf("a silence needs a reason: say why nobody is to be told")
	case len(word.Matchers) == 0:
		return nil, wrongf("a silence needs a matcher: without one it would be of everything")
	}
	now := d.now().UTC()
	var made struct {
		SilenceID string `json:"silenceID"`
	}
	err = d.alerter(r.Context()).send(r.Context(), "/api/v2/silences", map[string]any{"matchers": word.Matchers, "startsAt": now, "endsAt": now.Add(length), "createdBy": by, "comment": word.Comment}, &made)
	return map[string]string{"id": made.SilenceID}, err
}

// raised asks what is raised now, and by which silences it is not told.
func (d *instance) raised(ctx context.Context, claims scope.Claims) ([]raisedAlarm, error) {
	var listed []struct {
		ID             string    `json:"id"`
		State          string    `json:"state"`
		Severity       string    `json:"severity"`
		TicketSeverity string    `json:"ticket_severity"`
		Rule           string    `json:"rule"`
		Customer       string    `json:"customer"`
		Site           string    `json:"site"`
		Device         string    `json:"device"`
		Entity         string    `json:"entity"`
		Name           string    `json:"name"`
		Since          time.Time `json:"since"`
		Raised         time.Time `json:"raised_at"`
		Due            time.Time `json:"first_response_due"`
		Summary        string    `json:"summary"`
		Events         int       `json:"events"`
		Flapping       bool      `json:"flapping"`
		Muted          bool      `json:"muted"`
		Ticket         string    `json:"ticket"`
		Step           string    `json:"step"`
		Impact         struct {
			Devices int `json:"devices"`
		} `json:"impact"`
		Acknowledged struct {
			Owner, Reason string
			Until         time.Time
		} `json:"acknowledged"`
	}
	var silenced map[string][]silence
	asking, ctx := errgroup.WithContext(ctx)
	alerter := d.alerter(ctx)
	asking.Go(func() error { return alerter.read(ctx, "/api/alarms", &listed) })
	if claims.All { // silences tell of everybody
		asking.Go(func() (err error) { silenced, err = alerter.silenced(ctx); return err })
	}
	if err := asking.Wait(); err != nil {
		return []raisedAlarm{}, err
	}
	all, now := []raisedAlarm{}, d.now()
	for i := range listed {
		one := &listed[i]
		// The scope held where the alarms are raised; what does not fit it would be a fault there, and stays out.
		if one.State != "raised" || !seesCustomer(claims, one.Customer) {
			continue
		}
		shown := raisedAlarm{ID: one.ID, Severity: one.Severity, TicketSeverity: one.TicketSeverity, Rule: one.Rule, Customer: one.Customer, Site: one.Site, Device: one.Device, Entity: one.Entity,
			Name: one.Name, Since: one.Since.UnixMilli(), Raised: one.Raised.UnixMilli(), Due: milliseconds(one.Due), Devices: one.Impact.Devices, Events: one.Events, Flapping: one.Flapping,
			Maintenance: one.Muted, Summary: one.Summary, Silences: silenced[one.ID], Ticket: one.Ticket, Step: one.Step}
		if device, ok := strings.CutPrefix(one.Entity, "device/"); ok {
			shown.Device = device
		}
		if shown.Silences == nil {
			shown.Silences = []silence{}
		}
		if one.Acknowledged.Until.After(now) {
			shown.Until = milliseconds(one.Acknowledged.Until)
			if claims.All {
				shown.Owner, shown.Reason = one.Acknowledged.Owner, one.Acknowledged.Reason
			}
		}
		if !claims.All {
			shown.Due = nil // between the partner and its desk
		}
		all = append(all, shown)
	}
	return all, nil
}

func seesCustomer(claims scope.Claims, customer string) bool {
	for _, each := range claims.Customers {
		if each == customer && customer != "" {
			return true
		}
	}
	return claims.All
}

func milliseconds(at time.Time) *int64 {
	if at.IsZero() {
		return nil
	}
	number := at.UnixMilli()
	return &number
}

// watched answers with JSON who may see alarms, also while the store is away.
func (d *instance) watched(answer func(*http.Request, scope.Claims, *backend.User) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := backend.PluginConfigFromContext(r.Context())
		claims, err := d.admitLately(r.Context(), from)
		var found any
		if err == nil {
			found, err = answer(r, claims, from.User)
		}
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		write(w, http.StatusOK, found)
	})
}

// acted lets do something who may, by his login name.
func (d *instance) acted(do func(r *http.Request, by string) (any, error)) http.Handler {
	return d.watched(func(r *http.Request, claims scope.Claims, user *backend.User) (any, error) {
		if !mayAct(claims, user) {
			return nil, refusal{errMayNotAct}
		}
		if d.settings.Alarms == "" {
			return nil, wrongf("the data source does not say where alarms are raised: set the address in its settings")
		}
		if err := only(r.URL.Query()); err != nil {
			return nil, err
		}
		return do(r, user.Login)
	})
}

// longestBody is that of a request in bytes.
const longestBody = 64 << 10

// readBody reads what is to be done.
func readBody[T any](r *http.Request) (T, error) {
	var body T
	if form, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || form != "application/json" {
		return body, wrongf("send the request as Content-Type: application/json")
	}
	decoder := json.NewDecoder(io.LimitReader(r.Body, longestBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		return body, wrongf("the request cannot be read: %v", err)
	}
	return body, nil
}
