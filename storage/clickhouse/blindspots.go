package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// The patience with what is late, milliseconds.
const (
	pollDelay  = 10_000  // a row of a poll, beyond its intervals
	pingDelay  = 60_000  // a row of pings, beyond five intervals
	pingWanted = 300_000 // the first row of pings after a start
)

// How far back rows are looked at in any case, milliseconds.
const (
	outcomesBack  = 86_400_000
	pingsBack     = 3_600_000
	pingsRecently = 600_000
)

// BlindSpots returns what is not seen at query.To, by customer, site and device: silent
// appliances first, then what the devices of the others do not tell. How it came to that
// is looked for from query.From on, or a day back where that is more. Without unasked,
// devices that the inventory has pinged alone are no blind spots. The view v_blind_spots says the
// same of the present.
func (s *Store) BlindSpots(ctx context.Context, query storage.Query, unasked bool) (storage.BlindSpots, error) {
	if err := query.Validate(); err != nil {
		return storage.BlindSpots{}, err
	}
	sight := sight{started: map[ownedID]int64{}, rounds: map[ownedID]pingRounds{}}
	err := together(ctx,
		func(ctx context.Context) error { return s.sightAppliances(ctx, query, &sight) },
		func(ctx context.Context) (err error) { sight.outcomes, err = s.outcomesThen(ctx, query); return err },
		func(ctx context.Context) error { return s.sightStarts(ctx, query, &sight) },
		func(ctx context.Context) error { return s.recentPings(ctx, query, &sight) },
		func(ctx context.Context) (err error) { sight.names, err = s.placeNames(ctx, query); return err },
	)
	if err != nil {
		return storage.BlindSpots{}, err
	}
	if query.Device == "" {
		for i := range sight.outcomes {
			o := &sight.outcomes[i]
			sight.started[o.of()] = max(sight.started[o.of()], o.startedMs)
		}
	}
	if err := s.olderPings(ctx, query, &sight); err != nil {
		return storage.BlindSpots{}, err
	}
	blind := sight.blindDevices(unasked)
	where := conditions(query, entityDevice)
	if len(blind) <= mostTroubled {
		keys := make(ownedIDs, len(blind))
		for i, device := range blind {
			keys[i] = device.key()
		}
		where += " AND (customer_id, device_id) IN (" + keys.list() + ")"
	}
	if len(blind) > 0 {
		err = together(ctx,
			func(ctx context.Context) (err error) { sight.told, err = s.toldDevices(ctx, query, where); return err },
			func(ctx context.Context) (err error) { sight.states, err = s.statesOf(ctx, query, where); return err },
			func(ctx context.Context) error { return s.outcomesTold(ctx, query, where, blind) },
		)
		if err != nil {
			return storage.BlindSpots{}, err
		}
		blind = sight.blindDevices(unasked) // with what was told
	}
	answer := sight.spots(blind)
	if err := s.addClocks(ctx, query, &sight, &answer); err != nil {
		return storage.BlindSpots{}, err
	}
	answer.Spots = limited(answer.Spots, query)
	return answer, nil
}

// sight is what is seen at a moment, and of what.
type sight struct {
	appliances map[ownedID]applianceThen
	outcomes   []outcomeThen
	started    map[ownedID]int64 // the latest start of each appliance
	rounds     map[ownedID]pingRounds
	names      placeNames
	told       map[ownedID]toldDevice
	states     map[ownedID]storage.State
}

// outcomeThen is how the polls of a device last ended.
type outcomeThen struct {
	customer, appliance, device        sample.ID
	startedMs, lastMs, goodMs, sinceMs int64
	result, asked                      uint8
	everyMs, holdsMs                   uint32
	profile, version, notes, detail    string
}

func (o *outcomeThen) key() ownedID { return ownedID{o.customer, o.device} }
func (o *outcomeThen) of() ownedID  { return ownedID{o.customer, o.appliance} }

// pingRounds are the pings of a device of late.
type pingRounds struct {
	rounds                      uint64
	everyMs                     int64
	firstMs, lastMs, answeredMs int64 // answeredMs is 0 for none
}

// sightAppliances reads the appliances that are listed; of a query for a device those that watch it.
func (s *Store) sightAppliances(ctx context.Context, query storage.Query, sight *sight) error {
	of := map[ownedID]bool{}
	all, err := s.watchingAppliances(ctx, query, nil, false)
	if err == nil && query.Device != "" {
		var key ownedID
		err = s.query(ctx, "sight_appliances", "SELECT DISTINCT customer_id, appliance_id FROM raw_devices WHERE "+conditions(query, entityDevice), parameters(query),
			[]any{&key.customer, &key.id}, func() { of[key] = true })
	}
	sight.appliances = map[ownedID]applianceThen{}
	for _, a := range all {
		if query.Device == "" || of[a.key()] {
			sight.appliances[a.key()] = a
		}
	}
	return err
}

// rowsWithin is the condition on a slot that rows up to the end of the time asked for meet, those of that
// time and of as many milliseconds before its end as it takes to know what is so then.
func rowsWithin(query storage.Query, least int64) string {
	from := min(query.From.UnixMilli(), query.To.UnixMilli()-least)
	return fmt.Sprintf("slot >= fromUnixTimestamp64Milli(toInt64(%d)) AND slot < fromUnixTimestamp64Milli({to:Int64})", from)
}

// outcomesThen reads of each device what of its latest row under the latest start that it was listed in tells
// whether it is blind. Which is the latest is told by one number: to compare tuples takes several times as long.
func (s *Store) outcomesThen(ctx context.Context, query storage.Query) ([]outcomeThen, error) {
	var all []outcomeThen
	var row outcomeThen
	err := s.query(ctx, "outcomes_then", `SELECT customer_id, appliance_id, device_id, max(started_ms), max(slot_ms + offset_ms), argMax(result, late), argMax(asked, late), argMax(interval_ms, late), argMax(holds_ms, late)
FROM (
  SELECT customer_id, appliance_id, device_id, result, asked, interval_ms, holds_ms, offset_ms, toUnixTimestamp64Milli(started) AS started_ms, toUnixTimestamp64Milli(slot) AS slot_ms,
    bitOr(bitShiftLeft(toUInt128(started_ms), 80), bitOr(bitShiftLeft(toUInt128(slot_ms), 32), toUInt128(offset_ms))) AS late
  FROM raw_outcomes WHERE `+conditions(query, entityDevice)+` AND `+rowsWithin(query, outcomesBack)+`
) GROUP BY customer_id, appliance_id, device_id`, parameters(query),
		[]any{&row.customer, &row.appliance, &row.device, &row.startedMs, &row.lastMs, &row.result, &row.asked, &row.everyMs, &row.holdsMs}, func() { all = append(all, row) })
	return all, err
}

// outcomesTold reads the rest of what outcomes tell, of blind devices alone: mostly those are few.
func (s *Store) outcomesTold(ctx context.Context, query storage.Query, where string, blind []blindDevice) error {
	type watch struct{ customer, appliance, device sample.ID }
	of := map[watch]*outcomeThen{}
	for _, one := range blind {
		of[watch{one.customer, one.appliance, one.device}] = one.outcomeThen
	}
	var key watch
	var row outcomeThen
	return s.query(ctx, "outcomes_told", `SELECT customer_id, appliance_id, device_id, good_ms,
  arrayMin(arrayConcat([latest.1], arrayMap(h -> h.2, arrayFilter(h -> h.1 > 2 AND h.2 > good_ms, history)))), latest.2, latest.3, latest.4, latest.5
FROM (
  SELECT customer_id, appliance_id, device_id, max(toUnixTimestamp64Milli(good)) AS good_ms,
    argMax((toUnixTimestamp64Milli(since), toString(profile), toString(version), toString(notes), detail), (started, slot, offset_ms)) AS latest,
    groupArrayIf((result, toUnixTimestamp64Milli(since)), result > 2) AS history
  FROM raw_outcomes WHERE `+where+` AND `+rowsWithin(query, outcomesBack)+` GROUP BY customer_id, appliance_id, device_id
)`, parameters(query),
		[]any{&key.customer, &key.appliance, &key.device, &row.goodMs, &row.sinceMs, &row.profile, &row.version, &row.notes, &row.detail}, func() {
			if known, ok := of[key]; ok {
				known.goodMs, known.sinceMs, known.profile, known.version, known.notes, known.detail = row.goodMs, row.sinceMs, row.profile, row.version, row.notes, row.detail
			}
		})
}

// sightStarts reads the latest start of each appliance where one device is asked about: of all the outcomes
// themselves tell.
func (s *Store) sightStarts(ctx context.Context, query storage.Query, sight *sight) error {
	if query.Device == "" {
		return nil
	}
	sites := query
	sites.Device = ""
	var key ownedID
	var at int64
	return s.query(ctx, "sight_starts", `SELECT customer_id, appliance_id, max(toUnixTimestamp64Milli(started)) FROM raw_outcomes WHERE `+conditions(sites, entityDevice)+` AND `+rowsWithin(query, outcomesBack)+`
GROUP BY customer_id, appliance_id`, parameters(sites), []any{&key.customer, &key.id, &at}, func() { sight.started[key] = at })
}

// recentPings reads which devices answered just now, which is all there is to know of most: when last, and nothing
// about those who did not.
func (s *Store) recentPings(ctx context.Context, query storage.Query, sight *sight) error {
	all := map[ownedID]pingRounds{}
	untold, err := s.lastRounds(ctx, query, conditions(query, entityDevice), pingsRecently, func(one lastRound) {
		if one.outcome == pingUnsent {
			return
		}
		its := all[one.device]
		its.rounds, its.everyMs, its.lastMs = 1, max(its.everyMs, one.everyMs), max(its.lastMs, one.dueMs)
		if one.outcome == pingAnswered {
			its.answeredMs = max(its.answeredMs, one.dueMs)
		}
		all[one.device] = its
	})
	for device, its := range all {
		if its.answeredMs > 0 {
			sight.rounds[device] = its
		}
	}
	if err != nil || untold == "" {
		return err
	}
	var key ownedID
	row := pingRounds{rounds: 1}
	return s.query(ctx, "pings_recent", fmt.Sprintf(`SELECT customer_id, device_id, toInt64(max(interval_ms)), max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)), maxIf(toInt64(toUnixTimestamp64Milli(slot) + offset_ms), received > 0) AS answered_ms
FROM raw_pings WHERE %s AND sent > 0 AND slot >= fromUnixTimestamp64Milli({to:Int64} - %d) AND slot < fromUnixTimestamp64Milli({to:Int64}) GROUP BY customer_id, device_id HAVING answered_ms > 0`,
		untold, pingsRecently), parameters(query),
		[]any{&key.customer, &key.id, &row.everyMs, &row.lastMs, &row.answeredMs}, func() { sight.rounds[key] = row })
}

// olderPings reads the pings of those that should answer and did not of late.
func (s *Store) olderPings(ctx context.Context, query storage.Query, sight *sight) error {
	var quiet ownedIDs
	for _, o := range sight.outcomes {
		if _, ok := sight.rounds[o.key()]; !ok && o.asked&sample.AskedPing != 0 {
			quiet = append(quiet, o.key())
		}
	}
	if len(quiet) == 0 {
		return nil
	}
	var key ownedID
	var row pingRounds
	return s.query(ctx, "pings_then", `SELECT customer_id, device_id, uniqExact(slot), toInt64(max(interval_ms)), min(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)),
  max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)), maxIf(toInt64(toUnixTimestamp64Milli(slot) + offset_ms), received > 0)
FROM raw_pings WHERE `+conditions(query, entityDevice)+` AND (customer_id, device_id) IN (`+quiet.list()+`) AND sent > 0 AND `+rowsWithin(query, pingsBack)+` GROUP BY customer_id, device_id`, parameters(query),
		[]any{&key.customer, &key.id, &row.rounds, &row.everyMs, &row.firstMs, &row.lastMs, &row.answeredMs}, func() { sight.rounds[key] = row })
}

// statesOf reads the state of each device as it was last recorded.
func (s *Store) statesOf(ctx context.Context, query storage.Query, where string) (map[ownedID]storage.State, error) {
	all := map[ownedID]storage.State{}
	var key ownedID
	var state uint8
	err := s.query(ctx, "states_of", "SELECT customer_id, device_id, state FROM device_current FINAL WHERE "+where, parameters(query),
		[]any{&key.customer, &key.id, &state}, func() { all[key] = storage.State(state) })
	return all, err
}

// placedSpot is a blind spot with what it is listed by.
type placedSpot struct {
	storage.BlindSpot
	at   place
	name string // of the device
}

// blindDevice is a device of an appliance that reports, with what of it is not seen.
type blindDevice struct {
	*outcomeThen
	spots []storage.BlindSpot
}

// watched are the devices that the appliances which report watch.
func (s *sight) watched(yield func(*outcomeThen) bool) {
	for i := range s.outcomes {
		o := &s.outcomes[i]
		if a, ok := s.appliances[o.of()]; ok && !a.silent && o.startedMs == s.started[o.of()] && !yield(o) {
			return
		}
	}
}

// blindDevices are those of which something is not seen.
func (s *sight) blindDevices(unasked bool) []blindDevice {
	var all []blindDevice
	for o := range s.watched {
		if spots := s.blind(o, unasked); len(spots) > 0 {
			all = append(all, blindDevice{o, spots})
		}
	}
	return all
}

// spots are the blind spots: one of a silent appliance, up to two of each device of the
// others; and how many devices are watched: of a silent appliance those it ever reported.
func (s *sight) spots(blind []blindDevice) storage.BlindSpots {
	var found storage.BlindSpots
	var all []placedSpot
	for _, a := range s.appliances {
		if !a.silent {
			continue
		}
		found.Devices += a.devices
		reason := storage.BlindSilent
		if a.heardMs == 0 {
			reason = storage.BlindNeverHeard
		}
		spot := storage.BlindSpot{What: storage.BlindAppliance, Reason: reason, Devices: a.devices, Since: momentOrZero(a.heardMs), LastGood: momentOrZero(a.heardMs)}
		spot.Entity = deviceEntity(0, a.at.customer, a.at.site, s.names.customers[a.at.customer], s.names.sites[a.at.site], "")
		spot.Name = a.name
		all = append(all, placedSpot{spot, a.at, ""})
	}
	for range s.watched {
		found.Devices++
	}
	for _, device := range blind {
		at, told := s.appliances[device.of()].at, s.told[device.key()]
		for _, spot := range device.spots {
			spot.Entity = deviceEntity(device.device, at.customer, at.site, s.names.customers[at.customer], s.names.sites[at.site], told.name)
			spot.Address, spot.State, spot.Devices = told.address, s.states[device.key()], 1
			spot.Profile, spot.Version, spot.Notes = device.profile, device.version, device.notes
			all = append(all, placedSpot{spot, at, told.name})
		}
	}
	slices.SortFunc(all, func(a, b placedSpot) int {
		return cmp.Or(s.names.byPlace(a.at, b.at), cmp.Compare(min(a.ID, 1), min(b.ID, 1)), cmp.Compare(a.name, b.name), cmp.Compare(a.ID, b.ID), cmp.Compare(b.What, a.What))
	})
	for _, spot := range all {
		found.Spots = append(found.Spots, spot.BlindSpot)
	}
	return found
}

// blind says what of a device is not seen.
func (s *sight) blind(o *outcomeThen, unasked bool) []storage.BlindSpot {
	var all []storage.BlindSpot
	if reason := s.unpolled(o); reason != "" && (reason != storage.BlindNotAsked || unasked) {
		spot := storage.BlindSpot{What: storage.BlindSNMP, Reason: reason, LastGood: momentOrZero(o.goodMs), Detail: o.detail}
		switch {
		case reason == storage.BlindNotPolled && o.result != sample.OutcomePending:
			spot.Since = momentOrZero(o.lastMs)
		case o.result > sample.OutcomeOK:
			spot.Since = momentOrZero(o.sinceMs)
		default:
			spot.Since = momentOrZero(o.startedMs)
		}
		all = append(all, spot)
	}
	if reason := s.unpinged(o); reason != "" {
		p := s.rounds[o.key()]
		spot := storage.BlindSpot{What: storage.BlindPing, Reason: reason, LastGood: momentOrZero(p.answeredMs)}
		switch {
		case p.rounds == 0:
			spot.Since = momentOrZero(o.startedMs)
		case reason == storage.BlindNotPinged:
			spot.Since = momentOrZero(p.lastMs)
		default:
			spot.Since = momentOrZero(p.firstMs)
		}
		all = append(all, spot)
	}
	return all
}

// readMs is as of when a device is seen: up to when what its appliance sends is read, by the appliance's clock.
func (s *sight) readMs(o *outcomeThen) int64 {
	a := s.appliances[o.of()]
	return a.readMs - a.behindMs()
}

// outcomeReasons are the reasons by the outcome of polls; empty for what is seen.
var outcomeReasons = []storage.BlindReason{
	storage.BlindNotAsked, storage.BlindNotPolled, "", storage.BlindIncomplete, storage.BlindTimeout, storage.BlindRefused,
	storage.BlindUnreachable, storage.BlindCredentials, storage.BlindAgentError, storage.BlindNothing, storage.BlindError,
}

// unpolled says why a device tells nothing by SNMP; empty where it does.
func (s *sight) unpolled(o *outcomeThen) storage.BlindReason {
	every := int64(o.everyMs)
	at := s.readMs(o)
	late := at-o.lastMs > int64(o.holdsMs)+2*every+pollDelay
	switch {
	case o.asked == 0:
		return storage.BlindNothingAsked
	case o.asked&sample.AskedSNMP == 0:
		return storage.BlindNotAsked
	case o.result == sample.OutcomePending:
		if late = at-o.startedMs > 2*every+pollDelay; !late {
			return ""
		}
	}
	if late {
		return storage.BlindNotPolled
	}
	return outcomeReasons[min(int(o.result), len(outcomeReasons)-1)]
}

// unpinged says why nothing is known of a device by pings; empty where something is.
func (s *sight) unpinged(o *outcomeThen) storage.BlindReason {
	p, at := s.rounds[o.key()], s.readMs(o)
	switch {
	case o.asked&sample.AskedPing == 0:
		return ""
	case p.rounds == 0:
		if at-o.startedMs > pingWanted {
			return storage.BlindNotPinged
		}
	case at-p.lastMs > 5*p.everyMs+pingDelay:
		return storage.BlindNotPinged
	case p.rounds > 2 && p.answeredMs == 0:
		return storage.BlindNoPing
	}
	return ""
}
