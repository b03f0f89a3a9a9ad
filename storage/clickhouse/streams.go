package clickhouse

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// streamInsertion is how far a batch takes the reading of its partition.
func streamInsertion(part uint16, read storage.StreamRead) insertion {
	rows := 1
	if read.TimeMs == 0 {
		rows = 0
	}
	at := make([]int64, rows)
	for i := range at {
		at[i] = read.TimeMs
	}
	return insertion{"streams_read", []column{
		constant("logs", bit(read.Logs), rows), constant("part", part, rows), times("read_ts", &at),
		constant("step_ms", uint32(min(max(read.StepMs, 0), 1<<32-1)), rows), constant("kafka_offset", read.Offset, rows),
	}, nil}
}

// Streams returns how far the centre has read the partitions in use: those in which an appliance was
// heard in the week before a moment, and those of the log that were read in it.
// Ask before what is held against it: who asks afterwards would miss what came in between.
func (s *Store) Streams(ctx context.Context, at time.Time) ([]storage.Stream, error) {
	var all []storage.Stream
	var logs uint8
	var part uint16
	var readMs int64
	var stepMs uint32
	err := s.query(ctx, "streams", `WITH fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(beatsBack)+`) AS since
SELECT logs, part, toUnixTimestamp64Milli(read_ts), step_ms FROM streams_read FINAL
WHERE if(logs = 1, read_ts > since, part IN (SELECT part FROM appliance_current WHERE toUnixTimestamp64Milli(came_ts) > 0 AND slot > since)) ORDER BY logs, part`,
		[]any{clickhouse.Named("to", at.UnixMilli())}, []any{&logs, &part, &readMs, &stepMs}, func() {
			all = append(all, storage.Stream{Logs: logs != 0, Partition: int(part), Read: instant(readMs), Step: time.Duration(stepMs) * time.Millisecond})
		})
	return all, err
}
