package clickhouse

import (
	"context"
	"fmt"
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

// nearReach is how long nearly all polls are at most, ms.
const nearReach = hourMs

// polls reads the polls of few interfaces that reach into some times, with the columns of counts that are asked for. Those longer
// than nearReach may end long after: whether there are any is told by an index of the lengths, and a day of all polls is
// not read for them.
func (s *Store) polls(ctx context.Context, name, where string, within spans, counts []string) ([]polled, error) {
	near, longer := within.reached(nearReach)
	now := time.Now().UnixMilli()
	for i := range longer { // what ends later than now need not be looked for
		longer[i].to = min(longer[i].to, max(longer[i].from, now)+dayMs)
	}
	long := fmt.Sprintf("%s AND interval_ms > %d AND %s", longer.contain("end_ts"), nearReach, within.reach())
	var rows, rest []polled
	err := together(ctx,
		func(ctx context.Context) (err error) {
			rows, err = s.selectedPolls(ctx, name, where+" AND "+near.contain("end_ts")+" AND "+within.reach(), counts)
			return err
		},
		func(ctx context.Context) error {
			var all uint64
			err := s.query(ctx, name+"_long", "SELECT count() FROM utilization WHERE "+where+" AND "+long, nil, []any{&all}, func() {})
			if err != nil || all == 0 {
				return err
			}
			rest, err = s.selectedPolls(ctx, name, where+" AND "+long, counts)
			return err
		},
	)
	return append(rows, rest...), err
}

// selectedPolls reads the polls that a condition selects. With FINAL, for a recompute replaces a row by one of the same version,
// and what the store took last counts.
func (s *Store) selectedPolls(ctx context.Context, name, where string, counts []string) ([]polled, error) {
	var rows []polled
	var row polled
	row.counts = make([]uint64, len(counts))
	targets := []any{&row.customer, &row.site, &row.device, &row.port, &row.endMs, &row.interval, &row.speed, &row.gap}
	for i := range row.counts {
		targets = append(targets, &row.counts[i])
	}
	err := s.query(ctx, name, "SELECT customer_id, site_id, device_id, interface_id, toUnixTimestamp64Milli(end_ts), interval_ms, speed_bps, gap, "+strings.Join(counts, ", ")+
		"\nFROM utilization FINAL WHERE "+where, nil, targets, func() {
		one := row
		one.counts = slices.Clone(row.counts)
		rows = append(rows, one)
	})
	return rows, err
}
