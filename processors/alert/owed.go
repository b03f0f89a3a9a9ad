package alert

import (
	"context"
	"errors"
	"time"
)

// The kinds of alarms that are raised about a ticket, not about a network: no ticket is made of one.
const (
	// ResponseOverdue is that nobody has answered when the first answer was due.
	ResponseOverdue = "ResponseOverdue"
	// UpdateOverdue is that nobody has answered again when that was due.
	UpdateOverdue = "UpdateOverdue"
	// TicketEscalated is that nobody has taken a ticket, so that the next of its chain is told: an alarm for each.
	TicketEscalated = "TicketEscalated"
)

// Owed is what a ticket waits for beyond its time.
type Owed struct {
	// Kind is ResponseOverdue, UpdateOverdue or TicketEscalated.
	Kind string
	// Of is the alarm whose ticket it is, and ID that alarm's.
	Of Key
	ID string
	// Began is since when that is so.
	Began time.Time
	// Name of the entity for people, and the device whose it is; empty where it is of none.
	Name, Device string
	// Step is of TicketEscalated who is told, such as engineer; empty of the others.
	Step string
	// Due is by when the answer had to be there, or the step was reached.
	Due time.Time
	// Plan, Desk and Severity of the ticket; Alarmed is the severity of its alarm.
	Plan, Desk, Severity string
	Alarmed              Severity
	// Muted says that a maintenance window covers the alarm, or a silence: nothing is raised meanwhile.
	Muted bool
}

// readOwed has what tickets wait for.
func readOwed(ctx context.Context, m *moment, rule *Rule) ([]Reading, error) {
	var readings []Reading
	all, err := m.owing.get(func() ([]Owed, error) { return m.owed(ctx, m.at), nil })
	if err != nil {
		return nil, err
	}
	for _, owed := range all {
		if owed.Kind != rule.Kind {
			continue
		}
		details := map[string]string{"ticket_id": owed.ID, "ticket_since": owed.Began.UTC().Format(time.RFC3339), "ticket_rule": owed.Of.Rule, "ticket_severity": owed.Severity, "plan": owed.Plan, "desk": owed.Desk, "due": owed.Due.Format(time.RFC3339)}
		if owed.Step != "" {
			details["step"] = owed.Step
		}
		readings = append(readings, Reading{Customer: owed.Of.Customer, Site: owed.Of.Site, Entity: owed.Of.Entity, Name: owed.Name, At: m.at, Since: owed.Due, Maintenance: owed.Muted,
			Details: details, device: owed.Device, ticket: owed.ID, step: owed.Step})
	}
	return readings, nil
}

// attend holds what people owe against its rules. It asks no store: who waits for an answer waits on while
// nothing is known of the networks.
func (e *Engine) attend(ctx context.Context, at time.Time) error {
	if e.owed == nil {
		return nil
	}
	m := &moment{at: at.UTC().Truncate(time.Millisecond), owed: e.owed}
	due := map[string]time.Time{}
	for i := range kinds {
		if kinds[i].owed {
			due[kinds[i].name] = m.at
		}
	}
	var problems []error
	answers := e.ask(ctx, m, due, func(*kind) bool { return true })
	err := e.change(ctx, m.at, func(found *changes) {
		for i := range answers {
			if answers[i].err != nil {
				problems = append(problems, answers[i].err)
				continue
			}
			e.judge(&answers[i], m.at, m.at, found)
		}
	})
	return errors.Join(append(problems, err)...)
}

// Retell hands all that is raised on with the next look, for what others say of it has changed.
func (e *Engine) Retell() {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.told = time.Time{}
}
