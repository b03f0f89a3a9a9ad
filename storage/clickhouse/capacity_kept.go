package clickhouse

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// trafficBegun returns the first day with traffic in the time asked for of each customer
// that has such a day, Unix milliseconds.
func (s *Store) trafficBegun(ctx context.Context, query storage.Query) (map[sample.ID]int64, error) {
	all := asked(query)
	begun := map[sample.ID]int64{}
	var customer sample.ID
	var day int64
	err := s.query(ctx, "capacity_begun", "SELECT customer_id, toUnixTimestamp64Milli(min(start_ts)) FROM utilization_1d PREWHERE "+
		span{ceil(all.from, dayMs), all.to}.contains("start_ts")+" WHERE "+conditions(ofEveryLink(query), entityInterface)+" AND is_deleted = 0 GROUP BY customer_id",
		parameters(query), []any{&customer, &day}, func() { begun[customer] = day })
	return begun, err
}

// ofEveryLink is a query about all links of its customers.
func ofEveryLink(query storage.Query) storage.Query {
	query.Site, query.Device, query.Interface, query.Kind = "", "", "", ""
	return query
}

// samplesKept returns, of the customers of some interfaces, those of whose averages over five minutes
// the ones of the first days with traffic in the time asked for are given up already, and since when
// there are any; at most the end of the time asked for.
func (s *Store) samplesKept(ctx context.Context, asking capacityQuestion, ports []linkKey) (map[sample.ID]time.Time, error) {
	all, first := asked(asking.Query), int64(math.MaxInt64)
	var some []linkKey
	customers := map[sample.ID]bool{}
	for _, port := range ports {
		if day, ok := asking.begun[port.customer]; ok {
			customers[port.customer] = true
			first = min(first, day)
			if len(some) < mostWitnesses && asking.Kind != storage.LinkIgnored.String() {
				some = append(some, port)
			}
		}
	}
	kept := map[sample.ID]time.Time{}
	var customer sample.ID
	var since int64
	if len(some) > 0 { // one average of the first day of any link says that they are there
		err := s.query(ctx, "capacity_witnesses", "SELECT DISTINCT customer_id FROM utilization_5m WHERE "+ofPorts(some)+" AND is_deleted = 0 AND "+span{all.from, min(all.to, first+dayMs)}.contains("start_ts"),
			nil, []any{&customer}, func() { delete(customers, customer) })
		if err != nil {
			return nil, err
		}
	}
	if len(customers) == 0 {
		return kept, nil
	}
	rest := slices.Sorted(maps.Keys(customers))
	for _, customer := range rest {
		kept[customer] = instant(all.to)
	}
	err := s.query(ctx, "capacity_kept", "SELECT customer_id, toUnixTimestamp64Milli(min(start_ts)) FROM utilization_5m WHERE customer_id IN ("+idList(rest)+") AND "+
		conditions(ofEveryLink(asking.Query), entityInterface)+" AND is_deleted = 0 AND "+all.contains("start_ts")+" GROUP BY customer_id",
		parameters(asking.Query), []any{&customer, &since}, func() {
			if kept[customer] = instant(since); since < asking.begun[customer]+dayMs {
				delete(kept, customer)
			}
		})
	return kept, err
}

// mostWitnesses bounds the links of which one average of the first day is looked for.
const mostWitnesses = 200
