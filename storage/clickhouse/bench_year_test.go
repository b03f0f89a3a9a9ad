package clickhouse

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// yearDevices is how many devices the year has; MIMAMORI_BENCH_DEVICES says otherwise.
func yearDevices(b *testing.B) int {
	text := os.Getenv("MIMAMORI_BENCH_DEVICES")
	if text == "" {
		return 10_000
	}
	devices, err := strconv.Atoi(text)
	if err != nil || devices < 1 {
		b.Fatalf("MIMAMORI_BENCH_DEVICES is %q: give a number of devices", text)
	}
	return devices
}

// BenchmarkAvailabilityYear asks for the availability of every device over a year, each
// with 20 changes of state a day, ten intervals. The year ends today at noon, so that its
// edges are read from intervals.
func BenchmarkAvailabilityYear(b *testing.B) {
	if testing.Short() {
		b.Skip("a year takes a minute to make")
	}
	devices := yearDevices(b)
	config := servers(b)["embedded"]
	config.Database = "year"
	config.QueryTimeout = 5 * time.Minute
	store := open(b, config)
	populate(b, store)
	to := time.Now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour)
	from := to.AddDate(-1, 0, 0)
	began := time.Now()
	intervals := makeYear(b, store, devices, from, to)
	b.Logf("made %d intervals of %d devices in %s", intervals, devices, time.Since(began).Round(time.Second))
	began = time.Now()
	for at := from.Truncate(24 * time.Hour); at.Before(to); at = at.AddDate(0, 0, 5) {
		part := storage.RollUp{Customer: acme, Sites: []sample.ID{acmeTokyo}, FromMs: at.UnixMilli(), ToMs: at.AddDate(0, 0, 5).UnixMilli()}
		if err := store.RollUpDays(b.Context(), part); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("added up %d rows of days in %s", store.count(b, "availability_days"), time.Since(began).Round(time.Second))
	derive(b, store, 10, 10, &storage.Derived{
		RolledSites: []storage.RolledSite{{Customer: acme, Site: acmeTokyo, Offset: 10}, {Customer: zen, Site: zenOsaka, Offset: 10}},
		Dirty: []storage.DirtyRange{{Customer: acme, Site: acmeTokyo, Entity: acmeTokyo, Figure: storage.RollUpDays, Partition: 3,
			FromMs: to.Truncate(24 * time.Hour).UnixMilli(), ToMs: to.Truncate(24*time.Hour).UnixMilli() + dayMs, Version: storage.Version{Offset: 10}}},
	})
	query := storage.Query{Scope: storage.EveryCustomer(), From: from, To: to}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		totals, err := store.AvailabilityTotals(b.Context(), query, true)
		if err != nil || len(totals) != devices {
			b.Fatalf("%d devices, error %v", len(totals), err)
		}
		took = append(took, time.Since(began))
	}
	for len(took) < 5 {
		began := time.Now()
		if _, err := store.AvailabilityTotals(b.Context(), query, true); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(intervals), "intervals")
	b.ReportMetric(0, "ns/op")
}

// makeYear makes the intervals inside the engine, a month at a time.
func makeYear(b *testing.B, store *Store, devices int, from, to time.Time) (intervals uint64) {
	b.Helper()
	do := func(format string, arguments ...any) {
		b.Helper()
		if err := store.execute(b.Context(), fmt.Sprintf(format, arguments...)); err != nil {
			b.Fatal(err)
		}
	}
	const each = 8640 * 1000 // ms from one interval to the next: ten a day
	for at := from.Truncate(24 * time.Hour); at.Before(to); {
		next := at.AddDate(0, 1, 0)
		if next.After(to) {
			next = to
		}
		slots := next.Sub(at).Milliseconds() / each
		do(`INSERT INTO intervals (customer_id, site_id, device_id, from_ts, to_ts, state, cause, evidence, epoch, kafka_offset, is_deleted)
SELECT %[1]d, %[2]d, 1000 + intDiv(number, %[3]d) AS device, fromUnixTimestamp64Milli(toInt64(%[4]d + number %% %[3]d * %[5]d + cityHash64(number) %% 3000000) AS began),
  fromUnixTimestamp64Milli(began + toInt64(60000 + cityHash64(number, 1) %% 1800000)), [3, 3, 2, 0][1 + cityHash64(number, 2) %% 4], 1, '3 rounds lost', 0, 5, 0
FROM numbers(%[6]d)`, acme, acmeTokyo, slots, at.UnixMilli(), int64(each), slots*int64(devices))
		at = next
	}
	do(`INSERT INTO device_current (customer_id, site_id, appliance_id, device_id, part, state, since_ts, first_seen_ts, watermark_ts, last_seen_ts, kafka_offset)
SELECT %d, %d, %d, 1000 + number, 3, 1, fromUnixTimestamp64Milli(toInt64(%[4]d)), fromUnixTimestamp64Milli(toInt64(%[5]d)), fromUnixTimestamp64Milli(toInt64(%[4]d)), fromUnixTimestamp64Milli(toInt64(%[4]d)), 5
FROM numbers(%[6]d)`, acme, acmeTokyo, acmeBox, to.UnixMilli(), from.AddDate(-1, 0, 0).UnixMilli(), devices)
	do(`INSERT INTO raw_devices (customer_id, site_id, appliance_id, device_id, slot, name, address, part, kafka_offset)
SELECT %d, %d, %d, 1000 + number, fromUnixTimestamp64Milli(toInt64(%d)), concat('device-', toString(number)), '10.0.0.1', 3, 5 FROM numbers(%d)`,
		acme, acmeTokyo, acmeBox, from.UnixMilli(), devices)
	return store.count(b, "intervals")
}
