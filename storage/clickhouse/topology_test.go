package clickhouse

import (
	"slices"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testTrouble holds that the devices that are not up are those of all that are not: now, before their state
// changed, before they were first seen, and while nothing is heard of anybody.
func testTrouble(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	late := state(sample.DeviceID("acme", "tokyo", "late"), storage.StateUp, 5*time.Hour, 3)
	late.FirstSeenMs = at(5 * time.Hour)
	derive(t, store, 3, 3, &storage.Derived{
		DeviceStates: []storage.DeviceState{state(router, storage.StateUp, 4*time.Hour, 3), state(toggle, storage.StateDown, 3*time.Hour, 3), state(zenRouter, storage.StateUp, 0, 3), late},
		Intervals:    []storage.Interval{interval(router, 2*time.Hour, 4*time.Hour, storage.StateDegraded, storage.Version{Offset: 3})},
	})
	var offset int64 = 10
	for _, hour := range []time.Duration{1, 3, 6} {
		for _, customer := range []sample.ID{acme, zen} {
			offset++
			write(t, store, offset, offset, table(heartbeat(1), at(hour*time.Hour-time.Second), offset, customer))
		}
	}
	found := map[int]bool{}
	for _, to := range []time.Duration{time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
		query := ask()
		query.To = noon.Add(to)
		all, err := store.Topology(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(all, func(node storage.Node) bool { return node.State == storage.StateUp })
		query.Trouble = true
		got, err := store.Topology(t.Context(), query)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("after %s: trouble is\n%+v\nwant\n%+v, error %v", to, got, want, err)
		}
		found[len(got)] = true
	}
	if len(found) < 3 {
		t.Errorf("numbers of devices in trouble are %v, want more of a choice", found)
	}
}
