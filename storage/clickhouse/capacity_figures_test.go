package clickhouse

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mimamori/storage"
)

// TestP95 holds the selection to the value of rank ceil(0.95 n) of what is sorted.
func TestP95(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for n := 1; n < 700; n += 1 + n/9 {
		for _, kinds := range []int{1, 3, 1_000_000} {
			values := make([]float64, n)
			for i := range values {
				values[i] = float64(random.IntN(kinds))
			}
			sorted := slices.Sorted(slices.Values(values))
			if got, want := p95(values), sorted[(n*95+99)/100-1]; got != want {
				t.Errorf("of %d values of %d kinds: %g, want %g", n, kinds, got, want)
			}
		}
	}
}

// TestHoursOf cuts two days of samples in zones whose hours begin where those of UTC do and in
// one where they do not, and over a change of the clocks.
func TestHoursOf(t *testing.T) {
	begin := time.Date(2026, 3, 28, 22, 50, 0, 0, time.UTC)
	var samples []linkSample
	for n := range 2 * 288 {
		samples = append(samples, linkSample{bucket: begin.Add(time.Duration(n) * storage.SampleStep).UnixMilli()})
	}
	for name, days := range map[string]int{"UTC": 3, "Europe/Berlin": 4, "Asia/Kathmandu": 3, "Asia/Tokyo": 3} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		seen, dates := 0, map[int64]bool{}
		for hour := range hoursOf(samples, zone) {
			first, last := instant(hour[0].bucket).In(zone), instant(hour[len(hour)-1].bucket).In(zone)
			if first.Hour() != last.Hour() || len(hour) > 12 || seen > 0 && first.Minute() != 0 {
				t.Errorf("%s: an hour from %s to %s", name, first, last)
			}
			if got := instant(hourBegin(hour[0].bucket, zone)).In(zone); got.Minute() != 0 || got.Hour() != first.Hour() {
				t.Errorf("%s: the hour of %s begins at %s", name, first, got)
			}
			if got, want := instant(dayNumber(first)*dayMs).Format(time.DateOnly), first.Format(time.DateOnly); got != want {
				t.Errorf("%s: %s is of the day %s", name, first, got)
			}
			dates[dayNumber(first)] = true
			seen += len(hour)
		}
		if seen != len(samples) || len(dates) != days {
			t.Errorf("%s: %d samples on %d days, want %d on %d", name, seen, len(dates), len(samples), days)
		}
	}
}
