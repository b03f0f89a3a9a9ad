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

// pingOutcome is what came of a round of pings, as ping_current has it (migration 0044).
type pingOutcome = uint8

const (
	pingAnswered pingOutcome = 1 // at least once
	pingLost     pingOutcome = 2 // every packet
	pingUnsent   pingOutcome = 3
)

// pingCurrentInsertion is the last round of each outcome of each device of a batch.
func pingCurrentInsertion(origin *storage.Origin, pings *sample.Pings) insertion {
	outcomes := make([]pingOutcome, pings.Len())
	for row := range outcomes {
		switch {
		case pings.Received[row] > 0:
			outcomes[row] = pingAnswered
		case pings.Sent[row] > 0:
			outcomes[row] = pingLost
		default:
			outcomes[row] = pingUnsent
		}
	}
	type ending struct {
		device  ownedID
		outcome pingOutcome
	}
	due := func(row int) int64 { return origin.SlotMs[row] + int64(pings.OffsetMs[row]) }
	list := newestRows(pings.Len(), func(row int) (ending, bool) {
		return ending{ownedID{origin.Customer[row], pings.Device[row]}, outcomes[row]}, true
	}, func(row, than int) bool { return due(row) > due(than) })
	return insertion{"ping_current", picked(list,
		of("customer_id", &origin.Customer), of("site_id", &origin.Site), of("device_id", &pings.Device),
		of("outcome", &outcomes), times("slot", &origin.SlotMs), of("offset_ms", &pings.OffsetMs), of("interval_ms", &pings.IntervalMs)), nil}
}

// seenRecently is how far back the latest pings are looked for.
const seenRecently = 15 * time.Minute

// lastPings are when the newest rounds of pings of a device were due, 0 for none.
type lastPings struct {
	answeredMs int64 // of those that it answered
	lostMs     int64 // of those without an answer
}

func (p *lastPings) add(outcome pingOutcome, dueMs int64) {
	if outcome == pingAnswered {
		p.answeredMs = max(p.answeredMs, dueMs)
	} else {
		p.lostMs = max(p.lostMs, dueMs)
	}
}

// pinged reads when devices were last pinged of late, with an answer and without: the rounds in ping_current, and of the devices
// whose rounds there are newer than the time asked for those in raw_pings.
func (s *Store) pinged(ctx context.Context, query storage.Query, where string) (map[ownedID]lastPings, error) {
	all := map[ownedID]lastPings{}
	untold, err := s.lastRounds(ctx, query, where, seenRecently.Milliseconds(), func(one lastRound) {
		its := all[one.device]
		its.add(one.outcome, one.dueMs)
		all[one.device] = its
	})
	if err != nil || untold == "" {
		return all, err
	}
	var key ownedID
	var last lastPings
	err = s.query(ctx, "pinged_before", `SELECT customer_id, device_id, maxIf(due, received > 0), maxIf(due, received = 0) FROM
(SELECT customer_id, device_id, received, toInt64(toUnixTimestamp64Milli(slot) + offset_ms) AS due FROM raw_pings WHERE `+untold+`
  AND slot >= fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(seenRecently)+`) AND slot < fromUnixTimestamp64Milli({to:Int64})) GROUP BY customer_id, device_id`,
		parameters(query), []any{&key.customer, &key.id, &last.answeredMs, &last.lostMs}, func() { all[key] = last })
	return all, err
}

// lastRound is the last round of pings of a device with an outcome.
type lastRound struct {
	device         ownedID
	outcome        pingOutcome
	dueMs, everyMs int64
}

// lastRounds calls each with the last rounds of devices that were due in the milliseconds before the end of the time asked for; a
// round that is no longer the last may come as well. The condition that it returns is on the devices
// whose last rounds are newer, of which others may not have come; it is empty where there are none.
func (s *Store) lastRounds(ctx context.Context, query storage.Query, where string, back int64, each func(lastRound)) (untold string, err error) {
	newer := map[ownedID]bool{}
	var one lastRound
	var every uint32
	var slot int64
	toMs := query.To.UnixMilli()
	err = s.query(ctx, "ping_current", fmt.Sprintf("SELECT customer_id, device_id, outcome, interval_ms, slot, toInt64(newest) FROM ping_current WHERE %s AND slot >= fromUnixTimestamp64Milli({to:Int64} - %d)", where, back),
		parameters(query), []any{&one.device.customer, &one.device.id, &one.outcome, &every, &slot, &one.dueMs}, func() {
			if slot >= toMs {
				newer[one.device] = true
				return
			}
			one.everyMs = int64(every)
			each(one)
		})
	switch {
	case len(newer) == 0:
		return "", err
	case len(newer) <= mostNamed:
		where += " AND (customer_id, device_id) IN (" + ownedIDs(slices.Collect(maps.Keys(newer))).list() + ")"
	}
	return where, err
}
