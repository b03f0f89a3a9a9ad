package ticket

import (
	"time"

	"mimamori/storage/calendar"
)

// Escalation is a step that was taken, or will be.
type Escalation struct {
	// Step counts from 1; 0 is none.
	Step int
	// To is who is told.
	To string
	// At is when.
	At time.Time
	// First says that the step is without any delay: who is told has the ticket from its
	// opening, by the alarm itself.
	First bool
}

// Escalations returns the steps of the ticket's chain up to its closing, by what is known:
// the time under acknowledgements does not count, so each puts off the steps behind it. A
// severity that is raised may make several due at once, in the past.
func (c Clock) Escalations() []Escalation {
	severity, desk := c.Severity(), c.history.Desk
	chain := c.rules.chains[severity]
	var taken []calendar.Span
	for _, each := range c.history.Acknowledgements {
		taken = append(taken, calendar.Span{From: each.At, To: each.Until})
	}
	taken = calendar.Union(taken)
	var after []time.Duration
	for _, step := range chain.Steps {
		after = append(after, step.After)
	}
	var all []Escalation
	for i, at := range c.rules.counting(chain.Hours, desk, severity).moments(c.history.Opened, after, taken) {
		if !c.history.Closed.IsZero() && !at.Before(c.history.Closed) {
			break
		}
		all = append(all, Escalation{i + 1, chain.Steps[i].To, at.In(c.rules.desks[desk].Location()), chain.Steps[i].After == 0})
	}
	return all
}

// Escalation returns the step that a ticket has reached at a moment, by what was known
// then, and the one to come; the zero Escalation where there is none. A step that falls
// on the moment is reached.
func (c Clock) Escalation(at time.Time) (reached, next Escalation) {
	for _, each := range c.asOf(at).Escalations() {
		if each.At.After(at) {
			return reached, each
		}
		reached = each
	}
	return reached, Escalation{}
}
