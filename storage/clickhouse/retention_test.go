package clickhouse

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func TestRetention(t *testing.T) {
	for server, config := range servers(t) {
		t.Run(server, func(t *testing.T) {
			config.Database = fmt.Sprintf("retention_%d", os.Getpid())
			testRetention(t, config)
		})
	}
}

func testRetention(t *testing.T, config Config) {
	store := open(t, config)
	retention := DefaultRetention()
	if err := retention.Validate(); err != nil {
		t.Fatal(err)
	}
	rules := func() (all string) {
		t.Helper()
		var table, engine string
		err := store.query(t.Context(), "rules", "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND engine_full LIKE '%TTL%' ORDER BY name",
			nil, []any{&table, &engine}, func() { all += table + " " + engine + "\n" })
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	migrated := rules()
	retain := func() {
		t.Helper()
		if err := store.Retain(t.Context(), retention); err != nil {
			t.Fatal(err)
		}
	}
	if retain(); rules() != migrated {
		t.Errorf("the defaults change the tables:\n%s\nwere\n%s", rules(), migrated)
	}
	for _, line := range strings.Split(strings.TrimSpace(migrated), "\n") {
		table, _, _ := strings.Cut(line, " ")
		known := table == "dirty_ranges" || table == "recomputes" || // of the processors, not of a customer
			table == availabilityRecent // once more what availability_days keeps
		for _, r := range retained {
			known = known || r.table == table
		}
		if !known {
			t.Errorf("%s forgets by no class: add it to retained", table)
		}
	}

	// acme is kept 30 days, zen 400, anybody else 90; each has a row of every age.
	retention.Customers = map[string]string{"acme": "short", "zen": "long"}
	retain()
	before := rules()
	if retain(); rules() != before || before == migrated {
		t.Errorf("not the same twice:\n%s\nthen\n%s", before, rules())
	}
	other := sample.CustomerID("other")
	for _, customer := range []sample.ID{acme, zen, other} {
		for i, days := range []int{10, 50, 120, 500} {
			rows := polls(poll{device: router, port: sample.ID(i), end: -time.Duration(days) * 24 * time.Hour, length: time.Minute, in: 5, offset: 1})
			rows.Customer[0] = customer
			derive(t, store, int64(100*i), int64(customer%1000+1000), &storage.Derived{Utilization: rows})
		}
	}
	if err := store.execute(t.Context(), "OPTIMIZE TABLE utilization FINAL"); err != nil {
		t.Fatal(err)
	}
	left := map[sample.ID][]int64{}
	var customer sample.ID
	var port int64
	err := store.query(t.Context(), "left", "SELECT customer_id, toInt64(interface_id) FROM utilization FINAL ORDER BY customer_id, interface_id", nil,
		[]any{&customer, &port}, func() { left[customer] = append(left[customer], port) })
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(left[acme], left[other], left[zen]); got != "[0] [0 1] [0 1 2]" {
		t.Errorf("left are %s, want what is younger than 30, 90 and 400 days", got)
	}

	// And back again.
	retention.Customers = nil
	if retain(); rules() != migrated {
		t.Errorf("without classes:\n%s\nwant\n%s", rules(), migrated)
	}
}

func TestRetentionValidate(t *testing.T) {
	for want, spoil := range map[string]func(*Retention){
		"short: raw_days is 0":                 func(r *Retention) { r.Short.RawDays = 0 },
		"long: day_days is 99999":              func(r *Retention) { r.Long.DayDays = 99999 },
		`customers: acme has the class "tiny"`: func(r *Retention) { r.Customers = map[string]string{"acme": "tiny"} },
	} {
		retention := DefaultRetention()
		spoil(&retention)
		if err := retention.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
