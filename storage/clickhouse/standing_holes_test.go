package clickhouse

import (
	"testing"
	"time"

	"mimamori/storage"
)

// testDownThroughHoles says since when devices are down of which nothing was heard for a while: since they
// went down, not since they were heard of again. Another state before the hole, or after it, ends that.
func testDownThroughHoles(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	down := func(since time.Duration) storage.DeviceState {
		s := state(router, storage.StateDown, since, 3)
		s.Cause = storage.CauseNoAnswer
		return s
	}
	hour := time.Hour
	for i, test := range []struct {
		name   string
		now    storage.DeviceState
		before []storage.Interval
		since  time.Duration
	}{
		{"no hole", down(5 * hour), []storage.Interval{interval(router, hour, 2*hour, storage.StateDown, storage.Version{Offset: 3})}, 5 * hour},
		{"one hole", down(3 * hour), []storage.Interval{
			interval(router, hour, 2*hour, storage.StateDown, storage.Version{Offset: 3}), interval(router, 2*hour, 3*hour, storage.StateUnknown, storage.Version{Offset: 3}),
		}, hour},
		{"two holes", down(5 * hour), []storage.Interval{
			interval(router, hour, 2*hour, storage.StateDown, storage.Version{Offset: 3}), interval(router, 2*hour, 3*hour, storage.StateUnknown, storage.Version{Offset: 3}),
			interval(router, 3*hour, 4*hour, storage.StateDown, storage.Version{Offset: 3}), interval(router, 4*hour, 5*hour, storage.StateUnknown, storage.Version{Offset: 3}),
		}, hour},
		{"up before the hole", down(5 * hour), []storage.Interval{
			interval(router, hour, 2*hour, storage.StateDown, storage.Version{Offset: 3}), interval(router, 4*hour, 5*hour, storage.StateUnknown, storage.Version{Offset: 3}),
		}, 5 * hour},
		{"degraded before the hole", down(3 * hour), []storage.Interval{
			interval(router, hour, 2*hour, storage.StateDegraded, storage.Version{Offset: 3}), interval(router, 2*hour, 3*hour, storage.StateUnknown, storage.Version{Offset: 3}),
		}, 3 * hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, table := range []string{"intervals", "device_current"} {
				if err := store.execute(t.Context(), "TRUNCATE TABLE "+table); err != nil {
					t.Fatal(err)
				}
			}
			offset := int64(3 + i)
			derive(t, store, offset, offset, &storage.Derived{DeviceStates: []storage.DeviceState{test.now}, Intervals: test.before})
			write(t, store, 10+offset, 10+offset, table(heartbeat(1), at(6*hour-time.Second), 10+offset, acme))
			query := ask()
			query.To, query.Customer, query.Site = noon.Add(6*hour), "acme", "tokyo"
			for what, ask := range map[string]func() (time.Time, error){
				"sites": func() (time.Time, error) {
					all, err := store.Sites(t.Context(), query)
					if err != nil || len(all) != 1 {
						t.Fatalf("%+v, error %v", all, err)
					}
					return all[0].Since, nil
				},
				"topology": func() (time.Time, error) {
					all, err := store.Topology(t.Context(), query)
					for _, node := range all {
						if node.ID == router {
							return node.Since, err
						}
					}
					return time.Time{}, err
				},
			} {
				if got, err := ask(); err != nil || !got.Equal(noon.Add(test.since)) {
					t.Errorf("%s: since %s, want %s, error %v", what, got, noon.Add(test.since), err)
				}
			}
		})
	}
}
