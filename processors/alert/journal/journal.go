package journal

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert"
	"mimamori/processors/alert/ticket"
)

// File keeps alarms and tickets between two runs.
type File interface {
	// Load returns the alarms that were kept.
	Load(context.Context) ([]alert.Alarm, error)
	// SaveTickets keeps changes of alarms and tickets, all or none, in the order of the tickets.
	SaveTickets(context.Context, alert.Changes, []Ticket) error
	// OpenTickets returns those that are open.
	OpenTickets(context.Context) ([]Ticket, error)
	// ClosedTicket returns the one that was opened at a moment, the newest of its id where that is zero; nil where there is none.
	ClosedTicket(ctx context.Context, id string, opened time.Time) (*Ticket, error)
	// ClosedTickets hands on those opened in [from, to), in that order, until an error, which it returns.
	ClosedTickets(ctx context.Context, from, to time.Time, each func(Ticket) error) error
	// ForgetTickets forgets those closed before a moment, and the oldest beyond a number. It returns how many of each.
	ForgetTickets(ctx context.Context, before time.Time, most int) (aged, crowded int, err error)
}

// Journal keeps tickets. It is the ledger of an engine, and safe for concurrent use.
type Journal struct {
	config  Config
	rules   *ticket.Rules
	file    File
	logger  *slog.Logger
	metrics *metrics
	now     func() time.Time

	mutex sync.Mutex // guards what follows, and the order of what is written to the file
	open  map[string]*held
}

// New returns a journal. Load comes before all else.
func New(config Config, rules *ticket.Rules, file File, logger *slog.Logger, registerer prometheus.Registerer) (*Journal, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up the journal of tickets: %w", err)
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of the journal of tickets: %w", err)
	}
	return &Journal{config: config, rules: rules, file: file, logger: logger, metrics: metrics, now: time.Now, open: map[string]*held{}}, nil
}

// Load implements alert.Ledger. Alarms that were raised before tickets were kept get theirs.
func (j *Journal) Load(ctx context.Context) ([]alert.Alarm, error) {
	alarms, err := j.file.Load(ctx)
	if err != nil {
		return nil, err
	}
	tickets, err := j.file.OpenTickets(ctx)
	if err != nil {
		return nil, err
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	for i := range tickets {
		h, err := j.hold(tickets[i])
		if err != nil {
			return nil, fmt.Errorf("reckon ticket %s: %w", tickets[i].ID, err)
		}
		j.open[h.ID] = h
	}
	raised := map[string]bool{}
	c := &change{journal: j}
	for i := range alarms {
		a := &alarms[i]
		if a.State != alert.Raised || !isTicket(a) {
			continue
		}
		raised[a.ID] = true
		if h := j.open[a.ID]; h != nil && h.Opened.Equal(a.Raised) {
			h.Name, h.Device, h.Summary, h.Muted = a.Name, a.Device, a.Summary, a.Muted
			continue
		}
		if err := c.alarm(ctx, a); err != nil {
			return nil, err
		}
		if word := a.Acknowledged; word.Owner != "" {
			if err := c.add(a.ID, Entry{At: word.At, What: Acknowledged, By: word.By, Text: word.Reason, Owner: word.Owner, Until: word.Until}); err != nil {
				return nil, err
			}
		}
	}
	for id := range j.open {
		if !raised[id] { // of a file that was put back
			if err := c.end(id, j.now()); err != nil {
				return nil, err
			}
		}
	}
	return alarms, c.keep(ctx, alert.Changes{})
}

// Save implements alert.Ledger: what is raised opens a ticket, what has cleared closes it, and an
// acknowledgement is an entry of its own.
func (j *Journal) Save(ctx context.Context, changes alert.Changes) error {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	c := &change{journal: j}
	for i := range changes.Alarms {
		if err := c.alarm(ctx, &changes.Alarms[i]); err != nil {
			return err
		}
	}
	for i := range changes.Entries {
		e := &changes.Entries[i]
		if err := c.add(e.ID, Entry{At: e.At, What: What(e.Action), By: e.By, Text: e.Reason, Owner: e.Owner, Until: e.Until}); err != nil {
			return err
		}
	}
	return c.keep(ctx, changes)
}

// change is what one call changes of the tickets, kept whole or not at all.
type change struct {
	journal *Journal
	open    map[string]*held // as they will be; nil where it is closed
	order   []string         // in which they are written
	closed  []Ticket
}

// at returns the open ticket of an alarm as it will be, nil where none is.
func (c *change) at(id string) *held {
	if h, changed := c.open[id]; changed {
		return h
	}
	return c.journal.open[id]
}

func (c *change) put(id string, h *held) {
	if c.open == nil {
		c.open = map[string]*held{}
	}
	if _, known := c.open[id]; !known {
		c.order = append(c.order, id)
	}
	c.open[id] = h
}

// alarm brings the ticket of an alarm to where the alarm is.
func (c *change) alarm(ctx context.Context, a *alert.Alarm) error {
	if a.Ticket != "" {
		return c.warned(a)
	}
	if !isTicket(a) {
		return nil
	}
	h := c.at(a.ID)
	if h != nil && a.State == alert.Raised && !h.Opened.Equal(a.Raised) { // what was between could not be kept
		if err := c.end(a.ID, a.Raised); err != nil {
			return err
		}
		h = nil
	}
	if h == nil {
		if a.State == alert.Cleared {
			if known, err := c.journal.file.ClosedTicket(ctx, a.ID, a.Raised); err != nil || known != nil {
				return err
			}
		}
		if err := c.begin(a); err != nil { // an alarm is not lost for its ticket's sake
			c.journal.logger.Error("an alarm has no ticket", "id", a.ID, "error", err)
			return nil
		}
		h = c.at(a.ID)
	}
	if a.State == alert.Cleared {
		h.Summary = a.Summary
		return c.end(a.ID, a.Cleared)
	}
	if h.Muted == a.Muted {
		h.Name, h.Device, h.Summary = a.Name, a.Device, a.Summary // kept with the next change
		return nil
	}
	next := *h
	next.Name, next.Device, next.Summary, next.Muted = a.Name, a.Device, a.Summary, a.Muted
	c.put(a.ID, &next)
	return nil
}

func (c *change) begin(a *alert.Alarm) error {
	plan, desk := c.journal.rules.Agreed(a.Customer)
	severity := ticket.Severity(a.Severity.Ticket())
	h, err := c.journal.hold(Ticket{Key: a.Key, ID: a.ID, Name: a.Name, Device: a.Device, Summary: a.Summary, Plan: plan, Desk: desk, Since: a.Since, Opened: a.Raised,
		Opening: severity, Severity: severity, Muted: a.Muted})
	if err != nil {
		return fmt.Errorf("open the ticket of alarm %s: %w", a.ID, err)
	}
	c.put(a.ID, h)
	return nil
}

// end closes the ticket of an alarm.
func (c *change) end(id string, at time.Time) error {
	t := c.at(id).copy()
	t.Closed = at
	if t.Closed.Before(t.Opened) { // the clock was put back
		t.Closed = t.Opened
	}
	h, err := c.journal.hold(t)
	if err != nil {
		return fmt.Errorf("close ticket %s: %w", id, err)
	}
	t.Reckoning = h.reckon(t.Closed)
	c.closed = append(c.closed, t)
	c.put(id, nil)
	return nil
}

// add adds an entry to the open ticket of an alarm; an alarm that is no ticket has none.
func (c *change) add(id string, e Entry) error {
	h := c.at(id)
	if h == nil {
		return nil
	}
	t := h.copy()
	t.Entries = append(t.Entries, e)
	switch e.What {
	case Regraded:
		t.Severity = e.Severity
	case Prioritised:
		t.Priority = e.Priority
	case Acknowledged, Unacknowledged, Responded, Commented, Warned: // change the history alone
	}
	next, err := c.journal.hold(t)
	if err != nil {
		return fmt.Errorf("reckon ticket %s: %w", id, err)
	}
	c.put(id, next)
	return nil
}

// warned notes that people are told of a ticket itself.
func (c *change) warned(a *alert.Alarm) error {
	h := c.at(a.Ticket)
	if h == nil || a.State != alert.Raised || len(h.Entries) >= mostEntries {
		return nil
	}
	for _, e := range h.Entries {
		if e.What == Warned && e.At.Equal(a.Raised) && e.Alert == a.Kind && e.Step == a.Step {
			return nil
		}
	}
	return c.add(a.Ticket, Entry{At: a.Raised, What: Warned, Alert: a.Kind, Step: a.Step})
}

// keep writes the change with those of the alarms, and makes it so.
func (c *change) keep(ctx context.Context, changes alert.Changes) error {
	tickets := c.closed
	for _, id := range c.order {
		if h := c.open[id]; h != nil {
			tickets = append(tickets, h.Ticket)
		}
	}
	if len(tickets) == 0 && len(changes.Alarms) == 0 && len(changes.Forgotten) == 0 && len(changes.Entries) == 0 {
		return nil
	}
	if err := c.journal.file.SaveTickets(ctx, changes, tickets); err != nil {
		return err
	}
	for id, h := range c.open {
		if h == nil {
			delete(c.journal.open, id)
			continue
		}
		c.journal.open[id] = h
	}
	c.journal.metrics.open.Set(float64(len(c.journal.open)))
	c.journal.metrics.closed.Add(float64(len(c.closed)))
	return nil
}
