package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mimamori/processors/alert"
)

// Find returns the id of the ticket of a key, for who knows that better than an id. Site may be
// left out where that leaves one open ticket.
func (j *Journal) Find(key alert.Key) (string, error) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if id := key.String(); j.open[id] != nil {
		return id, nil
	}
	var found []string
	for id, h := range j.open {
		if h.Customer == key.Customer && h.Entity == key.Entity && h.Rule == key.Rule && key.Site == "" {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return "", ErrUnknown
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%w: %d sites of %s have an open ticket of %s for %s: say which site", ErrMistake, len(found), key.Customer, key.Rule, key.Entity)
}

// Ticket returns the open ticket of an id, or the one closed last, with what follows from it now.
func (j *Journal) Ticket(ctx context.Context, id string) (Ticket, error) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	t, err := j.newest(ctx, id)
	if err != nil {
		return Ticket{}, err
	}
	return j.reckoned(t), nil
}

func (j *Journal) newest(ctx context.Context, id string) (Ticket, error) {
	if h := j.open[id]; h != nil {
		return h.copy(), nil
	}
	t, err := j.file.ClosedTicket(ctx, id, time.Time{})
	switch {
	case err != nil:
		return Ticket{}, err
	case t == nil:
		return Ticket{}, fmt.Errorf("ticket %.40q: %w", id, ErrUnknown)
	}
	return *t, nil
}

// meant returns the ticket of the occurrence that began at a moment where that is known, and the newest otherwise.
func (j *Journal) meant(ctx context.Context, id string, began time.Time) (Ticket, error) {
	t, err := j.newest(ctx, id)
	if err != nil || began.IsZero() || !t.Open() || !began.Before(t.Since.Truncate(time.Second)) {
		return t, err
	}
	closed, err := j.file.ClosedTicket(ctx, id, time.Time{})
	if err != nil || closed == nil {
		return t, err // the one that is meant is forgotten
	}
	return *closed, nil
}

// reckoned is a ticket with what follows from it now.
func (j *Journal) reckoned(t Ticket) Ticket {
	if h := j.open[t.ID]; h != nil && t.Open() {
		t.Reckoning = h.reckon(j.now())
	}
	return t
}

// Choice is which tickets are asked for.
type Choice struct {
	// From and To is when they were opened, [From, To).
	From, To time.Time
	// Customer and Site, empty for all.
	Customer, Site string
	// Open asks for those alone that are.
	Open bool
	// Entries asks for what happened to each as well.
	Entries bool
}

// mostListed is how many tickets an answer has.
const mostListed = 50_000

// ErrTooMany is that more tickets are asked for than an answer has.
var ErrTooMany = errors.New("more than 50000 tickets: ask for a shorter time, or for one customer")

// Tickets returns those of a choice by when they were opened, with what follows from each.
func (j *Journal) Tickets(ctx context.Context, choice Choice) ([]Ticket, error) {
	all := []Ticket{}
	take := func(t Ticket) error {
		if t.Opened.Before(choice.From) || !t.Opened.Before(choice.To) || choice.Customer != "" && t.Customer != choice.Customer || choice.Site != "" && t.Site != choice.Site {
			return nil
		}
		if !choice.Entries {
			t.Entries = slices.DeleteFunc(t.Entries, func(e Entry) bool { return e.What != Warned })
		}
		if all = append(all, t); len(all) > mostListed {
			return ErrTooMany
		}
		return ctx.Err()
	}
	for _, t := range j.reckonedOpen() {
		if err := take(t); err != nil {
			return nil, err
		}
	}
	if !choice.Open {
		if err := j.file.ClosedTickets(ctx, choice.From, choice.To, take); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b Ticket) int { return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

func (j *Journal) reckonedOpen() []Ticket {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	all := make([]Ticket, 0, len(j.open))
	for _, h := range j.open {
		all = append(all, j.reckoned(h.copy()))
	}
	return all
}

// Standing is what travels with the alarm of a ticket.
type Standing struct {
	// Severity agreed last, S1 to S4, and the business priority; 0 for none.
	Severity string
	Priority int
	// PhoneCall says that the severity needs one beside the answer.
	PhoneCall bool
	// Plan, and the desk that had the ticket when it was opened.
	Plan, Desk string
	// FirstResponseDue and NextUpdateDue are by when a person has to answer; zero for none.
	FirstResponseDue, NextUpdateDue time.Time
	// AnsweredAt is when a person answered last; zero where nobody did.
	AnsweredAt time.Time
	// Changed is when somebody took the ticket or gave it back, or when it was graded anew: worth telling once more.
	Changed time.Time
}

// Standing returns that of the open ticket of an alarm; false where it has none.
func (j *Journal) Standing(id string) (Standing, bool) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	h := j.open[id]
	if h == nil {
		return Standing{}, false
	}
	s := Standing{Severity: string(h.Severity), Priority: h.Priority, PhoneCall: h.clock.PhoneCall(), Plan: h.Plan, Desk: h.desk(h.Opened), FirstResponseDue: h.response, NextUpdateDue: h.update, AnsweredAt: h.answered}
	for i := range h.Entries {
		switch h.Entries[i].What {
		case Acknowledged, Unacknowledged, Regraded, Prioritised:
			s.Changed = h.Entries[i].At
		case Responded, Commented, Warned: // are told by themselves
		}
	}
	return s, true
}
