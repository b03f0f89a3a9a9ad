package calendar

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var origin = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// minutes are spans from pairs of minutes.
func minutes(pairs ...int) []Span {
	var spans []Span
	for pair := range slices.Chunk(pairs, 2) {
		spans = append(spans, Span{origin.Add(time.Duration(pair[0]) * time.Minute), origin.Add(time.Duration(pair[1]) * time.Minute)})
	}
	return spans
}

func TestUnionMergesWhatOverlapsOrTouches(t *testing.T) {
	got := Union(minutes(30, 40, 0, 10, 50, 50), minutes(10, 20, 5, 8, 35, 45, 60, 55))
	if want := minutes(0, 20, 30, 45); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if Union() != nil {
		t.Error("the union of nothing is not nothing")
	}
}

// TestArithmeticAgreesWithMinutes holds the three against sets of minutes.
func TestArithmeticAgreesWithMinutes(t *testing.T) {
	const length = 60
	random := rand.New(rand.NewPCG(1, 2))
	draw := func() ([]Span, [length]bool) {
		var pairs []int
		var set [length]bool
		for range random.IntN(6) {
			from := random.IntN(length)
			to := min(length, from+random.IntN(15))
			pairs = append(pairs, from, to)
			for minute := from; minute < to; minute++ {
				set[minute] = true
			}
		}
		return Union(minutes(pairs...)), set
	}
	for range 2000 {
		a, inA := draw()
		b, inB := draw()
		for name, each := range map[string]struct {
			got  []Span
			want func(minute int) bool
		}{
			"union":     {Union(a, b), func(m int) bool { return inA[m] || inB[m] }},
			"intersect": {Intersect(a, b), func(m int) bool { return inA[m] && inB[m] }},
			"subtract":  {Subtract(a, b), func(m int) bool { return inA[m] && !inB[m] }},
		} {
			var pairs []int
			for minute := range length {
				if each.want(minute) {
					pairs = append(pairs, minute, minute+1)
				}
			}
			want := Union(minutes(pairs...))
			// Spans may touch in a result, but never be empty or out of order.
			if !slices.Equal(Union(each.got), want) || Length(each.got) != Length(want) {
				t.Fatalf("%s of %v and %v is %v, want %v", name, a, b, each.got, want)
			}
		}
	}
}
