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

// testLastPings holds when a device last answered a round of pings, and when it last did not.
func testLastPings(t *testing.T, config Config) {
	store := open(t, config)
	derive(t, store, 3, 3, &storage.Derived{DeviceStates: []storage.DeviceState{state(router, storage.StateDown, time.Minute, 3)}})
	for minute, received := range []uint8{0, 5, 0, 0, 5} {
		offset := int64(10 + minute)
		write(t, store, offset, offset, table(ping(router, received), at(time.Duration(minute)*time.Minute), offset, acme))
	}
	due := func(minute int) time.Time { return noon.Add(time.Duration(minute)*time.Minute + 100*time.Millisecond) }
	check := func(how string) {
		t.Helper()
		for _, want := range []struct {
			to               time.Duration
			seen, unanswered time.Time
		}{
			{30 * time.Second, time.Time{}, due(0)}, {90 * time.Second, due(1), due(0)}, {200 * time.Second, due(1), due(3)}, {5 * time.Minute, due(4), due(3)}, {time.Hour, time.Time{}, time.Time{}},
		} {
			query := ask()
			query.To = noon.Add(want.to)
			nodes, err := store.Topology(t.Context(), query)
			if err != nil || len(nodes) != 1 || !nodes[0].LastSeen.Equal(want.seen) || !nodes[0].Unanswered.Equal(want.unanswered) {
				t.Errorf("%s, after %s: %+v, error %v", how, want.to, nodes, err)
			}
		}
	}
	check("as written")
	refill(t, store, "0044_ping_current.sql", "ping_current")
	check("as the migration fills it")
}
