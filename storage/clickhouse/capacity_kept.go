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

// trafficBegun returns the first day with traffic in the time asked for of each of some customers
// that has such a day, Unix milliseconds. All days of a customer are looked through where none of the
// links given has one right at the beginning.
func (s *Store) trafficBegun(ctx context.Context, asking capacityQuestion, customers map[sample.ID]bool, some []linkKey) (map[sample.ID]int64, error) {
	query := asking.Query
	days := span{ceil(query.From.UnixMilli(), dayMs), query.To.UnixMilli()}
	begun := map[sample.ID]int64{}
	if !asking.dirty.holdsIn(days) { // what no day is added up of yet is all there
		return begun, nil
	}
	var customer sample.ID
	if len(some) > 0 {
		err := s.query(ctx, "capacity_begun_first", "SELECT DISTINCT customer_id FROM utilization_1d WHERE "+ofPorts(some)+" AND is_deleted = 0 AND "+span{days.from, days.from + 1}.contains("start_ts"),
			nil, []any{&customer}, func() { begun[customer] = days.from })
		if err != nil {
			return nil, err
		}
	}
	var rest []sample.ID
	for customer := range customers {
		if _, known := begun[customer]; !known {
			rest = append(rest, customer)
		}
	}
	if len(rest) == 0 {
		return begun, nil
	}
	slices.Sort(rest)
	var day int64
	err := s.query(ctx, "capacity_begun", "SELECT customer_id, toUnixTimestamp64Milli(min(start_ts)) FROM utilization_1d PREWHERE "+days.contains("start_ts")+
		" WHERE customer_id IN ("+idList(rest)+") AND "+conditions(ofEveryLink(query), entityInterface)+" AND is_deleted = 0 GROUP BY customer_id",
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
	query := asking.Query
	var some []linkKey
	customers := map[sample.ID]bool{}
	witnessed := map[sample.ID]bool{}
	if query.Kind != storage.LinkIgnored.String() {
		witnessed = s.samples.witnessed(ports, asking.revision, ceil(query.From.UnixMilli(), dayMs)+dayMs)
	}
	for _, port := range ports {
		if witnessed[port.customer] {
			continue
		}
		customers[port.customer] = true
		if len(some) < mostWitnesses && query.Kind != storage.LinkIgnored.String() {
			some = append(some, port)
		}
	}
	if len(customers) == 0 {
		return nil, nil
	}
	begun, err := s.trafficBegun(ctx, asking, customers, some)
	if err != nil {
		return nil, err
	}
	all, first := asked(query), int64(math.MaxInt64)
	for customer := range customers {
		day, known := begun[customer]
		if !known {
			delete(customers, customer)
			continue
		}
		first = min(first, day)
	}
	some = slices.DeleteFunc(some, func(port linkKey) bool { return !customers[port.customer] })
	kept := map[sample.ID]time.Time{}
	var customer sample.ID
	var since int64
	if len(some) > 0 { // one average of the first day of any link says that they are there
		err = s.query(ctx, "capacity_witnesses", "SELECT DISTINCT customer_id FROM utilization_5m WHERE "+ofPorts(some)+" AND is_deleted = 0 AND "+span{all.from, min(all.to, first+dayMs)}.contains("start_ts"),
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
	err = s.query(ctx, "capacity_kept", "SELECT customer_id, toUnixTimestamp64Milli(min(start_ts)) FROM utilization_5m WHERE customer_id IN ("+idList(rest)+") AND "+
		conditions(ofEveryLink(query), entityInterface)+" AND is_deleted = 0 AND "+all.contains("start_ts")+" GROUP BY customer_id",
		parameters(query), []any{&customer, &since}, func() {
			if kept[customer] = instant(since); since < begun[customer]+dayMs {
				delete(kept, customer)
			}
		})
	return kept, err
}

// mostWitnesses bounds the links of which one average of the first day is looked for.
const mostWitnesses = 200
