package main

import (
	"fmt"
	"io"
	"log/slog"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// changingContract promises one site hours that change.
const changingContract = `data: %s
http: {listen: ''}
processors: {tick_interval: 1s}
ingest:
  inventory:
    customers:
      - name: acme
        sites:
          - name: berlin
            appliance: {name: box}
            devices: [{name: loopback, address: 127.0.0.1}]
service:
  calendars:
    office: {time_zone: Europe/Berlin, hours: ["Mon-Fri 08:00-18:00"]}
  contracts:
    - {customer: acme, calendar: %s}
`

// TestReportAfterAChangedCalendar starts a centre by office hours, once more by all
// hours, and has the change taken back; then it asks for a month of the past.
func TestReportAfterAChangedCalendar(t *testing.T) {
	t.Parallel()
	needEngine(t)
	data := t.TempDir()
	office := writeFile(t, filepath.Join(data, "office.yaml"), fmt.Sprintf(changingContract, data, "office"))
	always := writeFile(t, filepath.Join(data, "always.yaml"), fmt.Sprintf(changingContract, data, "24x7"))
	run := func(config string) *program {
		t.Helper()
		running := start(t, "all", "--config", config)
		running.wait("msg=ready", 60*time.Second)
		return running
	}
	run(office).stop()
	run(office).stop() // the same once more is no change
	running := run(always)
	if said := running.output.String(); !strings.Contains(said, "what is promised has changed") {
		t.Errorf("the centre says nothing of the change:\n%s", said)
	}
	endpoint, err := embedded.ReadEndpoint(filepath.Join(data, "engine"))
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := clickhouse.Open(t.Context(), clickhouseConfig(clickhouse.DefaultConfig(), endpoint), quiet, newApplication(Config{}, quiet).registry)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	// The customer has office hours after all.
	_, problems, code := call(t, "recompute", "--config", office, "--customer", "acme", "--from", "1m", "--to", "now",
		"--by", "hana", "--why", "the calendar was right")
	if code != exitDone {
		t.Fatalf("recompute: exit %d\n%s", code, problems)
	}
	recordMarch(t, store)
	revisions, err := store.Contracts(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: time.Unix(0, 0), To: time.Now()})
	if err != nil || len(revisions) != 3 {
		t.Fatalf("%d revisions (%v): %+v", len(revisions), err, revisions)
	}
	running.stop()

	report := func(config string, arguments ...string) string {
		t.Helper()
		output, problems, code := call(t, append([]string{"report", "availability", "--config", config, "--device", "router-a",
			"--from", "2026-03-01", "--to", "2026-04-01", "--tz", "Europe/Berlin"}, arguments...)...)
		if code != exitDone {
			t.Fatalf("%v: exit %d: %s", arguments, code, problems)
		}
		return output
	}
	row := table(t, report(office, "--format", "csv"))[0]
	if !strings.HasPrefix(row["availability_pct"], "98.6238") || row["corrected_by"] != "hana" || row["corrected_why"] != "the calendar was right" ||
		!strings.HasPrefix(row["availability_before_pct"], "91.3630") {
		t.Errorf("the figure: %v", row)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	corrections := table(t, report(office, "--format", "csv", "--rows", "corrections"))
	for i, want := range []struct{ by, why, before string }{
		{"hana", "the calendar was right", "91.3630"},
		{me.Username, "configuration changed", "98.6238"},
		{"hana", "maintenance: new line (CHG-7)", "97.9545"},
	} {
		if i >= len(corrections) || corrections[i]["by"] != want.by || corrections[i]["why"] != want.why || !strings.HasPrefix(corrections[i]["availability_before_pct"], want.before) {
			t.Errorf("correction %d is not %+v: %v", i, want, corrections)
		}
	}
	text := report(office)
	if strings.Contains(text, "is not what the centre keeps") || !strings.Contains(text, "the calendar was right") {
		t.Errorf("the table:\n%s", text)
	}
	if text = report(always); !strings.Contains(text, "what this configuration promises acme is not what the centre keeps since 20") {
		t.Errorf("by another configuration:\n%s", text)
	}
	rows := table(t, report(office, "--format", "csv", "--rows", "corrections", "--calendar", "24x7"))
	if len(rows) != 1 || rows[0]["why"] != "maintenance: new line (CHG-7)" {
		t.Errorf("by hours that were asked for: %v", rows)
	}
}
