package availability

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// history is what the raw rows tell of a device in some time, by event time.
type history struct {
	pings   []attempt
	uptimes []clocks // of an hour more on both sides
	boots   []boot
}

// attempt is one attempt of a ping round.
type attempt struct {
	due      int64
	interval uint32
	number   uint8
	heard    echo
}

// wider is how much further uptimes are read than pings, ms: what a boot is compared
// with may be one SNMP outage away.
const wider = 3_600_000

// read reads the rows of devices with a due time in [from, to) and an offset below
// before.
func (f *Figure) read(ctx context.Context, tasks []task, from, to, before int64) (map[key]*history, error) {
	all := make(map[key]*history, len(tasks))
	ids := make([]sample.ID, len(tasks))
	for i, t := range tasks {
		all[t.key], ids[i] = &history{}, t.id
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	query := storage.RawQuery{
		Kinds: []sample.Kind{sample.KindPings}, Partition: f.partition, Entities: ids,
		After: -1, Before: before, FromMs: from, ToMs: to,
	}
	batch, err := f.store.Raw(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read the pings of %d devices again: %w", len(ids), err)
	}
	if table := batch.Table(sample.KindPings); table != nil {
		rows := table.Rows.(*sample.Pings)
		for i, id := range rows.Device {
			h := all[key{table.Customer[i], id}]
			if h == nil || rows.Sent[i] == 0 {
				continue // another customer's, or nothing could be sent: nobody looked
			}
			h.pings = append(h.pings, attempt{
				due: table.SlotMs[i] + int64(rows.OffsetMs[i]), interval: rows.IntervalMs[i],
				number: rows.Attempt[i], heard: f.rules.heard(rows.Sent[i], rows.Received[i]),
			})
		}
	}
	query.Kinds = []sample.Kind{sample.KindUptimes}
	query.FromMs, query.ToMs = from-wider, to+wider
	if batch, err = f.store.Raw(ctx, query); err != nil {
		return nil, fmt.Errorf("read the uptimes of %d devices again: %w", len(ids), err)
	}
	if table := batch.Table(sample.KindUptimes); table != nil {
		rows := table.Rows.(*sample.Uptimes)
		for i, id := range rows.Device {
			if h := all[key{table.Customer[i], id}]; h != nil {
				h.uptimes = append(h.uptimes, readingOf(rows, i, table.SlotMs[i]))
			}
		}
	}
	for _, h := range all {
		f.rowsRead += len(h.pings) + len(h.uptimes)
		slices.SortStableFunc(h.pings, func(a, b attempt) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.number, b.number)) })
		slices.SortStableFunc(h.uptimes, func(a, b clocks) int { return cmp.Compare(a.atMs, b.atMs) })
		h.boots = findBoots(h.uptimes)
	}
	return all, nil
}

// window is the time that is judged again: from an answer to an answer, [from, to].
type window struct {
	from, to int64
	begin    bool // from the device's first row
	open     bool // to the present
}

// window finds the last good answer before the task's stretch and the first one after it,
// in rows read from low up to high; false when that takes a wider look. It includes the
// readings on both sides of the stretch and of every boot in it. The history is cut to
// the rows that can be relied on, and the window to it: of what was before those nothing
// is left but the record, which stands. An empty window says that this is all.
func (t task) window(h *history, low, high int64) (window, *history, bool) {
	kept, edges := h.island(t, low, high)
	if kept == nil {
		return window{}, nil, true
	}
	from, to := t.stretch.from, t.stretch.to
	for _, reading := range kept.uptimes {
		if reading.atMs < t.stretch.from {
			from = reading.atMs
		}
		if reading.atMs > t.stretch.to {
			to = reading.atMs
			break
		}
	}
	w := kept.between(t.device, from, to)
	for grown := true; grown; {
		grown = false
		for _, b := range kept.boots {
			if !w.has(b.at) && !kept.endsWith(w, b) {
				continue
			}
			if b.before < w.from || b.after > w.to {
				from, to = min(from, b.before), max(to, b.after)
				w = kept.between(t.device, from, to)
				grown = true
			}
		}
	}
	reached := min(t.firstSeen, t.stretch.from)
	found := (!w.begin || edges.left || low <= reached) && (!w.open || edges.right || high > t.row())
	if found {
		w = w.ashore(kept, t.device, edges)
	}
	return w, kept, found
}

// endsWith says whether the answer that ends the window is the last sign of life before
// a boot: the repeat of its round may have been answered after the boot, which then
// explains the outage before it.
func (h *history) endsWith(w window, b boot) bool {
	if w.open || b.at < w.to {
		return false
	}
	last, found := h.lastSign(b.at)
	return found && last <= w.to
}

// between returns the window from the last good answer before from to the first after
// to: at both ends the device is up.
func (h *history) between(d *device, from, to int64) window {
	w := window{from: math.MinInt64, to: math.MaxInt64}
	sign := func(at int64) {
		switch {
		case at < from:
			w.from = at
		case at > to && w.to == math.MaxInt64:
			w.to = at
		}
	}
	if d.pingInterval > 0 {
		for _, ping := range h.pings {
			if ping.heard == enough {
				sign(ping.due)
			}
		}
	} else {
		for _, reading := range h.uptimes {
			sign(reading.atMs)
		}
	}
	w.begin, w.open = w.from == math.MinInt64, w.to == math.MaxInt64
	return w
}

func (w window) has(at int64) bool { return at >= w.from && (w.open || at < w.to) }

// replay runs the rows of the window through a new machine.
func (f *Figure) replay(d *device, h *history, w window) *machine {
	m := &machine{}
	uptimes := h.uptimes
	for len(uptimes) > 0 && uptimes[0].atMs < w.from {
		uptimes = uptimes[1:]
	}
	upTo := func(at int64) {
		for len(uptimes) > 0 && uptimes[0].atMs < at && uptimes[0].atMs <= w.to {
			m.uptime(uptimes[0], f.silence(m, d.appliance), &f.rules)
			uptimes = uptimes[1:]
		}
	}
	for _, ping := range h.pings {
		if ping.due < w.from {
			continue
		}
		if ping.due > w.to {
			break
		}
		upTo(ping.due)
		m.ping(ping.due, ping.interval, ping.number, ping.heard, f.silence(m, d.appliance), &f.rules)
	}
	upTo(math.MaxInt64)
	return m
}

// boot is a restart that two readings show.
type boot struct {
	at            int64
	before, after int64 // when the readings were taken
	kind          storage.RebootKind
	evidence      string
}

// findBoots compares each reading with the one before.
func findBoots(readings []clocks) []boot {
	var all []boot
	for i := 1; i < len(readings); i++ {
		before, after := readings[i-1], readings[i]
		if before.atMs == after.atMs {
			continue
		}
		verdict, at := compare(before, after)
		if verdict == continuous {
			continue
		}
		found := boot{at: at, before: before.atMs, after: after.atMs, kind: storage.RebootDevice, evidence: evidence(after, at)}
		if verdict == agentStarted {
			found.kind = storage.RebootAgent
		}
		all = append(all, found)
	}
	return all
}

// judgeable says whether there are readings on both sides of a time.
func (h *history) judgeable(at int64) bool {
	n := len(h.uptimes)
	return n > 1 && h.uptimes[0].atMs <= at && at <= h.uptimes[n-1].atMs
}

// lastSign returns the newest sign of life before a time, false where none was read.
func (h *history) lastSign(before int64) (int64, bool) {
	last, found := int64(0), false
	for _, ping := range h.pings {
		if ping.heard != nothing && ping.due < before {
			last, found = ping.due, true
		}
	}
	for _, reading := range h.uptimes {
		if reading.atMs < before && (!found || reading.atMs > last) {
			last, found = reading.atMs, true
		}
	}
	return last, found
}
