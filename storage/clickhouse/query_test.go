package clickhouse

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func testAvailability(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	fresh := state(zenRouter, storage.StateUp, 30*time.Minute, 5)
	fresh.FirstSeenMs = at(30 * time.Minute)
	down := state(toggle, storage.StateDown, 50*time.Minute, 6)
	down.Cause = storage.CauseUnreachable
	derive(t, store, 1, 6, &storage.Derived{
		DeviceStates: []storage.DeviceState{state(router, storage.StateUp, -time.Hour, 1), fresh, down},
		Intervals: []storage.Interval{
			interval(router, -10*time.Minute, 5*time.Minute, storage.StateDown, storage.Version{Offset: 2}),
			interval(router, 10*time.Minute, 12*time.Minute, storage.StateUnknown, storage.Version{Offset: 2}),
			interval(router, 20*time.Minute, 23*time.Minute, storage.StateDegraded, storage.Version{Epoch: 1, Offset: 2}),
			interval(router, 30*time.Minute, 40*time.Minute, storage.StateDown, storage.Version{Offset: 2}),
			interval(router, 59*time.Minute, 65*time.Minute, storage.StateDown, storage.Version{Offset: 2}),
		},
	})
	// What was taken for an outage was none.
	derive(t, store, 7, 7, &storage.Derived{Intervals: []storage.Interval{
		interval(router, 30*time.Minute, 40*time.Minute, storage.StateDown, storage.Version{Epoch: 1, Offset: 7, Deleted: true}),
	}})
	got, err := store.Availability(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	minute := time.Minute.Milliseconds()
	outage := func(from, to time.Duration, state storage.State) storage.Outage {
		return storage.Outage{From: noon.Add(from), To: noon.Add(to), State: state, Cause: storage.CauseNoAnswer, Evidence: "3 rounds lost"}
	}
	corrected := outage(20*time.Minute, 23*time.Minute, storage.StateDegraded)
	corrected.Corrected = true
	cut := outage(59*time.Minute, time.Hour, storage.StateDown)
	cut.Ongoing = true
	want := []storage.Availability{
		{
			Entity: storage.Entity{ID: router, Customer: "acme", Site: "tokyo", Device: "router"},
			State:  storage.StateUp, Since: noon.Add(-time.Hour),
			UpMs: 49 * minute, DownMs: 6 * minute, DegradedMs: 3 * minute, UnknownMs: 2 * minute,
			Outages: []storage.Outage{
				outage(0, 5*time.Minute, storage.StateDown), outage(10*time.Minute, 12*time.Minute, storage.StateUnknown), corrected, cut,
			},
		},
		{
			Entity: storage.Entity{ID: toggle, Customer: "acme", Site: "tokyo", Device: "switch"},
			State:  storage.StateDown, Since: noon.Add(50 * time.Minute), UpMs: 50 * minute, DownMs: 10 * minute,
			Outages: []storage.Outage{{From: noon.Add(50 * time.Minute), To: noon.Add(time.Hour), Ongoing: true, State: storage.StateDown, Cause: storage.CauseUnreachable}},
		},
		{
			Entity: storage.Entity{ID: zenRouter, Customer: "zen", Site: "osaka", Device: "router"},
			State:  storage.StateUp, Since: noon.Add(30 * time.Minute), UpMs: 30 * minute, Outages: []storage.Outage{},
		},
	}
	for i := range want {
		if i >= len(got) || !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", got[min(i, len(got)-1)], want[i])
		}
	}

	// Before the first row of a device there is nothing to count, and what became of
	// a device later does not matter.
	query := ask()
	query.To = noon.Add(30 * time.Minute)
	query.Device = "switch"
	if got, err = store.Availability(t.Context(), query); err != nil || len(got) != 1 || got[0].State != storage.StateUp || got[0].UpMs != 30*minute {
		t.Errorf("the switch before its outage: %+v, error %v", got, err)
	}
	query.Device, query.Customer = "", "zen"
	if got, err = store.Availability(t.Context(), query); err != nil || len(got) != 0 {
		t.Errorf("a device before it was first seen: %+v, error %v", got, err)
	}

	// A later row of a lower epoch is the present; a tombstone is not.
	remade := state(toggle, storage.StateDown, 51*time.Minute, 10)
	remade.Epoch = 3
	derive(t, store, 10, 10, &storage.Derived{DeviceStates: []storage.DeviceState{remade}})
	back := state(toggle, storage.StateUp, 55*time.Minute, 20)
	gone := state(toggle, storage.StateDown, 50*time.Minute, 6)
	gone.Epoch, gone.Deleted = 3, true
	derive(t, store, 20, 20, &storage.Derived{DeviceStates: []storage.DeviceState{gone, back}})
	query = ask()
	query.Device = "switch"
	if got, err = store.Availability(t.Context(), query); err != nil || len(got) != 1 || got[0].State != storage.StateUp || len(got[0].Outages) != 0 {
		t.Errorf("the switch after its recovery: %+v, error %v", got, err)
	}
}

// testAvailabilityOfOthers holds that what an appliance of another customer says of a
// device's id is not the device's.
func testAvailabilityOfOthers(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	foreign := interval(router, 10*time.Minute, 40*time.Minute, storage.StateDown, storage.Version{Offset: 2})
	foreign.Customer, foreign.Site = zen, zenOsaka
	derive(t, store, 1, 6, &storage.Derived{
		DeviceStates: []storage.DeviceState{state(router, storage.StateUp, 0, 1)},
		Intervals:    []storage.Interval{foreign},
	})
	got, err := store.Availability(t.Context(), ask())
	if err != nil || len(got) != 1 || got[0].DownMs != 0 || len(got[0].Outages) != 0 {
		t.Errorf("%+v, error %v", got, err)
	}
}

// testMostRows holds that a question is not answered where it takes more rows than there
// is room for, and that the connection serves the next one.
func testMostRows(t *testing.T, config Config) {
	config.MostRows, config.Connections = 1000, 1
	store := open(t, config)
	for _, c := range []struct {
		rows int
		want error
	}{{1000, nil}, {1001, storage.ErrTooMuch}, {1_000_000_000, storage.ErrTooMuch}, {1, nil}} {
		var number uint64
		read := 0
		err := store.query(t.Context(), "numbers", fmt.Sprintf("SELECT number FROM system.numbers LIMIT %d", c.rows), nil, []any{&number}, func() { read++ })
		if !errors.Is(err, c.want) || (c.want == nil) != (err == nil) || read != min(c.rows, config.MostRows) {
			t.Errorf("%d rows: read %d, error %v", c.rows, read, err)
		}
		if err != nil && strings.Contains(err.Error(), config.Address) {
			t.Errorf("the address is told: %v", err)
		}
	}
}

// testTooManyOutages holds that an answer stays within the memory there is.
func testTooManyOutages(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	derive(t, store, 1, 6, &storage.Derived{DeviceStates: []storage.DeviceState{state(router, storage.StateUp, 0, 1)}})
	err := store.execute(t.Context(), fmt.Sprintf(`INSERT INTO intervals (customer_id, site_id, device_id, from_ts, to_ts, state, cause, epoch, kafka_offset, is_deleted)
SELECT %[1]d, %[2]d, %[3]d, fromUnixTimestamp64Milli(toInt64(%[4]d + 2 * number)), fromUnixTimestamp64Milli(toInt64(%[4]d + 2 * number + 1)), 3, 1, 0, 1, 0 FROM numbers(%[5]d)`,
		acme, acmeTokyo, router, noon.UnixMilli(), mostStretches+1))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := store.Availability(t.Context(), ask()); !errors.Is(err, storage.ErrTooMuch) {
		t.Errorf("%d devices, error %v", len(got), err)
	}
	query := ask()
	query.To = noon.Add(time.Minute)
	if got, err := store.Availability(t.Context(), query); err != nil || len(got) != 1 || got[0].DownMs != 30_000 {
		t.Errorf("a minute: %d devices, error %v", len(got), err)
	}
}

// testAvailabilityOverlap holds that no time is counted twice, whatever is stored.
func testAvailabilityOverlap(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	version := storage.Version{Offset: 2}
	derive(t, store, 1, 6, &storage.Derived{
		DeviceStates: []storage.DeviceState{state(router, storage.StateUnknown, 40*time.Minute, 3)},
		Intervals: []storage.Interval{
			interval(router, -2*time.Hour, 20*time.Minute, storage.StateDown, version),
			interval(router, 10*time.Minute, 30*time.Minute, storage.StateDegraded, version),
			interval(router, 12*time.Minute, 14*time.Minute, storage.StateDown, version),
			interval(router, 35*time.Minute, 3*time.Hour, storage.StateDown, version),
		},
	})
	got, err := store.Availability(t.Context(), ask())
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, error %v", got, err)
	}
	minute := time.Minute.Milliseconds()
	a := got[0]
	if a.UpMs != 5*minute || a.DownMs != 45*minute || a.DegradedMs != 10*minute || a.UnknownMs != 0 {
		t.Errorf("%+v: want 5 minutes up, 45 down, 10 degraded", a)
	}
}

func TestAccountSince(t *testing.T) {
	// The present state began after the time asked for.
	device := currentState{state: storage.StateDown, sinceMs: 1000, firstMs: 0}
	down := func(from, to int64) stretch { return stretch{fromMs: from, toMs: to, state: storage.StateDown} }
	for _, test := range []struct {
		stretches []stretch
		state     storage.State
		since     int64
	}{
		{nil, storage.StateUp, 100},
		{[]stretch{down(50, 150)}, storage.StateUp, 150},
		{[]stretch{down(50, 150), down(180, 200)}, storage.StateDown, 180},
		{[]stretch{down(50, 900)}, storage.StateDown, 50},
	} {
		got := account(device, test.stretches, 100, 200, reported{silentMs: 200})
		if got.State != test.state || got.Since.UnixMilli() != test.since {
			t.Errorf("%+v: %s since %d, want %s since %d", test.stretches, got.State, got.Since.UnixMilli(), test.state, test.since)
		}
	}
}

// TestNobodyReportsIsUnknown holds that time in which no appliance reported is not
// counted as the last state.
func TestNobodyReportsIsUnknown(t *testing.T) {
	for _, test := range []struct {
		state             storage.State
		since             int64
		up, down, unknown int64
	}{
		{storage.StateUp, 0, 50, 0, 50},
		{storage.StateDown, 120, 20, 30, 50},
		{storage.StateUnknown, 140, 40, 0, 60},
		{storage.StateUp, 180, 80, 0, 20}, // its row is newer than the last heartbeat
	} {
		got := account(currentState{state: test.state, sinceMs: test.since}, nil, 100, 200, reported{silentMs: 150})
		if got.UpMs != test.up || got.DownMs != test.down || got.UnknownMs != test.unknown || got.State != storage.StateUnknown {
			t.Errorf("%s since %d: %+v, want %d up, %d down, %d unknown", test.state, test.since, got, test.up, test.down, test.unknown)
		}
		for _, outage := range got.Outages {
			if outage.Ongoing != (outage.To.UnixMilli() == 200) {
				t.Errorf("%s since %d: outage %+v", test.state, test.since, outage)
			}
		}
	}
}

// TestUnreadIsNotTheState holds that what was so last goes on being so, though the time that is not read yet is not
// counted as that.
func TestUnreadIsNotTheState(t *testing.T) {
	late := reported{silentMs: 300_000, reads: map[uint16]readThen{7: {ms: 150_000, stepMs: 10_000}}}
	got := account(currentState{state: storage.StateDown, sinceMs: 120_000, part: 7}, nil, 100_000, 300_000, late)
	if got.State != storage.StateDown || got.Since.UnixMilli() != 120_000 || got.UpMs != 20_000 || got.DownMs != 30_000 || got.UnknownMs != 150_000 {
		t.Errorf("a device that was down: %+v", got)
	}
	if len(got.Outages) != 2 || !got.Outages[0].Ongoing || got.Outages[1].Ongoing || got.Outages[1].State != storage.StateUnknown {
		t.Errorf("its outages: %+v", got.Outages)
	}
	for part, read := range map[uint16]int64{7: 260_000, 8: 150_000} { // late by less than it takes to find silence; another partition
		late.reads = map[uint16]readThen{part: {ms: read, stepMs: 10_000}}
		if got := account(currentState{state: storage.StateUp, part: 7}, nil, 100_000, 300_000, late); got.UpMs != 200_000 || got.State != storage.StateUp {
			t.Errorf("partition %d read until %d: %+v", part, read, got)
		}
	}
}

func testDevices(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	down := state(router, storage.StateDown, time.Minute, 3)
	down.Cause, down.LastSeenMs = storage.CauseNoAnswer, at(30*time.Second)
	nameless := state(12345, storage.StateUp, 0, 3)
	derive(t, store, 1, 3, &storage.Derived{DeviceStates: []storage.DeviceState{down, state(zenRouter, storage.StateUp, 0, 2), nameless}})
	pings := &sample.Pings{
		Device: []sample.ID{router, zenRouter, zenRouter}, OffsetMs: []uint32{5, 10, 20}, IntervalMs: []uint32{1, 1, 1}, Attempt: []uint8{1, 1, 1},
		Sent: []uint8{3, 3, 3}, Received: []uint8{0, 3, 0}, ICMPError: []uint8{0, 0, 0},
		ICMPCode: []uint8{0, 0, 0}, ErrorFrom: []string{"", "", ""},
		Duplicates: []uint8{0, 0, 0}, Reordered: []uint8{0, 0, 0}, ReplyTTL: []uint8{64, 64, 64},
	}
	pings.RTT.Append()
	pings.RTT.Append(1, 2, 3)
	pings.RTT.Append()
	write(t, store, 4, 4, table(pings, at(2*time.Minute), 4, acme, zen, zen))
	got, err := store.Devices(t.Context(), ask())
	want := []storage.DeviceStatus{
		{Entity: storage.Entity{ID: 12345, Customer: "acme", Site: "tokyo", Device: "0000000000003039"}, State: storage.StateUp, Since: noon},
		{Entity: storage.Entity{ID: router, Customer: "acme", Site: "tokyo", Device: "router"}, Address: "10.0.0.1",
			State: storage.StateDown, Cause: storage.CauseNoAnswer, Since: noon.Add(time.Minute), LastSeen: noon.Add(30 * time.Second)},
		{Entity: storage.Entity{ID: toggle, Customer: "acme", Site: "tokyo", Device: "switch"}, Address: "10.0.0.2"},
		{Entity: storage.Entity{ID: zenRouter, Customer: "zen", Site: "osaka", Device: "router"}, Address: "10.0.0.1",
			State: storage.StateUp, Since: noon, LastSeen: noon.Add(2*time.Minute + 10*time.Millisecond)},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v, error %v", got, want, err)
	}
	// A device that moved has its new address.
	moved := &sample.Devices{Device: []sample.ID{router}, Behind: []sample.ID{0}, Name: []string{"router"}, Address: []string{"10.9.9.9"},
		SysObjectID: []string{""}, SysName: []string{""}, SysDescr: []string{""}}
	write(t, store, 5, 5, table(moved, at(0), 5, acme))
	query := ask()
	query.Device, query.Customer, query.Site = "router", "acme", "tokyo"
	if got, err = store.Devices(t.Context(), query); err != nil || len(got) != 1 || got[0].Address != "10.9.9.9" {
		t.Errorf("%+v, error %v", got, err)
	}
}

// poll is a row of utilization that ended so long after noon.
type poll struct {
	device, port sample.ID
	end, length  time.Duration
	in           uint64
	gap          storage.Gap
	offset       int64
}

func polls(all ...poll) (u storage.Utilization) {
	for _, p := range all {
		customer, site := acme, acmeTokyo
		if p.device == zenRouter {
			customer, site = zen, zenOsaka
		}
		u.Customer = append(u.Customer, customer)
		u.Site = append(u.Site, site)
		u.Device = append(u.Device, p.device)
		u.Interface = append(u.Interface, p.port)
		u.EndMs = append(u.EndMs, at(p.end))
		u.IntervalMs = append(u.IntervalMs, uint32(p.length.Milliseconds()))
		u.InBits = append(u.InBits, p.in)
		u.OutBits = append(u.OutBits, 2*p.in)
		u.InPackets = append(u.InPackets, p.in/10)
		u.OutPackets = append(u.OutPackets, p.in/5)
		u.InBroadcast = append(u.InBroadcast, p.in/1000)
		u.OutBroadcast = append(u.OutBroadcast, p.in/500)
		u.InMulticast = append(u.InMulticast, p.in/250)
		u.OutMulticast = append(u.OutMulticast, p.in/125)
		u.InErrors = append(u.InErrors, p.in/100)
		u.OutErrors = append(u.OutErrors, p.in/50)
		u.InDiscards = append(u.InDiscards, p.in/200)
		u.OutDiscards = append(u.OutDiscards, p.in/400)
		u.SpeedBps = append(u.SpeedBps, uint64(p.offset)*1000)
		u.AdminStatus, u.OperStatus = append(u.AdminStatus, 1), append(u.OperStatus, 1)
		u.Gap = append(u.Gap, p.gap)
		u.Offset = append(u.Offset, p.offset)
	}
	return u
}

// uplinkProfile has every field set.
var uplinkProfile = storage.LinkProfile{Kind: storage.LinkWAN, HalfDuplex: true, TxBps: 5000, RxBps: 20000, Rule: "rule 1"}

func testUtilization(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	uplink, lan := sample.InterfaceID(router, "Gi0/0"), sample.InterfaceID(router, "Gi0/1")
	identities := &sample.InterfaceIdentities{
		Device: []sample.ID{router}, Interface: []sample.ID{uplink}, IfIndex: []uint32{1}, IfType: []uint32{6}, MTU: []uint32{1500},
		Name: []string{"Gi0/0"}, Alias: []string{"old"}, Description: []string{""}, PhysAddress: []string{""}, SpeedBps: []uint64{0},
	}
	write(t, store, 5, 5, table(identities, at(-time.Hour), 5, acme))
	identities.Alias[0] = "to the carrier"
	write(t, store, 6, 6, table(identities, at(0), 6, acme))
	derive(t, store, 7, 9, &storage.Derived{
		Links: []storage.Link{{Customer: acme, Site: acmeTokyo, Device: router, Interface: uplink, LinkProfile: uplinkProfile, Version: storage.Version{Offset: 7}}},
		Utilization: polls(
			// Spans the beginning: 3 of its 4 minutes count.
			poll{device: router, port: uplink, end: 3 * time.Minute, length: 4 * time.Minute, in: 4000, offset: 7},
			poll{device: router, port: uplink, end: 4 * time.Minute, length: time.Minute, gap: storage.GapReset, offset: 8},
			poll{device: router, port: uplink, end: 4*time.Minute + time.Millisecond, length: 0, gap: storage.GapNoInterval, offset: 8},
			// From 4:30 to 6:30.
			poll{device: router, port: uplink, end: 6*time.Minute + 30*time.Second, length: 2 * time.Minute, in: 12000, offset: 9},
			// Spans the end: 1 of its 30 minutes counts.
			poll{device: router, port: uplink, end: 39 * time.Minute, length: 30 * time.Minute, in: 30000, offset: 10},
			poll{device: router, port: lan, end: 10 * time.Minute, length: time.Minute, in: 600, offset: 10},
			// Not in the time asked for, each by a hair.
			poll{device: router, port: lan, end: 0, length: time.Minute, in: 1 << 40, offset: 1},
			poll{device: router, port: lan, end: 11 * time.Minute, length: time.Minute, in: 1 << 40, offset: 11},
		),
	})
	query := ask()
	query.To = noon.Add(10 * time.Minute)
	query.Interface = "Gi0/0"
	got, err := store.Utilization(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	minute := time.Minute.Milliseconds()
	want := storage.LinkUtilization{
		Entity: storage.Entity{ID: uplink, Customer: "acme", Site: "tokyo", Device: "router", Name: "Gi0/0"},
		Alias:  "to the carrier", LinkProfile: uplinkProfile, Start: noon, CoveredMs: 6 * minute,
		InBits: 3000 + 12000 + 1000, OutBits: 2 * 16000, InPeakBps: 100, OutPeakBps: 200, SpeedBps: 10000,
		InPackets: 300 + 1200 + 100, OutPackets: 2 * 1600, InBroadcast: 3 + 12 + 1, OutBroadcast: 2 * 16, InMulticast: 4 * 16, OutMulticast: 8 * 16,
		InErrors: 30 + 120 + 10, OutErrors: 320, InDiscard: 15 + 60 + 5, OutDiscard: 7.5 + 30 + 2.5,
		Gaps: []string{"reset", "no interval"},
	}
	if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	// By the minute; the one from 5 to 6 has all of its time, those beside it half.
	query.Step = time.Minute
	if got, err = store.Utilization(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	type bucket struct{ in, covered float64 }
	buckets := map[int]bucket{}
	for _, b := range got {
		buckets[int(b.Start.Sub(noon)/time.Minute)] = bucket{b.InBits, float64(b.CoveredMs)}
		if b.InBits > 0 && b.InPeakBps < b.InBits/60 {
			t.Errorf("the peak of minute %s is below its mean: %+v", b.Start, b)
		}
	}
	full := float64(minute)
	wantBuckets := map[int]bucket{
		0: {1000, full}, 1: {1000, full}, 2: {1000, full}, 3: {0, 0},
		4: {3000, full / 2}, 5: {6000, full}, 6: {3000, full / 2}, 9: {1000, full},
	}
	if !reflect.DeepEqual(buckets, wantBuckets) {
		t.Errorf("got  %v\nwant %v", buckets, wantBuckets)
	}

	// Steps lie on the clock even where the time asked for does not: of the bucket
	// from 0 to 5 the last minute and a half is asked for.
	query.From, query.To, query.Step = noon.Add(210*time.Second), noon.Add(6*time.Minute), 5*time.Minute
	if got, err = store.Utilization(t.Context(), query); err != nil || len(got) != 2 {
		t.Fatalf("%+v, error %v", got, err)
	}
	if !got[0].Start.Equal(noon) || got[0].InBits != 3000 || got[0].CoveredMs != 30000 {
		t.Errorf("the first bucket is %+v, want 3000 bits in 30 s from noon", got[0])
	}
	if !got[1].Start.Equal(noon.Add(5*time.Minute)) || got[1].InBits != 6000 || got[1].CoveredMs != minute {
		t.Errorf("the second bucket is %+v, want 6000 bits in 60 s", got[1])
	}

	// The interface nobody has named, and the limit.
	query = ask()
	query.To = noon.Add(10 * time.Minute)
	got, err = store.Utilization(t.Context(), query)
	if err != nil || len(got) != 2 || got[0].InBits != 600 || got[0].Kind != storage.LinkLAN || got[0].Name == "" {
		t.Errorf("%+v, error %v", got, err)
	}
	query.Limit = 1
	if got, err = store.Utilization(t.Context(), query); err != nil || len(got) != 1 {
		t.Errorf("%d rows with a limit of 1, error %v", len(got), err)
	}
}

func testUtilizationTwice(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	// The same poll from overlapping batches.
	for _, offset := range []int64{30, 20, 40} {
		derive(t, store, offset, offset+1, &storage.Derived{Utilization: polls(
			poll{device: router, port: 5, end: 5 * time.Minute, length: time.Minute, in: uint64(offset), offset: offset},
		)})
	}
	got, err := store.Utilization(t.Context(), ask())
	if err != nil || len(got) != 1 || got[0].InBits != 20 || got[0].CoveredMs != 60000 {
		t.Errorf("%+v, want the row of offset 20 once, error %v", got, err)
	}
}

func testVoice(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	path := sample.PathID("acme", "tokyo", "to osaka")
	paths := &sample.Paths{Path: []sample.ID{path}, Name: []string{"to osaka"}, Target: []string{"192.0.2.1:862"}, Codec: []string{"G.711"}}
	write(t, store, 5, 5, table(paths, at(0), 5, acme))
	minute := storage.VoiceMinute{
		Customer: acme, Site: acmeTokyo, Path: path, MinuteMs: at(time.Minute), CoveredMs: 60000, Codec: "G.711",
		Sent: 3000, Received: 2990, Lost: 10, LossRuns: 4, Late: 3, Duplicates: 2, Reordered: 1,
		DelayMs: 50.5, OneWay: true, RTTMeanMs: 40.25, RTTMinMs: 39, PDV99Ms: 8.125, JitterMs: 1.5, LossPct: 0.43,
		BurstR: 1.25, IeEff: 12.5, R: 80.75, MOS: 4.0625, ITU: true, Model: "G.107-2015/2",
		Scale: "nb", Band: "satisfied", MOSLQ: 4.125, DelayImpairment: 2.5, Ie: 11, Bpl: 19, JitterBufferMs: 60, Adaptive: true,
		PacketMs: 30, EchoFree: true, Bursts: 2, BurstPackets: 20, BurstLost: 7, BurstDensityPct: 35, GapDensityPct: 0.125, BurstMeanMs: 200,
		Origin: sample.OriginIPSLA, LostForward: 6, LostBackward: 3, ReportedMOS: 4.34, ReportedICPIF: 1.5,
		Version: storage.Version{Offset: 5},
	}
	late := minute
	late.MinuteMs = at(time.Hour)
	derive(t, store, 5, 5, &storage.Derived{VoiceMinutes: []storage.VoiceMinute{minute, late}})
	better := minute
	better.MOS, better.Version = 4.25, storage.Version{Epoch: 1, Offset: 3}
	derive(t, store, 6, 6, &storage.Derived{VoiceMinutes: []storage.VoiceMinute{better}})
	query := ask()
	query.Path, query.Customer, query.Site = "to osaka", "acme", "tokyo"
	got, err := store.Voice(t.Context(), query)
	want := []storage.PathVoice{{Entity: storage.Entity{ID: path, Customer: "acme", Site: "tokyo", Name: "to osaka"}, VoiceMinute: better}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v, error %v", got, want, err)
	}
	query.Path = "elsewhere"
	if got, err = store.Voice(t.Context(), query); err != nil || len(got) != 0 {
		t.Errorf("a path that is not there: %+v, error %v", got, err)
	}
}

func testSyslog(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	lines := filled(t, sample.KindSyslog, 3, 0).(*sample.Syslog)
	lines.Device = []sample.ID{router, 0, router}
	lines.OffsetMs = []uint32{100, 200, 300}
	lines.StampedMs[1] = 0
	for _, offset := range []int64{5, 6} { // the same lines in two messages
		write(t, store, offset, offset, table(lines, at(0), offset, acme))
	}
	got, err := store.Syslog(t.Context(), ask())
	if err != nil || len(got) != 3 {
		t.Fatalf("%d lines, want 3, error %v", len(got), err)
	}
	want := storage.SyslogLine{
		Entity:   storage.Entity{ID: router, Customer: "acme", Site: "tokyo", Device: "router"},
		Received: noon.Add(100 * time.Millisecond), Stamped: time.UnixMilli(lines.StampedMs[0]).UTC(),
		Facility: lines.Facility[0], Severity: lines.Severity[0], Source: lines.Source[0], Hostname: lines.Hostname[0],
		AppName: lines.AppName[0], ProcessID: lines.ProcessID[0], MessageID: lines.MessageID[0], Mnemonic: lines.Mnemonic[0], Message: lines.Message[0], Raw: lines.Raw[0],
		Complaint: lines.Complaint[0], Occurrences: lines.Occurrences[0], Relayed: true, Appliance: acmeBox, Sequence: lines.Sequence[0],
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	if got[1].Device != "" || !got[1].Stamped.IsZero() || !got[2].Received.After(got[1].Received) {
		t.Errorf("%+v", got[1:])
	}
	query := ask()
	query.Limit, query.Device = 1, "router"
	if got, err = store.Syslog(t.Context(), query); err != nil || len(got) != 1 || got[0].Message != lines.Message[2] {
		t.Errorf("the newest line: %+v, error %v", got, err)
	}
	query.To = noon.Add(300 * time.Millisecond)
	if got, err = store.Syslog(t.Context(), query); err != nil || len(got) != 1 || got[0].Message != lines.Message[0] {
		t.Errorf("the newest line before the third: %+v, error %v", got, err)
	}
}

// testScope asks every question as zen, which must see nothing of acme's, even by
// name.
func testScope(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	path := sample.PathID("acme", "tokyo", "p")
	write(t, store, 5, 5, table(filled(t, sample.KindSyslog, 2, 0), at(0), 5, acme, zen),
		table(filled(t, sample.KindNotifications, 2, 0), at(0), 5, acme, zen),
		table(readings(reading{device: router, kind: 1}, reading{device: zenRouter, kind: 1}), at(0), 5, acme, zen))
	derive(t, store, 5, 5, &storage.Derived{
		Utilization:  polls(poll{device: router, port: 5, end: time.Minute, length: time.Minute, in: 1, offset: 1}, poll{device: zenRouter, port: 6, end: time.Minute, length: time.Minute, in: 2, offset: 1}),
		DeviceStates: []storage.DeviceState{state(router, storage.StateUp, 0, 1), state(zenRouter, storage.StateUp, 0, 1)},
		VoiceMinutes: []storage.VoiceMinute{
			{Customer: acme, Site: acmeTokyo, Path: path, MinuteMs: at(0), Version: storage.Version{Offset: 1}},
			{Customer: zen, Site: zenOsaka, Path: 77, MinuteMs: at(0), Version: storage.Version{Offset: 1}},
		},
	})
	var raised []storage.RaisedAlarm
	for _, customer := range []string{"acme", "zen"} {
		raised = append(raised, storage.RaisedAlarm{Entity: storage.Entity{Customer: customer}, AlarmID: customer, Rule: "DeviceDown", About: "device/router", Since: noon, Raised: noon})
	}
	if err := store.SaveAlarms(t.Context(), raised); err != nil {
		t.Fatal(err)
	}
	questions := map[string]func(storage.Query) ([]string, error){
		"availability": func(q storage.Query) (seen []string, err error) {
			rows, err := store.Availability(t.Context(), q)
			for _, row := range rows {
				seen = append(seen, row.Customer)
			}
			return seen, err
		},
		"utilization": func(q storage.Query) (seen []string, err error) {
			rows, err := store.Utilization(t.Context(), q)
			for _, row := range rows {
				seen = append(seen, row.Customer)
			}
			return seen, err
		},
		"voice": func(q storage.Query) (seen []string, err error) {
			rows, err := store.Voice(t.Context(), q)
			for _, row := range rows {
				seen = append(seen, row.Entity.Customer)
			}
			return seen, err
		},
		"syslog": func(q storage.Query) (seen []string, err error) {
			rows, err := store.Syslog(t.Context(), q)
			for _, row := range rows {
				seen = append(seen, row.Customer)
			}
			return seen, err
		},
		"notifications": func(q storage.Query) (seen []string, err error) {
			rows, err := store.Notifications(t.Context(), q)
			for _, row := range rows {
				seen = append(seen, row.Customer)
			}
			return seen, err
		},
		"alarms": func(q storage.Query) (seen []string, err error) {
			rows, err := store.Alarms(t.Context(), q)
			for _, row := range rows {
				seen = append(seen, row.Customer)
			}
			return seen, err
		},
		"health": func(q storage.Query) (seen []string, err error) {
			rows, err := store.Health(t.Context(), q)
			for _, row := range rows {
				seen = append(seen, row.Customer)
			}
			return seen, err
		},
		"devices": func(q storage.Query) (seen []string, err error) {
			rows, err := store.Devices(t.Context(), q)
			for _, row := range rows {
				seen = append(seen, row.Customer)
			}
			return seen, err
		},
	}
	for name, question := range questions {
		query := ask()
		query.Scope = storage.OnlyCustomers(zen)
		if seen, err := question(query); err != nil || !reflect.DeepEqual(seen, []string{"zen"}) {
			t.Errorf("%s: zen sees %q, error %v", name, seen, err)
		}
		query.Customer = "acme"
		if seen, err := question(query); err != nil || len(seen) != 0 {
			t.Errorf("%s: zen asks for acme and sees %q, error %v", name, seen, err)
		}
		query.Customer, query.Device = "", "x' OR 1=1 --"
		if name != "voice" {
			if seen, err := question(query); err != nil || len(seen) != 0 {
				t.Errorf("%s: a strange name finds %q, error %v", name, seen, err)
			}
		}
		query = ask()
		query.Scope = storage.OnlyCustomers(acme, zen)
		if seen, err := question(query); err != nil || len(seen) < 2 {
			t.Errorf("%s: a scope of both sees %q, error %v", name, seen, err)
		}
		query.Scope = storage.Scope{}
		if _, err := question(query); !errors.Is(err, storage.ErrNoScope) {
			t.Errorf("%s without a scope: %v", name, err)
		}
		query = ask()
		query.To = query.From
		if _, err := question(query); err == nil {
			t.Errorf("%s takes an empty range", name)
		}
	}
}

// testForeignIDs holds that what a customer's appliance says of another's ids changes
// nothing of what is told of the other.
func testForeignIDs(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	port, path := sample.InterfaceID(router, "Gi0/0"), sample.PathID("acme", "tokyo", "to osaka")
	for offset, by := range map[int64]sample.ID{5: acme, 6: zen} {
		name, received := "right", uint8(0)
		if by == zen {
			name, received = "wrong", 3
		}
		slot := at(time.Duration(offset) * time.Minute) // zen's are newer
		pings := &sample.Pings{Device: []sample.ID{router}, OffsetMs: []uint32{5}, IntervalMs: []uint32{1}, Attempt: []uint8{1},
			Sent: []uint8{3}, Received: []uint8{received}, ICMPError: []uint8{0},
			ICMPCode: []uint8{0}, ErrorFrom: []string{""}, Duplicates: []uint8{0}, Reordered: []uint8{0}, ReplyTTL: []uint8{64}}
		pings.RTT.Append()
		write(t, store, offset, offset,
			table(&sample.Devices{Device: []sample.ID{router}, Behind: []sample.ID{0}, Name: []string{name}, Address: []string{name},
				SysObjectID: []string{""}, SysName: []string{""}, SysDescr: []string{""}}, slot, offset, by),
			table(&sample.InterfaceIdentities{Device: []sample.ID{router}, Interface: []sample.ID{port}, IfIndex: []uint32{1}, IfType: []uint32{6}, MTU: []uint32{1},
				Name: []string{name}, Alias: []string{name}, Description: []string{""}, PhysAddress: []string{""}, SpeedBps: []uint64{0}}, slot, offset, by),
			table(&sample.Paths{Path: []sample.ID{path}, Name: []string{name}, Target: []string{""}, Codec: []string{""}}, slot, offset, by),
			table(pings, slot, offset, by))
		derive(t, store, offset, offset, &storage.Derived{
			Links: []storage.Link{{Customer: by, Site: acmeTokyo, Device: router, Interface: port, LinkProfile: storage.LinkProfile{Kind: storage.LinkKind(bit(by == zen))}, Version: storage.Version{Offset: offset}}},
		})
	}
	lines := filled(t, sample.KindSyslog, 1, 0).(*sample.Syslog)
	lines.Device[0] = router
	write(t, store, 7, 7, table(lines, at(0), 7, acme))
	derive(t, store, 7, 7, &storage.Derived{
		Utilization:  polls(poll{device: router, port: port, end: time.Minute, length: time.Minute, in: 1, offset: 7}),
		DeviceStates: []storage.DeviceState{state(router, storage.StateDown, 0, 7)},
		VoiceMinutes: []storage.VoiceMinute{{Customer: acme, Site: acmeTokyo, Path: path, MinuteMs: at(0), Version: storage.Version{Offset: 7}}},
	})
	query := ask()
	query.Customer = "acme"
	for _, scope := range []storage.Scope{storage.EveryCustomer(), storage.OnlyCustomers(acme)} {
		query.Scope, query.Device, query.Path = scope, "right", ""
		states, err := store.Availability(t.Context(), query)
		if err != nil || len(states) != 1 || states[0].Device != "right" {
			t.Errorf("availability: %+v, error %v", states, err)
		}
		devices, err := store.Devices(t.Context(), query)
		if err != nil || len(devices) != 1 || devices[0].Device != "right" || devices[0].Address != "right" || !devices[0].LastSeen.IsZero() {
			t.Errorf("devices: %+v, error %v", devices, err)
		}
		links, err := store.Utilization(t.Context(), query)
		if err != nil || len(links) != 1 || links[0].Device != "right" || links[0].Name != "right" || links[0].Alias != "right" || links[0].Kind != storage.LinkLAN {
			t.Errorf("utilization: %+v, error %v", links, err)
		}
		logged, err := store.Syslog(t.Context(), query)
		if err != nil || len(logged) != 1 || logged[0].Device != "right" {
			t.Errorf("syslog: %+v, error %v", logged, err)
		}
		query.Device = ""
		voice, err := store.Voice(t.Context(), query)
		if err != nil || len(voice) != 1 || voice[0].Name != "right" {
			t.Errorf("voice: %+v, error %v", voice, err)
		}
		query.Device, query.Interface = "wrong", "wrong"
		if links, err = store.Utilization(t.Context(), query); err != nil || len(links) != 0 {
			t.Errorf("by the other's name: %+v, error %v", links, err)
		}
		query.Device, query.Interface, query.Path = "", "", "wrong"
		if voice, err = store.Voice(t.Context(), query); err != nil || len(voice) != 0 {
			t.Errorf("by the other's name: %+v, error %v", voice, err)
		}
	}
	devices, err := store.Devices(t.Context(), ask()) // both customers'
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range devices {
		if device.ID == router && device.Customer == "acme" && !device.LastSeen.IsZero() {
			t.Errorf("an answer to the other's ping is a sign of life: %+v", device)
		}
	}
}
