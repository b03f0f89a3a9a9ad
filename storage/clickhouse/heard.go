package clickhouse

import (
	"context"
)

// heard is what was last heard of all appliances. It is everybody's and not to be changed.
type heard struct {
	reads  map[uint16]readThen       // how far each partition of the measurements was read
	beats  map[ownedID]applianceThen // the last heartbeats, which may be newer than the time asked for
	newest beat                      // of them all; a zero one where none was ever stored
}

// readThen is how far a partition of the measurements was read, Unix milliseconds.
type readThen struct{ ms, stepMs int64 }

// beat is a heartbeat of an appliance.
type beat struct{ ms, intervalMs int64 }

// lastHeard reads it: how far was read before the heartbeats, because one that came in between would be missing.
func (s *Store) lastHeard(ctx context.Context) (heard, error) {
	return s.heard.ask(ctx, s.config.Remember, "", func(ctx context.Context) (heard, error) {
		all := heard{reads: map[uint16]readThen{}, beats: map[ownedID]applianceThen{}}
		var part uint16
		var read readThen
		err := s.query(ctx, "streams_then", "SELECT part, toUnixTimestamp64Milli(read_ts), toInt64(step_ms) FROM streams_read FINAL WHERE logs = 0", nil,
			[]any{&part, &read.ms, &read.stepMs}, func() { all.reads[part] = read })
		if err != nil {
			return all, err
		}
		var key ownedID
		var row applianceThen
		var offset int64
		offsets := map[ownedID]int64{}
		err = s.query(ctx, "last_heartbeats", "SELECT customer_id, appliance_id, toUnixTimestamp64Milli(slot), toInt64(toUnixTimestamp64Milli(slot) + offset_ms), interval_ms, part, toUnixTimestamp64Milli(came_ts), kafka_offset FROM appliance_current", nil,
			[]any{&key.customer, &key.id, &row.slotMs, &row.beatMs, &row.everyMs, &row.part, &row.cameMs, &offset}, func() {
				known, ok := all.beats[key]
				if ok && (known.beatMs > row.beatMs || known.beatMs == row.beatMs && offsets[key] <= offset) {
					return
				}
				all.beats[key], offsets[key] = row, offset
				if row.beatMs > all.newest.ms {
					all.newest = beat{row.beatMs, int64(row.everyMs)}
				}
			})
		return all, err
	})
}
