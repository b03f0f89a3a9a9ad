package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testInterfaceStates asks whether an interface was up at times, of what was last and of the raw rows: those tell of the
// time before the newest poll, of polls without traffic, and where a program that did not keep it wrote what was last.
func testInterfaceStates(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	port := sample.InterfaceID(router, "uplink")
	execute := func(statement string, arguments ...any) {
		t.Helper()
		if err := store.execute(t.Context(), fmt.Sprintf(statement, arguments...)); err != nil {
			t.Fatal(err)
		}
	}
	name := func(port sample.ID, called string) {
		execute(`INSERT INTO raw_interface_identities (customer_id, site_id, device_id, interface_id, slot, name, kafka_offset) VALUES (%d, %d, %d, %d, fromUnixTimestamp64Milli(%d), '%s', 1)`,
			acme, acmeTokyo, router, port, at(-time.Hour), called)
	}
	// kept is what interface_current is told of oper, where that holds.
	said := func(port sample.ID, end time.Duration, oper, kept uint8, gap storage.Gap) {
		execute(`INSERT INTO raw_interfaces (customer_id, site_id, device_id, interface_id, slot, interval_ms, admin_status, oper_status, kafka_offset) VALUES (%d, %d, %d, %d, fromUnixTimestamp64Milli(%d), 60000, 1, %d, 1)`,
			acme, acmeTokyo, router, port, at(end), oper)
		u := polls(poll{device: router, port: port, end: end, length: time.Minute, in: 1000, gap: gap, offset: int64(end / time.Second)})
		u.OperStatus[0] = kept
		derive(t, store, int64(end/time.Second), int64(end/time.Second), &storage.Derived{Utilization: u})
	}
	const up, down, testing = 1, 2, 3
	name(port, "uplink")
	said(port, time.Minute, up, up, storage.GapNone)
	said(port, 2*time.Minute, down, down, storage.GapNone)
	said(port, 3*time.Minute, testing, testing, storage.GapReset)
	old := sample.InterfaceID(router, "old")
	name(old, "old")
	said(old, 2*time.Minute, up, 0, storage.GapNone)
	states := func(to time.Duration) string {
		t.Helper()
		query := ask()
		query.From, query.To, query.Customer, query.Site, query.Device = noon, noon.Add(to), "acme", "tokyo", "router"
		answer, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{})
		if err != nil {
			t.Fatal(err)
		}
		told := ""
		for i := range answer.Interfaces {
			if its := &answer.Interfaces[i]; its.ID == port || its.ID == old {
				told += fmt.Sprintf("%s %d %d; ", its.Name, its.AdminStatus, its.OperStatus)
			}
		}
		return told
	}
	for to, want := range map[time.Duration]string{
		90 * time.Second:  "old 0 0; uplink 1 1; ",
		150 * time.Second: "old 1 1; uplink 1 2; ",
		190 * time.Second: "old 1 1; uplink 1 2; ", // the last poll with traffic is less than two intervals old
		6 * time.Minute:   "old 1 1; uplink 1 3; ",
		48 * time.Hour:    "old 0 0; uplink 0 0; ",
	} {
		if got := states(to); got != want {
			t.Errorf("after %s: %q, want %q", to, got, want)
		}
	}
	// What is in interface_current counts, not the raw rows.
	execute("TRUNCATE TABLE raw_interfaces")
	if got, want := states(150*time.Second), "old 0 0; uplink 1 2; "; got != want {
		t.Errorf("without raw rows: %q, want %q", got, want)
	}
	// As the migrations fill it, one after the other.
	said(port, 4*time.Minute, up, up, storage.GapNone)
	refill(t, store, "0027_current.sql", "interface_current")
	refill(t, store, "0042_interface_states.sql")
	execute("TRUNCATE TABLE raw_interfaces")
	if got, want := states(250*time.Second), "old 0 0; uplink 1 1; "; got != want {
		t.Errorf("as the migrations fill it: %q, want %q", got, want)
	}
}
