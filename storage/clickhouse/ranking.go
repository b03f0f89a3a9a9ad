package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/storage"
)

// The few links with most are found without working out the figures of all: for each a bound
// that its figure cannot exceed is read from the rollups, in one question. Then the
// figures themselves are worked out from the highest bound down, until enough are above
// the bound of the next. Bounds may be too high, which costs time alone: rows that came
// twice, were replaced or lie beside the time asked for can only raise them.

// rankFigure is what links are ranked by.
type rankFigure int

const (
	rankBits       rankFigure = iota
	rankMean                  // the utilization at the mean rates, percent
	rankPercentile            // the 95th percentile of the utilization of averages over five minutes, percent
)

// ranked is a link with what its figure is at most; below 0 where it can have none.
type ranked struct {
	linkKey
	most float64
}

// mostRanked is how many links are looked at before all are.
const mostRanked = 2000

// rank returns the links of a query with the highest bounds over the legs, highest first, and
// whether these are all there are.
func (s *Store) rank(ctx context.Context, query storage.Query, legs []leg, by rankFigure) (links []ranked, all bool, err error) {
	var row ranked
	err = s.query(ctx, "utilization_rank", rankSQL(query, legs, by), parameters(query),
		[]any{&row.customer, &row.device, &row.port, &row.most}, func() { links = append(links, row) })
	return links[:min(len(links), mostRanked)], len(links) <= mostRanked, err
}

// lastDigits is by how much sums in another order may differ, of themselves.
const lastDigits = 1e-9

// foremost works figures out from the link with the highest bound down, until n are above
// the bound of the next: figure is told how some of the links turned out. It says whether
// the rest may be left out.
func foremost(links []ranked, all bool, n int, figures func([]linkKey) ([]float64, error)) (bool, error) {
	var known []float64
	for done, size := 0, n+n/4+5; done < len(links); size *= 2 {
		some := links[done:min(len(links), done+size)]
		keys := make([]linkKey, len(some))
		for i, link := range some {
			keys[i] = link.linkKey
		}
		values, err := figures(keys)
		if err != nil {
			return false, err
		}
		known = append(known, values...)
		slices.Sort(known)
		done += len(some)
		if done < len(links) && len(known) >= n && known[len(known)-n] > links[done].most*(1+lastDigits) {
			return true, nil
		}
	}
	return all, nil
}

// topLinks returns the links that are among the query's top by their bits or mean rates, and
// those that equal the last of them; false where all links are to be asked.
func (s *Store) topLinks(ctx context.Context, query storage.Query) ([]linkKey, bool, error) {
	by := rankBits
	if query.Order == "percent" {
		by = rankMean
	}
	query.Step = 0
	legs, err := s.legs(ctx, query, utilizationRollups)
	if err != nil {
		return nil, false, err
	}
	links, all, err := s.rank(ctx, query, legs, by)
	if err != nil || all && len(links) <= query.Top {
		return nil, false, err
	}
	type figured struct {
		linkKey
		figure float64
	}
	var found []figured
	enough, err := foremost(links, all, query.Top, func(ports []linkKey) (figures []float64, err error) {
		return figures, s.traffic(ctx, query, ports, legs, func(port linkKey, link *storage.LinkUtilization) {
			if figure, ok := link.Figure(query.Order); ok {
				figures, found = append(figures, figure), append(found, figured{port, figure})
			}
		})
	})
	if err != nil || !enough || len(found) < query.Top {
		return nil, false, err
	}
	slices.SortFunc(found, func(a, b figured) int { return cmp.Compare(b.figure, a.figure) })
	least := found[query.Top-1].figure * (1 - lastDigits)
	var top []linkKey
	for _, link := range found {
		if link.figure >= least {
			top = append(top, link.linkKey)
		}
	}
	return top, true, nil
}

// traffic reads what Top goes by of some links over the whole time.
func (s *Store) traffic(ctx context.Context, query storage.Query, ports []linkKey, legs []leg, row func(linkKey, *storage.LinkUtilization)) error {
	var rows []traffic
	rules := map[ownedID]storage.LinkProfile{}
	err := together(ctx,
		func(ctx context.Context) (err error) {
			rows, err = s.legTraffic(ctx, query, ofPorts(ports), legs)
			return err
		},
		func(ctx context.Context) error { return s.linkRules(ctx, ofPorts(ports), rules) },
	)
	for i := range rows {
		rows[i].LinkProfile = rules[ownedID{rows[i].customer, rows[i].port}]
		row(rows[i].linkKey, &rows[i].LinkUtilization)
	}
	return err
}

// rankSQL is the bound of each link, highest first.
func rankSQL(query storage.Query, legs []leg, by rankFigure) string {
	where, later := conditions(query, entityInterface), "1"
	if query.Interface == "" && (query.Kind == "" || query.Kind == storage.LinkLAN.String()) {
		// Nearly all links are of the kind: fewer rows to look at when there is one of each.
		where, later = conditions(query, entityDevice), ofKind(query.Kind, inScope(query.Scope))
	}
	const key = "customer_id, device_id, interface_id"
	arms := make([]string, 0, len(legs))
	for _, arm := range rankArms(legs, time.Now()) {
		arms = append(arms, "SELECT "+key+", "+arm.columns(by)+"\nFROM "+arm.table+" WHERE "+where+" AND "+arm.when()+" GROUP BY "+key)
	}
	return `SELECT u.customer_id, u.device_id, u.interface_id, ` + boundSQL(by, legs) + ` AS most
FROM (SELECT ` + key + `, ` + allArms(by) + ` FROM (` + strings.Join(arms, " UNION ALL\n") + `) WHERE ` + later + ` GROUP BY ` + key + `) AS u
LEFT JOIN (SELECT customer_id, interface_id, half_duplex, tx_bps, rx_bps FROM links FINAL
  WHERE (half_duplex != 0 OR tx_bps > 0 OR rx_bps > 0) AND ` + inScope(query.Scope) + `) AS l ON l.customer_id = u.customer_id AND l.interface_id = u.interface_id
ORDER BY most DESC, u.customer_id, u.device_id, u.interface_id LIMIT ` + fmt.Sprint(mostRanked+1)
}

// rankArm is a table of which links are ranked by and the times that are read.
type rankArm struct {
	table string
	spans []span // in the time asked for
	cut   []span // hours that reach out of it
}

// rankArms are the arms of legs. For five minutes at an edge their hour stands.
func rankArms(legs []leg, now time.Time) []rankArm {
	var arms []rankArm
	of := func(table string) *rankArm {
		at := slices.IndexFunc(arms, func(arm rankArm) bool { return arm.table == table })
		if at < 0 {
			at, arms = len(arms), append(arms, rankArm{table: table})
		}
		return &arms[at]
	}
	for _, leg := range legs {
		switch leg.table {
		case "utilization_1h":
			arm := of(recentHours(leg.from, now))
			arm.spans = append(arm.spans, leg.span)
		case "utilization_5m":
			hours := span{floor(leg.from, hourMs), ceil(leg.to, hourMs)}
			arm := of(recentHours(hours.from, now))
			arm.cut = append(arm.cut, hours)
		case "":
			arm := of("utilization")
			arm.spans = append(arm.spans, leg.span)
		default:
			arm := of(leg.table)
			arm.spans = append(arm.spans, leg.span)
		}
	}
	return arms
}

// when is the condition on the time of the rows.
func (a rankArm) when() string {
	var all []string
	for _, asked := range slices.Concat(a.spans, a.cut) {
		if a.table != "utilization" {
			all = append(all, asked.contains("start_ts"))
			continue
		}
		begun := fmt.Sprintf(" AND toUnixTimestamp64Milli(end_ts) - toInt64(greatest(interval_ms, 1)) < %d", asked.to)
		usual, longer := span{asked.from + 1, asked.to + usualReach}, span{asked.to + usualReach, asked.to + longestReach}
		all = append(all, usual.contains("end_ts")+begun, longer.contains("end_ts")+fmt.Sprintf(" AND interval_ms > %d", usualReach)+begun)
	}
	return "((" + strings.Join(all, ") OR (") + "))"
}

// inside is the condition that a row lies wholly in the time asked for.
func (a rankArm) inside() string {
	if len(a.cut) == 0 {
		return "1"
	}
	all := []string{"0"}
	for _, span := range a.spans {
		all = append(all, span.contains("start_ts"))
	}
	return "(" + strings.Join(all, " OR ") + ")"
}

// columns are, of each arm of a link: the bits and the time they were measured in (without that of hours that
// reach out of the time asked for), the highest rates, whether rows came more than once,
// the highest that a 95th percentile can be (bit/s), the lowest speed (0 where that of a
// measured row is not known, nothing where nothing was measured) and the highest. The rates of polls stand
// apart: how much of their time is covered cannot be told while some may be there twice.
func (a rankArm) columns(by rankFigure) string {
	if a.table == "utilization" {
		return pollColumns(by)
	}
	speeds := "min(if(covered_ms > 0 OR slowest_bps > 0, slowest_bps, " + noSpeed + ")) AS slow, max(speed_bps) AS fast, "
	step := int64(hourMs)
	if a.table == "utilization_1d" {
		step = dayMs
	}
	place := fmt.Sprintf("bitShiftLeft(toUInt64(1), intDiv(toUnixTimestamp64Milli(start_ts), %d) %% 64)", step)
	repeated := "count() != bitCount(groupBitOr(" + place + "))"
	switch by {
	case rankBits:
		return "sum(in_bits + out_bits) AS bits"
	case rankMean:
		return speeds + "sum(in_bits) AS in_sum, sum(out_bits) AS out_sum, sumIf(covered_ms, " + a.inside() + ") AS covered, max(in_peak_bps) AS in_peak, max(out_peak_bps) AS out_peak, " +
			repeated + " AS repeated, 0. AS in_poll, 0. AS out_poll"
	case rankPercentile:
	}
	if step == dayMs {
		return speeds + "max(busy_bps) AS busy"
	}
	return speeds + "-groupArraySorted(2)(-busy_bps)[if(bitCount(groupBitOr(if(" + fullHour + " AND " + a.inside() + ", " + place + ", 0))) < " + fullHours + " OR " + repeated + ", 1, 2)] AS busy"
}

const noSpeed = "toUInt64(18446744073709551615)"

func pollColumns(by rankFigure) string {
	const in, out = "toFloat64(in_bits) * 1000 / greatest(interval_ms, 1)", "toFloat64(out_bits) * 1000 / greatest(interval_ms, 1)"
	const speeds = "min(if(gap = 0 OR speed_bps > 0, speed_bps, " + noSpeed + ")) AS slow, max(speed_bps) AS fast, "
	switch by {
	case rankBits:
		return "sum(toFloat64(in_bits) + toFloat64(out_bits)) AS bits"
	case rankMean:
		return speeds + "0. AS in_sum, 0. AS out_sum, toInt64(0) AS covered, 0. AS in_peak, 0. AS out_peak, toUInt8(0) AS repeated, maxIf(" + in + ", gap = 0) AS in_poll, maxIf(" + out + ", gap = 0) AS out_poll"
	case rankPercentile:
	}
	return speeds + "maxIf(greatest(" + in + ", " + out + "), gap = 0) AS busy"
}

// allArms puts the arms of a link together.
func allArms(by rankFigure) string {
	const speeds = "min(slow) AS slowest, max(fast) AS fastest, "
	switch by {
	case rankBits:
		return "sum(bits) AS all_bits"
	case rankMean:
		return speeds + "sum(in_sum) AS in_all, sum(out_sum) AS out_all, sum(covered) AS time, max(in_peak) AS in_top, max(out_peak) AS out_top, max(repeated) AS again, max(in_poll) AS in_last, max(out_poll) AS out_last"
	case rankPercentile:
	}
	return speeds + "max(busy) AS busiest"
}

// boundSQL is the bound of a link, of a row u of allArms and the rules l.
func boundSQL(by rankFigure, legs []leg) string {
	load := linkPercent("u.busiest", "u.busiest", "u.slowest")
	switch by {
	case rankBits:
		return "u.all_bits"
	case rankMean:
		polled := int64(0)
		for _, leg := range legs {
			if leg.table == "" {
				polled += leg.to - leg.from
			}
		}
		rate := func(way string) string {
			mean := "(u." + way + "_all * 1000 / u.time)"
			return fmt.Sprintf("if(u.again = 1 OR u.time <= 0, greatest(u.%[1]s_top, u.%[1]s_last), if(u.%[1]s_last > %[2]s, (%[2]s * u.time + u.%[1]s_last * %[3]d) / (u.time + %[3]d), %[2]s))", way, mean, polled)
		}
		load = linkPercent(rate("in"), rate("out"), "u.slowest")
	case rankPercentile:
	}
	return "multiIf(u.slowest = " + noSpeed + ", -1, l.rx_bps > 0 AND l.tx_bps > 0, toFloat64(" + load + "), u.fastest = 0, -1, u.slowest = 0, inf, toFloat64(" + load + "))"
}
