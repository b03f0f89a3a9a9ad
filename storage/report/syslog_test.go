package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func TestLinesAreShownByWhatAPersonReads(t *testing.T) {
	received := time.Date(2026, 5, 1, 3, 4, 5, 6e6, time.UTC)
	lines := []storage.SyslogLine{
		{Entity: storage.Entity{Customer: "acme", Site: "tokyo", Device: "router"}, Received: received, Severity: 3, Mnemonic: "LINK-3-UPDOWN", AppName: "ios", Message: "down\n\x1b[31m\u202e", Occurrences: 1},
		{Entity: storage.Entity{Customer: "acme", Site: "tokyo"}, Received: received, Severity: sample.SeverityUnknown, Source: "10.0.0.9", Raw: "hello", Occurrences: 1},
	}
	query := storage.Query{From: received, To: received, Location: time.FixedZone("Asia/Tokyo", 9*3600)}
	text := func(width int) string {
		sheet := Syslog(query, lines)
		sheet.Width = width
		var all strings.Builder
		if err := sheet.Write(&all, "table"); err != nil {
			t.Fatal(err)
		}
		return all.String()
	}
	want := `RECEIVED            CUSTOMER/SITE  SENDER    LEVEL  WHAT           TEXT
05-01 12:04:05.006  acme/tokyo     router    3 err  LINK-3-UPDOWN  down\x0a\x1b[31m\u202e
05-01 12:04:05.006  acme/tokyo     10.0.0.9  -      -              hello

Received: times of 2026 in Asia/Tokyo.
`
	if got := text(0); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	lines[0].Source, lines[0].Relayed, lines[0].Occurrences = "192.0.2.5", true, 5
	lines[1].Received, lines[1].Site, lines[1].Raw = received.AddDate(-1, 0, 0), "osaka", strings.Repeat("\u7570", 4000)
	query.Customer = "acme"
	want = `RECEIVED                 SITE   SENDER                LEVEL  WHAT           TEXT
2026-05-01 12:04:05.006  tokyo  router via 192.0.2.5  3 err  LINK-3-UPDOWN  (x5) down\x0a\x1b[31m\u202e
2025-05-01 12:04:05.006  osaka  10.0.0.9              -      -              ` + strings.Repeat("\u7570", 13) + "\u2026" + `

Received: times in Asia/Tokyo.
`
	if got := text(104); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	query.Site = "tokyo"
	if got := text(0); !strings.HasPrefix(got, "RECEIVED                 SENDER                LEVEL") {
		t.Errorf("got\n%s", got)
	}
	query.Customer, query.Device = "", "router"
	if got := text(0); !strings.HasPrefix(got, "RECEIVED                 CUSTOMER  SENDER") {
		t.Errorf("got\n%s", got)
	}
	lines = nil
	if got := text(80); got != "no line of this selection was received in this time\n" {
		t.Errorf("got %q", got)
	}
}

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		now, before, all uint64
		want             any
	}{
		{5, 0, 0, nil}, {5, 0, 1, "new"}, {100, 1, 9, "100x"}, {10, 4, 9, "2.5x"}, {199, 100, 100, "2.0x"}, {120, 100, 100, "+20 %"},
		{100, 100, 100, "same"}, {1001, 1000, 1000, "same"}, {10, 100, 100, "-90 %"}, {99, 10, 10, "9.9x"}, {996, 100, 100, "10x"},
	} {
		if got := change(c.now, c.before, c.all); got != c.want {
			t.Errorf("%d after %d of %d is %v, want %v", c.now, c.before, c.all, got, c.want)
		}
	}
}

func TestRatesShowWhatTheyAreCountedBy(t *testing.T) {
	query := storage.SyslogRatesQuery{By: []storage.LogGroup{storage.BySite, storage.ByMnemonic}, Query: storage.Query{Step: time.Hour}}
	if got := SyslogRates(query, storage.SyslogRates{}).Brief; !slices.Equal(got, []string{"start", "customer", "site", "what", "messages", "share_pct", "messages_before", "change"}) {
		t.Errorf("shown are %q", got)
	}
	query.By = []storage.LogGroup{storage.ByHost, storage.BySource}
	if got := SyslogRates(query, storage.SyslogRates{}); !slices.Equal(got.Brief, []string{"start", "source", "hostname", "messages", "share_pct", "messages_before", "change"}) || len(got.Notes) != 1 {
		t.Errorf("shown are %q, and %q", got.Brief, got.Notes)
	}
	query = storage.SyslogRatesQuery{By: []storage.LogGroup{storage.BySeverity}}
	start := time.Unix(0, 0).UTC()
	rates := storage.SyslogRates{Rates: []storage.SyslogRate{{LogSubject: storage.LogSubject{Severity: 3}, Start: start, Messages: 1, Before: 2}},
		Messages: map[time.Time]uint64{start: 4}, Before: map[time.Time]uint64{start: 2}}
	var all strings.Builder
	if err := SyslogRates(query, rates).Write(&all, "table"); err != nil {
		t.Fatal(err)
	}
	if want := "LEVEL  MESSAGES  SHARE_PCT  MESSAGES_BEFORE  CHANGE\n3 err         1     25.000                2  -50 %\n"; all.String() != want {
		t.Errorf("got\n%s\nwant\n%s", all.String(), want)
	}
}
