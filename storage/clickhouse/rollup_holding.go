package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	if tooShort(query, tables) {
		return []leg{{span: asked(query)}}, nil
	}
	dirty, err := s.holdingOf(ctx, query, slices.ContainsFunc(tables, func(t rollupTable) bool { return t.stepMs < dayMs }))
	if err != nil {
		return nil, err
	}
	return plan(asked(query), query.Step.Milliseconds(), tables, dirty), nil
}

// tooShort says that no table fits into a question's time or buckets.
func tooShort(query storage.Query, tables []rollupTable) bool {
	fitting := plan(asked(query), query.Step.Milliseconds(), tables, holding{})
	return len(fitting) == 1 && fitting[0].table == ""
}

// holding says where in the time asked for the rollups do not hold for some site the
// question is about: before they were begun, and where a range is dirty. What is older
// than all figures that are left is only in the rollups, as they are.
func (s *Store) holding(ctx context.Context, query storage.Query) (holding, error) {
	return s.holdingOf(ctx, query, true)
}

// holdingOf is holding; without hours, of the daily rollups alone.
func (s *Store) holdingOf(ctx context.Context, query storage.Query, hours bool) (holding, error) {
	sites := query
	sites.Device, sites.Interface, sites.Path, sites.Kind = "", "", "", ""
	where := conditions(sites, entityPath)
	all := asked(query)
	days := span{floor(all.from, dayMs), ceil(all.to, dayMs)}
	its, err := s.holdings.ask(ctx, s.config.Remember, fmt.Sprint(where, sites.Site, days, hours), func(ctx context.Context) (its rolledUp, err error) {
		err = together(ctx,
			func(ctx context.Context) (err error) { its.since, err = s.rolledSince(ctx, sites, where); return err },
			func(ctx context.Context) (err error) {
				its.marked, err = s.marked(ctx, sites, where, hours)
				return err
			},
			func(ctx context.Context) (err error) { its.oldest, err = s.OldestFigure(ctx); return err },
		)
		return its, err
	})
	if err != nil {
		return holding{}, err
	}
	dirty := holding{slices.Clone(its.marked.days), slices.Clone(its.marked.hours)}
	if its.since > all.from {
		before := span{days.from, min(its.since, days.to)}
		dirty.days, dirty.hours = append(dirty.days, before), append(dirty.hours, before)
	}
	dirty.days = notBefore(union(dirty.days), floor(its.oldest, dayMs))
	dirty.hours = notBefore(union(dirty.hours), floor(its.oldest, hourMs))
	return dirty, nil
}

// rolledUp is what the store says of the roll-ups of some sites in some days.
type rolledUp struct {
	since  int64 // from when on every site is added up, Unix milliseconds
	marked holding
	oldest int64 // the oldest figure that is left, Unix milliseconds
}

// rolledSince returns from when on every site is added up.
func (s *Store) rolledSince(ctx context.Context, sites storage.Query, where string) (int64, error) {
	var since int64
	err := s.query(ctx, "rollups_since", `SELECT max(begun) FROM (
  SELECT argMax(begun, offset) AS begun FROM (
    SELECT DISTINCT customer_id, site_id, toInt64(-1) AS offset, toInt64({never:Int64}) AS begun FROM raw_devices WHERE `+where+`
    UNION ALL
    SELECT DISTINCT customer_id, site_id, toInt64(-1), toInt64({never:Int64}) FROM raw_paths WHERE `+where+`
    UNION ALL
    SELECT customer_id, site_id, kafka_offset, toUnixTimestamp64Milli(since_ts) FROM rolled_sites WHERE `+where+`)
  GROUP BY customer_id, site_id)`,
		append(parameters(sites), clickhouse.Named("never", int64(storage.NotRolled))), []any{&since}, func() {})
	return since, err
}

// marked returns the dirty days and, within them, hours where those are asked for.
func (s *Store) marked(ctx context.Context, query storage.Query, where string, asHours bool) (holding, error) {
	all := asked(query)
	read := func(figure string, lengthMs int64, in string) (spans []span, err error) {
		var from int64
		err = s.query(ctx, "rollups_dirty", `SELECT DISTINCT from_ts FROM (
  SELECT from_ts FROM dirty_ranges WHERE figure = '`+figure+`' AND `+in+` AND `+where+`
  GROUP BY customer_id, entity_id, part, from_ts HAVING argMax(is_deleted, (kafka_offset, epoch, is_deleted)) = 0)`,
			parameters(query), []any{&from}, func() { spans = append(spans, span{from, from + lengthMs}) })
		return union(spans), err
	}
	days, err := read(storage.RollUpDays, dayMs, span{floor(all.from, dayMs), ceil(all.to, dayMs)}.contains("from_ts"))
	if err != nil || len(days) == 0 || !asHours {
		return holding{days: days}, err
	}
	in := make([]string, len(days))
	for i, day := range days {
		in[i] = day.contains("from_ts")
	}
	hours, err := read(storage.RollUpHours, hourMs, "("+strings.Join(in, " OR ")+")")
	return holding{days: days, hours: hours}, err
}
