package storage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// SampleStep is the length of the averages that percentiles are taken of.
const SampleStep = 5 * time.Minute

// LinkCapacity says how full an interface is and when it will be. All its figures rest
// on averages over SampleStep; those that lie wholly in the time asked for are its
// samples.
type LinkCapacity struct {
	Entity
	LinkProfile
	Alias      string
	SpeedBps   uint64  // the latest that is known; 0 unknown
	Samples    int     // with a measurement
	Expected   int     // samples that the time asked for holds
	CoveredMs  int64   // time with a usable measurement
	InBits     float64 // in CoveredMs
	OutBits    float64
	InPeakBps  float64 // highest rate of one poll
	OutPeakBps float64
	P95        Percentiles
	NoP95      string // why there is none, empty where there is
	// BusyHour is the hour of the day, 0 to 23 in the zone asked for, with the highest
	// mean of both directions together, BusyHourBps; -1 without a measurement.
	BusyHour    int
	BusyHourBps float64
	// Busiest is the beginning of the one clock hour with most traffic in both
	// directions together, of those measured for half of it at least; zero without any.
	Busiest    time.Time
	BusiestBps float64 // its mean
	Trend      Trend
	NoTrend    string // why there is none, empty where there is
}

// Percentiles are 95th percentiles over samples: ascending, the one of rank ceil(0.95 n).
// MaxOfBothBps is not OfMaxBps: a link that is busy one way by day and the other by
// night has a low one and a high one.
type Percentiles struct {
	InBps, OutBps float64
	MaxOfBothBps  float64 // max(InBps, OutBps)
	OfMaxBps      float64 // of the busier direction of each sample
	Percent       float64 // of the utilization of each sample, as LinkProfile.Percent has it
	HasPercent    bool    // false where the speed is not known
}

// InBps returns the mean rate over the measured time, bit/s; false without one.
func (c *LinkCapacity) InBps() (float64, bool) { return rate(c.InBits, c.CoveredMs) }

// OutBps returns the mean rate over the measured time, bit/s; false without one.
func (c *LinkCapacity) OutBps() (float64, bool) { return rate(c.OutBits, c.CoveredMs) }

// Percent returns the utilization at the mean rates; false without a measurement or a
// speed.
func (c *LinkCapacity) Percent() (float64, bool) {
	in, ok := c.InBps()
	out, _ := c.OutBps()
	if !ok {
		return 0, false
	}
	return c.LinkProfile.Percent(in, out, c.SpeedBps)
}

// LoadDay is a link's load on one day: the 95th percentile of the utilization of its
// samples.
type LoadDay struct {
	Day     int64 // since 1970, in the zone asked for
	Percent float64
	Samples int
}

// Trend is the straight line through the loads of days, by least squares.
type Trend struct {
	Days         int     // that it rests on
	LevelPercent float64 // at the end of the time asked for
	PerDay       float64 // percent a day
}

const (
	// trendDays is how many days a trend needs: two weeks, so that each day of the week
	// is in it twice.
	trendDays = 14
	// trendSamples is how many samples a day must have to count: half of them.
	trendSamples = int(24*time.Hour/SampleStep) / 2
	// farthest is how far ahead a trend is believed, days: ten years.
	farthest = 3650
)

// TrendOf returns the trend of days, with the level at the end of the last of them; or
// why there is none. Days with less than half of their samples do not count.
func TrendOf(days []LoadDay) (Trend, string) {
	var n, x, y, xx, xy float64
	last := int64(math.MinInt64)
	for _, day := range days {
		if day.Samples >= trendSamples {
			last = max(last, day.Day)
		}
	}
	for _, day := range days {
		if day.Samples < trendSamples {
			continue
		}
		at := float64(day.Day-last) - 0.5 // the middle of the day, before the end of the last
		n++
		x += at
		y += day.Percent
		xx += at * at
		xy += at * day.Percent
	}
	if n < trendDays {
		return Trend{}, fmt.Sprintf("%.0f days with enough measurements, %d needed", n, trendDays)
	}
	slope := (n*xy - x*y) / (n*xx - x*x)
	return Trend{Days: int(n), LevelPercent: (y - slope*x) / n, PerDay: slope}, ""
}

// DaysUntil returns in how many days the trend reaches a load, percent: 0 where it has;
// or why that cannot be told.
func (c *LinkCapacity) DaysUntil(percent float64) (days float64, why string) {
	if c.NoTrend != "" {
		return 0, c.NoTrend
	}
	missing := percent - c.Trend.LevelPercent
	switch {
	case missing <= 0:
		return 0, ""
	case c.Trend.PerDay <= 1e-9:
		return 0, "not growing"
	case missing/c.Trend.PerDay > farthest:
		return 0, "not within ten years"
	}
	return missing / c.Trend.PerDay, ""
}

// Orders are what links can be ranked by: the bits both ways, or the utilization.
var Orders = []string{"bits", "percent"}

// TopLinks returns the buckets of the n interfaces with most bits, or highest
// utilization over their measured time, highest first; those without the figure come
// last. The buckets of one interface keep their order. 0 stands for all interfaces.
func TopLinks(links []LinkUtilization, order string, n int) []LinkUtilization {
	type total struct {
		first   int // place of the first bucket, which settles ties
		whole   LinkUtilization
		buckets []LinkUtilization
	}
	totals := map[Entity]*total{}
	var ranked []*total
	for i := range links {
		bucket := &links[i]
		t := totals[bucket.Entity]
		if t == nil {
			t = &total{first: i, whole: LinkUtilization{LinkProfile: bucket.LinkProfile}}
			totals[bucket.Entity] = t
			ranked = append(ranked, t)
		}
		t.whole.CoveredMs += bucket.CoveredMs
		t.whole.InBits += bucket.InBits
		t.whole.OutBits += bucket.OutBits
		if bucket.SpeedBps > 0 {
			t.whole.SpeedBps = bucket.SpeedBps
		}
		t.buckets = append(t.buckets, *bucket)
	}
	slices.SortFunc(ranked, func(a, b *total) int {
		return cmp.Or(descending(a.whole.Figure(order))(b.whole.Figure(order)), cmp.Compare(a.first, b.first))
	})
	var top []LinkUtilization
	for i, t := range ranked {
		if n > 0 && i == n {
			break
		}
		top = append(top, t.buckets...)
	}
	return top
}

// TopCapacity ranks links as TopLinks does, by percent by the 95th percentile.
func TopCapacity(links []LinkCapacity, order string, n int) []LinkCapacity {
	top := slices.Clone(links)
	slices.SortStableFunc(top, func(a, b LinkCapacity) int { return descending(a.Figure(order))(b.Figure(order)) })
	if n > 0 && n < len(top) {
		return top[:n]
	}
	return top
}

// Figure is what TopLinks ranks by: the utilization, percent, or the bits both ways; false
// without a measurement, and for the utilization without a speed.
func (u *LinkUtilization) Figure(order string) (float64, bool) {
	if order == "percent" {
		return u.Percent()
	}
	return u.InBits + u.OutBits, u.CoveredMs > 0
}

// Figure is what TopCapacity ranks by: the 95th percentile of the utilization, percent, or the
// bits both ways; false where there is none.
func (c *LinkCapacity) Figure(order string) (float64, bool) {
	if order == "percent" {
		return c.P95.Percent, c.P95.HasPercent
	}
	return c.InBits + c.OutBits, c.CoveredMs > 0
}

// descending compares figures that may be missing, which come last.
func descending(a float64, aKnown bool) func(b float64, bKnown bool) int {
	return func(b float64, bKnown bool) int {
		switch {
		case aKnown && bKnown:
			return cmp.Compare(b, a)
		case aKnown:
			return -1
		case bKnown:
			return 1
		}
		return 0
	}
}
