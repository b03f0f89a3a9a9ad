package clickhouse

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// state is a state of a device of partition 3 that began at the time after noon.
func state(device sample.ID, state storage.State, since time.Duration, offset int64) storage.DeviceState {
	s := storage.DeviceState{
		Customer: acme, Site: acmeTokyo, Appliance: acmeBox, Device: device, Partition: 3,
		State: state, SinceMs: at(since), FirstSeenMs: at(-time.Hour), WatermarkMs: at(since),
		Version: storage.Version{Offset: offset},
	}
	if device == zenRouter {
		s.Customer, s.Site, s.Appliance = zen, zenOsaka, zenBox
	}
	return s
}

func interval(device sample.ID, from, to time.Duration, state storage.State, version storage.Version) storage.Interval {
	i := storage.Interval{
		Customer: acme, Site: acmeTokyo, Device: device, FromMs: at(from), ToMs: at(to),
		State: state, Cause: storage.CauseNoAnswer, Evidence: "3 rounds lost", Version: version,
	}
	if device == zenRouter {
		i.Customer, i.Site = zen, zenOsaka
	}
	return i
}

func testDeviceStates(t *testing.T, config Config) {
	store := open(t, config)
	full := storage.DeviceState{
		Customer: acme, Site: acmeTokyo, Appliance: acmeBox, Device: router, Partition: 3,
		State: storage.StateDown, Cause: storage.CauseUnreachable, SinceMs: at(1), FirstSeenMs: at(2),
		WatermarkMs: at(3), LastSeenMs: 0, PingIntervalMs: 5000, UptimeAtMs: at(4),
		SysUpTime: 1, HrSystemUptime: 2, EngineTime: 3, EngineBoots: 4, Presence: sample.HasEngineTime,
		Version: storage.Version{Epoch: 2, Offset: 10},
	}
	later := state(router, storage.StateUp, time.Minute, 20)
	other := state(toggle, storage.StateDegraded, time.Minute, 15)
	derive(t, store, 5, 15, &storage.Derived{DeviceStates: []storage.DeviceState{full, other}})
	derive(t, store, 16, 20, &storage.Derived{DeviceStates: []storage.DeviceState{later}})
	elsewhere := state(zenRouter, storage.StateUp, 0, 1)
	elsewhere.Partition = 4
	if err := store.WriteDerived(t.Context(), source(4, 1, 1), &storage.Derived{DeviceStates: []storage.DeviceState{elsewhere}}); err != nil {
		t.Fatal(err)
	}
	expect := func(before int64, want ...storage.DeviceState) {
		t.Helper()
		got, err := store.DeviceStates(t.Context(), 3, before)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) == 2 && want[0].Device > want[1].Device {
			want[0], want[1] = want[1], want[0]
		}
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("before %d:\n%+v, want\n%+v", before, got, want)
		}
	}
	expect(10)
	expect(11, full)
	expect(16, full, other)
	expect(20, full, other)
	expect(1000, later, other)
	// Another customer's device with the same id is another device.
	foreign := state(toggle, storage.StateDown, time.Minute, 18)
	foreign.Customer, foreign.Site, foreign.Appliance = zen, zenOsaka, zenBox
	derive(t, store, 18, 18, &storage.Derived{DeviceStates: []storage.DeviceState{foreign}})
	if got, err := store.DeviceStates(t.Context(), 3, 20); err != nil || len(got) != 3 || !slices.Contains(got, other) || !slices.Contains(got, foreign) {
		t.Errorf("with a foreign device: %+v, error %v", got, err)
	}
	foreign.Epoch, foreign.Deleted = 1, true
	derive(t, store, 19, 19, &storage.Derived{DeviceStates: []storage.DeviceState{foreign}})
	// A tombstone takes one row out of the history.
	gone := later
	gone.Epoch, gone.Deleted = 1, true
	derive(t, store, 21, 30, &storage.Derived{DeviceStates: []storage.DeviceState{gone}})
	expect(1000, full, other)
}

func testIntervals(t *testing.T, config Config) {
	store := open(t, config)
	first := interval(router, 0, time.Minute, storage.StateDown, storage.Version{Offset: 1})
	second := interval(router, 10*time.Minute, 20*time.Minute, storage.StateUnknown, storage.Version{Offset: 2})
	derive(t, store, 1, 2, &storage.Derived{Intervals: []storage.Interval{first, second, interval(toggle, 0, time.Hour, storage.StateDown, storage.Version{Offset: 2})}})
	expect := func(from, to time.Duration, want ...storage.Interval) {
		t.Helper()
		got, err := store.Intervals(t.Context(), router, at(from), at(to))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%s to %s:\n%+v, want\n%+v", from, to, got, want)
		}
	}
	expect(0, time.Hour, first, second)
	expect(time.Minute, 10*time.Minute) // ends and begins are not within
	expect(59*time.Second, 10*time.Minute, first)
	expect(15*time.Minute, 16*time.Minute, second)
	// A recompute shortens the one and takes the other away; a live row with a later
	// offset but a lower epoch does not bring it back.
	shorter, gone := first, second
	shorter.ToMs, shorter.Version = at(30*time.Second), storage.Version{Epoch: 1, Offset: 3}
	gone.Version = storage.Version{Epoch: 1, Offset: 3, Deleted: true}
	derive(t, store, 3, 3, &storage.Derived{Intervals: []storage.Interval{shorter, gone}})
	second.Offset = 4
	derive(t, store, 4, 4, &storage.Derived{Intervals: []storage.Interval{second}})
	expect(0, time.Hour, shorter)
	// A newer recompute may.
	second.Version = storage.Version{Epoch: 2, Offset: 4}
	derive(t, store, 5, 5, &storage.Derived{Intervals: []storage.Interval{second}})
	expect(0, time.Hour, shorter, second)
	if err := store.execute(t.Context(), "OPTIMIZE TABLE intervals FINAL"); err != nil {
		t.Fatal(err)
	}
	expect(0, time.Hour, shorter, second)
}

func testReboots(t *testing.T, config Config) {
	store := open(t, config)
	reboot := storage.Reboot{Customer: acme, Site: acmeTokyo, Device: router, AtMs: at(0), Kind: storage.RebootAgent, Evidence: "sysUpTime fell", Version: storage.Version{Epoch: 1, Offset: 5}}
	later := reboot
	later.AtMs, later.Kind = at(time.Minute), storage.RebootDevice
	derive(t, store, 1, 5, &storage.Derived{Reboots: []storage.Reboot{reboot, later}})
	got, err := store.Reboots(t.Context(), router, at(0), at(time.Minute))
	if err != nil || !reflect.DeepEqual(got, []storage.Reboot{reboot}) {
		t.Errorf("%+v, want %+v, error %v", got, reboot, err)
	}
	reboot.Deleted, reboot.Epoch = true, 2
	derive(t, store, 6, 6, &storage.Derived{Reboots: []storage.Reboot{reboot}})
	got, err = store.Reboots(t.Context(), router, at(0), at(time.Hour))
	if err != nil || !reflect.DeepEqual(got, []storage.Reboot{later}) {
		t.Errorf("%+v, want %+v, error %v", got, later, err)
	}
}

func testDirtyRanges(t *testing.T, config Config) {
	store := open(t, config)
	dirty := func(entity sample.ID, to time.Duration, offset int64, done bool) storage.DirtyRange {
		return storage.DirtyRange{Customer: acme, Site: acmeTokyo, Figure: "availability", Entity: entity,
			FromMs: at(0), ToMs: at(to), Partition: 3, Version: storage.Version{Offset: offset, Deleted: done}}
	}
	marked, longer, done := dirty(7, time.Minute, 10, false), dirty(7, time.Hour, 20, false), dirty(7, time.Hour, 30, true)
	done.Epoch = 4 // done by a recompute
	again := dirty(7, time.Minute, 40, false)
	for _, row := range []storage.DirtyRange{marked, longer, done, again} {
		derive(t, store, row.Offset, row.Offset, &storage.Derived{Dirty: []storage.DirtyRange{row}})
	}
	// The history must outlive merges.
	if err := store.execute(t.Context(), "OPTIMIZE TABLE dirty_ranges FINAL"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		before int64
		want   []storage.DirtyRange
	}{
		{10, nil}, {11, []storage.DirtyRange{marked}}, {30, []storage.DirtyRange{longer}}, {31, nil}, {41, []storage.DirtyRange{again}},
	} {
		got, err := store.PendingDirty(t.Context(), 3, test.before)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("before %d: %+v, want %+v, error %v", test.before, got, test.want, err)
		}
	}
	foreign := dirty(7, time.Minute, 60, true)
	foreign.Customer, foreign.Site = zen, zenOsaka
	derive(t, store, 60, 60, &storage.Derived{Dirty: []storage.DirtyRange{foreign}})
	if got, err := store.PendingDirty(t.Context(), 3, 100); err != nil || !reflect.DeepEqual(got, []storage.DirtyRange{again}) {
		t.Errorf("after another customer's was done: %+v, error %v", got, err)
	}
	if got, err := store.PendingDirty(t.Context(), 4, 100); err != nil || got != nil {
		t.Errorf("another partition: %+v, error %v", got, err)
	}
	stray := &storage.Derived{Dirty: []storage.DirtyRange{{Partition: 9}}}
	if err := store.WriteDerived(t.Context(), source(3, 50, 50), stray); err == nil {
		t.Error("a dirty range of another partition was taken")
	}
}

func TestVersionLimits(t *testing.T) {
	for _, version := range []storage.Version{{Epoch: maxEpoch + 1}, {Offset: -1}, {Offset: 1 << 48}} {
		derived := &storage.Derived{Links: []storage.Link{{Version: version}}}
		if _, err := derivedInsertions(source(3, 1, 1), derived); err == nil {
			t.Errorf("%+v was taken, though it does not fit", version)
		}
	}
}
