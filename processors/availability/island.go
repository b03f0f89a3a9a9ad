package availability

import (
	"cmp"
	"slices"
)

// gone is how long a device may have no rows at all before those beyond are held not to
// belong together any more, ms: raw rows go by the day when they are old. It counts
// only where somebody asked for what is long settled to be made anew.
const gone = 86_400_000

// edges say on which sides rows end although the record goes on.
type edges struct{ left, right bool }

// island returns the rows around a task's stretch that what they say can be relied on:
// without the rows beyond a time of which there are none left. It returns nil where no
// row lies in the stretch. The rows were read from low up to high.
func (h *history) island(t task, low, high int64) (*history, edges) {
	times := h.times()
	if t.request == nil {
		// What is late may lie anywhere; only rows too old to be kept are not to be had.
		return h, edges{left: low <= t.firstSeen && (len(times) == 0 || times[0] > t.firstSeen)}
	}
	first, _ := slices.BinarySearch(times, t.stretch.from)
	if first == len(times) || times[first] > t.stretch.to {
		return nil, edges{}
	}
	last := first
	for first > 0 && times[first]-times[first-1] < gone {
		first--
	}
	for last+1 < len(times) && times[last+1]-times[last] < gone {
		last++
	}
	from, to := times[first], times[last]
	found := edges{
		left:  from > t.firstSeen && (first > 0 || low <= max(0, from-gone)),
		right: to < t.row() && (last+1 < len(times) || high >= min(to+gone, endOfTime)),
	}
	return h.cut(from, to), found
}

// times are those of all rows, rising.
func (h *history) times() []int64 {
	all := make([]int64, 0, len(h.pings)+len(h.uptimes))
	for _, ping := range h.pings {
		all = append(all, ping.due)
	}
	for _, reading := range h.uptimes {
		all = append(all, reading.atMs)
	}
	slices.Sort(all)
	return all
}

// cut returns the history of [from, to] alone.
func (h *history) cut(from, to int64) *history {
	part := &history{
		pings:   rowsIn(h.pings, from, to, func(a attempt) int64 { return a.due }),
		uptimes: rowsIn(h.uptimes, from, to, func(c clocks) int64 { return c.atMs }),
	}
	part.boots = h.boots
	if len(part.uptimes) < len(h.uptimes) {
		part.boots = findBoots(part.uptimes)
	}
	return part
}

// rowsIn returns the rows with a time in [from, to] of those that come by time.
func rowsIn[T any](rows []T, from, to int64, at func(T) int64) []T {
	first, _ := slices.BinarySearchFunc(rows, from, func(row T, from int64) int { return cmp.Compare(at(row), from) })
	last, _ := slices.BinarySearchFunc(rows, to+1, func(row T, end int64) int { return cmp.Compare(at(row), end) })
	return rows[first:last]
}

// ashore moves the ends of a window that rows are missing beyond to the outermost
// answers there are. Without any it is empty.
func (w window) ashore(h *history, d *device, missing edges) window {
	fromFirst, toLast := w.begin && missing.left, w.open && missing.right
	if !fromFirst && !toLast {
		return w
	}
	first, last, found := h.signs(d)
	if !found {
		return window{}
	}
	if fromFirst {
		w.from, w.begin = first, false
	}
	if toLast {
		w.to, w.open = last, false
	}
	if w.from >= w.to {
		return window{}
	}
	return w
}

// signs returns the first and the last answer of a device in its rows.
func (h *history) signs(d *device) (first, last int64, found bool) {
	sign := func(at int64) {
		if !found {
			first, found = at, true
		}
		last = at
	}
	if d.pingInterval == 0 {
		for _, reading := range h.uptimes {
			sign(reading.atMs)
		}
		return first, last, found
	}
	for _, ping := range h.pings {
		if ping.heard == enough {
			sign(ping.due)
		}
	}
	return first, last, found
}
