package snmp

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// maxInterfaces is how many rows of the interface tables are read of a device. What
	// is kept of an interface takes about 260 octets: 17 MB for that many.
	maxInterfaces = 65536
	// largePage is how many rows a poll must have read to be gone on with where it was
	// cut off by answers that did not come: smaller tables are soon read anew.
	largePage = 500
)

// pass is one way through the interface tables of a device, from their start to their
// end. It takes one poll, and several where a device has more interfaces than one poll
// can read: each poll reads a page and the next goes on behind it.
type pass struct {
	number      uint32 // counted from 1
	reached     int64  // the rows up to this ifIndex have been read
	rows        int    // that it has read
	yielded     int    // interfaces of which there are figures
	polls       int    // that it has taken
	learning    bool   // all columns are asked, to see which are of use
	identifying bool   // identities are read too
	useful      useful
}

// beginPass begins a pass where the last one has come to its end.
func (d *device) beginPass() {
	if d.pass.number > 0 && d.pass.reached != beforeFirst {
		return
	}
	d.pass = pass{number: d.pass.number + 1, reached: beforeFirst, learning: d.due.columns, identifying: d.due.identities}
	d.due.identities = false
	if d.pass.learning {
		d.columns = counterColumns
	}
}

// pollInterfaces reads the next page of the interface tables, all of them where one
// poll can, and appends what it has to say.
func (w *worker) pollInterfaces(ctx context.Context, s *session, d *device, now *clocks, slot int64) error {
	d.beginPass()
	p := &d.pass
	p.polls++
	begun, after := time.Now(), p.reached
	left := w.left(ctx, begun)
	rows, reached, err := w.readSpan(s, d, d.without(d.columns), w.page(d, begun, left))
	p.rows += len(rows)
	if err == nil && reached < wholeTable && p.rows >= maxInterfaces {
		w.fault(faultTooManyRows)
		err = fmt.Errorf("%w: it has more than %d rows", errIncomplete, maxInterfaces)
	}
	ended := err == nil && reached == wholeTable
	goesOn := err == nil && !ended || noAnswer(err) && len(rows) > 0 && (p.polls > 1 || len(rows) >= largePage)
	moved := (len(rows) > 0 || err == nil) && w.account(d, rows, now, after != beforeFirst || goesOn, slot)
	if p.learning {
		p.useful.add(rows)
	}
	if p.reached = reached; goesOn {
		w.metrics.pagedPolls.Inc()
	} else if w.endPass(d, ended) {
		moved = true
	}
	if moved && (!p.learning || !ended) {
		d.due.columns = true
	}
	if err != nil {
		d.due.identities = d.due.identities || p.identifying || moved
		return err
	}
	if !p.identifying && !moved {
		return nil
	}
	return w.pollIdentities(s, d, visitedBy(rows), span{
		after: after, until: reached, most: maxInterfaces, expected: len(rows), by: begun.Add(left * 9 / 10),
	})
}

// breakOff ends a pass whose rows need not be those any more that the agent has.
func (d *device) breakOff() {
	d.turnNamesakes(false)
	d.pass.reached = beforeFirst
}

// left returns the time there is for a poll.
func (w *worker) left(ctx context.Context, now time.Time) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(0, deadline.Sub(now))
	}
	return w.cfg.deadline()
}

// page returns what the present poll is to read of the tables. The counters have most
// of the time that is left, less where identities are read too: they come after, and
// after them what the device says of itself.
func (w *worker) page(d *device, begun time.Time, left time.Duration) span {
	p := &d.pass
	page := span{after: p.reached, until: wholeTable, most: w.cfg.InterfacesPerPoll, expected: -1, by: begun.Add(left * 3 / 4)}
	if p.identifying {
		page.by = begun.Add(left / 2)
	}
	if d.expected >= 0 {
		page.expected = max(0, d.expected-p.rows)
	}
	return page
}

// endPass ends a pass, and returns whether interfaces were found to be gone.
func (w *worker) endPass(d *device, complete bool) (gone bool) {
	p := &d.pass
	p.reached = beforeFirst
	d.turnNamesakes(complete)
	gone = d.forget(complete)
	if !complete {
		return gone
	}
	w.metrics.passPolls.Observe(float64(p.polls))
	if p.polls != d.passPolls && (p.polls > 1 || d.passPolls > 1) {
		w.log.Info("the interfaces of a device are read in turn", "device", d.inventory.Name, "interfaces", p.rows, "polls", p.polls)
	}
	switch {
	case p.learning:
		d.columns, d.due.columns = p.useful.asked(), false
	case p.rows-p.yielded > d.expected-d.yielded:
		// What has come may have its counters in the columns that are not asked.
		d.due.columns = true
	}
	d.passPolls, d.expected, d.yielded = p.polls, p.rows, p.yielded
	return gone
}

// without returns the columns that the agent does not fail over.
func (d *device) without(columns []column) []column {
	if d.broken == 0 {
		return columns
	}
	return slices.DeleteFunc(slices.Clone(columns), d.broken.has)
}

// visitedBy returns the interfaces that rows were accounted for, by ifIndex.
func visitedBy(rows []row) map[uint32]*interfaceState {
	visited := map[uint32]*interfaceState{}
	for i := range rows {
		if state := rows[i].state; state != nil && state.index == rows[i].index {
			visited[state.index] = state
		}
	}
	return visited
}

// pollIdentities reads what the interfaces of a page are. What could not be read is due
// in the next pass.
func (w *worker) pollIdentities(s *session, d *device, visited map[uint32]*interfaceState, page span) error {
	rows, reached, err := w.readSpan(s, d, d.without(identityColumns), page)
	w.identify(d, rows, visited)
	if err != nil || reached < page.until {
		d.due.identities = true
	}
	return err
}
