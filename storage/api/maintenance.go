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

	EnteredAt   string `json:"entered_at,omitempty"`
	By          string `json:"by,omitempty"`
	Retroactive bool   `json:"retroactive,omitempty"`
}

// windowSchema describes window.
var windowSchema = object{
	"type": "object", "required": []string{"customer", "from", "to", "why"}, "additionalProperties": false,
	"properties": object{
		"id":          object{"type": "string", "maxLength": longestText, "description": "Names the window: one that is known is revised, another is made. Without it a fresh one is given. A request sent again under one id makes no second window."},
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
		"entered_at":  object{"type": "string", "format": "date-time", "readOnly": true},
		"by":          object{"type": "string", "readOnly": true, "description": "Name of the token it was entered with."},
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
	if err := store.SaveMaintenance(ctx, entered); err != nil {
		return nil, err
	}
	given.ID, given.TimeZone, given.By, given.Retroactive = entered.ID, entered.TimeZone, entered.By, entered.Retroactive()
	given.From, given.To = entered.From.Format(time.RFC3339Nano), entered.To.Format(time.RFC3339Nano)
	given.EnteredAt = entered.EnteredAt.Format(time.RFC3339Nano)
	return given, nil
}

// read returns the window, or everything that is wrong with it.
func (w window) read(q *question) (calendar.Window, []reason) {
	entered := calendar.Window{
		ID: w.ID, Customer: w.Customer, Site: w.Site, Device: w.Device, Rule: w.Rule, TimeZone: w.TimeZone,
		EnteredAt: q.now.UTC().Truncate(time.Millisecond), By: q.who.name, Why: w.Why, Reference: w.Reference, Cancelled: w.Cancelled,
	}
	var reasons []reason
	for _, each := range []struct{ name, value string }{
		{"id", w.ID}, {"customer", w.Customer}, {"site", w.Site}, {"device", w.Device}, {"rule", w.Rule}, {"why", w.Why}, {"reference", w.Reference},
	} {
		if len(each.value) > longestText || !utf8.ValidString(each.value) || strings.ContainsFunc(each.value, unicode.IsControl) {
			reasons = append(reasons, reason{each.name, "is too long, or holds control characters"})
		}
		if each.value == "" && (each.name == "customer" || each.name == "why") {
			reasons = append(reasons, reason{each.name, "is missing"})
		}
	}
	for name, value := range map[string]string{"entered_at": w.EnteredAt, "by": w.By} {
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
