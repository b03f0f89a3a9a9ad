package clickhouse

import (
	"context"
	"maps"
	"slices"

	"mimamori/storage"
)

// lasting says since when devices have been degraded or down, Unix milliseconds, of those of which nothing was
// heard in between: what was down before a hole in the reports and is down after it did not go down at its end.
// What is not in it has been as it is since its state says so.
type lasting map[ownedID]int64

// mayLast says whether it must be asked since when a device that is in a state since a time has been so: it is degraded or
// down, and not for longer than is looked back.
func mayLast(state storage.State, sinceMs, toMs int64) bool {
	return (state == storage.StateDown || state == storage.StateDegraded) && sinceMs > toMs-standingReach.Milliseconds()
}

// heldState is a storage.State with its storage.Cause and since when a device has been in it.
type heldState struct {
	state, cause uint8
	sinceMs      int64
}

// lastingBefore reads how long those that are degraded or down now have been so, at most standingReach back.
func (s *Store) lastingBefore(ctx context.Context, query storage.Query, now map[ownedID]heldState) (lasting, error) {
	if len(now) == 0 {
		return nil, nil
	}
	toMs := query.To.UnixMilli()
	fromMs := toMs - standingReach.Milliseconds()
	reader := stretchReader{store: s, query: query, where: "(customer_id, device_id) IN (" + ownedIDs(slices.Collect(maps.Keys(now))).list() + ")", few: len(now) <= mostNamed}
	found, err := reader.within(ctx, []span{{fromMs, toMs}})
	all := lasting{}
	for device, stretches := range found {
		key := ownedID{device.customer, device.device}
		is, holed := now[key], false // holed: nothing was heard before what is known so far
		for _, one := range slices.Backward(stretches) {
			if one.toMs != is.sinceMs || one.toMs <= fromMs {
				continue
			}
			switch {
			case one.state == storage.StateUnknown && !holed:
				holed = true
			case one.state == storage.State(is.state) && one.cause == storage.Cause(is.cause) && holed:
				all[key], holed = one.fromMs, false
			default:
				continue
			}
			is.sinceMs = one.fromMs
		}
	}
	return all, err
}
