package alert

import (
	"slices"
	"time"
)

// judge holds what the store says as of a time against a rule.
func (e *Engine) judge(said *answer, now, at time.Time, found *changes) {
	rule := said.rule
	defer func() { e.judged[rule.Alert] = true }()
	if rule.kind.event() {
		e.happened(rule, said.events, now, found)
		return
	}
	seen := make(map[Key]bool, len(said.readings))
	for i := range said.readings {
		reading := &said.readings[i]
		if !rule.covers(reading.Customer, reading.Site, reading.device) {
			continue
		}
		if reading.At.After(at) { // by an appliance's clock that is ahead
			reading.At = at
		}
		key := reading.key(rule)
		seen[key] = true
		if a := e.alarms[rule.Alert][key]; reading.level == bad && now.Sub(reading.At) > lateness && (a == nil || a.State != Raised) {
			reading.level = unknown // the centre reads what was so long ago: it is raised if it still is when that is read
		}
		e.observe(rule, key, reading, at, found)
	}
	for key, a := range e.alarms[rule.Alert] {
		switch {
		case seen[key]:
		case said.unread[subject{a.Customer, a.Site, ""}] && a.State == Raised:
			e.observe(rule, key, &Reading{level: unknown}, at, found)
		case said.unseen[subject{a.Customer, a.Site, "device/" + a.Device}] && rule.covers(a.Customer, a.Site, a.Device):
			e.observe(rule, key, &Reading{level: unknown}, at, found)
		default:
			e.observe(rule, key, nil, at, found)
		}
	}
}

// observe lets the alarm of a key see a reading, nil where all is well.
func (e *Engine) observe(rule *Rule, key Key, reading *Reading, at time.Time, found *changes) {
	a := e.alarms[rule.Alert][key]
	if a == nil || a.State == Cleared {
		if reading == nil || reading.level != bad {
			return
		}
		if a == nil {
			a = e.begin(rule, key)
		} else {
			a.begin(rule)
		}
	}
	if rule.kind.hidden && a.State != Raised && reading != nil && !e.judged[rule.Alert] {
		// Of an engine that has just begun, or to which nothing came: it does not know what this was counted under.
		a.Freed = reading.At
	}
	flapping := e.cfg.Flapping
	if rule.kind.owed {
		flapping = Flapping{} // what people do is no flapping
	}
	before := a.State
	if !a.observe(rule, reading, at, flapping) {
		return
	}
	e.note(rule, a, before, found)
}

func (e *Engine) begin(rule *Rule, key Key) *Alarm {
	a := &Alarm{Key: key, ID: key.String(), State: Pending, Kind: rule.Kind, Severity: rule.Severity, Runbook: rule.Runbook}
	e.put(a)
	return a
}

// note takes down what an observation made of an alarm. What was never raised concerns nobody.
func (e *Engine) note(rule *Rule, a *Alarm, before State, found *changes) {
	if a.State == Pending || a.State == Cleared && before != Raised {
		return
	}
	a.Summary = summarize(rule, a)
	if a.State != before {
		e.metrics.transitions.WithLabelValues(a.Rule, string(a.State)).Inc()
		e.logger.Info("alarm "+string(a.State), "alert", a.Rule, "customer", a.Customer, "site", a.Site, "entity", a.Entity, "summary", a.Summary)
	}
	found.add(a)
}

// happened raises what happened, or counts it where it is raised, and clears what happened long enough ago.
func (e *Engine) happened(rule *Rule, events []Event, at time.Time, found *changes) {
	for i := range events {
		event := &events[i]
		if event.Maintenance || at.Sub(event.At) > lateness || !rule.covers(event.Customer, event.Site, event.device) {
			continue
		}
		key := Key{Rule: rule.Alert, Customer: event.Customer, Site: event.Site, Entity: event.Entity}
		a := e.alarms[rule.Alert][key]
		switch {
		case a == nil:
			a = e.begin(rule, key)
		case !event.At.After(a.At) && !a.At.After(at): // not ahead of a clock that was put back
			continue // told before
		case a.State == Cleared:
			a.begin(rule)
		}
		before := a.State
		a.At, a.Name, a.Device, a.Details = event.At, event.Name, event.device, event.Details
		a.Details["what"] = event.What
		a.Events++
		if a.State != Raised {
			a.Since = event.At
			a.raise(at, Flapping{})
		}
		e.note(rule, a, before, found)
	}
	for _, a := range e.alarms[rule.Alert] {
		if a.State == Raised && at.Sub(a.At) >= rule.Lasts {
			a.clear(at)
			e.note(rule, a, Raised, found)
		}
	}
}

// orphans clears what was raised by rules that are no more.
func (e *Engine) orphans(at time.Time, found *changes) {
	for name, alarms := range e.alarms {
		if name == centreSilent || name == centreBehind || slices.ContainsFunc(e.rules, func(rule *Rule) bool { return rule.Alert == name }) {
			continue
		}
		for _, a := range alarms {
			if a.State == Raised {
				a.clear(at)
				a.Summary += " (the rule is no more)"
				found.add(a)
			}
		}
	}
}

// remembered is how long an alarm that has cleared is handed on once more, and known for what is late.
const remembered = lateness

// forget leaves out what is of no use any more.
func (e *Engine) forget(at time.Time, found *changes) {
	keep := max(remembered, e.cfg.Flapping.Within)
	for _, alarms := range e.alarms {
		for key, a := range alarms {
			switch {
			case a.State == Cleared && a.Raised.IsZero(): // never raised
				if len(a.Raises) > 0 && at.Sub(a.Raises[len(a.Raises)-1]) < keep {
					continue
				}
				if a.before {
					found.forgotten = append(found.forgotten, key)
				}
			case a.State != Cleared || at.Sub(a.Cleared) < keep:
				continue
			default:
				found.forgotten = append(found.forgotten, key)
			}
			delete(alarms, key)
		}
	}
}
