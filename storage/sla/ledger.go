package sla

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// terms are what counts for one customer in the time asked for.
type terms struct {
	calendar           string
	targetPct          float64
	excludeMaintenance bool
	closed             overlay
}

// window is a maintenance window with those of its occurrences in the time asked for
// that were planned ahead, or with those that had begun when it was entered.
type window struct {
	calendar.Window
	afterwards bool // it was entered when these had begun
	spans      []exclusion
}

// ledger is all there is to reckon one device with.
type ledger struct {
	device  *storage.Availability
	terms   *terms
	windows []*window // that cover the device and count by its contract, by their beginning
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

// of returns what does not count for a contract under some windows.
func (o overlays) of(t *terms, windows []*window) overlay {
	var key strings.Builder
	fmt.Fprintf(&key, "%p", t)
	for _, each := range windows {
		fmt.Fprintf(&key, " %p", each)
	}
	known, ok := o[key.String()]
	if !ok {
		known = t.closed
		for _, each := range windows {
			known = known.with(each.spans)
		}
		o[key.String()] = known
	}
	return known
}

// expand returns the windows that have occurrences in the time asked for.
func expand(windows []calendar.Window, from, to time.Time) ([]*window, error) {
	var answer []*window
	for _, each := range windows {
		spans, err := each.Spans(from, to)
		if err != nil {
			return nil, fmt.Errorf("maintenance window %s: %w", each.ID, err)
		}
		ahead, afterwards := &window{Window: each}, &window{Window: each, afterwards: true}
		for _, span := range spans {
			part := ahead
			if each.Retroactive() && span.From.Before(each.EnteredAt) {
				part = afterwards
			}
			part.spans = append(part.spans, exclusion{span.From.UnixMilli(), span.To.UnixMilli(), reason(each), true})
		}
		for _, part := range []*window{ahead, afterwards} {
			if len(part.spans) > 0 {
				answer = append(answer, part)
			}
		}
	}
	slices.SortFunc(answer, func(a, b *window) int {
		return cmp.Or(cmp.Compare(a.spans[0].fromMs, b.spans[0].fromMs), cmp.Compare(a.ID, b.ID))
	})
	return answer, nil
}

// reason says why time in a maintenance window does not count.
func reason(w calendar.Window) string {
	text := "maintenance"
	if w.Why != "" {
		text += ": " + w.Why
	}
	if w.Reference != "" {
		text += " (" + w.Reference + ")"
	}
	return text
}

// before returns the windows that were known before a time: those planned ahead, and
// of those entered afterwards the ones entered earlier. The zero time is now.
func before(windows []*window, at time.Time) []*window {
	if at.IsZero() {
		return windows
	}
	known := make([]*window, 0, len(windows))
	for _, each := range windows {
		if !each.afterwards || each.EnteredAt.Before(at) {
			known = append(known, each)
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
	return len(l.undone) > 0 && !l.undone[0].at.Before(at) || len(before(l.windows, at)) < len(l.windows)
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
