package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// How far back heartbeats are looked for: most appliances have one of the last minutes,
// which is all there is to know of them.
const (
	beatsRecently = 15 * time.Minute
	beatsBack     = 7 * 24 * time.Hour
	backlogBack   = 24 * time.Hour
)

// Appliances returns how each appliance that the configuration lists stands at query.To,
// by customer, site and name. Of the query's time the end alone counts, of its names
// Customer and Site.
func (s *Store) Appliances(ctx context.Context, query storage.Query) ([]storage.ApplianceStatus, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	query.Device = ""
	var gone removedDevices
	var names placeNames
	clocks := map[ownedID]clockThen{}
	err := together(ctx,
		func(ctx context.Context) (err error) { gone, err = s.removed(ctx, query); return err },
		func(ctx context.Context) (err error) { names, err = s.placeNames(ctx, query); return err },
		func(ctx context.Context) error { return s.clocksThen(ctx, query, clocks) },
	)
	if err != nil {
		return nil, err
	}
	all, err := s.watchingAppliances(ctx, query, gone, true)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b applianceThen) int {
		return cmp.Or(names.byPlace(a.at, b.at), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	all = limited(all, query)
	answer := make([]storage.ApplianceStatus, len(all))
	where := map[ownedID]int{}
	behind := ownedIDs{}
	for i, a := range all {
		one := &answer[i]
		one.Entity = entity(a.id, named(names.customers[a.at.customer], a.at.customer), named(names.sites[a.at.site], a.at.site), "", named(a.name, a.id))
		one.LastHeartbeat, one.Interval = momentOrZero(a.beatMs), time.Duration(a.everyMs)*time.Millisecond
		one.BacklogBlocks, one.BacklogBytes, one.DroppedBlocks, one.Version, one.UplinkBytes = a.backlogBlocks, a.backlogBytes, a.droppedBlocks, a.version, a.uplinkBytes
		one.Heard, one.Read = momentOrZero(a.cameBefore()), instant(a.readMs)
		one.Silent, one.Devices, one.Unknown = a.silent, a.devices, a.unknown
		if one.Silent {
			one.SilentSince = momentOrZero(a.heardMs)
		}
		if one.UplinkKnown = a.sentMs > 0 && !a.silent; one.UplinkKnown {
			one.UplinkBps = float64(a.sent) * 8000 / float64(a.sentFor)
		}
		if clock, ok := clocks[a.key()]; ok {
			one.ClockKnown, one.ClockOffset, one.ClockRefused = true, time.Duration(clock.skewMs)*time.Millisecond, clock.refused
		}
		where[a.key()] = i
		if a.backlogBlocks > 0 {
			behind = append(behind, a.key())
		}
	}
	if len(behind) == 0 {
		return answer, nil
	}
	var key ownedID
	var since int64
	err = s.query(ctx, "appliance_backlogs", `SELECT customer_id, appliance_id, if(full = 0, toInt64(0), toInt64(first)) FROM (
  SELECT customer_id, appliance_id, groupArrayIf(at_ms, backlog_blocks > 0) AS filled, maxIf(at_ms, backlog_blocks = 0) AS empty_ms,
    length(filled) AS full, arrayMin(arrayFilter(at -> at > empty_ms, filled)) AS first
  FROM (SELECT customer_id, appliance_id, toInt64(toUnixTimestamp64Milli(slot) + offset_ms) AS at_ms, backlog_blocks FROM raw_heartbeats
    WHERE (customer_id, appliance_id) IN (`+behind.list()+`) AND slot > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(backlogBack)+`) AND slot <= fromUnixTimestamp64Milli({to:Int64}))
  GROUP BY customer_id, appliance_id
)`, []any{clickhouse.Named("to", query.To.UnixMilli())}, []any{&key.customer, &key.id, &since}, func() {
		if at, ok := where[key]; ok {
			answer[at].BacklogOldest = momentOrZero(since)
		}
	})
	return answer, err
}

// ownedIDs are ids with whose they are.
type ownedIDs []ownedID

// list lists them as tuples in SQL.
func (all ownedIDs) list() string {
	parts := make([]string, len(all))
	for i, one := range all {
		parts[i] = fmt.Sprintf("(%d,%d)", one.customer, one.id)
	}
	return strings.Join(parts, ",")
}

// applianceThen is an appliance that the configuration lists, as of the end of the time asked for.
type applianceThen struct {
	at                          place
	id                          sample.ID
	name                        string
	listedMs                    int64
	beatMs, slotMs              int64    // of the last heartbeat; 0 for none
	cameMs                      int64    // the last tick before that; 0 where nobody knows
	heardMs                     int64    // of the last sign of life of it or its devices
	part                        uint16   // in which it came; where cameMs is not 0
	readMs                      int64    // up to when its partition is read: the time asked for, where the centre is not late
	read                        readThen // of its partition
	everyMs                     uint32
	backlogBlocks               uint32
	backlogBytes, droppedBlocks uint64
	version                     string
	uplinkBytes                 uint64
	sentMs                      uint32
	sent, sentFor               uint64 // of the last minutes
	devices, unknown            int
	silent                      bool
}

func (a *applianceThen) key() ownedID { return ownedID{a.at.customer, a.id} }

// cameBefore is when the last heartbeat came: by its own time, unless that lies further ahead of the tick before
// it than a clock that is right may be.
func (a *applianceThen) cameBefore() int64 {
	if a.cameMs == 0 {
		return a.beatMs
	}
	return min(a.beatMs, a.cameMs+a.read.stepMs+storage.LongestAheadMs)
}

// behindMs is by how much its clock is behind the centre's at least, as long as that is not told as a trouble of its own.
func (a *applianceThen) behindMs() int64 {
	if a.cameMs == 0 {
		return 0
	}
	return min(max(a.cameMs-a.beatMs, 0), storage.LongestBehindMs)
}

// isSilent says whether heartbeats are missing at the time that its partition is read up to: what the
// centre has not read yet is not missing.
func (a *applianceThen) isSilent() bool {
	listedMs := int64(0)
	if a.listedMs <= a.readMs {
		listedMs = a.listedMs
	}
	return a.beat().missing(a.readMs, a.read.stepMs, listedMs)
}

// beat is its last heartbeat; of one that never sent any, with the usual interval.
func (a *applianceThen) beat() beat {
	return beat{a.beatMs, int64(cmp.Or(a.everyMs, 10_000)), a.cameMs}
}

// watchingAppliances are appliancesThen with the devices that they watch.
func (s *Store) watchingAppliances(ctx context.Context, query storage.Query, gone removedDevices, wordy bool) ([]applianceThen, error) {
	query.Device = ""
	var all []applianceThen
	behind := map[ownedID]devicesBehind{}
	err := together(ctx,
		func(ctx context.Context) (err error) { all, err = s.appliancesThen(ctx, query, wordy); return err },
		func(ctx context.Context) error { return s.behindAppliances(ctx, query, gone, behind) },
	)
	return watching(all, behind), err
}

// watching adds the devices that appliances watch.
func watching(all []applianceThen, behind map[ownedID]devicesBehind) []applianceThen {
	for i := range all {
		one := &all[i]
		its := behind[one.key()]
		one.heardMs, one.devices, one.unknown = max(one.beatMs, one.cameMs, its.seenMs), its.devices, its.unknown
	}
	return all
}

// appliancesThen reads the appliances that a query's customer and site select, in no order and without
// their devices. Without wordy nothing is known of a heartbeat but its time and interval.
func (s *Store) appliancesThen(ctx context.Context, query storage.Query, wordy bool) ([]applianceThen, error) {
	query.Device = ""
	where := conditions(query, entityDevice)
	reaches := []time.Duration{beatsRecently, beatsBack}
	if wordy {
		reaches = reaches[1:]
	}
	var all []applianceThen
	var last heard
	beats := map[ownedID]applianceThen{}
	err := together(ctx,
		func(ctx context.Context) (err error) { all, err = s.listedAppliances(ctx, query); return err },
		func(ctx context.Context) (err error) { last, err = s.lastHeard(ctx); return err },
		func(ctx context.Context) error {
			if !wordy {
				return nil
			}
			return s.beats(ctx, query, where, beatsRecently, beats)
		},
	)
	if err != nil {
		return nil, err
	}
	toMs := query.To.UnixMilli()
	late := func(one applianceThen) bool { return one.slotMs > toMs-beatsBack.Milliseconds() }
	for key, one := range last.beats {
		if !wordy && late(one) && one.slotMs <= toMs {
			beats[key] = one
		}
	}
	for _, reach := range reaches {
		var quiet ownedIDs
		for _, a := range all {
			if _, ok := beats[a.key()]; !ok {
				quiet = append(quiet, a.key())
			}
		}
		if len(quiet) == 0 {
			break
		}
		if err := s.beats(ctx, query, "(customer_id, appliance_id) IN ("+quiet.list()+")", reach, beats); err != nil {
			return nil, err
		}
	}
	for i, a := range all {
		one := beats[a.key()]
		one.at, one.id, one.name, one.listedMs = a.at, a.id, a.name, a.listedMs
		one.readMs = toMs
		if known := last.beats[a.key()]; late(known) && known.cameMs > 0 && known.cameMs <= toMs {
			one.cameMs, one.part, one.read = known.cameMs, known.part, last.reads[known.part]
			if one.read.ms > 0 {
				one.readMs = min(toMs, one.read.ms)
			}
		}
		one.silent = one.isSilent()
		all[i] = one
	}
	return all, nil
}

// listedAppliances reads those that the configuration lists.
func (s *Store) listedAppliances(ctx context.Context, query storage.Query) (all []applianceThen, err error) {
	appliances, err := s.registry(ctx, query, appliancesTable)
	for _, one := range appliances.all {
		if one.listedMs == appliances.lastMs {
			all = append(all, applianceThen{at: one.at, id: one.id, name: one.name, listedMs: one.listedMs})
		}
	}
	return all, err
}

// beats reads the last heartbeat of each appliance that a condition selects, so far back, and what was
// sent in that time.
func (s *Store) beats(ctx context.Context, query storage.Query, where string, back time.Duration, into map[ownedID]applianceThen) error {
	var key ownedID
	var row applianceThen
	return s.query(ctx, "heartbeats", `SELECT customer_id, appliance_id, beat_ms, last.1, last.2, last.3, last.4, last.5, last.6, last.7, sent, sent_for FROM (
  SELECT customer_id, appliance_id, max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS beat_ms,
    argMax((interval_ms, backlog_blocks, backlog_bytes, dropped_blocks, toString(version), sent_bytes, sent_ms), toUnixTimestamp64Milli(slot) + offset_ms) AS last,
    sum(sent_bytes) AS sent, sum(sent_ms) AS sent_for
  FROM raw_heartbeats WHERE `+where+` AND slot > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(back)+`) AND slot <= fromUnixTimestamp64Milli({to:Int64})
  GROUP BY customer_id, appliance_id)`, parameters(query),
		[]any{&key.customer, &key.id, &row.beatMs, &row.everyMs, &row.backlogBlocks, &row.backlogBytes, &row.droppedBlocks, &row.version, &row.uplinkBytes, &row.sentMs, &row.sent, &row.sentFor},
		func() { into[key] = row })
}

// devicesBehind sums up the devices that an appliance watches.
type devicesBehind struct {
	seenMs           int64 // the last sign of life of any
	devices, unknown int
}

func (s *Store) behindAppliances(ctx context.Context, query storage.Query, gone removedDevices, into map[ownedID]devicesBehind) error {
	var key ownedID
	var row devicesBehind
	var devices, unknown uint64
	return s.query(ctx, "appliance_devices", `SELECT customer_id, appliance_id, maxIf(toInt64(toUnixTimestamp64Milli(last_seen_ts)), last_seen_ts <= fromUnixTimestamp64Milli({to:Int64})), uniqExact(device_id), countIf(state = 0)
FROM device_current FINAL WHERE `+conditions(query, entityDevice)+` AND `+gone.others()+` GROUP BY customer_id, appliance_id`, parameters(query),
		[]any{&key.customer, &key.id, &row.seenMs, &devices, &unknown}, func() {
			row.devices, row.unknown = int(devices), int(unknown)
			into[key] = row
		})
}

// clockThen is how wrong an appliance's clock was found of late.
type clockThen struct {
	atMs, skewMs int64
	refused      bool
}

func (s *Store) clocksThen(ctx context.Context, query storage.Query, into map[ownedID]clockThen) error {
	var key ownedID
	var row clockThen
	var refused uint8
	return s.query(ctx, "clocks_then", `SELECT customer_id, appliance_id, toUnixTimestamp64Milli(at_ts), skew_ms, refused FROM appliance_clocks FINAL WHERE `+inScope(query.Scope)+`
  AND at_ts > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(clockTold)+`) AND at_ts <= fromUnixTimestamp64Milli({to:Int64})`, parameters(query),
		[]any{&key.customer, &key.id, &row.atMs, &row.skewMs, &refused}, func() {
			row.refused = refused != 0
			into[key] = row
		})
}
