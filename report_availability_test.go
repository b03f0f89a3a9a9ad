package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// serviceConfiguration promises two routers at Berlin during office hours.
const serviceConfiguration = `data: %s
ingest:
  inventory:
    customers:
      - name: acme
        sites:
          - name: berlin
            appliance: {name: box}
            devices:
              - {name: router-a, address: 192.0.2.1}
              - {name: router-b, address: 192.0.2.2}
service:
  calendars:
    office: {time_zone: Europe/Berlin, hours: ["Mon-Fri 08:00-18:00"]}
  contracts:
    - {customer: acme, calendar: office, target_pct: 99}
  groups:
    - name: internet
      customer: acme
      kind: parallel
      members: [{site: berlin, device: router-a}, {site: berlin, device: router-b}]
`

// keptStore serves an embedded store with the records of March 2026 where the
// configuration looks for it.
func keptStore(t *testing.T) (configuration string) {
	t.Helper()
	needEngine(t)
	data := t.TempDir()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	settings := embedded.DefaultConfig()
	settings.Directory = filepath.Join(data, "engine")
	engine, err := embedded.New(settings, []string{path, "engine"}, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	endpoint, err := engine.Endpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store, err := clickhouse.Open(t.Context(), clickhouseConfig(clickhouse.DefaultConfig(), endpoint), quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	recordMarch(t, store)
	return writeFile(t, filepath.Join(data, "mimamori.yaml"), fmt.Sprintf(serviceConfiguration, data))
}

// recordMarch stores two devices that are known since February.
func recordMarch(t *testing.T, store *clickhouse.Store) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	march := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, berlin) }
	customer, site, box := sample.CustomerID("acme"), sample.SiteID("acme", "berlin"), sample.ApplianceID("acme", "berlin", "box")
	a, b := sample.DeviceID("acme", "berlin", "router-a"), sample.DeviceID("acme", "berlin", "router-b")
	state := func(device sample.ID) storage.DeviceState {
		since := march(-20, 0, 0).UnixMilli()
		return storage.DeviceState{Customer: customer, Site: site, Appliance: box, Device: device, State: storage.StateUp,
			SinceMs: since, FirstSeenMs: since, WatermarkMs: since, Version: storage.Version{Offset: 1}}
	}
	stretch := func(device sample.ID, from, to time.Time, state storage.State, cause storage.Cause) storage.Interval {
		return storage.Interval{Customer: customer, Site: site, Device: device, FromMs: from.UnixMilli(), ToMs: to.UnixMilli(),
			State: state, Cause: cause, Evidence: "3 rounds lost", Version: storage.Version{Offset: 1}}
	}
	names := &sample.Devices{Device: []sample.ID{a, b}, Behind: []sample.ID{0, 0}, Name: []string{"router-a", "router-b"},
		Address: []string{"192.0.2.1", "192.0.2.2"}, SysObjectID: make([]string, 2), SysName: make([]string, 2), SysDescr: make([]string, 2)}
	now := time.Now().UnixMilli()
	source := storage.Source{Incarnation: "i", Topic: "telemetry", First: 1, Last: 1}
	both := func(id sample.ID) []sample.ID { return []sample.ID{id, id} }
	// Now the first device is polled well, the second turns us down.
	outcomes := &sample.Outcomes{Device: []sample.ID{a, b}, OffsetMs: []uint32{0, 0}, StartedMs: []int64{now, now}, IntervalMs: []uint32{60_000, 60_000},
		HoldsMs: []uint32{3_600_000, 3_600_000}, Asked: []sample.Asked{sample.AskedSNMP, sample.AskedSNMP}, Result: []sample.Outcome{sample.OutcomeOK, sample.OutcomeCredentials},
		SinceMs: []int64{now, now - 60_000}, GoodMs: []int64{now, 0}, Interfaces: []uint32{4, 0}, Sensors: []uint32{2, 0}, Profile: make([]string, 2),
		Version: []string{"2c", "3"}, Notes: make([]string, 2), Detail: []string{"", "wrong digest"}}
	beats := &sample.Heartbeats{OffsetMs: []uint32{0}, IntervalMs: []uint32{3_600_000}, Sequence: []uint64{1}, BacklogBlocks: []uint32{0}, BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0}, Version: []string{""}, SentBytes: []uint64{0}, SentMs: []uint32{0}}
	first := storage.Origin{Customer: both(customer)[:1], Site: both(site)[:1], Appliance: both(box)[:1], SlotMs: []int64{now}, Offset: []int64{1}}
	origin := storage.Origin{Customer: both(customer), Site: both(site), Appliance: both(box), SlotMs: []int64{now, now}, Offset: []int64{1, 1}}
	for _, err := range []error{
		store.Migrate(t.Context()),
		store.SaveRegistry(t.Context(), storage.Registry{
			Customers:  []storage.Customer{{ID: customer, Name: "acme"}},
			Sites:      []storage.Site{{ID: site, Customer: customer, Name: "berlin"}},
			Appliances: []storage.Appliance{{ID: box, Customer: customer, Site: site, Name: "box"}},
		}),
		store.WriteRaw(t.Context(), &storage.Batch{Source: source, Tables: map[sample.Kind]*storage.Table{
			names.Kind(): {Origin: origin, Rows: names}, outcomes.Kind(): {Origin: origin, Rows: outcomes}, beats.Kind(): {Origin: first, Rows: beats},
		}}),
		store.WriteDerived(t.Context(), source, &storage.Derived{
			DeviceStates: []storage.DeviceState{state(a), state(b)},
			Intervals: []storage.Interval{
				// Over the weekend in which the clocks go forward: 1 h and 1.5 h of it in office hours.
				stretch(a, march(27, 17, 0), march(30, 9, 30), storage.StateDown, storage.CauseNoAnswer),
				// Half of it under maintenance that was entered later, the rest counts.
				stretch(a, march(11, 10, 30), march(11, 12, 30), storage.StateDown, storage.CauseNoAnswer),
				stretch(b, march(3, 12, 0), march(3, 12, 10), storage.StateUnknown, storage.CauseSilent),
				stretch(b, march(11, 12, 20), march(11, 12, 40), storage.StateDown, storage.CauseUnreachable),
			},
		}),
		store.SaveMaintenance(t.Context(), calendar.Window{
			ID: "m-1", Customer: "acme", Site: "berlin", Device: "router-a", From: march(11, 10, 0), To: march(11, 12, 0), TimeZone: "Europe/Berlin",
			EnteredAt: march(20, 9, 0), By: "hana", Why: "new line", Reference: "CHG-7",
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// table returns the rows of a CSV by column.
func table(t *testing.T, text string) []map[string]string {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("no CSV (%v):\n%s", err, text)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// TestReportAvailability asks the program about a month that was put into a real
// store, and holds its answers against what a hand works out.
func TestReportAvailability(t *testing.T) {
	t.Parallel()
	configuration := keptStore(t)
	ask := func(arguments ...string) string {
		t.Helper()
		output, problems, code := call(t, append([]string{"report", "availability", "--config", configuration,
			"--from", "2026-03-01", "--to", "2026-04-01", "--tz", "Europe/Berlin"}, arguments...)...)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s", arguments, code, problems)
		}
		return output
	}
	expect := func(what string, row map[string]string, want map[string]string) {
		t.Helper()
		for column, value := range want {
			if row[column] != value {
				t.Errorf("%s: %s is %q, want %q", what, column, row[column], value)
			}
		}
	}

	// 22 days of 10 h are 792,000 s; 7,200 s of maintenance leave 784,800 s.
	rows := table(t, ask("--format", "csv"))
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	expect("router-a", rows[0], map[string]string{
		"customer": "acme", "site": "berlin", "device": "router-a", "calendar": "office", "scheduled_s": "792000", "excluded_s": "7200",
		"down_s": "10800", "unknown_s": "0", "up_s": "774000", "outage_count": "2", "availability_pct": "98.62385321100918", "target_pct": "99", "met": "no",
		"longest_s": "9000", "mttr_s": "5400", "mtbf_s": "387000", "allowed_down_s": "7848", "state": "up",
		"corrected_at": "2026-03-20T09:00:00+01:00", "corrected_by": "hana", "corrected_why": "maintenance: new line (CHG-7)", "availability_before_pct": "97.95454545454545",
	})
	expect("router-b", rows[1], map[string]string{
		"scheduled_s": "792000", "excluded_s": "0", "down_s": "1200", "unknown_s": "600", "outage_count": "1", "met": "yes", "corrected_at": "",
		"availability_pct": "99.8483699772555", "pessimistic_pct": "99.77272727272727",
	})

	// The outages add up to the figure.
	counted := 0.0
	for _, row := range table(t, ask("--format", "csv", "--rows", "outages")) {
		seconds := func(column string) float64 {
			value, err := strconv.ParseFloat(row[column], 64)
			if err != nil {
				t.Fatalf("%s: %v", column, err)
			}
			return value
		}
		counted += seconds("counted_s")
		if seconds("counted_s")+seconds("excluded_s") != seconds("seconds") {
			t.Errorf("%v does not add up", row)
		}
		if row["from"] == "2026-03-11T10:30:00+01:00" {
			expect("the outage in the window", row, map[string]string{"device": "router-a", "counted_s": "1800", "excluded_s": "5400",
				"excluded_why": "maintenance: new line (CHG-7)", "state": "down", "cause": "no answer", "evidence": "3 rounds lost"})
		}
		if row["from"] == "2026-03-27T17:00:00+01:00" {
			expect("the weekend", row, map[string]string{"to": "2026-03-30T09:30:00+02:00", "seconds": "228600", "counted_s": "9000", "excluded_why": "outside hours"})
		}
	}
	rows = table(t, ask("--format", "csv", "--by", "customer"))
	expect("acme", rows[0], map[string]string{"scheduled_s": "1584000", "down_s": "12000", "outage_count": "3", "availability_pct": "99.23867529501332", "state": ""})
	if down, _ := strconv.ParseFloat(rows[0]["down_s"], 64); counted != down {
		t.Errorf("the rows count %v s, the figure %v s", counted, down)
	}
	contributors := table(t, ask("--format", "csv", "--by", "customer", "--rows", "contributors"))
	if len(contributors) != 1 || contributors[0]["device"] != "router-a" || contributors[0]["share_pct"] != "100" {
		t.Errorf("contributors %v: router-b was merely unreachable", contributors)
	}
	corrections := table(t, ask("--format", "csv", "--by", "site", "--rows", "corrections"))
	if len(corrections) != 1 || corrections[0]["by"] != "hana" || corrections[0]["from"] != "2026-03-11T10:00:00+01:00" {
		t.Errorf("corrections %v", corrections)
	}

	// One of the two is enough: both were down for ten minutes.
	var answer struct{ Rows []map[string]any }
	if err := json.Unmarshal([]byte(ask("--format", "json", "--by", "group")), &answer); err != nil {
		t.Fatal(err)
	}
	group := answer.Rows[0]
	if group["group"] != "internet" || group["down_s"] != 600.0 || group["outages"].([]any)[0] == nil {
		t.Errorf("group %v", group)
	}
	want := 100 * (1 - (1-774000.0/784800)*(1-790200.0/791400))
	if got := group["expected_pct"].(float64); math.Abs(got-want) > 1e-9 {
		t.Errorf("expected %v, want %v", got, want)
	}

	// Sums that were added up before give the same figures.
	figures := table(t, ask("--format", "csv", "--calendar", "24x7", "--site", "berlin", "--by", "device", "--device", "router-b"))
	if err := json.Unmarshal([]byte(ask("--format", "json", "--calendar", "24x7", "--device", "router-b")), &answer); err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"scheduled_s", "up_s", "down_s", "unknown_s", "outage_count", "longest_s", "availability_pct"} {
		value, err := strconv.ParseFloat(figures[0][column], 64)
		whole, ok := answer.Rows[0][column].(float64)
		if err != nil || !ok || math.Abs(value-whole) > 5e-4 {
			t.Errorf("%s is %v by sums and %v by outages", column, figures[0][column], answer.Rows[0][column])
		}
	}

	// Every hour of a March with 23 on one of its days.
	rows = table(t, ask("--format", "csv", "--calendar", "24x7", "--device", "router-a"))
	expect("24x7", rows[0], map[string]string{"scheduled_s": "2674800", "excluded_s": "7200", "down_s": "230400"})

	text := ask("--device", "router-b")
	for line := range strings.Lines(text) {
		if len(line) > 121 {
			t.Errorf("a line of %d columns: %s", len(line)-1, line)
		}
	}
	output, _, code := call(t, "report", "availability", "--config", configuration, "--from", "2026-03-07", "--to", "2026-03-08", "--tz", "Europe/Berlin")
	if code != 0 || !strings.Contains(output, "2 of 2 without a percentage: nothing was scheduled") || strings.Contains(output, "100.000") {
		t.Errorf("a Saturday: exit %d\n%s", code, output)
	}
	for _, wrong := range [][]string{{"--calendar", "shop"}, {"--rows", "contributors"}, {"--by", "rack"}} {
		_, problems, code := call(t, append([]string{"report", "availability", "--config", configuration}, wrong...)...)
		if code != exitUsage {
			t.Errorf("%v: exit %d: %s", wrong, code, problems)
		}
	}
}

func TestServiceNamesWhatTheInventoryDoesNotKnow(t *testing.T) {
	text := strings.Replace(fmt.Sprintf(serviceConfiguration, "data"), "device: router-b}]", "device: router-c}]", 1)
	_, err := loadConfig(writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), text))
	if err == nil || !strings.Contains(err.Error(), ":21: ") || !strings.Contains(err.Error(), "router-c") {
		t.Errorf("got %v, want line 21 and router-c", err)
	}
}
