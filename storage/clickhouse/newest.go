package clickhouse

import (
	"context"
	"time"

	"mimamori/storage"
)

// Newest returns how new what is known is of the appliances that a query's customer and site
// select, at query.To.
func (s *Store) Newest(ctx context.Context, query storage.Query) (storage.Freshness, error) {
	query.From = query.To.Add(-24 * time.Hour)
	if err := query.Validate(); err != nil {
		return storage.Freshness{}, err
	}
	query.Device, query.Interface, query.Path = "", "", ""
	// Before the heartbeats: one that came in between would be as new as them, and its partition late.
	heard, err := s.lastHeard(ctx)
	if err != nil {
		return storage.Freshness{}, err
	}
	var newest, came, latest int64
	var part uint16
	where := conditions(query, entityDevice)
	toMs, readMs := query.To.UnixMilli(), query.To.UnixMilli()
	err = together(ctx,
		func(ctx context.Context) error {
			return s.query(ctx, "newest", `SELECT toUnixTimestamp64Milli(max(slot)) FROM raw_heartbeats WHERE `+where+
				` AND slot >= fromUnixTimestamp64Milli({from:Int64}) AND slot < fromUnixTimestamp64Milli({to:Int64})`,
				parameters(query), []any{&newest}, func() {})
		},
		func(ctx context.Context) error {
			return s.query(ctx, "newest_read", `SELECT part, toUnixTimestamp64Milli(max(came_ts)) FROM appliance_current WHERE `+where+`
  AND came_ts >= fromUnixTimestamp64Milli({from:Int64}) AND came_ts <= fromUnixTimestamp64Milli({to:Int64}) GROUP BY part`,
				parameters(query), []any{&part, &came}, func() {
					latest = max(latest, came)
					if read := heard.reads[part]; read.late(toMs) {
						readMs = min(readMs, read.ms)
					}
				})
		},
	)
	newest = max(newest, latest) // a clock that is behind tells less
	if err != nil || newest == 0 {
		return storage.Freshness{}, err
	}
	return storage.Freshness{AsOf: instant(min(newest, readMs)), Late: readMs < toMs}, nil
}
