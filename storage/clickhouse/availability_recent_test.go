package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testRecentDays: availability_recent has what availability_days has of the last months, however it came there, and an
// answer says the same from either.
func testRecentDays(t *testing.T, store *Store) {
	const columns = "customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver"
	days := func(how string, rows uint64) {
		t.Helper()
		sameRows(t, store, how, availabilityRecent, "availability_days", columns, rows)
	}
	down := func(began, length time.Duration) storage.Interval {
		return interval(router, midnight.Sub(noon)+began, midnight.Sub(noon)+began+length, storage.StateDown, storage.Version{Offset: 2})
	}
	up := state(router, storage.StateUp, midnight.Sub(noon)+50*time.Hour, 3)
	up.FirstSeenMs = midnight.UnixMilli()
	derive(t, store, 1, 9, &storage.Derived{DeviceStates: []storage.DeviceState{up}, Intervals: []storage.Interval{down(2*time.Hour, time.Hour), down(20*time.Hour, 6*time.Hour)}})
	rollUpAll(t, store, 9)
	days("as they are added up", 2)

	refill(t, store, "0039_availability_recent.sql", availabilityRecent)
	days("as the migration fills it", 2)
	refill(t, store, "0039_availability_recent.sql")
	days("filled twice", 2)

	old := midnight.AddDate(0, 0, -monthsDays-1)
	an := storage.RollUp{Customer: acme, Sites: []sample.ID{acmeTokyo}}
	an.FromMs, an.ToMs = old.UnixMilli(), old.AddDate(0, 0, 1).UnixMilli()
	derive(t, store, 10, 19, &storage.Derived{Intervals: []storage.Interval{down(old.Sub(midnight), time.Hour)}})
	if err := store.RollUpDays(t.Context(), an); err != nil {
		t.Fatal(err)
	}
	if n := store.count(t, availabilityRecent+" FINAL"); n != 2 {
		t.Errorf("%d days are kept, want 2 without one of %d days ago", n, monthsDays+2)
	}

	// An earlier program adds a day up anew, and knows nothing of availability_recent; then this one another day.
	if err := store.execute(t.Context(), fmt.Sprintf(`INSERT INTO availability_days (customer_id, site_id, device_id, start_ts, down_ms, downs, longest_ms, ver)
SELECT customer_id, site_id, device_id, start_ts, 7000, 1, 7000, ver + 1 FROM availability_days FINAL WHERE start_ts = fromUnixTimestamp64Milli(toInt64(%d))`, midnight.UnixMilli())); err != nil {
		t.Fatal(err)
	}
	an.FromMs, an.ToMs = midnight.AddDate(0, 0, 1).UnixMilli(), midnight.AddDate(0, 0, 2).UnixMilli()
	if err := store.RollUpDays(t.Context(), an); err != nil {
		t.Fatal(err)
	}
	total, err := store.AvailabilityTotals(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: midnight, To: midnight.AddDate(0, 0, 1)}, true)
	if err != nil || len(total) != 1 || total[0].DownMs != 7000 {
		t.Errorf("the day of an earlier program: %+v, error %v", total, err)
	}
}

// TestDaysFrom says from which table days are read.
func TestDaysFrom(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for days, want := range map[int]string{1: availabilityRecent, monthsDays - 1: availabilityRecent, monthsDays: "availability_days", 400: "availability_days"} {
		if got := daysFrom(now.AddDate(0, 0, -days).UnixMilli(), now); got != want {
			t.Errorf("from %d days ago they are read from %s, want %s", days, got, want)
		}
	}
}

// TestKeptSums says which sums are kept: those of the revision that is asked for, and of too many the last that were.
func TestKeptSums(t *testing.T) {
	sums := func(n int) map[deviceKey]daySum {
		all := map[deviceKey]daySum{}
		for i := range n {
			all[deviceKey{1, sample.ID(i)}] = daySum{downs: int64(n)}
		}
		return all
	}
	var kept keptSums
	first, second := daysRevision{10, 5, 50}, daysRevision{11, 6, 56}
	kept.keep("a", first, sums(10))
	if found, ok := kept.find("a", first); !ok || len(found) != 10 {
		t.Errorf("%d sums of the revision that was kept, %v", len(found), ok)
	}
	if _, ok := kept.find("a", second); ok {
		t.Error("sums of an earlier revision are taken")
	}
	if _, ok := kept.find("b", first); ok {
		t.Error("sums of another question are taken")
	}
	kept.keep("b", first, sums(mostKeptSums-15))
	kept.find("a", first)
	kept.keep("c", first, sums(10))
	for question, want := range map[string]bool{"a": true, "b": false, "c": true} {
		if _, ok := kept.find(question, first); ok != want {
			t.Errorf("sums of %s are kept: %v, want %v", question, ok, want)
		}
	}
	kept.keep("c", second, sums(mostKeptSums+1))
	if _, ok := kept.find("c", second); ok || len(kept.kept) != 1 {
		t.Errorf("more than may be kept are: %d questions", len(kept.kept))
	}
}
