package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// counted asks for rates by groups and returns them by what they are of and the hours
// from noon to their bucket.
func counted(t *testing.T, store *Store, query storage.Query, by ...storage.LogGroup) (messages, before map[string]uint64) {
	t.Helper()
	rates, err := store.SyslogRates(t.Context(), storage.SyslogRatesQuery{Query: query, By: by})
	if err != nil {
		t.Fatal(err)
	}
	messages, before = map[string]uint64{}, map[string]uint64{}
	sums := map[time.Time]uint64{}
	for _, rate := range rates.Rates {
		key := fmt.Sprintf("%s/%s/%s/%d/%s/%s %v", rate.Customer, rate.Site, rate.Device, rate.Severity, rate.Mnemonic, rate.AppName, rate.Start.Sub(noon).Hours())
		messages[key] += rate.Messages
		before[key] += rate.Before
		sums[rate.Start] += rate.Messages
	}
	for start, sum := range sums {
		if rates.Messages[start] != sum {
			t.Errorf("all together are %d messages at %s, want %d", rates.Messages[start], start, sum)
		}
	}
	return messages, before
}

func equalCounts(t *testing.T, what string, got, want map[string]uint64) {
	t.Helper()
	for key, n := range want {
		if got[key] != n {
			t.Errorf("%s: %s has %d messages, want %d", what, key, got[key], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// soil marks hours of acme's site as not added up, or as added up.
func soil(t *testing.T, store *Store, offset int64, done bool, hours ...int) {
	t.Helper()
	var dirty []storage.DirtyRange
	for _, hour := range hours {
		from := at(time.Duration(hour) * time.Hour)
		dirty = append(dirty, storage.DirtyRange{Customer: acme, Site: acmeTokyo, Entity: acmeTokyo, Figure: storage.RollUpLog, FromMs: from, ToMs: from + hourMs,
			Partition: 3, Version: storage.Version{Offset: offset, Deleted: done}})
	}
	derive(t, store, offset, offset, &storage.Derived{Dirty: dirty})
}

func testSyslogRates(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	first := logOf(1,
		logged{device: router, after: -time.Hour, severity: 3, mnemonic: "LINK-3-UPDOWN", times: 2},
		logged{device: router, after: time.Minute, severity: 3, mnemonic: "LINK-3-UPDOWN", app: "ios", times: 1},
		logged{device: router, after: 2 * time.Minute, severity: 3, mnemonic: "LINK-3-UPDOWN", times: 0}, // of a writer that did not count
		logged{device: toggle, after: 3 * time.Minute, severity: 5, app: "sshd", times: 10},
		logged{device: 0, after: 61 * time.Minute, severity: sample.SeverityUnknown, times: 1},
	)
	first.Source[4], first.Hostname[3], first.Hostname[4] = "192.0.2.9", "SW-1", "sw-1"
	for _, offset := range []int64{5, 6} { // the same lines in two messages
		writeLog(t, store, offset, acme, first)
	}
	writeLog(t, store, 7, zen, logOf(1, logged{device: zenRouter, after: time.Minute, severity: 1, mnemonic: "ZEN-1-SECRET", times: 1}))
	soil(t, store, 6, false, -1, 0, 1)
	query := ask()
	query.To = noon.Add(2 * time.Hour)
	query.Scope = storage.OnlyCustomers(acme)
	want := map[string]uint64{
		"///255/LINK-3-UPDOWN/ 0": 2, "///255//sshd 0": 10, "///255// 0": 1,
	}
	check := func(what string) {
		t.Helper()
		query.Step = 0
		got, before := counted(t, store, query, storage.ByMnemonic)
		equalCounts(t, what, got, want)
		if before["///255/LINK-3-UPDOWN/ 0"] != 2 || before["///255//sshd 0"] != 0 {
			t.Errorf("%s: before there were %v", what, before)
		}
	}
	check("line by line")
	hour := storage.RollUp{Customer: acme, Sites: []sample.ID{acmeTokyo}, FromMs: at(-time.Hour), ToMs: at(2 * time.Hour)}
	rollUp := func() {
		t.Helper()
		for range 2 { // again changes nothing
			if err := store.RollUpLog(t.Context(), hour); err != nil {
				t.Fatal(err)
			}
		}
	}
	rollUp()
	check("dirty still, added up already")
	soil(t, store, 10, true, -1, 0, 1)
	check("added up")
	query.Step = 0
	rates, err := store.SyslogRates(t.Context(), storage.SyslogRatesQuery{Query: query, By: []storage.LogGroup{storage.BySource, storage.ByHost}})
	if err != nil {
		t.Fatal(err)
	}
	senders := map[string]uint64{}
	for _, rate := range rates.Rates {
		senders[rate.Hostname+"@"+rate.Source] = rate.Messages
	}
	equalCounts(t, "by source and host", senders, map[string]uint64{"@10.0.0.1": 2, "sw-1@10.0.0.1": 10, "sw-1@192.0.2.9": 1})
	// From the hours alone: what the lines would say is gone.
	if n := store.count(t, "syslog_1h FINAL"); n != 4 {
		t.Errorf("%d rows of hours, want 4", n)
	}

	// Late lines, some of a group that is there already, and a line that is there already.
	late := logOf(6, logged{device: router, after: 30 * time.Minute, severity: 3, mnemonic: "LINK-3-UPDOWN", times: 5}, logged{device: router, after: 31 * time.Minute, severity: 6, mnemonic: "SYS-6-LATE", times: 1})
	writeLog(t, store, 20, acme, late)
	writeLog(t, store, 21, acme, first)
	soil(t, store, 21, false, 0)
	want["///255/LINK-3-UPDOWN/ 0"], want["///255/SYS-6-LATE/ 0"] = 7, 1
	check("late lines")
	rollUp()
	soil(t, store, 30, true, 0)
	check("late lines added up")
	// Of lines that are given up meanwhile nothing is taken away.
	if err := store.execute(t.Context(), "TRUNCATE TABLE raw_syslog"); err != nil {
		t.Fatal(err)
	}
	writeLog(t, store, 31, acme, late)
	rollUp()
	check("lines given up")

	query.Step = time.Hour
	got, before := counted(t, store, query, storage.BySite, storage.BySeverity)
	equalCounts(t, "by site and severity", got, map[string]uint64{"acme/tokyo//3// 0": 7, "acme/tokyo//5// 0": 10, "acme/tokyo//6// 0": 1, "acme/tokyo//255// 1": 1})
	if before["acme/tokyo//3// 0"] != 2 || before["acme/tokyo//255// 1"] != 0 {
		t.Errorf("an hour before there were %v", before)
	}
	got, _ = counted(t, store, query, storage.ByDevice)
	equalCounts(t, "by device", got, map[string]uint64{"acme/tokyo/router/255// 0": 8, "acme/tokyo/switch/255// 0": 10, "acme/tokyo//255// 1": 1})
	query.Log.Mnemonic = "link-*"
	got, _ = counted(t, store, query, storage.ByCustomer)
	equalCounts(t, "of a mnemonic", got, map[string]uint64{"acme///255// 0": 7})
	query.Log.Mnemonic = ""
	query.Customer = "zen"
	if got, _ = counted(t, store, query, storage.ByMnemonic); len(got) != 0 {
		t.Errorf("acme sees %v of zen", got)
	}
}

// TestRatesOfTheLog holds the rates, however they are put together of hours and lines,
// against the lines themselves.
func TestRatesOfTheLog(t *testing.T) {
	for server, config := range servers(t) {
		t.Run(server, func(t *testing.T) {
			config.Database = "rates_of_the_log"
			t.Cleanup(func() { drop(t, config) })
			store := open(t, config)
			populate(t, store)
			random := rand.New(rand.NewPCG(1, 9))
			var lines []logged
			for range 3000 {
				lines = append(lines, logged{device: []sample.ID{router, toggle, 0}[random.IntN(3)], after: time.Duration(random.IntN(40*3600)-20*3600) * time.Second,
					severity: uint8(random.IntN(8)), mnemonic: []string{"A-1-B", "C-2-D", ""}[random.IntN(3)], app: []string{"x", "y", ""}[random.IntN(3)], times: uint32(random.IntN(4))})
			}
			writeLog(t, store, 5, acme, logOf(1, lines...))
			var clean, dirty []int
			for hour := -20; hour < 20; hour++ {
				if random.IntN(4) == 0 {
					dirty = append(dirty, hour)
					continue
				}
				clean = append(clean, hour)
				from := at(time.Duration(hour) * time.Hour)
				if err := store.RollUpLog(t.Context(), storage.RollUp{Customer: acme, Sites: []sample.ID{acmeTokyo}, FromMs: from, ToMs: from + hourMs}); err != nil {
					t.Fatal(err)
				}
			}
			soil(t, store, 5, false, append(clean, dirty...)...)
			soil(t, store, 6, true, clean...)
			for _, step := range []time.Duration{0, 5 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour} {
				for range 5 {
					from := noon.Add(time.Duration(random.IntN(20*3600)-20*3600) * time.Second)
					query := storage.Query{Scope: storage.EveryCustomer(), From: from, To: from.Add(time.Duration(1+random.IntN(20*3600)) * time.Second), Step: step}
					got, before := counted(t, store, query, storage.ByDevice, storage.BySeverity, storage.ByMnemonic)
					wantBefore := map[string]uint64{}
					want := byHand(lines, query, 0)
					length := step
					if length == 0 {
						length = query.To.Sub(query.From)
					}
					was := byHand(lines, query, length)
					for key := range want {
						wantBefore[key] = was[key]
					}
					equalCounts(t, fmt.Sprintf("from %s to %s by %s", query.From, query.To, step), got, want)
					equalCounts(t, fmt.Sprintf("before %s to %s by %s", query.From, query.To, step), before, wantBefore)
				}
			}
		})
	}
}

// byHand counts lines that were received so long before the time asked for.
func byHand(lines []logged, query storage.Query, before time.Duration) map[string]uint64 {
	counts := map[string]uint64{}
	names := map[sample.ID]string{router: "router", toggle: "switch"}
	for _, line := range lines {
		received := noon.Add(line.after).Add(before)
		if received.Before(query.From) || !received.Before(query.To) {
			continue
		}
		start := query.From
		if query.Step > 0 {
			start = received.Truncate(query.Step)
		}
		app := line.app
		if line.mnemonic != "" {
			app = ""
		}
		counts[fmt.Sprintf("acme/tokyo/%s/%d/%s/%s %v", names[line.device], line.severity, line.mnemonic, app, start.Sub(noon).Hours())] += uint64(max(line.times, 1))
	}
	return counts
}
