package sla

import (
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// late is a window that was entered a day after it ended.
func late(from, to int64, why string) calendar.Window {
	window := planned(april, from, to, why)
	window.EnteredAt = second(april, to+86400)
	return window
}

func TestAWindowEnteredLateShowsTheFigureBefore(t *testing.T) {
	source := &record{
		devices: []storage.Availability{device(april, "acme", "tokyo", "router", 0, down(7200, 10800))},
		windows: []calendar.Window{late(7200, 10800, "carrier works"), planned(april, 86400, 90000, "planned ahead")},
	}
	got := one(t, ask(t, source, DefaultConfig(), Question{Query: april}))
	isPercent(t, "now", 100)(got.Percent())
	if len(got.Corrections) != 1 {
		t.Fatalf("corrections %+v", got.Corrections)
	}
	correction := got.Corrections[0]
	if correction.By != "noc" || correction.Why != "maintenance: carrier works" || !correction.At.Equal(second(april, 97200)) ||
		!correction.From.Equal(second(april, 7200)) || !correction.To.Equal(second(april, 10800)) {
		t.Errorf("%+v", correction)
	}
	// What was planned ahead was known then too.
	isPercent(t, "before", 100-100*3600.0/(2592000-3600))(correction.Before.Percent())
	if correction.Before.ExcludedMs != 3_600_000 {
		t.Errorf("before %+v", correction.Before)
	}
	// For the site, of which another device never failed.
	source.devices = append(source.devices, device(april, "acme", "tokyo", "switch", 0))
	got = one(t, ask(t, source, DefaultConfig(), Question{Query: april, By: BySite}))
	if len(got.Corrections) != 1 {
		t.Fatalf("corrections %+v", got.Corrections)
	}
	isPercent(t, "the site before", 100-100*3600.0/(2*(2592000-3600)))(got.Corrections[0].Before.Percent())
	// A contract that counts maintenance knows of no correction.
	keep := false
	config := Config{Contracts: []Contract{{Customer: "acme", ExcludeMaintenance: &keep}}}
	if got = one(t, ask(t, source, config, Question{Query: april, By: BySite})); len(got.Corrections) != 0 || got.ExcludedMs != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAWindowThatDidNotMatterIsNoCorrectionOfAGroup(t *testing.T) {
	window := late(7200, 10800, "carrier works")
	window.Customer, window.Site, window.Device = "acme", "tokyo", "a"
	source := &record{
		devices: []storage.Availability{device(april, "acme", "tokyo", "a", 0, down(7200, 10800)), device(april, "acme", "tokyo", "b", 0)},
		windows: []calendar.Window{window},
	}
	for kind, want := range map[string]int{Series: 1, Parallel: 0} {
		if got := one(t, ask(t, source, pair(kind), Question{Query: april, By: ByGroup})); len(got.Corrections) != want {
			t.Errorf("%s: %+v, want %d", kind, got.Corrections, want)
		}
	}
}

func TestARuleThatBeganEarlierIsLateOnlyForWhatHadBegun(t *testing.T) {
	window := planned(april, 3600, 7200, "nightly")
	window.Rule, window.EnteredAt = "FREQ=DAILY", second(april, 86400+5400)
	source := &record{
		devices: []storage.Availability{device(april, "acme", "tokyo", "router", 0)},
		windows: []calendar.Window{window},
	}
	got := one(t, ask(t, source, DefaultConfig(), Question{Query: april}))
	if got.ExcludedMs != 30*3_600_000 || len(got.Corrections) != 1 || got.Corrections[0].Before.ExcludedMs != 28*3_600_000 {
		t.Errorf("%+v", got)
	}
}

func TestCorrectionsAreUndoneFromTheLatestOn(t *testing.T) {
	at := func(seconds int64) time.Time { return second(april, seconds) }
	// First the record said up, then unknown from a late backlog, then down.
	first := storage.Correction{
		Entity: storage.Entity{Customer: "acme", Site: "tokyo", Device: "router"}, Figure: "availability", Changed: true,
		From: at(1000), To: at(2000), At: at(10000), By: storage.ByItself, Why: storage.LateRows,
		Before: []storage.Outage{{From: at(1000), To: at(2000), State: storage.StateUp}},
	}
	second := first
	second.At, second.By, second.Why = at(20000), "hana", "wrong clock"
	second.Before = []storage.Outage{{From: at(1000), To: at(2000), State: storage.StateUnknown, Cause: storage.CauseSilent}}
	idle := first
	idle.At, idle.Changed, idle.Before = at(30000), false, nil
	source := &record{
		devices:     []storage.Availability{device(april, "acme", "tokyo", "router", 0, down(1000, 2000))},
		corrections: []storage.Correction{first, idle, second},
	}
	config := Config{Groups: []Group{{Name: "net", Customer: "acme", Kind: Series, Members: []Member{{Site: "tokyo", Device: "router"}}}}}
	for _, by := range []By{ByDevice, BySite, ByCustomer, ByGroup} {
		got := one(t, ask(t, source, config, Question{Query: april, By: by}))
		if got.DownMs != 1_000_000 || len(got.Corrections) != 2 {
			t.Fatalf("by %s: %+v", by, got)
		}
		if last := got.Corrections[0]; last.By != "hana" || last.Before.UnknownMs != 1_000_000 || last.Before.DownMs != 0 {
			t.Errorf("by %s: before the last %+v", by, last)
		}
		if oldest := got.Corrections[1]; oldest.Why != storage.LateRows || oldest.Before.UnknownMs != 0 || oldest.Before.UpMs != oldest.Before.ScheduledMs {
			t.Errorf("by %s: before all %+v", by, oldest)
		}
	}
}

func TestOneRecomputeOfManyDevicesIsOneCorrection(t *testing.T) {
	source := &record{}
	for i, name := range []string{"a", "b"} {
		source.devices = append(source.devices, device(april, "acme", "tokyo", name, 0))
		from := int64(1000 * (i + 1))
		source.corrections = append(source.corrections, storage.Correction{
			Entity: source.devices[i].Entity, Changed: true, From: second(april, from), To: second(april, from+500),
			At: second(april, 9000), By: "hana", Why: "backlog",
			Before: []storage.Outage{{From: second(april, from), To: second(april, from+100), State: storage.StateDown}},
		})
	}
	got := one(t, ask(t, source, DefaultConfig(), Question{Query: april, By: ByCustomer}))
	if len(got.Corrections) != 1 || got.Corrections[0].Before.DownMs != 200_000 ||
		!got.Corrections[0].From.Equal(second(april, 1000)) || !got.Corrections[0].To.Equal(second(april, 2500)) {
		t.Errorf("%+v", got.Corrections)
	}
}
