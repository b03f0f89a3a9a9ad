package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// deviceThen is a device that was seen before the end of the time asked for, with its state as
// of then and what it last told of itself.
type deviceThen struct {
	id                                sample.ID
	at                                place
	appliance                         sample.ID
	state                             storage.State
	cause                             storage.Cause
	sinceMs, seenMs                   int64
	clockMs                           int64 // when it told its uptimes; 0 for never
	hundredths, hrHundredths, seconds uint32
	presence                          sample.UptimePresence
}

// devicesThen reads those that a condition selects. The state of one whose state has changed since is in the intervals;
// before its first one it was up. What was down before a hole in the reports and is after it has been since then: see lasting.
func (s *Store) devicesThen(ctx context.Context, query storage.Query, where string) (map[ownedID]*deviceThen, error) {
	all := map[ownedID]*deviceThen{}
	var changed ownedIDs
	held := map[ownedID]heldState{}
	var row deviceThen
	var key ownedID
	var state, cause uint8
	var firstMs int64
	toMs := query.To.UnixMilli()
	err := s.query(ctx, "devices_then", `SELECT customer_id, site_id, device_id, appliance_id, state, cause, since_ts, first_seen_ts, last_seen_ts, uptime_at_ts, sys_uptime, hr_system_uptime, engine_time, presence
FROM device_current FINAL WHERE `+where+` AND first_seen_ts < fromUnixTimestamp64Milli({to:Int64})`, parameters(query),
		[]any{&row.at.customer, &row.at.site, &row.id, &row.appliance, &state, &cause, &row.sinceMs, &firstMs, &row.seenMs,
			&row.clockMs, &row.hundredths, &row.hrHundredths, &row.seconds, &row.presence}, func() {
			device := row
			device.state, device.cause, device.seenMs = storage.State(state), storage.Cause(cause), min(row.seenMs, toMs)
			key = ownedID{row.at.customer, row.id}
			switch {
			case row.sinceMs >= toMs:
				changed = append(changed, key)
				device.state, device.cause, device.sinceMs = storage.StateUp, storage.CauseNone, firstMs
			case mayLast(device.state, device.sinceMs, toMs):
				held[key] = heldState{state, cause, row.sinceMs}
			}
			all[key] = &device
		})
	if err != nil {
		return nil, err
	}
	var then map[ownedID]heldState
	var began lasting
	err = together(ctx,
		func(ctx context.Context) (err error) { then, err = s.changedStates(ctx, query, changed); return err },
		func(ctx context.Context) (err error) { began, err = s.lastingBefore(ctx, query, held); return err },
	)
	for key, was := range then {
		device := all[key]
		device.state, device.cause, device.sinceMs = storage.State(was.state), storage.Cause(was.cause), was.sinceMs
	}
	for key, since := range began {
		all[key].sinceMs = since
	}
	return all, err
}

// changedStates reads the states, at the end of the time asked for, of devices whose state has changed since; of those that
// were up then there is none.
func (s *Store) changedStates(ctx context.Context, query storage.Query, changed ownedIDs) (map[ownedID]heldState, error) {
	if len(changed) == 0 {
		return nil, nil
	}
	all := map[ownedID]heldState{}
	var key ownedID
	var row heldState
	err := s.query(ctx, "devices_then_changed", `SELECT customer_id, device_id, argMin(state, from_ts), argMin(cause, from_ts), min(from_ts) FROM intervals FINAL
WHERE (customer_id, device_id) IN (`+changed.list()+`) AND from_ts < fromUnixTimestamp64Milli({to:Int64}) AND to_ts >= fromUnixTimestamp64Milli({to:Int64}) GROUP BY customer_id, device_id`,
		[]any{clickhouse.Named("to", query.To.UnixMilli())}, []any{&key.customer, &key.id, &row.state, &row.cause, &row.sinceMs}, func() { all[key] = row })
	return all, err
}
