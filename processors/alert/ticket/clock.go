package ticket

import (
	"slices"
	"time"
)

// Clock says what is due of one ticket, by its rules and its history. It never changes:
// what happens next to the ticket makes another history and another clock.
//
// All is reckoned from the opening by the severity that was agreed last, and told in
// the time zone of the ticket's desk. What a response has answered stays as it was then:
// a severity raised later makes no answer late that was in time.
type Clock struct {
	rules   *Rules
	history History
}

// Severity returns the severity as it was agreed last.
func (c Clock) Severity() Severity { return c.history.severity(time.Time{}) }

// PhoneCall reports whether the ticket needs a phone call too.
func (c Clock) PhoneCall() bool { return slices.Contains(c.rules.config.PhoneCalls, c.Severity()) }

// Desk returns the name of the desk that has the ticket at a moment: its own, or while
// that is closed the one that severities such as S1 go to.
func (c Clock) Desk(at time.Time) string {
	own := c.history.Desk
	if c.rules.moves(c.history.severity(at)) && !(hours{c.rules.desks[own]}).open(at) {
		return c.rules.config.OutOfHours.Desk
	}
	return own
}

// FirstResponseDue returns by when a person must have answered. It is known for every
// ticket whose desk is ever open, and stays when that has happened.
func (c Clock) FirstResponseDue() time.Time { return c.targets()[0].due }

// NextUpdateDue returns by when a person must answer again. Zero means that no update is
// due: the plan promises none, nobody has answered at all, or the ticket is closed.
func (c Clock) NextUpdateDue() time.Time {
	if all := c.targets(); len(all) > 1 && c.history.Closed.IsZero() {
		return all[len(all)-1].due
	}
	return time.Time{}
}

// Kind is what a ticket's customer waits for.
type Kind string

// The kinds of answers that are due.
const (
	FirstResponse Kind = "first response"
	Update        Kind = "update"
)

// Breach is an answer that was not there when it was due.
type Breach struct {
	// Kind of the answer.
	Kind Kind
	// Due is by when it had to be there: what came at that moment was in time.
	Due time.Time
	// Ended is when the answer came, or the ticket was closed without it; zero while the
	// customer still waits.
	Ended time.Time
}

// Breaches returns every answer that was late at a moment, by what was known then, in the
// order in which they were due. One without an end is a breach that goes on.
func (c Clock) Breaches(at time.Time) []Breach {
	var late []Breach
	for _, each := range c.asOf(at).targets() {
		stopped := each.ended
		if stopped.IsZero() {
			stopped = at
		}
		if !each.due.IsZero() && stopped.After(each.due) {
			late = append(late, Breach{each.kind, each.due, each.ended})
		}
	}
	return late
}

// running is a target that began at some moment and ended with an answer, with the
// closing, or not yet.
type running struct {
	kind       Kind
	due, ended time.Time
}

// targets returns the target of the first response, and one of the update after each
// answer.
func (c Clock) targets() []running {
	begins, kind := c.history.Opened, FirstResponse
	var all []running
	for _, ended := range append(c.history.answers(), c.history.Closed) {
		all = append(all, running{kind, c.due(kind, begins, c.history.severity(ended)), ended})
		begins, kind = ended, Update
	}
	return all
}

func (c Clock) due(kind Kind, from time.Time, severity Severity) time.Time {
	desk, zone := c.history.Desk, c.rules.desks[c.history.Desk].Location()
	business := c.rules.hours(desk, severity)
	agreed := c.rules.plans[c.history.Plan]
	if kind == FirstResponse {
		return agreed.firstResponse[severity].due(from, business, business, zone).In(zone)
	}
	counting := c.rules.counting(c.rules.config.UpdateHours, desk, severity)
	return agreed.update[severity].due(from, counting, business, zone).In(zone)
}

// asOf returns the clock as it was at a moment.
func (c Clock) asOf(at time.Time) Clock { return Clock{c.rules, c.history.asOf(at)} }
