package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// bucketsOf are the buckets of a question. Without a step there is one, which begins
// with the time asked for.
func bucketsOf(query storage.Query) buckets {
	if query.Step == 0 {
		return buckets{query.To.UnixMilli() - query.From.UnixMilli(), query.From.UnixMilli()}
	}
	return buckets{stepMs: query.Step.Milliseconds()}
}

func asked(query storage.Query) span { return span{query.From.UnixMilli(), query.To.UnixMilli()} }

// legs says from which tables a question is answered.
func (s *Store) legs(ctx context.Context, query storage.Query, tables []rollupTable) ([]leg, error) {
	if fitting := plan(asked(query), query.Step.Milliseconds(), tables, holding{}); len(fitting) == 1 && fitting[0].table == "" {
		return fitting, nil
	}
	dirty, err := s.holding(ctx, query)
	if err != nil {
		return nil, err
	}
	return plan(asked(query), query.Step.Milliseconds(), tables, dirty), nil
}

// holding says where in the time asked for the rollups do not hold for some site the
// question is about: before they were begun, and where a range is dirty. What is older
// than all figures that are left is only in the rollups, as they are.
func (s *Store) holding(ctx context.Context, query storage.Query) (holding, error) {
	sites := query
	sites.Device, sites.Interface, sites.Path, sites.Kind = "", "", "", ""
	where := conditions(sites, entityPath)
	var since int64
	err := s.query(ctx, "rollups_since", `SELECT max(begun) FROM (
  SELECT argMax(begun, offset) AS begun FROM (
    SELECT DISTINCT customer_id, site_id, 0 AS part, toInt64(-1) AS offset, toInt64({never:Int64}) AS begun FROM raw_devices WHERE `+where+`
    UNION ALL
    SELECT DISTINCT customer_id, site_id, 0, toInt64(-1), toInt64({never:Int64}) FROM raw_paths WHERE `+where+`
    UNION ALL
    SELECT customer_id, site_id, 0, kafka_offset, toUnixTimestamp64Milli(since_ts) FROM rolled_sites WHERE `+where+`)
  GROUP BY customer_id, site_id)`,
		append(parameters(sites), clickhouse.Named("never", int64(storage.NotRolled))), []any{&since}, func() {})
	if err != nil {
		return holding{}, err
	}
	all := asked(query)
	var dirty holding
	if since > all.from {
		before := span{floor(all.from, dayMs), min(since, ceil(all.to, dayMs))}
		dirty = holding{days: []span{before}, hours: []span{before}}
	}
	if err := s.addDirty(ctx, sites, where, &dirty); err != nil {
		return holding{}, err
	}
	if len(dirty.days) > 0 {
		oldest, err := s.OldestFigure(ctx)
		if err != nil {
			return holding{}, err
		}
		dirty.days = notBefore(dirty.days, floor(oldest, dayMs))
		dirty.hours = notBefore(dirty.hours, floor(oldest, hourMs))
	}
	return dirty, nil
}

// addDirty adds the dirty days and, within them, hours.
func (s *Store) addDirty(ctx context.Context, query storage.Query, where string, dirty *holding) error {
	all := asked(query)
	days := span{floor(all.from, dayMs), ceil(all.to, dayMs)}
	latest := func(figure, more string) string {
		return `SELECT DISTINCT figure, from_ts FROM (
  SELECT figure, from_ts FROM dirty_ranges WHERE figure = '` + figure + `' AND ` + days.contains("from_ts") + ` AND ` + where + more + `
  GROUP BY customer_id, entity_id, part, figure, from_ts HAVING argMax(is_deleted, (kafka_offset, epoch, is_deleted)) = 0)`
	}
	var figure string
	var from int64
	err := s.query(ctx, "rollups_dirty", latest(storage.RollUpDays, "")+` UNION ALL
`+latest(storage.RollUpHours, " AND toStartOfDay(from_ts) IN (SELECT from_ts FROM ("+latest(storage.RollUpDays, "")+"))"),
		parameters(query), []any{&figure, &from}, func() {
			if figure == storage.RollUpDays {
				dirty.days = append(dirty.days, span{from, from + dayMs})
				return
			}
			dirty.hours = append(dirty.hours, span{from, from + hourMs})
		})
	dirty.days, dirty.hours = union(dirty.days), union(dirty.hours)
	return err
}
