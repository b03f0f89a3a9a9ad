package clickhouse

import (
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testRecentPolls holds the polls of the last days to those of all time: as they come, repeats and
// all, and as the migration fills them; and the top links of the last minutes by them to
// all that are asked.
func testRecentPolls(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	end := time.Now().UTC().Truncate(storage.SampleStep)
	begin := end.Add(-50 * time.Minute)
	var all storage.Utilization
	for n := range 30 {
		port := sample.InterfaceID(router, string(rune('A'+n)))
		all = join(all, samplesOf(port, begin, steady{0, 9, uint64(100 * n), 10, 100_000, storage.GapNone}, steady{9, 10, uint64(100 * (n * 7 % 30)), 10, 100_000, storage.GapNone}))
	}
	const columns = "customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, speed_bps, gap, kafka_offset"
	check := func(how string) {
		t.Helper()
		sameRows(t, store, how, pollsRecent, "utilization", columns, 300)
	}
	derive(t, store, 5, 6, &storage.Derived{Utilization: all})
	derive(t, store, 5, 6, &storage.Derived{Utilization: all})
	check("as they came, twice")
	query := storage.Query{Scope: storage.EveryCustomer(), From: end.Add(-10 * time.Minute), To: end, Top: 3, Order: "percent"}
	whole := query
	whole.Top = 0
	traffic, err := store.Utilization(t.Context(), whole)
	if err != nil || len(traffic) != 30 {
		t.Fatalf("%d links, error %v", len(traffic), err)
	}
	top, err := store.Utilization(t.Context(), query)
	if err != nil || len(top) >= 30 {
		t.Fatalf("%d links, error %v", len(top), err)
	}
	same(t, "the top", storage.TopLinks(top, "percent", 3), storage.TopLinks(traffic, "percent", 3))
	sameBusiest(t, store, whole, traffic)
	refill(t, store, "0033_polls_recent.sql", pollsRecent)
	check("as the migration fills them")
}
