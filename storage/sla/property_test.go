package sla

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// life is a random record of a device over a query's time, in whole seconds and odd
// milliseconds.
func life(random *rand.Rand, query storage.Query, customer, site, name string) storage.Availability {
	total := query.To.Sub(query.From).Milliseconds()
	at := random.Int64N(total / 4)
	answer := storage.Availability{Entity: storage.Entity{Customer: customer, Site: site, Device: name}, UpMs: total - at}
	for range random.IntN(20) {
		at += random.Int64N(total / 10)
		if random.IntN(3) == 0 {
			at -= at % 3_600_000 // on the hour, as calendars are
		}
		if n := len(answer.Outages); n > 0 {
			at = max(at, answer.Outages[n-1].To.UnixMilli()-query.From.UnixMilli())
		}
		at = max(at, total-answer.UpMs-answer.DownMs-answer.DegradedMs-answer.UnknownMs)
		length := min(1+random.Int64N(total/20), total-at)
		if length <= 0 {
			break
		}
		state := []storage.State{storage.StateDown, storage.StateDown, storage.StateUnknown, storage.StateDegraded}[random.IntN(4)]
		outage := storage.Outage{
			From: query.From.Add(time.Duration(at) * time.Millisecond), To: query.From.Add(time.Duration(at+length) * time.Millisecond),
			State: state, Cause: storage.Cause(1 + random.IntN(3)),
		}
		answer.Outages = append(answer.Outages, outage)
		answer.UpMs -= length
		switch state {
		case storage.StateDown:
			answer.DownMs += length
		case storage.StateDegraded:
			answer.DegradedMs += length
		default:
			answer.UnknownMs += length
		}
		at += length
	}
	return answer
}

func randomWindows(random *rand.Rand, query storage.Query) []calendar.Window {
	var windows []calendar.Window
	for i := range random.IntN(5) {
		from := query.From.Add(time.Duration(random.Int64N(int64(query.To.Sub(query.From))))).Truncate(time.Millisecond)
		window := calendar.Window{
			ID: fmt.Sprint(i), From: from, To: from.Add(time.Duration(1 + random.Int64N(int64(48*time.Hour)))).Truncate(time.Millisecond).Add(time.Millisecond),
			TimeZone: "UTC", Why: fmt.Sprint("work ", i), EnteredAt: from.Add(time.Duration(random.IntN(100)-50) * time.Hour),
		}
		if random.IntN(3) == 0 {
			window.Customer, window.Site, window.Device = "acme", "tokyo", fmt.Sprint("d", random.IntN(4))
		}
		windows = append(windows, window)
	}
	return windows
}

// TestTheRowsAddUpToTheFigure holds the promise of every report: over random records,
// calendars and windows the milliseconds of the rows are those of the figure.
func TestTheRowsAddUpToTheFigure(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 14))
	config := Config{Calendars: map[string]calendar.Config{
		"office":  {TimeZone: "Europe/Berlin", Hours: []string{"Mon-Fri 09:00-12:00", "Mon-Fri 13:00-18:00"}, Holidays: []string{"DE"}},
		"night":   {TimeZone: "America/New_York", Hours: []string{"Mon-Fri 22:00-06:00"}},
		"sundays": {TimeZone: "Australia/Lord_Howe", Hours: []string{"Sun 00:00-24:00"}},
	}}
	for _, kind := range []string{Series, Parallel} {
		config.Groups = append(config.Groups, Group{Name: kind, Customer: "acme", Kind: kind, Members: []Member{
			{Site: "tokyo", Device: "d0"}, {Site: "tokyo", Device: "d1"}, {Site: "tokyo", Device: "d2"}}})
	}
	config.Groups = append(config.Groups, Group{Name: "nested", Customer: "acme", Kind: KOfN, K: 2, Members: []Member{
		{Site: "tokyo", Device: "d0"}, {Group: Parallel}, {Site: "tokyo", Device: "d3"}}})
	for range 300 {
		from := time.Date(2026, time.Month(1+random.IntN(12)), 1, 0, 0, random.IntN(3600), 0, time.UTC)
		query := storage.Query{Scope: storage.EveryCustomer(), From: from, To: from.Add(time.Duration(1+random.IntN(60*24)) * time.Hour)}
		source := &record{windows: randomWindows(random, query)}
		for i := range 4 {
			source.devices = append(source.devices, life(random, query, "acme", "tokyo", fmt.Sprint("d", i)))
		}
		for _, name := range []string{"", "office", "night", "sundays"} {
			for _, by := range []By{ByDevice, BySite, ByGroup} {
				for _, row := range ask(t, source, config, Question{Query: query, By: by, Calendar: name}).Rows {
					addsUp(t, row)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("from %s to %s, windows %+v", query.From, query.To, source.windows)
		}
	}
}

func addsUp(t *testing.T, row Row) {
	t.Helper()
	counted, outages, reasons := int64(0), 0, map[string]int64{}
	for _, outage := range row.Outages {
		counted += outage.CountedMs
		if outage.CountedMs > 0 {
			outages++
		}
		why := int64(0)
		for _, each := range outage.Excluded {
			reasons[each.Why] += each.Ms
			why += each.Ms
		}
		if length := outage.To.UnixMilli() - outage.From.UnixMilli(); outage.CountedMs+outage.ExcludedMs != length || why != outage.ExcludedMs {
			t.Errorf("%s %s: %d counted and %d excluded (%d with a reason) of %d", row.Device, row.Name, outage.CountedMs, outage.ExcludedMs, why, length)
		}
		if outage.CountedMs < 0 || outage.ExcludedMs < 0 {
			t.Errorf("negative time: %+v", outage)
		}
	}
	if counted != row.DownMs || outages != row.Figure.Outages {
		t.Errorf("%s %s: the %d rows count %d, the figure %d in %d", row.Device, row.Name, outages, counted, row.DownMs, row.Figure.Outages)
	}
	if reasons[whyUnknown] != row.UnknownMs || reasons[whyDegraded] != row.DegradedMs {
		t.Errorf("%s %s: %v of rows, %+v", row.Device, row.Name, reasons, row.Figure)
	}
	if row.UpMs < 0 || row.UpMs+row.DownMs+row.DegradedMs+row.UnknownMs != row.ScheduledMs-row.ExcludedMs {
		t.Errorf("%s %s: %+v does not add up", row.Device, row.Name, row.Figure)
	}
}

// TestAGroupIsWhatItsMembersAreAtEachMoment compares the sweep with a look at every
// moment by itself.
func TestAGroupIsWhatItsMembersAreAtEachMoment(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 71))
	for range 500 {
		members := make([]timeline, 1+random.IntN(4))
		for i := range members {
			members[i].toMs = 200
			for at := random.Int64N(50); at < 200; at += random.Int64N(60) {
				to := min(at+1+random.Int64N(40), 200)
				members[i].stretches = append(members[i].stretches, Outage{Outage: storage.Outage{
					From: instant(at), To: instant(to), State: []storage.State{storage.StateUnknown, storage.StateDegraded, storage.StateDown}[random.IntN(3)],
				}, Members: []string{fmt.Sprint(i)}})
				at = to
			}
		}
		needed := 1 + random.IntN(len(members))
		service := combine(needed, members)
		for ms := range int64(200) {
			present := make([]Outage, len(members))
			for i, member := range members {
				present[i], _ = stretchAt(member, ms)
			}
			got, found := stretchAt(service, ms)
			if want := stateOf(needed, present); got.State != want {
				t.Fatalf("at %d the group is %s, want %s of %+v", ms, got.State, want, present)
			}
			for i, member := range present {
				if found && answers(got.State, member.State) && !slices.Contains(got.Members, fmt.Sprint(i)) {
					t.Fatalf("at %d member %d is not named: %+v", ms, i, got)
				}
			}
		}
	}
}

func stretchAt(line timeline, ms int64) (Outage, bool) {
	for _, stretch := range line.stretches {
		if stretch.From.UnixMilli() <= ms && ms < stretch.To.UnixMilli() {
			return stretch, true
		}
	}
	return Outage{Outage: storage.Outage{State: storage.StateUp}}, false
}
