package journal

import (
	"time"

	"mimamori/processors/alert"
)

// alarmed is the severity of the alarm, which the ticket was opened with.
func (t *Ticket) alarmed() alert.Severity {
	for _, severity := range alert.Severities {
		if severity.Ticket() == string(t.Opening) {
			return severity
		}
	}
	return ""
}

// Owed returns what open tickets wait for beyond its time at a moment. A ticket that somebody has taken
// waits for nothing until that expires. What a person answered settles the steps reached before it, and
// the chain goes on; an acknowledgement that expires settles none.
func (j *Journal) Owed(at time.Time) []alert.Owed {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	var all []alert.Owed
	for _, h := range j.open {
		if h.owned(at) {
			continue
		}
		owe := func(kind, step string, due time.Time) {
			all = append(all, alert.Owed{Kind: kind, Of: h.Key, ID: h.ID, Began: h.Since, Name: h.Name, Device: h.Device, Step: step, Due: due,
				Plan: h.Plan, Desk: h.desk(due), Severity: string(h.Severity), Alarmed: h.alarmed(), Muted: h.Muted})
		}
		switch {
		case h.answered.IsZero() && !h.response.IsZero() && at.After(h.response):
			owe(alert.ResponseOverdue, "", h.response)
		case !h.update.IsZero() && at.After(h.update):
			owe(alert.UpdateOverdue, "", h.update)
		}
		for _, step := range h.steps {
			if !step.First && !step.At.After(at) && step.At.After(h.settled) {
				owe(alert.TicketEscalated, step.To, step.At)
			}
		}
	}
	return all
}
