package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"mimamori/storage"
)

// busiest chooses the page of the busiest interfaces from an offset on, and says how many have a figure. The store adds
// up what each table says of an interface and no more; the tables, the rules and the order are put together here, for
// a statement that does it takes the store several times as long. As in rankedTraffic, repeats and replaced rows stay in
// it, and a poll counts where it ends.
func (s *Store) busiest(ctx context.Context, query storage.Query, offset int, legs []leg) (page []linkKey, total int, err error) {
	name := rankingOf(fmt.Sprint("busiest from ", offset), query, time.Now())
	kept, known := s.rankings.first(name, asked(query), func(ctx context.Context) error {
		_, _, err := s.rankedBusiest(ctx, query, offset, legs, name)
		return err
	})
	if known {
		return kept.first, kept.total, nil
	}
	return s.rankedBusiest(ctx, query, offset, legs, name)
}

// rankedBusiest is busiest where no ranking is kept; it keeps the one it makes.
func (s *Store) rankedBusiest(ctx context.Context, query storage.Query, offset int, legs []leg, name string) (page []linkKey, total int, err error) {
	began := time.Now()
	where, err := rankedOf(query)
	if err != nil {
		return nil, 0, err
	}
	legs = busiestLegs(legs, time.Now())
	tables := tablesOf(legs)
	found := make([][]busyRow, len(tables))
	rules := map[ownedID]storage.LinkProfile{}
	parts := []func(context.Context) error{func(ctx context.Context) error { return s.specialLinks(ctx, query, rules) }}
	for i, table := range tables {
		its := spansOf(legs, table)
		parts = append(parts, func(ctx context.Context) (err error) {
			found[i], err = s.busyRows(ctx, query, where, table, its)
			return err
		})
	}
	if err := together(ctx, parts...); err != nil {
		return nil, 0, err
	}
	wanted := kindWanted(query.Kind)
	var figures []linkFigure
	for _, row := range addedBusy(found) {
		profile := rules[ownedID{row.customer, row.port}]
		if row.covered <= 0 || !wanted(profile.Kind) {
			continue
		}
		covered := float64(row.covered)
		if percent, known := profile.Percent(row.in*1000/covered, row.out*1000/covered, row.speed); known {
			figures = append(figures, linkFigure{row.linkKey, percent})
		}
	}
	total = len(figures)
	page = slices.Clone(limited(highestFirst(figures)[min(offset, total):], query)) // it is kept, the others are not
	s.rankings.keep(name, total, keptRanking{page, total, began})
	return page, total, nil
}

// busyRow is what a table, or all, say of an interface.
type busyRow struct {
	linkKey
	covered  int64 // ms
	in, out  float64
	newestMs int64 // of the newest speed that is known
	speed    uint64
}

// busiestLegs are the legs as they are read of all interfaces. What is left of hours is read from the polls of the last
// days, for averages over five minutes lie all over a week.
func busiestLegs(legs []leg, now time.Time) []leg {
	all := slices.Clone(legs)
	for i := range all {
		short := all[i].table == "" || all[i].table == "utilization_5m"
		switch {
		case short && recentPolls(all[i].from, now) == pollsRecent:
			all[i].table = pollsRecent
		case all[i].table == "":
			all[i].table = "utilization"
		case all[i].table == "utilization_1h":
			all[i].table = recentHours(all[i].from, now)
		}
	}
	return adjoin(all)
}

func (s *Store) busyRows(ctx context.Context, query storage.Query, where, table string, within spans) ([]busyRow, error) {
	covered, at, counts := "covered_ms", "last_ts", within.contain("start_ts")+" AND is_deleted = 0"
	if ofPolls(table) {
		ends := slices.Clone(within)
		for i := range ends {
			ends[i] = span{ends[i].from + 1, ends[i].to + 1}
		}
		covered, at, counts = "interval_ms", "end_ts", ends.contain("end_ts")+" AND gap = 0"
	}
	known := "if(speed_bps > 0, toUnixTimestamp64Milli(" + at + "), 0)"
	var rows []busyRow
	var row busyRow
	// An interface's id is made of its device's: grouping by both takes twice the time.
	err := s.query(ctx, "interfaces_busy", "SELECT customer_id, any(device_id), interface_id, toInt64(sum("+covered+")), toFloat64(sum(in_bits)), toFloat64(sum(out_bits)), toInt64(max("+known+")), argMax(speed_bps, "+known+
		")\nFROM "+table+" WHERE "+where+" AND "+counts+" GROUP BY customer_id, interface_id", parameters(query),
		[]any{&row.customer, &row.device, &row.port, &row.covered, &row.in, &row.out, &row.newestMs, &row.speed}, func() { rows = append(rows, row) })
	return rows, err
}

// addedBusy adds up what tables say of each interface.
func addedBusy(found [][]busyRow) []busyRow {
	if len(found) == 1 {
		return found[0]
	}
	places := map[ownedID]int{}
	var all []busyRow
	for _, rows := range found {
		for i := range rows {
			row := &rows[i]
			key := ownedID{row.customer, row.port}
			at, known := places[key]
			if !known {
				places[key] = len(all)
				all = append(all, *row)
				continue
			}
			sum := &all[at]
			sum.covered, sum.in, sum.out = sum.covered+row.covered, sum.in+row.in, sum.out+row.out
			if cmp.Or(cmp.Compare(row.newestMs, sum.newestMs), cmp.Compare(row.speed, sum.speed)) > 0 {
				sum.newestMs, sum.speed = row.newestMs, row.speed
			}
		}
	}
	return all
}
