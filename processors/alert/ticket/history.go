package ticket

import (
	"slices"
	"time"
)

// History is what happened to a ticket, as far as its clock minds. Events may come in
// any order; one before the opening counts as if it came with it.
type History struct {
	// Plan and Desk are names of the configuration: see Rules.Agreed.
	Plan, Desk string
	// Opened is when the ticket was made, which is when its clock begins.
	Opened time.Time
	// Severity at the opening.
	Severity Severity
	// Priority is what the ticket means to the business, 1 (first) to 4, or 0 where nobody
	// said. It stands beside the severity and moves nothing that is due.
	Priority int
	// Changes of the severity.
	Changes []Change
	// Responses to the customer.
	Responses []Response
	// Acknowledgements by whoever took the ticket.
	Acknowledgements []Acknowledgement
	// Closed is when the ticket was closed, which ends every clock; zero while it is open.
	Closed time.Time
}

// Change is a severity agreed anew.
type Change struct {
	// At is when it was agreed.
	At time.Time
	// Severity from then on.
	Severity Severity
}

// Response is an answer to the customer.
type Response struct {
	// At is when it was sent.
	At time.Time
	// Human is whether a person answered. An automatic receipt stops nothing.
	Human bool
}

// Acknowledgement is somebody's word that they work on it: nobody else is told until it
// expires. Where two overlap the later expiry counts; one taken back ends when it was.
type Acknowledgement struct {
	// At is when they took the ticket.
	At time.Time
	// Until is when it expires; one that is not after At holds nothing.
	Until time.Time
}

// asOf returns the history as it was known at a moment.
func (h History) asOf(at time.Time) History {
	h.Changes = slices.DeleteFunc(slices.Clone(h.Changes), func(c Change) bool { return c.At.After(at) })
	h.Responses = slices.DeleteFunc(slices.Clone(h.Responses), func(r Response) bool { return r.At.After(at) })
	h.Acknowledgements = slices.DeleteFunc(slices.Clone(h.Acknowledgements), func(a Acknowledgement) bool { return a.At.After(at) })
	if h.Closed.After(at) {
		h.Closed = time.Time{}
	}
	return h
}

// severity returns the last one agreed, up to a moment; a zero moment is the end.
func (h History) severity(until time.Time) Severity {
	severity, since := h.Severity, time.Time{}
	for _, change := range h.Changes {
		if (until.IsZero() || !change.At.After(until)) && !change.At.Before(since) {
			severity, since = change.Severity, change.At
		}
	}
	return severity
}

// answers returns when people answered, in order, up to the closing.
func (h History) answers() []time.Time {
	var all []time.Time
	for _, response := range h.Responses {
		if !response.Human || !h.Closed.IsZero() && response.At.After(h.Closed) {
			continue
		}
		at := response.At
		if at.Before(h.Opened) {
			at = h.Opened
		}
		all = append(all, at)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}
