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
	return s.gone.ask(ctx, s.config.Remember, tellers(query), func(ctx context.Context) (removedDevices, error) { return s.removedNow(ctx, query) })
}

// tellers names the rows that are looked at for a query's customer, site and device up to the second in which its time ends.
func tellers(query storage.Query) string {
	return fmt.Sprint(conditions(query, entityDevice), query.Site, " ", query.Device, " ", query.To.Unix())
}

// removedNow is removed, asked of the store.
func (s *Store) removedNow(ctx context.Context, query storage.Query) (removedDevices, error) {
	listing, err := s.listing(ctx, query)
	if err != nil {
		return nil, err
	}
	// Few devices were last heard of before the latest start of any appliance.
	unheard := fmt.Sprintf("last_seen_ts < fromUnixTimestamp64Milli(toInt64(%d))", listing.latest())
	if len(listing.unlisted) > 0 {
		unheard = "(" + unheard + " OR (customer_id, appliance_id) IN (" + listing.unlisted.list() + "))"
	}
	maybe := maybeRemoved{gone: removedDevices{}, begun: map[ownedID]int64{}}
	var customer, device, appliance sample.ID
	var seen int64
	err = s.query(ctx, "removed", `SELECT customer_id, device_id, appliance_id, last_seen_ts FROM device_current FINAL WHERE `+conditions(query, entityDevice)+` AND `+unheard, parameters(query),
		[]any{&customer, &device, &appliance, &seen}, func() {
			maybe.add(listing, ownedID{customer, device}, ownedID{customer, appliance}, seen)
		})
	if err != nil {
		return nil, err
	}
	return s.removedOf(ctx, query, maybe)
}

// listing is what tells which devices are in an inventory.
type listing struct {
	started  map[ownedID]int64 // when appliances last started, Unix milliseconds
	unlisted ownedIDs          // appliances that the configuration has no more
}

// latest is the latest start of any appliance: what was heard of since is in an inventory.
func (l *listing) latest() int64 {
	var latest int64
	for _, at := range l.started {
		latest = max(latest, at)
	}
	return latest
}

func (s *Store) listing(ctx context.Context, query storage.Query) (*listing, error) {
	return s.listings.ask(ctx, s.config.Remember, tellers(query), func(ctx context.Context) (*listing, error) {
		var all listing
		err := together(ctx,
			func(ctx context.Context) (err error) { all.started, err = s.startedAppliances(ctx, query); return err },
			func(ctx context.Context) (err error) {
				all.unlisted, err = s.unlistedAppliances(ctx, query)
				return err
			},
		)
		return &all, err
	})
}

// maybeRemoved are devices that are removed where their appliance has not listed them since it began.
type maybeRemoved struct {
	gone  removedDevices
	begun map[ownedID]int64 // of those that it may have listed
}

// add adds a device by when it was last heard of, where it may be removed.
func (m *maybeRemoved) add(listing *listing, device, appliance ownedID, seenMs int64) {
	switch at, ok := listing.started[appliance]; {
	case slices.Contains(listing.unlisted, appliance):
		m.gone[device] = true
	case ok && seenMs < at:
		m.gone[device], m.begun[device] = true, at
	}
}

// removedOf are those that are removed.
func (s *Store) removedOf(ctx context.Context, query storage.Query, maybe maybeRemoved) (removedDevices, error) {
	if len(maybe.begun) == 0 {
		return maybe.gone, nil
	}
	asked := ownedIDs(slices.Collect(maps.Keys(maybe.begun)))
	var key ownedID
	var start int64
	err := s.query(ctx, "removed_listed", `SELECT DISTINCT customer_id, device_id, started FROM raw_outcomes WHERE (customer_id, device_id) IN (`+asked.list()+`) AND `+outcomesWithin,
		parameters(query), []any{&key.customer, &key.id, &start}, func() {
			if maybe.begun[key] == start {
				delete(maybe.gone, key)
			}
		})
	return maybe.gone, err
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
func (s *Store) unlistedAppliances(ctx context.Context, query storage.Query) (all ownedIDs, err error) {
	appliances, err := s.registry(ctx, query, appliancesTable)
	newest := map[ownedID]registered{} // of one that was moved its new site tells
	for _, one := range appliances.all {
		key := ownedID{one.at.customer, one.id}
		if one.listedMs >= newest[key].listedMs {
			newest[key] = one
		}
	}
	for key, one := range newest {
		if appliances.unlisted(one, query.To.UnixMilli()) {
			all = append(all, key)
		}
	}
	return all, err
}
