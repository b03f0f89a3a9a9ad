package clickhouse

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// steady is a rate of an interface from one sample to another, bit/s.
type steady struct {
	from, to int // samples after the beginning
	in, out  uint64
	speed    uint64
	gap      storage.Gap
}

// samplesOf are polls of five minutes from a time on, so that each is one sample.
func samplesOf(port sample.ID, begin time.Time, all ...steady) (u storage.Utilization) {
	const seconds = 300
	for _, s := range all {
		for n := s.from; n < s.to; n++ {
			u.Customer, u.Site = append(u.Customer, acme), append(u.Site, acmeTokyo)
			u.Device, u.Interface = append(u.Device, router), append(u.Interface, port)
			u.EndMs = append(u.EndMs, begin.Add(time.Duration(n+1)*storage.SampleStep).UnixMilli())
			u.IntervalMs = append(u.IntervalMs, seconds*1000)
			u.InBits, u.OutBits = append(u.InBits, s.in*seconds), append(u.OutBits, s.out*seconds)
			u.SpeedBps = append(u.SpeedBps, s.speed)
			u.AdminStatus, u.OperStatus = append(u.AdminStatus, 1), append(u.OperStatus, 1)
			u.Gap = append(u.Gap, s.gap)
			u.Offset = append(u.Offset, 9)
			for _, none := range []*[]uint64{&u.InPackets, &u.OutPackets, &u.InBroadcast, &u.OutBroadcast, &u.InMulticast,
				&u.OutMulticast, &u.InErrors, &u.OutErrors, &u.InDiscards, &u.OutDiscards} {
				*none = append(*none, 0)
			}
		}
	}
	return u
}

func join(all ...storage.Utilization) (u storage.Utilization) {
	for _, a := range all {
		u.Customer, u.Site = append(u.Customer, a.Customer...), append(u.Site, a.Site...)
		u.Device, u.Interface = append(u.Device, a.Device...), append(u.Interface, a.Interface...)
		u.EndMs, u.IntervalMs = append(u.EndMs, a.EndMs...), append(u.IntervalMs, a.IntervalMs...)
		u.SpeedBps, u.Gap, u.Offset = append(u.SpeedBps, a.SpeedBps...), append(u.Gap, a.Gap...), append(u.Offset, a.Offset...)
		u.AdminStatus, u.OperStatus = append(u.AdminStatus, a.AdminStatus...), append(u.OperStatus, a.OperStatus...)
		u.InBits, u.OutBits = append(u.InBits, a.InBits...), append(u.OutBits, a.OutBits...)
		u.InPackets, u.OutPackets = append(u.InPackets, a.InPackets...), append(u.OutPackets, a.OutPackets...)
		u.InBroadcast, u.OutBroadcast = append(u.InBroadcast, a.InBroadcast...), append(u.OutBroadcast, a.OutBroadcast...)
		u.InMulticast, u.OutMulticast = append(u.InMulticast, a.InMulticast...), append(u.OutMulticast, a.OutMulticast...)
		u.InErrors, u.OutErrors = append(u.InErrors, a.InErrors...), append(u.OutErrors, a.OutErrors...)
		u.InDiscards, u.OutDiscards = append(u.InDiscards, a.InDiscards...), append(u.OutDiscards, a.OutDiscards...)
	}
	return u
}

func capacityOf(t *testing.T, store *Store, query storage.Query) map[sample.ID]storage.LinkCapacity {
	t.Helper()
	all, err := store.Capacity(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	found := map[sample.ID]storage.LinkCapacity{}
	for _, link := range all {
		found[link.ID] = link
	}
	return found
}

// testPercentiles holds the 95th percentiles to p95.csv and p95_inout.csv.
func testPercentiles(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	begin := noon.Add(-30 * 24 * time.Hour)
	const month = 8640
	port := func(name string) sample.ID { return sample.InterfaceID(router, name) }
	var rising []steady
	for n := range month {
		rising = append(rising, steady{n, n + 1, uint64(n + 1), 0, 1e6, storage.GapNone})
	}
	burst := func(bursts int) []steady {
		return []steady{{0, bursts, 900, 1, 1e6, storage.GapNone}, {bursts, month, 100, 1, 1e6, storage.GapNone}}
	}
	// By turns busy one way and the other: 4 % of the time each, p95_inout.csv.
	turns := []steady{{0, 4, 900, 100, 1000, storage.GapNone}, {4, 8, 100, 900, 1000, storage.GapNone}, {8, 100, 100, 100, 1000, storage.GapNone}}
	derive(t, store, 7, 9, &storage.Derived{Utilization: join(
		samplesOf(port("rising"), begin, rising...), samplesOf(port("432"), begin, burst(432)...), samplesOf(port("433"), begin, burst(433)...),
		samplesOf(port("12"), begin, rising[:12]...), samplesOf(port("10"), begin, rising[:10]...), samplesOf(port("turns"), begin, turns...),
		samplesOf(port("half"), begin, turns...),
	), Links: []storage.Link{{Customer: acme, Site: acmeTokyo, Device: router, Interface: port("half"),
		LinkProfile: storage.LinkProfile{HalfDuplex: true}, Version: storage.Version{Offset: 9}}}})
	query := ask()
	query.From, query.To = begin, noon
	found := capacityOf(t, store, query)
	for name, want := range map[string]float64{"rising": 8208, "432": 100, "433": 900, "12": 12, "10": 10} {
		got := found[port(name)]
		if got.P95.InBps != want || got.Expected != month || got.NoP95 != "" {
			t.Errorf("%s: %+v, want %g", name, got.P95, want)
		}
	}
	if got := found[port("10")]; got.Samples != 10 || got.InPeakBps != 10 {
		t.Errorf("%d samples with a peak of %g, want 10 and 10", got.Samples, got.InPeakBps)
	}
	if got := found[port("turns")].P95; got.MaxOfBothBps != 100 || got.OfMaxBps != 900 || got.Percent != 90 || !got.HasPercent {
		t.Errorf("by turns: %+v", got)
	}
	// Averages over 5 minutes are not kept for ever: half of a time is not the whole of it.
	query.From = noon.Add(-500 * 24 * time.Hour)
	for _, step := range []struct {
		table string // has a row of so many days ago
		days  int
		why   string
	}{{"utilization_5m", 45, ""}, {"utilization_1d", 45, ""}, {"utilization_1d", 150, "kept since " + noon.AddDate(0, 0, -45).Format(time.DateOnly)}, {"utilization_5m", 150, ""}} {
		if err := store.execute(t.Context(), fmt.Sprintf(`INSERT INTO %s (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, ver)
VALUES (%d, %d, %d, %d, fromUnixTimestamp64Milli(%d), 300000, 1)`, step.table, acme, acmeTokyo, router, port("rising"), noon.Truncate(24*time.Hour).AddDate(0, 0, -step.days).UnixMilli())); err != nil {
			t.Fatal(err)
		}
		got := capacityOf(t, store, query)[port("rising")]
		if (got.P95 == (storage.Percentiles{})) != (step.why != "") || !strings.Contains(got.NoP95, step.why) || step.why == "" && got.NoP95 != "" || got.Samples < month {
			t.Errorf("%s of %d days ago: %+v %q of %d", step.table, step.days, got.P95, got.NoP95, got.Samples)
		}
	}
	query.From, query.Limit = begin, 2
	if got := capacityOf(t, store, query); len(got) != 2 {
		t.Errorf("%d links, want no more than 2", len(got))
	}
	if got := found[port("half")].P95; got.Percent != 100 || got.OfMaxBps != 900 {
		t.Errorf("half duplex: %+v, want both ways together", got)
	}
}

// testLongPolls holds that a poll counts where it was measured, however long it is and however long after that it ends.
func testLongPolls(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	begin := noon.AddDate(0, 0, -3)
	// What is older than all that is left is looked for in what was added up of it.
	derive(t, store, 6, 6, &storage.Derived{Utilization: samplesOf(sample.InterfaceID(router, "older"), begin.AddDate(0, 0, -1), steady{0, 1, 0, 0, 1e6, storage.GapNone})})
	for i, test := range []struct{ length, ends time.Duration }{
		{time.Hour, 30 * time.Minute}, {3 * time.Hour, time.Hour}, {6 * time.Hour, 4 * time.Hour}, {30 * time.Hour, 26 * time.Hour}, {49 * 24 * time.Hour, 2 * 24 * time.Hour},
	} {
		port := sample.InterfaceID(router, test.length.String())
		u := samplesOf(port, begin, steady{0, 1, 0, 0, 1e6, storage.GapNone})
		u.EndMs[0], u.IntervalMs[0], u.InBits[0] = begin.Add(test.ends).UnixMilli(), uint32(test.length.Milliseconds()), uint64(test.length/time.Second)*100
		derive(t, store, int64(i)+7, int64(i)+7, &storage.Derived{Utilization: u})
		query := ask()
		query.From, query.To = begin.Add(-30*time.Minute), begin
		rows, err := store.polls(t.Context(), "polls", ofPorts([]linkKey{{acme, router, port}}), spans{asked(query)}, []string{"in_bits"})
		if err != nil || len(rows) != 1 {
			t.Errorf("%s: %d polls, want one, error %v", test.length, len(rows), err)
		}
		if got := capacityOf(t, store, query)[port]; test.ends < usualReach*time.Millisecond && (got.InBits != 180_000 || got.Samples != 6) {
			t.Errorf("%s: %g bits in %d samples, want 180000 in 6", test.length, got.InBits, got.Samples)
		}
	}
}

// testBusyHour holds that hours are those of the zone asked for.
func testBusyHour(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	begin := noon.Add(-48 * time.Hour) // 21:00 in Tokyo
	port := sample.InterfaceID(router, "Gi0/0")
	derive(t, store, 7, 9, &storage.Derived{Utilization: samplesOf(port, begin,
		steady{0, 60, 100, 100, 1e4, storage.GapNone},  // 5 hours
		steady{60, 72, 500, 400, 1e4, storage.GapNone}, // 17:00 UTC, both ways 900
		steady{72, 288, 100, 100, 1e4, storage.GapNone},
		steady{288, 290, 9000, 9000, 1e4, storage.GapNone}, // ten minutes of an hour that is else a gap
		steady{290, 300, 9000, 9000, 1e4, storage.GapReset},
		steady{300, 348, 100, 100, 1e4, storage.GapNone},
		steady{348, 360, 700, 100, 0, storage.GapNone}, // 17:00 again; the speed is not told any more
		steady{360, 576, 100, 100, 0, storage.GapNone},
	)})
	query := ask()
	query.From, query.To = begin.Add(-time.Minute), noon.Add(time.Minute)
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for hour, location := range map[int]*time.Location{17: nil, 2: tokyo} {
		query.Location = location
		got := capacityOf(t, store, query)[port]
		if wantBusy := 12; location == nil && got.BusyHour != wantBusy || location != nil && got.BusyHour != 21 {
			// The ten minutes stand for their hour of the day: of two days half an hour, 18000
			// in 10 minutes and 200 in 60.
			t.Errorf("busy hour %d of %g bit/s", got.BusyHour, got.BusyHourBps)
		}
		if !got.Busiest.Equal(begin.Add(5*time.Hour)) || got.BusiestBps != 900 {
			t.Errorf("the busiest hour is %s with %g bit/s, want %s with 900 (hour %d)", got.Busiest, got.BusiestBps, begin.Add(5*time.Hour), hour)
		}
		if got.Expected != 576 || got.Samples != 566 || got.CoveredMs != 566*300_000 || got.SpeedBps != 1e4 {
			t.Errorf("%d of %d samples, %d ms, speed %d", got.Samples, got.Expected, got.CoveredMs, got.SpeedBps)
		}
	}
	query.Location = time.FixedZone("somewhere", 1234)
	if _, err := store.Capacity(t.Context(), query); err == nil || !strings.Contains(err.Error(), "somewhere") {
		t.Errorf("a zone without a name: %v", err)
	}
	query.Location, query.To = nil, query.From.Add(4*time.Minute)
	if _, err := store.Capacity(t.Context(), query); err == nil || !strings.Contains(err.Error(), "5 minutes") {
		t.Errorf("four minutes: %v", err)
	}
}

// testTrend holds the days until a link is full to a load that grows by 1 % a day.
func testTrend(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	const days = 20
	end := noon.Truncate(24 * time.Hour)
	begin := end.Add(-days * 24 * time.Hour)
	port := func(name string) sample.ID { return sample.InterfaceID(router, name) }
	growing := func(speed uint64) (all []steady) {
		for day := range days {
			quiet, busy := 288*day, 288*day+20 // over 5 % of the day
			all = append(all, steady{quiet, busy, uint64(40+day) * 1000, 10, speed, storage.GapNone}, steady{busy, quiet + 288, 1000, 10, speed, storage.GapNone})
		}
		return all
	}
	subrate := storage.LinkProfile{Kind: storage.LinkWAN, RxBps: 200_000, TxBps: 200_000}
	ignored := storage.LinkProfile{Kind: storage.LinkIgnored}
	link := func(name string, profile storage.LinkProfile) storage.Link {
		return storage.Link{Customer: acme, Site: acmeTokyo, Device: router, Interface: port(name), LinkProfile: profile, Version: storage.Version{Offset: 9}}
	}
	derive(t, store, 7, 9, &storage.Derived{Utilization: join(
		samplesOf(port("growing"), begin, growing(100_000)...), samplesOf(port("subrate"), begin, growing(100_000)...),
		samplesOf(port("no speed"), begin, growing(0)...), samplesOf(port("ignored"), begin, growing(100_000)...),
		samplesOf(port("flat"), begin, steady{0, 288 * days, 1000, 10, 100_000, storage.GapNone}),
		samplesOf(port("young"), begin.Add(7*24*time.Hour), growing(100_000)[:26]...),
		samplesOf(port("gone"), begin, steady{0, 288, 9, 9, 100_000, storage.GapReset}),
	), Links: []storage.Link{link("subrate", subrate), link("ignored", ignored)}})
	query := ask()
	query.From, query.To = begin, end
	found := capacityOf(t, store, query)
	growth := found[port("growing")]
	// 40 % on the first day, 59 % on the 20th: at its end 59.5 %.
	if growth.Trend.Days != days || math.Abs(growth.Trend.PerDay-1) > 1e-9 || math.Abs(growth.Trend.LevelPercent-59.5) > 1e-9 {
		t.Errorf("%+v %q, want 59.5 %% and 1 %% a day", growth.Trend, growth.NoTrend)
	}
	for percent, want := range map[float64]float64{100: 40.5, 80: 20.5, 50: 0} {
		if got, why := growth.DaysUntil(percent); why != "" || math.Abs(got-want) > 1e-6 {
			t.Errorf("full at %g %%: in %g days %q, want %g", percent, got, why, want)
		}
	}
	// Of twice the speed it is half the load.
	half := found[port("subrate")]
	if got, why := half.DaysUntil(100); why != "" || math.Abs(got-140.5) > 1e-6 || half.Kind != storage.LinkWAN {
		t.Errorf("with a subrate of 200 kbit/s: in %g days %q, want 140.5", got, why)
	}
	for name, want := range map[string]string{
		"flat": "not growing", "young": "13 days with enough measurements, 14 needed", "no speed": "the speed is not known",
		"gone": "0 days with enough measurements, 14 needed",
	} {
		got := found[port(name)]
		if _, why := got.DaysUntil(100); why != want {
			t.Errorf("%s: %q, want %q", name, why, want)
		}
	}
	if got := found[port("gone")]; got.NoP95 == "" || got.BusyHour != -1 || !got.Busiest.IsZero() || got.Samples != 0 {
		t.Errorf("without a measurement: %+v", got)
	}
	if _, ok := found[port("ignored")]; ok {
		t.Error("an ignored link is in the answer")
	}
	for kind, want := range map[string]int{"wan": 1, "lan": 5, "ignored": 1} {
		query.Kind = kind
		if got := capacityOf(t, store, query); len(got) != want {
			t.Errorf("%s: %d links, want %d", kind, len(got), want)
		}
		if got, err := store.Utilization(t.Context(), query); err != nil || len(got) != want {
			t.Errorf("utilization of %s: %d links, want %d, error %v", kind, len(got), want, err)
		}
	}
}

// testOldLinks holds that links made before there were kinds keep theirs.
func testOldLinks(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	wan, lan := sample.InterfaceID(router, "wan"), sample.InterfaceID(router, "lan")
	for id, was := range map[sample.ID]uint8{wan: 1, lan: 0} {
		if err := store.execute(t.Context(), fmt.Sprintf("INSERT INTO links (customer_id, site_id, device_id, interface_id, wan, epoch, kafka_offset, is_deleted) VALUES (%d, %d, %d, %d, %d, 0, 5, 0)",
			acme, acmeTokyo, router, id, was)); err != nil {
			t.Fatal(err)
		}
	}
	steadily := steady{0, 2, 100, 100, 1e6, storage.GapNone}
	derive(t, store, 7, 9, &storage.Derived{Utilization: join(samplesOf(wan, noon, steadily), samplesOf(lan, noon, steadily))})
	for kind, want := range map[string]sample.ID{"wan": wan, "lan": lan} {
		query := ask()
		query.Kind = kind
		got, err := store.Utilization(t.Context(), query)
		if err != nil || len(got) != 1 || got[0].ID != want || got[0].Kind.String() != kind {
			t.Errorf("%s: %+v, error %v", kind, got, err)
		}
	}
}
