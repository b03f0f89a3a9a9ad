package clickhouse

import (
	"cmp"
	"context"
)

// heard is what was last heard of all appliances. It is everybody's and not to be changed.
type heard struct {
	reads  map[uint16]readThen       // how far each partition of the measurements was read
	beats  map[ownedID]applianceThen // the last heartbeats, which may be newer than the time asked for
	latest map[heardFrom]beat        // of them the one of each partition that came last
}

// readThen is how far a partition of the measurements was read, Unix milliseconds.
type readThen struct{ ms, stepMs int64 }

// late says whether the centre is late with a partition at a time; of one that was never read it does not know.
func (r readThen) late(atMs int64) bool { return r.ms > 0 && atMs-r.ms-r.stepMs > lateRead }

// heardFrom is a partition; known is false for heartbeats of which it is not known when they came.
type heardFrom struct {
	part  uint16
	known bool
}

// lastHeard reads it: how far was read before the heartbeats, because one that came in between would be missing.
func (s *Store) lastHeard(ctx context.Context) (heard, error) {
	return s.heard.ask(ctx, s.config.Remember, "", func(ctx context.Context) (heard, error) {
		all := heard{reads: map[uint16]readThen{}, beats: map[ownedID]applianceThen{}, latest: map[heardFrom]beat{}}
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
				from, last := heardFrom{row.part, row.cameMs > 0}, row.beat()
				if latest := all.latest[from]; cmp.Or(cmp.Compare(last.cameMs, latest.cameMs), cmp.Compare(last.ms, latest.ms)) > 0 {
					all.latest[from] = last
				}
			})
		return all, err
	})
}
