package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// lasting says since when devices have been degraded or down, Unix milliseconds, of those of which nothing was
// heard in between: what was down before a hole in the reports and is down after it did not go down at its end.
// What is not in it has been as it is since its state says so.
type lasting map[ownedID]int64

// lasting reads how long devices have been degraded or down, at most standingReach back, and whether the
// state of any has changed since the end of the time asked for.
func (s *Store) lasting(ctx context.Context, query storage.Query) (all lasting, changed bool, err error) {
	type trouble struct {
		state, cause uint8
		sinceMs      int64
	}
	now := map[ownedID]trouble{}
	var bad ownedIDs
	var key ownedID
	var row trouble
	reach := "fromUnixTimestamp64Milli({to:Int64} - " + milliseconds(standingReach) + ")"
	err = s.query(ctx, "lasting", `SELECT customer_id, device_id, state, cause, since_ts FROM device_current FINAL
WHERE `+conditions(query, entityDevice)+` AND since_ts > `+reach+` AND (state IN (2, 3) OR since_ts >= fromUnixTimestamp64Milli({to:Int64}))`, parameters(query),
		[]any{&key.customer, &key.id, &row.state, &row.cause, &row.sinceMs}, func() {
			if row.sinceMs >= query.To.UnixMilli() {
				changed = true
				return
			}
			now[key] = row
			bad = append(bad, key)
		})
	if err != nil || len(bad) == 0 {
		return nil, changed, err
	}
	all = lasting{}
	var state, cause uint8
	var from, to int64
	holed := map[ownedID]bool{} // nothing was heard before what is known so far
	err = s.query(ctx, "lasting_before", `SELECT customer_id, device_id, from_ts, to_ts, state, cause FROM intervals FINAL
WHERE (customer_id, device_id) IN (`+bad.list()+`) AND to_ts > `+reach+` AND to_ts <= fromUnixTimestamp64Milli({to:Int64}) ORDER BY customer_id, device_id, from_ts DESC`, parameters(query),
		[]any{&key.customer, &key.id, &from, &to, &state, &cause}, func() {
			is := now[key]
			if to != is.sinceMs {
				return
			}
			switch {
			case storage.State(state) == storage.StateUnknown && !holed[key]:
				holed[key] = true
			case state == is.state && cause == is.cause && holed[key]:
				all[key], holed[key] = from, false
			default:
				return
			}
			is.sinceMs = from
			now[key] = is
		})
	return all, changed, err
}

// replace is an expression for rows of devices in place of a column with when their state began.
func (l lasting) replace(column string) string {
	if len(l) == 0 {
		return column
	}
	var keys ownedIDs
	var ids []sample.ID
	var since []string
	for key, ms := range l {
		keys = append(keys, key)
		ids = append(ids, key.id)
		since = append(since, fmt.Sprintf("toInt64(%d)", ms))
	}
	began := fmt.Sprintf("transform(device_id, [%s], [%s], toUnixTimestamp64Milli(%s))", idList(ids), strings.Join(since, ","), column)
	return "if((customer_id, device_id) IN (" + keys.list() + "), fromUnixTimestamp64Milli(" + began + "), " + column + ")"
}
