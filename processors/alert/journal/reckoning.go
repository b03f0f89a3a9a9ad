package journal

import (
	"time"

	"mimamori/processors/alert/ticket"
)

// Reckoning is what follows from a ticket's history. Times are in the zone of its desk; zero is none.
type Reckoning struct {
	// FirstResponseDue is by when a person had to answer, FirstResponseAt when one did.
	FirstResponseDue time.Time `json:"first_response_due,omitzero"`
	FirstResponseAt  time.Time `json:"first_response_at,omitzero"`
	// NextUpdateDue is by when a person has to answer again.
	NextUpdateDue time.Time `json:"next_update_due,omitzero"`
	// Owner has taken the ticket until OwnedUntil.
	Owner      string    `json:"owner,omitempty"`
	OwnedUntil time.Time `json:"owned_until,omitzero"`
	// Breaches are the answers that were late.
	Breaches []Breach `json:"breaches,omitempty"`
	// NextStep is who is told next, at NextStepAt, while nobody takes the ticket.
	NextStep   string    `json:"next_step,omitempty"`
	NextStepAt time.Time `json:"next_step_at,omitzero"`
	// PhoneCall says that the severity needs one beside the answer.
	PhoneCall bool `json:"phone_call,omitempty"`
}

// Breach is an answer that was not there when it was due.
type Breach struct {
	// Kind is first response or update.
	Kind ticket.Kind `json:"kind"`
	// Due is by when it had to be there, Ended when it came or the ticket was closed: zero while it is missing.
	Due   time.Time `json:"due"`
	Ended time.Time `json:"ended,omitzero"`
}

// InTime says whether the first answer was there when it was due. Known is false while that is still open.
func (r *Reckoning) InTime(closed, at time.Time) (inTime, known bool) {
	for _, breach := range r.Breaches {
		if breach.Kind == ticket.FirstResponse {
			return false, true
		}
	}
	return true, !r.FirstResponseAt.IsZero() || !closed.IsZero() || at.After(r.FirstResponseDue)
}

// held is an open ticket with the moments of its clock: these are worked out again with each change only.
type held struct {
	Ticket
	clock    ticket.Clock
	response time.Time // when the first is due
	answered time.Time // when a person answered last; zero where nobody did
	settled  time.Time // the same without acknowledgements, which hold back for their time alone
	update   time.Time // when the next is due; zero for none
	steps    []ticket.Escalation
	owner    Entry                // the last acknowledgement, unless it was taken back
	desks    map[time.Time]string // by the moments that were asked for
}

// hold works the moments of a ticket out. A plan or a desk that is no more is agreed anew.
func (j *Journal) hold(t Ticket) (*held, error) {
	clock, err := j.rules.Clock(t.history())
	if err != nil {
		t.Plan, t.Desk = j.rules.Agreed(t.Customer)
		if clock, err = j.rules.Clock(t.history()); err != nil {
			return nil, err
		}
	}
	h := &held{Ticket: t, clock: clock, response: clock.FirstResponseDue(), update: clock.NextUpdateDue(), steps: clock.Escalations(), desks: map[time.Time]string{}}
	for _, e := range t.Entries {
		switch e.What {
		case Acknowledged:
			h.owner, h.answered = e, e.At
		case Unacknowledged:
			h.owner = Entry{}
		case Responded:
			h.answered, h.settled = e.At, e.At
		case Commented, Regraded, Prioritised, Warned: // answer nobody
		}
	}
	return h, nil
}

// desk returns which has the ticket at a moment: one of the few of its clock.
func (h *held) desk(at time.Time) string {
	name, known := h.desks[at]
	if !known {
		name = h.clock.Desk(at)
		h.desks[at] = name
	}
	return name
}

// owned says whether somebody has the ticket at a moment.
func (h *held) owned(at time.Time) bool { return h.owner.Owner != "" && at.Before(h.owner.Until) }

// reckon says what follows as of a moment.
func (h *held) reckon(at time.Time) *Reckoning {
	r := &Reckoning{FirstResponseDue: h.response, NextUpdateDue: h.update, PhoneCall: h.clock.PhoneCall()}
	for _, e := range h.Entries {
		if e.What == Acknowledged || e.What == Responded {
			r.FirstResponseAt = e.At
			break
		}
	}
	for _, breach := range h.clock.Breaches(at) {
		r.Breaches = append(r.Breaches, Breach(breach))
	}
	if !h.Open() {
		return r
	}
	if h.owned(at) {
		r.Owner, r.OwnedUntil = h.owner.Owner, h.owner.Until
	}
	for _, step := range h.steps {
		if step.At.After(at) {
			r.NextStep, r.NextStepAt = step.To, step.At
			break
		}
	}
	return r
}
