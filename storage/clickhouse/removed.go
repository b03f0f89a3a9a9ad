package clickhouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// listingTime is how long an appliance that has started may take to say which devices it
// has: until then those of its run before count.
const listingTime = time.Minute

// removedDevices are the devices that are in no inventory any more.
type removedDevices map[ownedID]bool

// others is the condition that rows with customer_id and device_id are of other devices.
func (r removedDevices) others() string {
	if len(r) == 0 {
		return "1"
	}
	return "(customer_id, device_id) NOT IN (" + ownedIDs(slices.Collect(maps.Keys(r))).list() + ")"
}

// removed reads the devices that a query's customer and site select and that are in no inventory any
// more at the end of the time asked for: figures of the present leave them out, those of
// the past keep them. A device is removed when its appliance has started without it, which
// sample.Outcomes tell, and nothing was heard of it since; or when the configuration of
// the centre does not list its appliance any more. Of an appliance that has been silent
// for a day nothing is known, and what was removed from it counts again.
func (s *Store) removed(ctx context.Context, query storage.Query) (removedDevices, error) {
	query.Device = "" // its appliance tells of all
	var started map[ownedID]int64
	var unlisted ownedIDs
	err := together(ctx,
		func(ctx context.Context) (err error) { started, err = s.startedAppliances(ctx, query); return err },
		func(ctx context.Context) (err error) { unlisted, err = s.unlistedAppliances(ctx, query); return err },
	)
	if err != nil {
		return nil, err
	}
	// Few devices were last heard of before the latest start of any appliance.
	var latest int64
	for _, at := range started {
		latest = max(latest, at)
	}
	unheard := fmt.Sprintf("last_seen_ts < fromUnixTimestamp64Milli(toInt64(%d))", latest)
	if len(unlisted) > 0 {
		unheard = "(" + unheard + " OR (customer_id, appliance_id) IN (" + unlisted.list() + "))"
	}
	gone, asked := removedDevices{}, ownedIDs{}
	begun := map[ownedID]int64{} // when the appliances of those asked for started
	var customer, device, appliance sample.ID
	var seen int64
	err = s.query(ctx, "removed", `SELECT customer_id, device_id, appliance_id, last_seen_ts FROM device_current FINAL WHERE `+conditions(query, entityDevice)+` AND `+unheard, parameters(query),
		[]any{&customer, &device, &appliance, &seen}, func() {
			key, its := ownedID{customer, device}, ownedID{customer, appliance}
			switch at, ok := started[its]; {
			case slices.Contains(unlisted, its):
				gone[key] = true
			case ok && seen < at:
				gone[key], begun[key] = true, at
				asked = append(asked, key)
			}
		})
	if err != nil || len(asked) == 0 {
		return gone, err
	}
	var start int64
	err = s.query(ctx, "removed_listed", `SELECT DISTINCT customer_id, device_id, started FROM raw_outcomes WHERE (customer_id, device_id) IN (`+asked.list()+`) AND `+outcomesWithin,
		parameters(query), []any{&customer, &device, &start}, func() {
			if key := (ownedID{customer, device}); begun[key] == start {
				delete(gone, key)
			}
		})
	return gone, err
}

// outcomesWithin is the condition on a slot of the day before the end of the time asked for.
var outcomesWithin = fmt.Sprintf("slot > fromUnixTimestamp64Milli({to:Int64} - %d) AND slot < fromUnixTimestamp64Milli({to:Int64})", outcomesBack)

// startedAppliances reads when appliances last started, Unix milliseconds, of those that have had the time to list
// their devices.
func (s *Store) startedAppliances(ctx context.Context, query storage.Query) (map[ownedID]int64, error) {
	all := map[ownedID]int64{}
	var key ownedID
	var at int64
	err := s.query(ctx, "appliances_started", `SELECT customer_id, appliance_id, max(started) FROM raw_outcomes WHERE `+conditions(query, entityDevice)+` AND `+outcomesWithin+`
  AND started <= fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(listingTime)+`) GROUP BY customer_id, appliance_id`,
		parameters(query), []any{&key.customer, &key.id, &at}, func() { all[key] = at })
	return all, err
}

// unlistedAppliances reads those that the configuration of the centre had once and has no more.
func (s *Store) unlistedAppliances(ctx context.Context, query storage.Query) (ownedIDs, error) {
	var all ownedIDs
	var key ownedID
	last := "(SELECT max(listed) FROM appliances WHERE " + inScope(query.Scope) + ")"
	err := s.query(ctx, "appliances_unlisted", `SELECT customer_id, appliance_id FROM appliances WHERE `+conditions(query, entityDevice)+` GROUP BY customer_id, appliance_id
HAVING max(listed) < `+last+` AND `+last+` <= fromUnixTimestamp64Milli({to:Int64})`, parameters(query),
		[]any{&key.customer, &key.id}, func() { all = append(all, key) })
	return all, err
}
