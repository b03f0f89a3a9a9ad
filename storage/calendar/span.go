package calendar

import (
	"slices"
	"time"
)

// Span is the time from From to To, To not included. A span whose To is not after
// its From is empty.
type Span struct{ From, To time.Time }

// Length returns the elapsed time of a span, 0 for an empty one. A duration holds 292
// years.
func (s Span) Length() time.Duration { return max(0, s.To.Sub(s.From)) }

// cut returns what of the span lies in [from, to).
func (s Span) cut(from, to time.Time) Span {
	if s.From.Before(from) {
		s.From = from
	}
	if s.To.After(to) {
		s.To = to
	}
	return s
}

// Union merges spans in any order, overlapping or not, into sorted and disjoint ones.
// Spans that touch become one; empty ones are left out.
func Union(spans ...[]Span) []Span {
	all := slices.Concat(spans...)
	all = slices.DeleteFunc(all, func(s Span) bool { return s.Length() == 0 })
	slices.SortFunc(all, func(a, b Span) int { return a.From.Compare(b.From) })
	var merged []Span
	for _, span := range all {
		if last := len(merged) - 1; last >= 0 && !span.From.After(merged[last].To) {
			if span.To.After(merged[last].To) {
				merged[last].To = span.To
			}
			continue
		}
		merged = append(merged, span)
	}
	return merged
}

// Intersect returns the time that is in both. Both must be sorted and disjoint.
func Intersect(a, b []Span) []Span {
	var both []Span
	for len(a) > 0 && len(b) > 0 {
		if shared := a[0].cut(b[0].From, b[0].To); shared.Length() > 0 {
			both = append(both, shared)
		}
		if a[0].To.Before(b[0].To) {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return both
}

// Subtract returns the time that is in a and not in b. Both must be sorted and
// disjoint.
func Subtract(a, b []Span) []Span {
	var left []Span
	for _, span := range a {
		for len(b) > 0 && !b[0].To.After(span.From) {
			b = b[1:]
		}
		for _, away := range b {
			if !away.From.Before(span.To) {
				break
			}
			if before := (Span{span.From, away.From}); before.Length() > 0 {
				left = append(left, before)
			}
			span.From = away.To
		}
		if span.Length() > 0 {
			left = append(left, span)
		}
	}
	return left
}

// Length returns the elapsed time of disjoint spans, up to 292 years.
func Length(spans []Span) time.Duration {
	total := time.Duration(0)
	for _, span := range spans {
		total += span.Length()
	}
	return total
}
