package clickhouse

import (
	"context"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/sample"
)

// polled is a poll of an interface, as the table utilization has it.
type polled struct {
	linkKey
	site     sample.ID
	endMs    int64 // Unix milliseconds
	interval uint32
	speed    uint64 // bit/s, 0 unknown
	gap      uint8
	counts   []uint64 // of the columns that were asked for
}

// length is that of the interval, ms.
func (p *polled) length() int64 { return max(int64(p.interval), 1) }

// polls reads the polls of few interfaces that reach into some times, with the columns of counts that are asked for. With
// FINAL, for a recompute replaces a row by one of the same version, and what the store took last counts.
func (s *Store) polls(ctx context.Context, name, where string, within spans, counts []string) ([]polled, error) {
	var rows []polled
	var row polled
	row.counts = make([]uint64, len(counts))
	targets := []any{&row.customer, &row.site, &row.device, &row.port, &row.endMs, &row.interval, &row.speed, &row.gap}
	for i := range row.counts {
		targets = append(targets, &row.counts[i])
	}
	err := s.query(ctx, name, "SELECT customer_id, site_id, device_id, interface_id, toUnixTimestamp64Milli(end_ts), interval_ms, speed_bps, gap, "+strings.Join(counts, ", ")+
		"\nFROM utilization FINAL WHERE "+where+" AND "+within.polls(time.Now()), nil, targets, func() {
		one := row
		one.counts = slices.Clone(row.counts)
		rows = append(rows, one)
	})
	return rows, err
}
