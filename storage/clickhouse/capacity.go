package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Capacity returns for each interface how full it was and when it will be full, by
// customer, site, device and interface. It rests on the averages over five minutes
// that lie wholly between query.From and query.To, never on longer ones; hours and
// days are those of query.Location. Step is not used. Interfaces without any poll are
// left out.
func (s *Store) Capacity(ctx context.Context, query storage.Query) ([]storage.LinkCapacity, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	zone, err := zoneName(query.Location)
	if err != nil {
		return nil, err
	}
	const step = int64(storage.SampleStep / time.Millisecond)
	from, to := ceil(query.From.UnixMilli(), step), floor(query.To.UnixMilli(), step)
	if from >= to {
		return nil, fmt.Errorf("the time from %s to %s holds no whole 5 minutes: ask for more", query.From.Format(time.RFC3339), query.To.Format(time.RFC3339))
	}
	query.From, query.To, query.Step = time.UnixMilli(from), time.UnixMilli(to), storage.SampleStep
	legs, err := s.legs(ctx, query, utilizationRollups)
	if err != nil {
		return nil, err
	}
	begun, err := s.trafficBegun(ctx, query)
	if err != nil {
		return nil, err
	}
	asking := capacityQuestion{query, legs, zone, begun}
	answer, enough, err := s.topCapacity(ctx, asking)
	if err != nil {
		return nil, err
	}
	if !enough {
		ports, err := s.portsOf(ctx, query, legs)
		if err != nil {
			return nil, err
		}
		if answer, err = s.capacityOf(ctx, asking, ports); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(answer, func(a, b storage.LinkCapacity) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Device, b.Device),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	if query.Limit > 0 && query.Limit < len(answer) {
		answer = answer[:query.Limit]
	}
	return answer, nil
}

// capacityQuestion is a question about whole averages over five minutes.
type capacityQuestion struct {
	storage.Query
	legs []leg
	zone string
	// begun is the first day with traffic in the time asked for of each customer, Unix milliseconds.
	begun map[sample.ID]int64
}

// topCapacity answers for the links that are among the query's top, and for others; false
// where all links are to be asked.
func (s *Store) topCapacity(ctx context.Context, asking capacityQuestion) ([]storage.LinkCapacity, bool, error) {
	if asking.Top == 0 || asking.Interface != "" {
		return nil, false, nil
	}
	by := rankBits
	if asking.Order == "percent" {
		by = rankPercentile
	}
	whole := asking.Query
	whole.Step = 0
	legs, err := s.legs(ctx, whole, utilizationRollups)
	if err != nil {
		return nil, false, err
	}
	links, all, err := s.rank(ctx, whole, legs, by)
	if err != nil {
		return nil, false, err
	}
	var answer []storage.LinkCapacity
	enough, err := foremost(links, all, asking.Top, func(ports []linkKey) (figures []float64, err error) {
		some, err := s.capacityOf(ctx, asking, ports)
		for i := range some {
			if figure, ok := some[i].Figure(asking.Order); ok {
				figures = append(figures, figure)
			}
		}
		answer = append(answer, some...)
		return figures, err
	})
	return answer, enough, err
}

// capacityOf answers for some interfaces.
func (s *Store) capacityOf(ctx context.Context, asking capacityQuestion, ports []linkKey) ([]storage.LinkCapacity, error) {
	const step = int64(storage.SampleStep / time.Millisecond)
	all := asked(asking.Query)
	expected := int((all.to - all.from) / step)
	kept, err := s.samplesKept(ctx, asking, ports)
	if err != nil {
		return nil, err
	}
	var answer []storage.LinkCapacity
	var row capacityRow
	arguments := append(parameters(asking.Query), clickhouse.Named("zone", asking.zone))
	for some := range slices.Chunk(ports, max(1, mostSamples/expected)) {
		samples := samplesSQL(portsWhere(asking.Query, some), asking.legs, buckets{stepMs: step})
		var rows []capacityRow
		var its linkNames
		err := together(ctx,
			func(ctx context.Context) error {
				return s.query(ctx, "capacity", capacitySQL(ofPorts(some), samples), arguments, row.targets(), func() { rows = append(rows, row.kept()) })
			},
			func(ctx context.Context) (err error) { its, err = s.linkNames(ctx, asking.Query, some); return err },
		)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			link := rows[i].link(expected, &its)
			if since, partly := kept[rows[i].customer]; partly {
				link.P95, link.NoP95 = storage.Percentiles{}, "averages over 5 minutes are kept since "+since.Format(time.DateOnly)+" alone"
			}
			answer = append(answer, link)
		}
	}
	return answer, nil
}

// mostSamples bounds the samples that are read at once, and with them the memory that
// the store needs for the arrays of a query.
const mostSamples = 1_000_000

// portsOf returns the interfaces with traffic in the legs, in the order of their key, so
// that reading some after the others reads each part of the tables once.
func (s *Store) portsOf(ctx context.Context, query storage.Query, legs []leg) ([]linkKey, error) {
	arms := make([]string, len(legs))
	for i, leg := range legs {
		table, at := leg.table, leg.contains("start_ts")
		if table == "" {
			table, at = "utilization", span{leg.from + 1, leg.to + usualReach}.contains("end_ts")
		}
		arms[i] = "SELECT DISTINCT customer_id, device_id, interface_id FROM " + table + " WHERE " + conditions(query, entityInterface) + " AND " + at
	}
	var answer []linkKey
	var row linkKey
	err := s.query(ctx, "capacity_links", "SELECT DISTINCT customer_id, device_id, interface_id FROM ("+strings.Join(arms, " UNION ALL ")+") ORDER BY customer_id, device_id, interface_id",
		parameters(query), []any{&row.customer, &row.device, &row.port}, func() { answer = append(answer, row) })
	return answer, err
}

// portsWhere selects some interfaces of those that a query is about.
func portsWhere(query storage.Query, ports []linkKey) string {
	return conditions(query, entityInterface) + " AND " + ofPorts(ports)
}

// ofPorts selects some interfaces by their key.
func ofPorts(ports []linkKey) string {
	keys := make([]string, len(ports))
	for i, p := range ports {
		keys[i] = "(" + idList([]sample.ID{p.customer, p.device, p.port}) + ")"
	}
	return "(customer_id, device_id, interface_id) IN (" + strings.Join(keys, ",") + ")"
}

// zoneName returns a zone as ClickHouse knows it, by its name in the IANA database.
func zoneName(location *time.Location) (string, error) {
	if location == nil {
		return "UTC", nil
	}
	if _, err := time.LoadLocation(location.String()); err != nil || location == time.Local {
		return "", fmt.Errorf("the zone %q is not known by name: ask in a zone of the IANA database such as Asia/Tokyo", location)
	}
	return location.String(), nil
}

// capacityRow is one interface as it is scanned.
type capacityRow struct {
	linkKey
	site                           sample.ID
	speed                          uint64
	samples, loaded                uint64
	covered                        int64
	in, out, inPeak, outPeak       float64
	inP95, outP95, maxP95, loadP95 float64
	days                           []int64
	dayLoads                       []float64
	daySamples                     []uint64
	hours                          []uint32 // of the day, with the bits and the measured time of all days
	hourBits                       []float64
	hourCovered                    []int64
	busiest                        int64
	busiestBps                     float64
}

func (r *capacityRow) targets() []any {
	return []any{&r.customer, &r.site, &r.device, &r.port, &r.speed, &r.samples, &r.loaded, &r.covered, &r.in, &r.out, &r.inPeak, &r.outPeak,
		&r.inP95, &r.outP95, &r.maxP95, &r.loadP95, &r.days, &r.dayLoads, &r.daySamples,
		&r.hours, &r.hourBits, &r.hourCovered, &r.busiest, &r.busiestBps}
}

// kept is the row with lists of its own: the next one is read into the same.
func (r *capacityRow) kept() capacityRow {
	own := *r
	own.days, own.dayLoads, own.daySamples = slices.Clone(r.days), slices.Clone(r.dayLoads), slices.Clone(r.daySamples)
	own.hours, own.hourBits, own.hourCovered = slices.Clone(r.hours), slices.Clone(r.hourBits), slices.Clone(r.hourCovered)
	return own
}

func (r *capacityRow) link(expected int, its *linkNames) storage.LinkCapacity {
	answer := storage.LinkCapacity{SpeedBps: r.speed, Samples: int(r.samples), Expected: expected,
		CoveredMs: r.covered, InBits: r.in, OutBits: r.out, InPeakBps: r.inPeak, OutPeakBps: r.outPeak,
		BusyHour: -1,
	}
	answer.Entity, answer.LinkProfile, answer.Alias = its.of(r.linkKey, r.site)
	if r.samples == 0 {
		answer.NoP95 = "not measured"
	} else {
		answer.P95 = storage.Percentiles{
			InBps: r.inP95, OutBps: r.outP95, MaxOfBothBps: max(r.inP95, r.outP95), OfMaxBps: r.maxP95,
			Percent: r.loadP95, HasPercent: r.loaded > 0,
		}
	}
	for i, hour := range r.hours {
		if r.hourCovered[i] == 0 {
			continue
		}
		if mean := r.hourBits[i] * 1000 / float64(r.hourCovered[i]); answer.BusyHour < 0 || mean > answer.BusyHourBps {
			answer.BusyHour, answer.BusyHourBps = int(hour), mean
		}
	}
	if r.busiest > 0 {
		answer.Busiest, answer.BusiestBps = instant(r.busiest), r.busiestBps
	}
	days := make([]storage.LoadDay, len(r.days))
	for i := range r.days {
		days[i] = storage.LoadDay{Day: r.days[i], Percent: r.dayLoads[i], Samples: int(r.daySamples[i])}
	}
	if r.samples > 0 && r.loaded == 0 {
		answer.NoTrend = "the speed is not known"
		return answer
	}
	answer.Trend, answer.NoTrend = storage.TrendOf(days)
	return answer
}

// p95SQL is the 95th percentile of an array: ascending, the value of rank ceil(0.95 n),
// which is the intDiv(n, 20) + 1st from the top; 0 of none.
func p95SQL(values string) string {
	rank := "(intDiv(length(" + values + "), 20) + 1)"
	return "arrayPartialReverseSort(" + rank + ", " + values + ")[" + rank + "]"
}

// capacitySQL adds samples up to hours, hours to days and days to interfaces, so that
// each sample is read once. A sample's load is its utilization as LinkProfile.Percent
// has it, at the speed of its hour; where that is not known it has none.
func capacitySQL(links, samples string) string {
	return `SELECT u.customer_id, u.site_id, u.device_id, u.interface_id, u.speed, toUInt64(length(u.ins)), toUInt64(length(u.loads)), u.covered, u.in_sum, u.out_sum, u.in_peak, u.out_peak,
  ` + p95SQL("u.ins") + `, ` + p95SQL("u.outs") + `, ` + p95SQL("arrayMap((x, y) -> greatest(x, y), u.ins, u.outs)") + `, ` + p95SQL("u.loads") + `,
  u.days, u.loads_of_days, u.samples_of_days, u.hours.1, u.hours.2, u.hours.3, u.busiest.2, u.busiest.1
FROM (
  SELECT customer_id, any(day_site) AS site_id, device_id, interface_id,
    argMax(day_speed, if(day_speed > 0, day, 0)) AS speed, sum(day_covered) AS covered, sum(day_in) AS in_sum, sum(day_out) AS out_sum,
    max(day_in_peak) AS in_peak, max(day_out_peak) AS out_peak,
    groupArrayArray(day_ins) AS ins, groupArrayArray(day_outs) AS outs, groupArrayArray(day_loads) AS loads,
    groupArrayIf(day, notEmpty(day_loads)) AS days, groupArrayIf(day_load, notEmpty(day_loads)) AS loads_of_days,
    groupArrayIf(toUInt64(length(day_loads)), notEmpty(day_loads)) AS samples_of_days,
    sumMap(day_hours, day_hour_bits, day_hour_covered) AS hours, max(day_busiest) AS busiest
  FROM (
    SELECT customer_id, any(hour_site) AS day_site, device_id, interface_id, toInt64(toUInt16(toDate(hour, {zone:String}))) AS day,
      argMax(hour_speed, if(hour_speed > 0, toUnixTimestamp(hour), 0)) AS day_speed,
      sum(hour_covered) AS day_covered, sum(hour_in) AS day_in, sum(hour_out) AS day_out,
      max(hour_in_peak) AS day_in_peak, max(hour_out_peak) AS day_out_peak,
      groupArrayArray(hour_ins) AS day_ins, groupArrayArray(hour_outs) AS day_outs, groupArrayArray(hour_loads) AS day_loads,
      ` + p95SQL("day_loads") + ` AS day_load,
      groupArray(toUInt32(toHour(hour, {zone:String}))) AS day_hours, groupArray(hour_in + hour_out) AS day_hour_bits, groupArray(hour_covered) AS day_hour_covered,
      max(if(hour_covered >= 1800000, ((hour_in + hour_out) * 1000 / hour_covered, toInt64(toUnixTimestamp(hour)) * 1000), (0., toInt64(0)))) AS day_busiest
    FROM (
      SELECT h.*, if(p.rx_bps > 0, p.rx_bps, hour_speed) AS in_capacity, if(p.tx_bps > 0, p.tx_bps, hour_speed) AS out_capacity,
        if(in_capacity = 0 OR out_capacity = 0, [], arrayMap((x, y) -> if(p.half_duplex = 1,
          100 * (x / in_capacity + y / out_capacity), 100 * greatest(x / in_capacity, y / out_capacity)), hour_ins, hour_outs)) AS hour_loads
      FROM (
        SELECT customer_id, any(site) AS hour_site, device_id, interface_id,
          toStartOfHour(fromUnixTimestamp64Milli(bucket), {zone:String}) AS hour,
          argMax(speed, if(speed > 0, bucket, 0)) AS hour_speed,
          sum(covered) AS hour_covered, sum(sum_in_bits) AS hour_in, sum(sum_out_bits) AS hour_out,
          max(in_peak) AS hour_in_peak, max(out_peak) AS hour_out_peak,
          groupArrayIf(sum_in_bits * 1000 / covered, covered > 0) AS hour_ins,
          groupArrayIf(sum_out_bits * 1000 / covered, covered > 0) AS hour_outs
        FROM (` + samples + `)
        GROUP BY customer_id, device_id, interface_id, hour
      ) AS h
      LEFT JOIN (SELECT customer_id, interface_id, half_duplex, tx_bps, rx_bps FROM links FINAL WHERE ` + links + `) AS p
        ON p.customer_id = h.customer_id AND p.interface_id = h.interface_id
    )
    GROUP BY customer_id, device_id, interface_id, day
  )
  GROUP BY customer_id, device_id, interface_id
) AS u` + earlySelection
}

// samplesSQL are the averages over five minutes in the legs. The rollup has a row for
// each, which is read as it is: legs end where samples do, so none is in two of them.
func samplesSQL(where string, legs []leg, b buckets) string {
	const keys = "customer_id, site, device_id, interface_id, bucket, covered, sum_in_bits, sum_out_bits, in_peak, out_peak"
	arms := make([]string, len(legs))
	for i, leg := range legs {
		if leg.table == "" {
			arms[i] = "SELECT " + keys + ", newest.2 AS speed FROM (" + utilizationLeg(where, leg, b) + ")"
			continue
		}
		arms[i] = `SELECT customer_id, site_id AS site, device_id, interface_id, toUnixTimestamp64Milli(start_ts) AS bucket, covered_ms AS covered,
  in_bits AS sum_in_bits, out_bits AS sum_out_bits, in_peak_bps AS in_peak, out_peak_bps AS out_peak, speed_bps AS speed
FROM ` + leg.table + ` FINAL WHERE ` + where + ` AND ` + leg.contains("start_ts")
	}
	return strings.Join(arms, " UNION ALL ")
}
