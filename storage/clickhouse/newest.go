package clickhouse

import (
	"context"
	"time"

	"mimamori/storage"
)

// Newest returns the time of the newest heartbeat before query.To of the appliances that
// a query's customer and site select: how new what is known of them is. It is zero where
// there was none in the day before.
func (s *Store) Newest(ctx context.Context, query storage.Query) (time.Time, error) {
	query.From = query.To.Add(-24 * time.Hour)
	if err := query.Validate(); err != nil {
		return time.Time{}, err
	}
	query.Device, query.Interface, query.Path = "", "", ""
	var newest int64
	err := s.query(ctx, "newest", `SELECT toUnixTimestamp64Milli(max(slot)) FROM raw_heartbeats WHERE `+conditions(query, entityDevice)+
		` AND slot >= fromUnixTimestamp64Milli({from:Int64}) AND slot < fromUnixTimestamp64Milli({to:Int64})`,
		parameters(query), []any{&newest}, func() {})
	if err != nil || newest == 0 {
		return time.Time{}, err
	}
	return instant(newest), nil
}
