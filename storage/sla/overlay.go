package sla

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"mimamori/storage/calendar"
)

// outsideHours is why time beyond a calendar's hours does not count.
const outsideHours = "outside hours"

// exclusion is time that does not count, and why.
type exclusion struct {
	fromMs, toMs int64 // [from, to), Unix milliseconds
	why          string
	maintenance  bool // and not beyond the hours
}

// overlay is all the time that does not count: sorted and disjoint.
type overlay []exclusion

// beyondHours returns the time of [from, to) that a calendar leaves out. On days that
// are holidays the reason is the holiday.
func beyondHours(hours *calendar.Calendar, from, to time.Time) overlay {
	var closed overlay
	at := from
	for _, open := range append(hours.Scheduled(from, to), calendar.Span{From: to, To: to}) {
		for at.Before(open.From) {
			until, why := closedUntil(hours, at)
			if until.After(open.From) {
				until = open.From
			}
			closed = closed.append(exclusion{fromMs: at.UnixMilli(), toMs: until.UnixMilli(), why: why})
			at = until
		}
		at = open.To
	}
	return closed
}

// closedUntil returns the end of the local day that a time falls on, and why that day
// is closed.
func closedUntil(hours *calendar.Calendar, at time.Time) (time.Time, string) {
	local := at.In(hours.Location())
	// Where that midnight is not on the clock, next may be this very time.
	next := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, hours.Location())
	if !next.After(at) {
		next = at.Add(time.Hour)
	}
	if name, closed := hours.Holiday(at); closed {
		return next, "holiday: " + name
	}
	return next, outsideHours
}

// append adds an exclusion that begins where the last one ends, or later.
func (o overlay) append(next exclusion) overlay {
	if next.fromMs >= next.toMs {
		return o
	}
	if last := len(o) - 1; last >= 0 && o[last].toMs == next.fromMs && o[last].why == next.why && o[last].maintenance == next.maintenance {
		o[last].toMs = next.toMs
		return o
	}
	return append(o, next)
}

// with returns the overlay with more exclusions in the time it leaves, in the order
// given: where several cover the same time the first is the reason.
func (o overlay) with(more []exclusion) overlay {
	for _, wanted := range more {
		var added overlay
		at := wanted.fromMs
		for _, taken := range o[o.after(wanted.fromMs):] {
			if taken.fromMs >= wanted.toMs {
				break
			}
			added = added.append(exclusion{at, taken.fromMs, wanted.why, wanted.maintenance})
			at = taken.toMs
		}
		added = added.append(exclusion{at, wanted.toMs, wanted.why, wanted.maintenance})
		if len(added) > 0 {
			o = slices.Concat(o, added)
			slices.SortFunc(o, func(a, b exclusion) int { return cmp.Compare(a.fromMs, b.fromMs) })
		}
	}
	return o
}

// after returns the index of the first exclusion that ends after a time.
func (o overlay) after(milliseconds int64) int {
	return sort.Search(len(o), func(i int) bool { return o[i].toMs > milliseconds })
}

// over calls a function for each exclusion that covers some of [fromMs, toMs), with
// how much.
func (o overlay) over(fromMs, toMs int64, found func(exclusion, int64)) {
	for _, each := range o[o.after(fromMs):] {
		if each.fromMs >= toMs {
			return
		}
		found(each, min(each.toMs, toMs)-max(each.fromMs, fromMs))
	}
}
