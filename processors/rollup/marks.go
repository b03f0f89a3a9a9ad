package rollup

import (
	"cmp"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

const (
	hourMs = 60 * 60 * 1000
	dayMs  = 24 * hourMs
)

// place is a site: an id counts with its customer.
type place struct{ customer, site sample.ID }

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.customer, other.customer), cmp.Compare(p.site, other.site))
}

// slot is an hour or a day of a site.
type slot struct {
	from int64 // Unix milliseconds
	place
}

func (s slot) compare(other slot) int {
	return cmp.Or(cmp.Compare(s.from, other.from), s.place.compare(other.place))
}

// mark is a dirty slot.
type mark struct {
	offset int64 // of the message that soiled it first
	batch  int64 // first offset of the batch that did so last
}

// marks are the dirty hours or the dirty days.
type marks struct {
	figure    string // of the dirty ranges
	lengthMs  int64
	partition int
	dirty     map[slot]*mark
}

func newMarks(figure string, lengthMs int64, partition int) *marks {
	return &marks{figure: figure, lengthMs: lengthMs, partition: partition, dirty: map[slot]*mark{}}
}

// soil marks the slots of [from, to], and returns ranges with those that were clean.
func (m *marks) soil(at place, from, to, offset, batch int64, ranges []storage.DirtyRange) []storage.DirtyRange {
	for start := floor(from, m.lengthMs); start <= to; start += m.lengthMs {
		key := slot{start, at}
		if known := m.dirty[key]; known != nil {
			known.batch = batch
			continue
		}
		m.dirty[key] = &mark{offset: offset, batch: batch}
		ranges = append(ranges, m.rangeOf(key, storage.Version{Offset: offset}))
	}
	return ranges
}

// restore marks the slots of pending ranges.
func (m *marks) restore(ranges []storage.DirtyRange) {
	for _, dirty := range ranges {
		if dirty.Figure == m.figure {
			m.dirty[slot{dirty.FromMs, place{dirty.Customer, dirty.Entity}}] = &mark{dirty.Offset, dirty.Offset}
		}
	}
}

func (m *marks) rangeOf(key slot, version storage.Version) storage.DirtyRange {
	return storage.DirtyRange{
		Customer: key.customer, Site: key.site, Entity: key.site, Figure: m.figure,
		FromMs: key.from, ToMs: key.from + m.lengthMs, Partition: m.partition, Version: version,
	}
}

// due returns the slots that ended by a time and were soiled by batches before the one
// that begins with the offset first, the oldest first.
func (m *marks) due(endedMs, first int64) []slot {
	var due []slot
	for key, mark := range m.dirty {
		if key.from+m.lengthMs <= endedMs && mark.offset < first {
			due = append(due, key)
		}
	}
	slices.SortFunc(due, slot.compare)
	return due
}

// clean takes a slot off, unless the batch that begins with the offset first soiled it
// as well: its rows are not stored yet.
func (m *marks) clean(key slot, first int64) bool {
	if m.dirty[key].batch >= first {
		return false
	}
	delete(m.dirty, key)
	return true
}

// cleanAll takes slots off that were added up with the message at an offset, and returns
// ranges with the tombstones of their marks.
func (m *marks) cleanAll(slots []slot, first, offset int64, ranges []storage.DirtyRange) []storage.DirtyRange {
	for _, key := range slots {
		if m.clean(key, first) {
			ranges = append(ranges, m.rangeOf(key, storage.Version{Offset: offset, Deleted: true}))
		}
	}
	return ranges
}

// gather makes one roll-up of the sites of a customer with the same slot, and of such
// that follow each other.
func (m *marks) gather(slots []slot) []storage.RollUp {
	var all []storage.RollUp
	for len(slots) > 0 {
		next := storage.RollUp{Customer: slots[0].customer, FromMs: slots[0].from, ToMs: slots[0].from + m.lengthMs}
		for len(slots) > 0 && slots[0].from == next.FromMs && slots[0].customer == next.Customer {
			next.Sites = append(next.Sites, slots[0].site)
			slots = slots[1:]
		}
		at := slices.IndexFunc(all, func(r storage.RollUp) bool {
			return r.Customer == next.Customer && r.ToMs == next.FromMs && slices.Equal(r.Sites, next.Sites)
		})
		if at < 0 {
			all = append(all, next)
			continue
		}
		all[at].ToMs = next.ToMs
	}
	return all
}

func floor(ms, step int64) int64 {
	rest := ms % step
	if rest < 0 {
		rest += step
	}
	return ms - rest
}
