package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mimamori/storage/calendar"
)

// window is a maintenance window as a client sends it and is sent it back.
type window struct {
	ID        string `json:"id"`
	Customer  string `json:"customer"`
	Site      string `json:"site"`
	Device    string `json:"device"`
	From      string `json:"from"`
	To        string `json:"to"`
	Rule      string `json:"rule"`
	TimeZone  string `json:"time_zone"`
	Why       string `json:"why"`
	Reference string `json:"reference"`
	Cancelled bool   `json:"cancelled"`

	RevisedWhy string `json:"revised_why"`

	EnteredAt   string `json:"entered_at,omitempty"`
	By          string `json:"by,omitempty"`
	RevisedAt   string `json:"revised_at,omitempty"`
	RevisedBy   string `json:"revised_by,omitempty"`
	Retroactive bool   `json:"retroactive"`
}

// windowSchema describes window.
var windowSchema = object{
	"type": "object", "required": []string{"customer", "from", "to", "why"}, "additionalProperties": false,
	"properties": object{
		"id":          object{"type": "string", "maxLength": longestText, "description": "Names the window: one that is known to the customer is revised, which needs revised_why; another is made. Without it a fresh one is given. A request that is sent again with its id changes nothing."},
		"customer":    object{"type": "string", "description": "Name of the customer."},
		"site":        object{"type": "string", "description": "Only this site; empty for all."},
		"device":      object{"type": "string", "description": "Only devices of this name; empty for all."},
		"from":        object{"type": "string", "description": "Beginning of the first occurrence: RFC 3339, or a date in time_zone."},
		"to":          object{"type": "string", "description": "Its end, not included."},
		"rule":        object{"type": "string", "description": "RRULE of RFC 5545 such as FREQ=WEEKLY;BYDAY=SU; empty for once."},
		"time_zone":   object{"type": "string", "default": "UTC", "description": "Zone of the rule, by its name in the IANA database."},
		"why":         object{"type": "string", "minLength": 1, "description": "What it is for; it stands in reports."},
		"reference":   object{"type": "string", "description": "Somebody else's name for it, such as a carrier's change number."},
		"cancelled":   object{"type": "boolean", "description": "Takes the window back, its past too."},
		"revised_why": object{"type": "string", "description": "Why a known window is changed or taken back."},
		"entered_at":  object{"type": "string", "format": "date-time", "readOnly": true},
		"by":          object{"type": "string", "readOnly": true, "description": "Who entered it: the name of the token, where it was done here."},
		"revised_at":  object{"type": "string", "format": "date-time", "readOnly": true},
		"revised_by":  object{"type": "string", "readOnly": true},
		"retroactive": object{"type": "boolean", "readOnly": true, "description": "Whether it began before it was entered: figures already reported change."},
	},
}

// enterMaintenance stores a window.
func enterMaintenance(ctx context.Context, _ *API, store Store, q *question, body []byte) (any, error) {
	var given window
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&given); err != nil {
		return nil, badRequest(reason{"", "the body is not a maintenance window: " + strings.TrimPrefix(err.Error(), "json: ")})
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, badRequest(reason{"", "there is something behind the maintenance window"})
	}
	entered, reasons := given.read(q)
	if len(reasons) > 0 {
		return nil, badRequest(reasons...)
	}
	// A name that is not known and one that is another customer's are told apart by
	// nothing, neither here nor by the time it takes.
	selecting := q.Query
	selecting.Customer, selecting.Site, selecting.Device, selecting.Limit = entered.Customer, entered.Site, entered.Device, 1
	devices, err := store.Devices(ctx, selecting)
	if err != nil {
		return nil, err
	}
	if len(devices) == 0 {
		return nil, badRequest(reason{"customer", "no device is known of that customer, site and device"})
	}
	known, err := revisionOf(ctx, store, q, entered)
	if err != nil {
		return nil, err
	}
	switch {
	case known.ID == "":
	case sameWindow(known, entered): // sent again
		return shownWindow(known), nil
	case strings.TrimSpace(given.RevisedWhy) == "":
		return nil, badRequest(reason{"revised_why", "is missing: the window is known, so say why it is changed"})
	default:
		entered.RevisedAt, entered.RevisedBy, entered.RevisedWhy = entered.EnteredAt, entered.By, given.RevisedWhy
		entered.EnteredAt, entered.By = known.EnteredAt, known.By
	}
	if err := store.SaveMaintenance(ctx, entered); err != nil {
		return nil, err
	}
	return shownWindow(entered), nil
}

// revisionOf returns the last revision of a window that the customer has, or none.
func revisionOf(ctx context.Context, store Store, q *question, entered calendar.Window) (calendar.Window, error) {
	always := q.Query
	always.From, always.To = time.Unix(0, 0), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	always.Customer, always.Limit = entered.Customer, 0
	history, err := store.MaintenanceHistory(ctx, always)
	if err != nil {
		return calendar.Window{}, err
	}
	var known calendar.Window
	for _, revision := range history {
		if revision.ID == entered.ID {
			known = revision
		}
	}
	return known, nil
}

// sameWindow says whether two revisions say the same, whoever entered them when.
func sameWindow(a, b calendar.Window) bool {
	return a.Customer == b.Customer && a.Site == b.Site && a.Device == b.Device && a.From.Equal(b.From) && a.To.Equal(b.To) &&
		a.Rule == b.Rule && a.TimeZone == b.TimeZone && a.Why == b.Why && a.Reference == b.Reference && a.Cancelled == b.Cancelled
}

// shownWindow is a window as a client is sent it.
func shownWindow(w calendar.Window) window {
	location, err := time.LoadLocation(w.TimeZone)
	if err != nil {
		location = time.UTC
	}
	written := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.In(location).Format(time.RFC3339Nano)
	}
	return window{
		ID: w.ID, Customer: w.Customer, Site: w.Site, Device: w.Device, From: written(w.From), To: written(w.To),
		Rule: w.Rule, TimeZone: w.TimeZone, Why: w.Why, Reference: w.Reference, Cancelled: w.Cancelled,
		RevisedWhy: w.RevisedWhy, RevisedAt: written(w.RevisedAt), RevisedBy: w.RevisedBy,
		EnteredAt: written(w.EnteredAt), By: w.By, Retroactive: w.Retroactive(),
	}
}

// read returns the window, or everything that is wrong with it.
func (w window) read(q *question) (calendar.Window, []reason) {
	entered := calendar.Window{
		ID: w.ID, Customer: w.Customer, Site: w.Site, Device: w.Device, Rule: w.Rule, TimeZone: w.TimeZone,
		EnteredAt: q.now.UTC().Truncate(time.Millisecond), By: q.who.name, Why: w.Why, Reference: w.Reference, Cancelled: w.Cancelled,
	}
	var reasons []reason
	for _, each := range []struct{ name, value string }{
		{"id", w.ID}, {"customer", w.Customer}, {"site", w.Site}, {"device", w.Device}, {"rule", w.Rule}, {"why", w.Why}, {"reference", w.Reference}, {"revised_why", w.RevisedWhy},
	} {
		if len(each.value) > longestText || !utf8.ValidString(each.value) || strings.ContainsFunc(each.value, unicode.IsControl) {
			reasons = append(reasons, reason{each.name, "is too long, or holds control characters"})
		}
		if strings.TrimSpace(each.value) == "" && (each.name == "customer" || each.name == "why") {
			reasons = append(reasons, reason{each.name, "is missing"})
		}
	}
	for name, value := range map[string]string{"entered_at": w.EnteredAt, "by": w.By, "revised_at": w.RevisedAt, "revised_by": w.RevisedBy} {
		if value != "" {
			reasons = append(reasons, reason{name, "is not the client's to say"})
		}
	}
	if entered.ID == "" {
		entered.ID = newID()
	}
	if entered.TimeZone == "" {
		entered.TimeZone = time.UTC.String()
	}
	zoned := *q
	location, err := time.LoadLocation(entered.TimeZone)
	if err != nil || entered.TimeZone == "Local" {
		return entered, append(reasons, reason{"time_zone", "is not a time zone: write a name of the IANA database such as Asia/Tokyo or UTC"})
	}
	zoned.location = location
	for _, each := range []struct {
		name, value string
		at          *time.Time
	}{{"from", w.From, &entered.From}, {"to", w.To, &entered.To}} {
		at, err := zoned.moment(each.value)
		if err != nil {
			reasons = append(reasons, reason{each.name, err.Error()})
			continue
		}
		*each.at = at.In(location).Truncate(time.Millisecond)
	}
	if len(reasons) > 0 {
		return entered, reasons
	}
	if err := entered.Validate(); err != nil {
		return entered, []reason{{"from", err.Error()}}
	}
	return entered, nil
}
