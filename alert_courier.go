package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"mimamori/processors/alert"
	"mimamori/processors/alert/dossier"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/notify"
)

// courier hands alarms to the notifications, with what a ticket needs.
type courier struct {
	notifier *notify.Notifier
	tickets  *journal.Journal
	links    string // what links begin with; empty for none
	store    func() dossier.Store
	logger   *slog.Logger

	mutex    sync.Mutex
	dossiers map[string]told // by the alarm's id
}

// told is what was gathered of an alarm, once.
type told struct {
	raised  time.Time
	text    string // JSON; empty where nothing could be had
	contact string
	runbook string
}

// staying is for how long an alarm stands without being handed on again: longer than the
// engine leaves between two times.
const staying = 5 * time.Minute

// Put implements alert.Notifier.
func (c *courier) Put(ctx context.Context, alarms ...alert.Alarm) error {
	c.gather(ctx, alarms)
	alerts := make([]notify.Alert, len(alarms))
	now := time.Now()
	for i := range alarms {
		alerts[i] = c.alert(&alarms[i], now)
	}
	return c.notifier.Put(ctx, alerts...)
}

// alert is an alarm in the words of Alertmanager: the labels are what it is and never change while it is
// raised, all else are annotations.
func (c *courier) alert(a *alert.Alarm, now time.Time) notify.Alert {
	made := notify.Alert{
		Labels: labels(a.Key, a.Severity),
		Annotations: map[string]string{
			"id": a.ID, "summary": a.Summary, "name": a.Name, "value": strconv.FormatFloat(a.Value, 'g', -1, 64), "since": a.Since.UTC().Format(time.RFC3339),
			"ticket_severity": a.Severity.Ticket(),
		},
		StartsAt: a.Raised, EndsAt: now.Add(staying),
	}
	note := func(name, value string) {
		if value != "" {
			made.Annotations[name] = value
		}
	}
	note("runbook", a.Runbook)
	if a.State == alert.Cleared {
		made.EndsAt = a.Cleared
	}
	if a.Impact.Devices > 0 {
		note("devices", strconv.Itoa(a.Impact.Devices))
		note("affected", affected(a.Impact))
	}
	if a.Flapping {
		note("flapping", fmt.Sprintf("it comes and goes: %d changes were not told", a.Swallowed))
	}
	if a.Muted {
		note("maintenance", "a maintenance window covers it")
	}
	if a.Events > 1 {
		note("events", strconv.Itoa(a.Events))
	}
	if word := a.Acknowledged; word.InForce(now) {
		note("owner", word.Owner)
		note("acknowledged_until", word.Until.UTC().Format(time.RFC3339))
		note("acknowledged_reason", word.Reason)
	}
	for name, value := range a.Details {
		note("detail_"+name, value)
	}
	c.ticket(a, note)
	known := c.dossier(a)
	note("context", known.text)
	note("contact", known.contact)
	if made.Annotations["runbook"] == "" {
		note("runbook", known.runbook)
	}
	if link := c.link(a); link != "" {
		made.GeneratorURL = link
		note("link", link)
	}
	validate(made.Annotations)
	return made
}

// labels are what an alarm is, by which it is routed: five, and of one about a ticket also which and whom it is for.
func labels(key alert.Key, severity alert.Severity) map[string]string {
	made := map[string]string{"alertname": key.Rule, "severity": string(severity), "customer": key.Customer, "site": key.Site, "entity": key.Entity}
	if key.Ticket != "" {
		made["ticket"], made["step"] = key.Ticket, key.Step
	}
	validate(made)
	return made
}

// validate keeps one name that is no UTF-8 from keeping the others from being told.
func validate(texts map[string]string) {
	for name, value := range texts {
		texts[name] = strings.ToValidUTF8(value, "\uFFFD")
	}
}

// affected names whom a failure affects: the customers with their devices, as JSON.
func affected(impact alert.Impact) string {
	text, err := json.Marshal(impact)
	if err != nil {
		return ""
	}
	return string(text)
}

// What is gathered for alarms that are raised at once: a page must not wait for it, and of a storm the first say enough.
const (
	gatherFor    = 2 * time.Second
	gatherAtOnce = 4
	gatherMost   = 8
	dossiersKept = 10_000
)

// gather asks for what travels with alarms that were not told before.
func (c *courier) gather(ctx context.Context, alarms []alert.Alarm) {
	store := c.store()
	if store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, gatherFor)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(gatherAtOnce)
	asked := 0
	for i := range alarms {
		a := &alarms[i]
		if a.State != alert.Raised || c.dossier(a).raised.Equal(a.Raised) || asked == gatherMost {
			continue
		}
		asked++
		group.Go(func() error {
			found, err := dossier.Gather(ctx, store, a, time.Now())
			if err != nil {
				c.logger.Warn("an alarm goes without what the next level needs", "alert", a.Rule, "entity", a.Entity, "error", err)
			}
			one := told{raised: a.Raised, contact: found.Contact, runbook: found.Runbook}
			if text, err := json.Marshal(found); err == nil && string(text) != "{}" {
				one.text = string(text)
			}
			if err != nil && one.text == "" {
				return nil // it is asked for when the alarm is told anew
			}
			c.mutex.Lock()
			defer c.mutex.Unlock()
			if c.dossiers == nil || len(c.dossiers) >= dossiersKept {
				c.dossiers = map[string]told{}
			}
			c.dossiers[a.ID] = one
			return nil
		})
	}
	_ = group.Wait() // each says by itself what it could not have
}

func (c *courier) dossier(a *alert.Alarm) told {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if known := c.dossiers[a.ID]; known.raised.Equal(a.Raised) {
		return known
	}
	return told{}
}

// ticket notes what is due of the ticket of an alarm, and when people last changed what is said of it.
func (c *courier) ticket(a *alert.Alarm, note func(name, value string)) {
	noteTime := func(name string, at time.Time) {
		if !at.IsZero() {
			note(name, at.Format(time.RFC3339))
		}
	}
	note("ticket_severity", a.Details["ticket_severity"]) // of an alarm about a ticket: that of the ticket
	changed := a.Acknowledged.At
	if standing, ok := c.tickets.Standing(a.ID); ok {
		note("ticket_severity", standing.Severity)
		note("plan", standing.Plan)
		note("desk", standing.Desk)
		noteTime("first_response_due", standing.FirstResponseDue)
		noteTime("next_update_due", standing.NextUpdateDue)
		noteTime("answered_at", standing.AnsweredAt)
		if standing.PhoneCall {
			note("phone_call", "yes")
		}
		if standing.Priority > 0 {
			note("priority", strconv.Itoa(standing.Priority))
		}
		if standing.Changed.After(changed) {
			changed = standing.Changed
		}
	}
	if !changed.IsZero() {
		note(notify.ChangedAnnotation, notify.FormatChanged(changed))
	}
}

// link is the address of the page in Grafana that shows what an alarm is about.
func (c *courier) link(a *alert.Alarm) string {
	if c.links == "" || a.Customer == "" {
		return ""
	}
	address := strings.TrimRight(c.links, "/") + "/a/mimamori-noc-app/customers/" + segment(a.Customer)
	if a.Site == "" {
		return address
	}
	address += "/sites/" + segment(a.Site)
	kind, name, _ := strings.Cut(a.Entity, "/")
	switch kind {
	case "device":
		return address + "/devices/" + segment(name)
	case "interface", "sensor":
		address += "/devices/" + segment(a.Device)
		if kind == "interface" {
			address += "/interfaces/" + segment(strings.TrimPrefix(name, a.Device+"/"))
		}
	case "path":
		return address + "/paths/" + segment(name)
	}
	return address
}

// segment writes a name as the pages have it in their addresses: grafana/src/pages/names.ts.
func segment(name string) string {
	if name == "" {
		return "~"
	}
	var text strings.Builder
	for _, char := range name {
		if char <= ' ' || strings.ContainsRune(`~%/\?#:;*+.&=`, char) {
			fmt.Fprintf(&text, "~%02x", char)
			continue
		}
		text.WriteRune(char)
	}
	return url.PathEscape(text.String())
}
