package storage

import (
	"math"
	"slices"
	"testing"
)

func days(n int, load func(day int) float64) (all []LoadDay) {
	for day := range n {
		all = append(all, LoadDay{Day: 20_000 + int64(day), Percent: load(day), Samples: 288})
	}
	return all
}

func TestTrend(t *testing.T) {
	// A line is found whatever the order of the days, and whatever days are missing.
	line := func(day int) float64 { return 10 + 0.5*float64(day) }
	straight := days(30, line)
	slices.Reverse(straight)
	straight = append(straight[:10], straight[14:]...)
	got, why := TrendOf(straight)
	if why != "" || got.Days != 26 || math.Abs(got.PerDay-0.5) > 1e-9 || math.Abs(got.LevelPercent-(10+0.5*29.5)) > 1e-9 {
		t.Errorf("%+v %q, want 0.5 a day and %g at the end of the last", got, why, 10+0.5*29.5)
	}
	// A day of which little was measured says nothing.
	cut := append(days(20, line), LoadDay{Day: 20_020, Percent: 1000, Samples: 143})
	if got, why := TrendOf(cut); why != "" || got.Days != 20 || math.Abs(got.PerDay-0.5) > 1e-9 {
		t.Errorf("%+v %q: a day cut short was counted", got, why)
	}
	for name, test := range map[string]struct {
		days []LoadDay
		full float64
		want string
		in   float64
	}{
		"none":         {nil, 100, "0 days with enough measurements, 14 needed", 0},
		"thirteen":     {days(13, line), 100, "13 days with enough measurements, 14 needed", 0},
		"fourteen":     {days(14, line), 100, "", (100 - (10 + 0.5*13.5)) / 0.5},
		"full already": {days(14, line), 16, "", 0},
		"flat":         {days(30, func(int) float64 { return 40 }), 100, "not growing", 0},
		"falling":      {days(30, func(day int) float64 { return 40 - float64(day) }), 100, "not growing", 0},
		"very slow":    {days(30, func(day int) float64 { return 40 + 0.01*float64(day) }), 100, "not within ten years", 0},
	} {
		link := LinkCapacity{}
		link.Trend, link.NoTrend = TrendOf(test.days)
		got, why := link.DaysUntil(test.full)
		if why != test.want || math.Abs(got-test.in) > 1e-6 {
			t.Errorf("%s: in %g days %q, want %g %q", name, got, why, test.in, test.want)
		}
	}
}

func TestTopLinks(t *testing.T) {
	bucket := func(name string, bits float64, speed uint64) LinkUtilization {
		return LinkUtilization{Entity: Entity{Name: name}, CoveredMs: 1000, InBits: bits, OutBits: 1, SpeedBps: speed}
	}
	links := []LinkUtilization{
		bucket("idle", 0, 100), {Entity: Entity{Name: "gap"}}, bucket("slow", 50, 100), bucket("slow", 90, 100),
		bucket("fast", 100, 10_000), bucket("fast", 120, 10_000), bucket("twin", 0, 100), bucket("unknown", 1000, 0),
	}
	names := func(links []LinkUtilization) (all []string) {
		for _, link := range links {
			all = append(all, link.Name)
		}
		return all
	}
	for _, test := range []struct {
		order string
		n     int
		want  []string
	}{
		{"bits", 3, []string{"unknown", "fast", "fast", "slow", "slow"}},
		{"percent", 2, []string{"slow", "slow", "fast", "fast"}},
		{"percent", 0, []string{"slow", "slow", "fast", "fast", "idle", "twin", "gap", "unknown"}},
		{"bits", 99, []string{"unknown", "fast", "fast", "slow", "slow", "idle", "twin", "gap"}},
	} {
		top := TopLinks(links, test.order, test.n)
		if got := names(top); !slices.Equal(got, test.want) {
			t.Errorf("%d by %s: %q, want %q", test.n, test.order, got, test.want)
		}
		for i := 1; i < len(top); i++ {
			if top[i].Name == top[i-1].Name && top[i].InBits < top[i-1].InBits {
				t.Errorf("the buckets of %s changed places", top[i].Name)
			}
		}
	}
}

func TestTopCapacity(t *testing.T) {
	links := []LinkCapacity{
		{Entity: Entity{Name: "a"}, CoveredMs: 1, InBits: 5, P95: Percentiles{Percent: 90, HasPercent: true}},
		{Entity: Entity{Name: "gap"}},
		{Entity: Entity{Name: "b"}, CoveredMs: 1, InBits: 5, OutBits: 5, P95: Percentiles{Percent: 10, HasPercent: true}},
	}
	if top := TopCapacity(links, "bits", 1); len(top) != 1 || top[0].Name != "b" {
		t.Errorf("most bits: %+v, want b", top)
	}
	if top := TopCapacity(links, "percent", 5); len(top) != 3 || top[0].Name != "a" || top[2].Name != "gap" {
		t.Errorf("highest percentile: %+v, want a first and the gap last", top)
	}
}
