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

// lasting reads how long devices have been degraded or down, at most standingReach back.
func (s *Store) lasting(ctx context.Context, query storage.Query) (lasting, error) {
	now := map[ownedID]heldState{}
	var key ownedID
	var row heldState
	err := s.query(ctx, "lasting", `SELECT customer_id, device_id, state, cause, since_ts FROM device_current FINAL
WHERE `+conditions(query, entityDevice)+` AND state IN (2, 3) AND since_ts > `+standingReachFrom+` AND since_ts < fromUnixTimestamp64Milli({to:Int64})`, parameters(query),
		[]any{&key.customer, &key.id, &row.state, &row.cause, &row.sinceMs}, func() { now[key] = row })
	if err != nil {
		return nil, err
	}
	return s.lastingBefore(ctx, query, now)
}

// heldState is a storage.State with its storage.Cause and since when a device has been in it.
type heldState struct {
	state, cause uint8
	sinceMs      int64
}

// standingReachFrom is the time that standingReach begins at.
var standingReachFrom = "fromUnixTimestamp64Milli({to:Int64} - " + milliseconds(standingReach) + ")"

// lastingBefore reads how long those that are degraded or down now have been so.
func (s *Store) lastingBefore(ctx context.Context, query storage.Query, now map[ownedID]heldState) (lasting, error) {
	if len(now) == 0 {
		return nil, nil
	}
	toMs := query.To.UnixMilli()
	fromMs := toMs - standingReach.Milliseconds()
	found, err := s.stretchesIn(ctx, query, "(customer_id, device_id) IN ("+ownedIDs(slices.Collect(maps.Keys(now))).list()+")", []span{{fromMs, toMs}}, false)
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
