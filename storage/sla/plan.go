package sla

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"mimamori/storage/calendar"
)

// window is a maintenance window with its occurrences in the time asked for, as it
// stands and as it stood before each change of what had begun by then.
type window struct {
	calendar.Window // of which the scope alone counts
	now             *plan
	undone          []replanned // the latest first
}

// plan is the time of a window that does not count: sorted and disjoint.
type plan struct{ spans []exclusion }

// replanned is a window that was entered, changed or cancelled when it had begun.
type replanned struct {
	at       time.Time
	by, why  string
	from, to time.Time // what it changed
	before   *plan
}

// before returns the plan as it was known before a time; the zero time is now. What
// was planned ahead counts as always known.
func (w *window) before(at time.Time) *plan {
	found := w.now
	for _, each := range w.undone {
		if at.IsZero() || each.at.Before(at) {
			break
		}
		found = each.before
	}
	return found
}

// scope is what a window covers.
type scope struct{ customer, site, device string }

func scopeOf(w calendar.Window) scope { return scope{w.Customer, w.Site, w.Device} }

// expand returns the windows that have, or had, occurrences in the time asked for. The
// revisions of a window follow each other.
func expand(revisions []calendar.Window, from, to time.Time) ([]*window, error) {
	var answer []*window
	for len(revisions) > 0 {
		n := 1
		for n < len(revisions) && revisions[n].ID == revisions[0].ID && revisions[n].Customer == revisions[0].Customer {
			n++
		}
		one := revisions[:n]
		revisions = revisions[n:]
		occurrences, err := occurrencesOf(one, from, to)
		if err != nil {
			return nil, err
		}
		for i := range one {
			covered := scopeOf(one[i])
			if slices.ContainsFunc(one[:i], func(w calendar.Window) bool { return scopeOf(w) == covered }) {
				continue
			}
			if w := history(one, occurrences, covered); len(w.now.spans) > 0 || len(w.undone) > 0 {
				answer = append(answer, w)
			}
		}
	}
	slices.SortStableFunc(answer, func(a, b *window) int { return cmp.Compare(a.begin(), b.begin()) })
	return answer, nil
}

// begin orders windows by their first occurrence, those without one first.
func (w *window) begin() int64 {
	if len(w.now.spans) == 0 {
		return 0
	}
	return w.now.spans[0].fromMs
}

// occurrencesOf returns those of each revision of a window in the time asked for. A rule
// that gave too many and was changed since let nobody report on that time: what replaced
// it stands for it.
func occurrencesOf(revisions []calendar.Window, from, to time.Time) ([][]calendar.Span, error) {
	all := make([][]calendar.Span, len(revisions))
	for i := len(revisions) - 1; i >= 0; i-- {
		spans, err := revisions[i].Spans(from, to)
		switch {
		case err == nil:
			all[i] = spans
		case i == len(revisions)-1:
			return nil, fmt.Errorf("maintenance window %s: %w", revisions[i].ID, err)
		default:
			all[i] = all[i+1]
		}
	}
	return all, nil
}

// history returns a window with all its changes, for one of the scopes that its
// revisions have had.
func history(revisions []calendar.Window, occurrences [][]calendar.Span, covered scope) *window {
	of := func(i int) []calendar.Span {
		if i < 0 || scopeOf(revisions[i]) != covered {
			return nil
		}
		return occurrences[i]
	}
	last := len(revisions) - 1
	w := &window{Window: revisions[last]}
	w.Customer, w.Site, w.Device = covered.customer, covered.site, covered.device
	standing := of(last)
	w.now = planOf(standing, reason(w.Window))
	for i := last; i >= 0; i-- {
		revision := revisions[i]
		change := replanned{at: revision.EnteredAt, by: revision.By, why: reason(revision)}
		if i > 0 {
			change.at, change.by, change.why = revision.RevisedAt, revision.RevisedBy, revisedWhy(revision)
		}
		added := begun(calendar.Subtract(of(i), of(i-1)), change.at)
		removed := begun(calendar.Subtract(of(i-1), of(i)), change.at)
		changed := calendar.Union(added, removed)
		if len(changed) == 0 {
			continue
		}
		standing = calendar.Union(calendar.Subtract(standing, added), removed)
		change.from, change.to = changed[0].From.UTC(), changed[len(changed)-1].To.UTC()
		change.before = planOf(standing, change.why)
		w.undone = append(w.undone, change)
	}
	return w
}

// begun returns the spans that began before a time.
func begun(spans []calendar.Span, at time.Time) []calendar.Span {
	return slices.DeleteFunc(spans, func(span calendar.Span) bool { return !span.From.Before(at) })
}

func planOf(spans []calendar.Span, why string) *plan {
	answer := &plan{}
	for _, span := range spans {
		answer.spans = append(answer.spans, exclusion{span.From.UnixMilli(), span.To.UnixMilli(), why, true})
	}
	return answer
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

// revisedWhy is why a window was changed or taken back.
func revisedWhy(w calendar.Window) string {
	if w.Cancelled {
		return "maintenance cancelled: " + w.RevisedWhy
	}
	return "maintenance changed: " + w.RevisedWhy
}
