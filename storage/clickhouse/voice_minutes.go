package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// VoiceMinutes returns the minutes of voice paths that begin in the time from fromMs up
// to but not including toMs, Unix milliseconds, by path and time: what a recompute
// compares its own with. An id stands for the paths of every customer that has it.
func (s *Store) VoiceMinutes(ctx context.Context, paths []sample.ID, fromMs, toMs int64) ([]storage.VoiceMinute, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	var minutes voiceMinutes
	columns := append(minutes.columns(), minutes.version.columns()[:2]...)
	names, targets := selected("", columns)
	var answer []storage.VoiceMinute
	err := s.query(ctx, "voice_minutes", `SELECT `+names+` FROM voice_minutes FINAL
WHERE path_id IN (`+idList(paths)+`)
  AND minute_ts >= fromUnixTimestamp64Milli({from:Int64}) AND minute_ts < fromUnixTimestamp64Milli({to:Int64})
ORDER BY path_id, customer_id, minute_ts`,
		[]any{clickhouse.Named("from", fromMs), clickhouse.Named("to", toMs)}, targets, func() {
			keep(columns)
			answer = append(answer, minutes.row(len(answer)))
		})
	return answer, err
}
