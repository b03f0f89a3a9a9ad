package ticket

import (
	"time"

	"mimamori/storage/calendar"
)

// hours is the time that counts: while any of the calendars is open, or all of it where
// there are none.
type hours []*calendar.Calendar

const (
	// stride is how much of a calendar is looked at in one go.
	stride = 31 * 24 * time.Hour
	// horizonYears is how far ahead is looked: the longest target at the least of hours a
	// week, and as much again for holidays.
	horizonYears = 40
)

// in returns the time that counts in [from, to), sorted and disjoint.
func (h hours) in(from, to time.Time) []calendar.Span {
	if len(h) == 0 {
		return []calendar.Span{{From: from, To: to}}
	}
	var open [][]calendar.Span
	for _, each := range h {
		open = append(open, each.Scheduled(from, to))
	}
	return calendar.Union(open...)
}

// moments returns, for each of the lengths, the first moment at which so much time has
// counted since from. Lengths ascend; the paused spans, which are sorted and disjoint, are
// left out. What fits to the minute into a day is reached when the desk closes, not when
// it opens again. What lies beyond the horizon is missing.
func (h hours) moments(from time.Time, lengths []time.Duration, paused []calendar.Span) []time.Time {
	var reached []time.Time
	counted := time.Duration(0)
	for at, horizon := from, from.AddDate(horizonYears, 0, 0); at.Before(horizon); at = at.Add(stride) {
		for _, span := range calendar.Subtract(h.in(at, at.Add(stride)), paused) {
			for len(reached) < len(lengths) && lengths[len(reached)]-counted <= span.Length() {
				reached = append(reached, span.From.Add(lengths[len(reached)]-counted))
			}
			if len(reached) == len(lengths) {
				return reached
			}
			counted += span.Length()
		}
	}
	return reached
}

// after returns the first moment at which so much time has counted since from. Zero is
// beyond the horizon.
func (h hours) after(from time.Time, length time.Duration) time.Time {
	if reached := h.moments(from, []time.Duration{length}, nil); len(reached) > 0 {
		return reached[0]
	}
	return time.Time{}
}

// endOfNextDay returns when the first business day ends whose date is after that of a
// moment: the last moment that counts of that date, which ends at midnight.
func (h hours) endOfNextDay(from time.Time, zone *time.Location) time.Time {
	opens := h.after(dayAfter(from, zone), 0)
	if opens.IsZero() {
		return opens
	}
	day := h.in(opens, dayAfter(opens, zone))
	return day[len(day)-1].To
}

// dayAfter returns the beginning of the date after that of a moment.
func dayAfter(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	next := time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
	begins, _ := calendar.Moment(next.Format(time.DateOnly), zone) // a date of four digits
	return begins
}

// open reports whether the time counts at a moment.
func (h hours) open(at time.Time) bool { return len(h.in(at, at.Add(1))) > 0 }
