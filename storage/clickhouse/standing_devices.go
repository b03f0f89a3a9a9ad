package clickhouse

import (
	"cmp"
	"context"
	"fmt"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// alike are devices of an appliance and a site that count alike: all that are up and were heard of
// of late, or one other device.
type alike struct {
	at               place
	appliance        sample.ID
	one              sample.ID // the device where it is one
	maintained       bool
	devices          int
	state, cause     uint8 // as last recorded
	sinceMs          int64 // the longest
	newestMs         int64 // the shortest
	longest          sample.ID
	firstMs, heardMs int64 // heardMs is of the last sign of life up to the end of the time asked for; 0 for none
	then             heldState
}

// standingDevices reads the devices that are not removed, with their states at the end of the time asked for. Most are up and
// nothing else is to be known of them: so one statement that adds those up tells of all.
func (s *Store) standingDevices(ctx context.Context, query storage.Query, listing *listing, under works) ([]alike, error) {
	toMs := query.To.UnixMilli()
	usual := fmt.Sprintf("state = 1 AND since_ts < fromUnixTimestamp64Milli({to:Int64}) AND first_seen_ts < fromUnixTimestamp64Milli({to:Int64}) AND last_seen_ts >= fromUnixTimestamp64Milli(toInt64(%d))", listing.latest())
	if len(listing.unlisted) > 0 {
		usual += " AND (customer_id, appliance_id) NOT IN (" + listing.unlisted.list() + ")"
	}
	var all []alike
	var row alike
	var maintained uint8
	var count uint64
	var seenMs int64
	maybe := maybeRemoved{gone: removedDevices{}, begun: map[ownedID]int64{}}
	held := map[ownedID]heldState{}
	var changed ownedIDs
	err := s.query(ctx, "standing_devices", `SELECT customer_id, site_id, appliance_id, if(`+usual+`, 0, device_id) AS one, `+under.covers()+` AS maintained,
  count(), any(state), any(cause), toUnixTimestamp64Milli(min(since_ts)), toUnixTimestamp64Milli(max(since_ts)), argMin(device_id, since_ts), toUnixTimestamp64Milli(min(first_seen_ts)),
  toUnixTimestamp64Milli(max(last_seen_ts)), toUnixTimestamp64Milli(maxIf(last_seen_ts, last_seen_ts <= fromUnixTimestamp64Milli({to:Int64})))
FROM device_current FINAL WHERE `+conditions(query, entityDevice)+` GROUP BY customer_id, site_id, appliance_id, one, maintained`, under.arguments(query),
		[]any{&row.at.customer, &row.at.site, &row.appliance, &row.one, &maintained, &count, &row.state, &row.cause, &row.sinceMs, &row.newestMs, &row.longest, &row.firstMs, &seenMs, &row.heardMs}, func() {
			row.devices, row.maintained = int(count), maintained != 0
			row.then = heldState{row.state, row.cause, row.sinceMs}
			all = append(all, row)
			if row.one == 0 {
				return
			}
			key := ownedID{row.at.customer, row.one}
			maybe.add(listing, key, ownedID{row.at.customer, row.appliance}, seenMs)
			switch {
			case row.sinceMs >= toMs:
				changed = append(changed, key)
			case mayLast(storage.State(row.state), row.sinceMs, toMs):
				held[key] = row.then
			}
		})
	if err != nil {
		return nil, err
	}
	var gone removedDevices
	var began lasting
	var then map[ownedID]heldState
	err = together(ctx,
		func(ctx context.Context) (err error) { gone, err = s.removedOf(ctx, query, maybe); return err },
		func(ctx context.Context) (err error) { began, err = s.lastingBefore(ctx, query, held); return err },
		func(ctx context.Context) (err error) { then, err = s.changedStates(ctx, query, changed); return err },
	)
	rest := all[:0]
	for _, one := range all {
		key := ownedID{one.at.customer, one.one}
		if one.one != 0 && gone[key] {
			continue
		}
		if since, ok := began[key]; ok && one.one != 0 {
			one.then.sinceMs, one.newestMs = since, since
		}
		if one.one != 0 && one.sinceMs >= toMs {
			was, ok := then[key]
			if !ok {
				was = heldState{state: uint8(storage.StateUp), sinceMs: one.firstMs}
			}
			one.then, one.newestMs = was, was.sinceMs
		}
		rest = append(rest, one)
	}
	return rest, err
}

// behind are the appliances with the devices that they watch.
func behind(appliances []applianceThen, devices []alike) []applianceThen {
	all := map[ownedID]devicesBehind{}
	for _, one := range devices {
		key := ownedID{one.at.customer, one.appliance}
		its := all[key]
		its.devices += one.devices
		its.seenMs = max(its.seenMs, one.heardMs)
		if storage.State(one.state) == storage.StateUnknown {
			its.unknown += one.devices
		}
		all[key] = its
	}
	return watching(appliances, all)
}

// addDevices counts the devices of each site by their state at the end of the time asked for.
func (s *standingSites) addDevices(devices []alike, toMs, silentMs int64, under works) {
	type kind struct {
		at                      place
		state                   storage.State
		unreachable, maintained bool
	}
	type sum struct {
		devices        int
		oldest, newest int64
		longest        sample.ID
	}
	sums := map[kind]*sum{}
	var kinds []kind
	for _, one := range devices {
		if one.firstMs >= toMs {
			continue
		}
		state := storage.State(one.then.state)
		of := kind{one.at, state, state == storage.StateDown && storage.Cause(one.then.cause) == storage.CauseUnreachable, one.maintained}
		known, ok := sums[of]
		if !ok {
			known = &sum{oldest: one.then.sinceMs, longest: one.longest}
			sums[of] = known
			kinds = append(kinds, of)
		}
		known.devices += one.devices
		known.newest = max(known.newest, one.newestMs)
		if one.then.sinceMs < known.oldest {
			known.oldest, known.longest = one.then.sinceMs, one.longest
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	type fall struct {
		devices int
		newest  int64
	}
	falls := map[place]fall{}
	for _, of := range kinds {
		its := sums[of]
		at, n := s.of(of.at.customer, of.at.site), its.devices
		at.Devices += n
		found := trouble{affected: n, sinceMs: its.oldest, of: its.longest, customer: of.at.customer}
		known := of.state
		if silentMs < toMs && known != storage.StateUnknown {
			known, found.sinceMs = storage.StateUnknown, max(silentMs, its.oldest)
		}
		switch {
		case of.maintained:
			at.Maintenance += n
		case known == storage.StateDown:
			if of.unreachable {
				at.Unreachable += n
			} else {
				at.Down += n
			}
			at.longest(storage.ConcernDevice, found)
			was := falls[of.at]
			falls[of.at] = fall{was.devices + n, max(was.newest, its.newest)}
		case known == storage.StateDegraded:
			at.Degraded += n
			at.longest(storage.ConcernDegraded, found)
		case known == storage.StateUnknown:
			at.Unknown += n
			at.longest(storage.ConcernUnknown, found)
		default:
			at.Up += n
		}
	}
	for at, fall := range falls {
		if site := s.all[at]; site.Up == 0 && site.Degraded == 0 {
			site.longest(storage.ConcernSite, trouble{affected: fall.devices, sinceMs: fall.newest, name: site.Site})
		}
	}
	for at, site := range s.all {
		if site.Maintenance == 0 {
			continue
		}
		name, sinceMs := under.about(at)
		site.longest(storage.ConcernMaintenance, trouble{affected: site.Maintenance, sinceMs: sinceMs, name: cmp.Or(name, site.Site)})
	}
}
