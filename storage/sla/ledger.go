package sla

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/storage"
)

// ledger is all there is to reckon one device with.
type ledger struct {
	device  *storage.Availability
	terms   *terms
	windows []*window // that cover the device, by their beginning
	undone  []version // the record as it stood before each correction, the latest first
	now     result
}

// version is a device's record as it stood before a time.
type version struct {
	at      time.Time
	outages []storage.Outage
}

// result is a figure with the stretches behind it.
type result struct {
	fromMs  int64 // the first row
	figure  Figure
	outages []Outage
}

func measured(line timeline, excluded overlay) result {
	figure, outages := account(line, excluded)
	return result{line.fromMs, figure, outages}
}

// overlays keeps what does not count by what it consists of: devices share it.
type overlays map[string]overlay

// of returns what does not count under some terms and plans.
func (o overlays) of(t *terms, plans []*plan) overlay {
	var key strings.Builder
	fmt.Fprintf(&key, "%p", t)
	for _, each := range plans {
		fmt.Fprintf(&key, " %p", each)
	}
	known, ok := o[key.String()]
	if !ok {
		known = t.closed
		for _, each := range plans {
			known = known.with(each.spans)
		}
		o[key.String()] = known
	}
	return known
}

// plans returns what was planned for the device as it was known before a time, where
// the contract of that time excludes it; the zero time is now.
func (l *ledger) plans(at time.Time) []*plan {
	if !l.terms.before(at).ExcludeMaintenance {
		return nil
	}
	known := make([]*plan, 0, len(l.windows))
	for _, each := range l.windows {
		if planned := each.before(at); len(planned.spans) > 0 {
			known = append(known, planned)
		}
	}
	return known
}

// line is the device's record as it stood before a time; the zero time is now.
func (l *ledger) line(at time.Time, toMs int64) timeline {
	outages := l.device.Outages
	if !at.IsZero() {
		for _, older := range l.undone {
			if older.at.Before(at) {
				break
			}
			outages = older.outages
		}
	}
	return deviceTimeline(l.device, outages, toMs)
}

// touched reports whether anything about the device was corrected at a time or later.
func (l *ledger) touched(at time.Time) bool {
	return len(l.undone) > 0 && !l.undone[0].at.Before(at) || l.terms.before(at) != l.terms ||
		slices.ContainsFunc(l.windows, func(w *window) bool { return w.before(at) != w.now })
}

// remember goes back over the device's corrections.
func (l *ledger) remember(corrections []storage.Correction) {
	slices.SortStableFunc(corrections, func(a, b storage.Correction) int { return b.At.Compare(a.At) })
	record := *l.device
	for _, correction := range corrections {
		record = storage.Before(record, correction)
		l.undone = append(l.undone, version{correction.At, record.Outages})
	}
}
