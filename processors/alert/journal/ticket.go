package journal

import (
	"fmt"
	"slices"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/ticket"
)

// Ticket is one raising of an alarm as the desk sees it.
type Ticket struct {
	alert.Key
	// ID is that of the alarm: the key that ticket systems bear. Of one key one ticket is open at a time.
	ID string `json:"id"`
	// Name of the entity for people, the device whose it is, and the alarm in a line.
	Name    string `json:"name"`
	Device  string `json:"device,omitempty"`
	Summary string `json:"summary"`
	// Plan and Desk as they were agreed with the customer at the opening.
	Plan string `json:"plan"`
	Desk string `json:"desk"`
	// Since is since when it was so, by the measurements.
	Since time.Time `json:"since"`
	// Opened is when the alarm was raised, Closed when it cleared: zero while it lasts.
	Opened time.Time `json:"opened"`
	Closed time.Time `json:"closed,omitzero"`
	// Opening is the severity that it was opened with, Severity the one agreed last.
	Opening  ticket.Severity `json:"opening_severity"`
	Severity ticket.Severity `json:"severity"`
	// Priority is what it means to the business, 1 (first) to 4; 0 where nobody said.
	Priority int `json:"priority,omitempty"`
	// Muted says that a maintenance window covers the alarm.
	Muted bool `json:"muted,omitempty"`
	// Entries are what happened, in order.
	Entries []Entry `json:"entries,omitempty"`
	// Reckoning is what follows from all of it: of a closed ticket as of its closing.
	Reckoning *Reckoning `json:"reckoning,omitempty"`
}

// What is the kind of an entry.
type What string

// The kinds of entries.
const (
	// Acknowledged is that a person took the ticket: an answer, and nobody else is told until it expires.
	Acknowledged What = "acknowledged"
	// Unacknowledged takes that back. The answer stays.
	Unacknowledged What = "unacknowledged"
	// Responded is that a person answered.
	Responded What = "responded"
	// Commented is a note, or what a machine said: it answers nobody.
	Commented What = "commented"
	// Regraded is a severity agreed anew.
	Regraded What = "severity"
	// Prioritised is another business priority.
	Prioritised What = "priority"
	// Warned is that somebody was told of an answer that was late, or of the ticket itself as the next of its chain.
	Warned What = "warned"
)

// Entry is something that happened to a ticket.
type Entry struct {
	At   time.Time `json:"at"`
	What What      `json:"what"`
	By   string    `json:"by,omitempty"`
	// Via is how it came: mail, hook (a ticket system); empty by hand.
	Via string `json:"via,omitempty"`
	// Text is what was said, or the reason.
	Text string `json:"text,omitempty"`
	// Owner is of an acknowledgement, with Until.
	Owner string    `json:"owner,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// Severity and Priority are what was set.
	Severity ticket.Severity `json:"severity,omitempty"`
	Priority int             `json:"priority,omitempty"`
	// Alert and Step are of Warned: the alarm's kind, and who was told.
	Alert string `json:"alert,omitempty"`
	Step  string `json:"step,omitempty"`
	// Reference names what it came from, such as a Message-ID: what comes twice counts once.
	Reference string `json:"reference,omitempty"`
}

// Open says whether the ticket is open.
func (t *Ticket) Open() bool { return t.Closed.IsZero() }

// isTicket says whether an alarm is one.
func isTicket(a *alert.Alarm) bool { return a.Customer != "" && a.Ticket == "" && !a.Raised.IsZero() }

// history is the ticket as its clock sees it.
func (t *Ticket) history() ticket.History {
	h := ticket.History{Plan: t.Plan, Desk: t.Desk, Opened: t.Opened, Severity: t.Opening, Priority: t.Priority, Closed: t.Closed}
	for _, e := range t.Entries {
		switch e.What {
		case Acknowledged, Unacknowledged:
			// One person has it at a time: what is said next takes the place of what was said before.
			for i := range h.Acknowledgements {
				if held := &h.Acknowledgements[i]; held.Until.After(e.At) {
					held.Until = e.At
				}
			}
			if e.What == Acknowledged {
				h.Acknowledgements = append(h.Acknowledgements, ticket.Acknowledgement{At: e.At, Until: e.Until})
				h.Responses = append(h.Responses, ticket.Response{At: e.At, Human: true})
			}
		case Responded:
			h.Responses = append(h.Responses, ticket.Response{At: e.At, Human: true})
		case Commented:
			h.Responses = append(h.Responses, ticket.Response{At: e.At})
		case Regraded:
			h.Changes = append(h.Changes, ticket.Change{At: e.At, Severity: e.Severity})
		case Prioritised, Warned: // move nothing that is due
		}
	}
	return h
}

// Bounds of one ticket, so that a machine that talks to itself fills no disk.
const (
	mostEntries = 500
	mostText    = 256 << 10 // bytes, of all entries together
	longestText = 20_000    // characters of one
	longestName = 200       // characters
)

// fits says whether one more entry does. What follows from an alarm and what the clock minds most always does.
func (t *Ticket) fits(e Entry) error {
	size := len(e.Text)
	for i := range t.Entries {
		size += len(t.Entries[i].Text)
	}
	if len(t.Entries) >= mostEntries || size > mostText {
		return fmt.Errorf("%w: it has %d entries, and %d and %d KiB of text are the most", ErrFull, len(t.Entries), mostEntries, mostText>>10)
	}
	return nil
}

// copy returns the ticket for others, or to change it.
func (t *Ticket) copy() Ticket {
	other := *t
	other.Entries = slices.Clone(t.Entries)
	if t.Reckoning != nil {
		reckoning := *t.Reckoning
		other.Reckoning = &reckoning
	}
	return other
}
