package clickhouse

import (
	"math/rand/v2"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testRecentHours holds the hours of the last weeks to those of all time: as they are added
// up, once more, as the migration fills them and when their polls have gone; and the top links
// by them to all that are asked.
func testRecentHours(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	today := time.Now().UTC().Truncate(24 * time.Hour)
	begin := today.Add(-48 * time.Hour)
	random := rand.New(rand.NewPCG(21, 22))
	var all storage.Utilization
	for n := range 30 {
		port := sample.InterfaceID(router, string(rune('A'+n)))
		var some []steady
		for at := 0; at < 480; at += 12 {
			some = append(some, steady{at, at + 12, uint64(1000*n) + random.Uint64N(5000), 10, 100_000, storage.GapNone})
		}
		all = join(all, samplesOf(port, begin, some...))
	}
	hours := storage.RollUp{Customer: acme, Sites: []sample.ID{acmeTokyo}, FromMs: begin.UnixMilli(), ToMs: begin.Add(40 * time.Hour).UnixMilli()}
	rolled := &storage.Derived{RolledSites: []storage.RolledSite{{Customer: acme, Site: acmeTokyo, Offset: 1}, {Customer: zen, Site: zenOsaka, Offset: 1}}}
	const columns = "customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted"
	check := func(how string, rows uint64) {
		t.Helper()
		sameRows(t, store, how, utilizationRecent, "utilization_1h", columns, rows)
	}
	derive(t, store, 5, 6, &storage.Derived{Utilization: all})
	for round := range 2 {
		if err := store.RollUpHours(t.Context(), hours); err != nil {
			t.Fatal(err)
		}
		check([]string{"as they are added up", "once more"}[round], 30*40)
	}
	derive(t, store, 7, 8, rolled)
	query := storage.Query{Scope: storage.EveryCustomer(), From: begin.Add(5 * time.Hour), To: begin.Add(29 * time.Hour), Top: 3, Order: "percent"}
	whole := query
	whole.Top = 0
	capacity, err := store.Capacity(t.Context(), query)
	if err != nil || len(capacity) >= 30 {
		t.Fatalf("%d links, error %v", len(capacity), err)
	}
	full, err := store.Capacity(t.Context(), whole)
	if err != nil || len(full) != 30 {
		t.Fatalf("%d links, error %v", len(full), err)
	}
	sameLinks(t, "capacity", storage.TopCapacity(capacity, "percent", 3), storage.TopCapacity(full, "percent", 3))
	traffic, err := store.Utilization(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	sameBusiest(t, store, whole, traffic)
	refill(t, store, "0034_utilization_recent.sql", utilizationRecent)
	check("as the migration fills them", 30*40)
	if err := store.execute(t.Context(), "TRUNCATE TABLE utilization"); err != nil {
		t.Fatal(err)
	}
	if err := store.RollUpHours(t.Context(), hours); err != nil {
		t.Fatal(err)
	}
	check("when their polls have gone", 0)
}
