package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
// whether these are all there are. The store adds up the rows of each link and no more: kinds, rules and
// what the tables say together are looked at here, because a join of all links takes it longer than their rows.
func (s *Store) rank(ctx context.Context, query storage.Query, legs []leg, unfit []span, by rankFigure) (links []ranked, all bool, err error) {
	arms := rankArms(legs, unfit, time.Now())
	found := make([][]rankRow, len(arms))
	rules := map[ownedID]storage.LinkProfile{}
	parts := []func(context.Context) error{func(ctx context.Context) error { return s.specialLinks(ctx, query, rules) }}
	partlyMs := int64(0)
	for i, arm := range arms {
		parts = append(parts, func(ctx context.Context) (err error) { found[i], err = s.rankRows(ctx, query, arm, by); return err })
		if partlyMs += arm.cutMs; ofPolls(arm.table) {
			for _, polled := range arm.spans {
				partlyMs += polled.to - polled.from
			}
		}
	}
	if err := together(ctx, parts...); err != nil {
		return nil, false, err
	}
	wanted := kindWanted(query.Kind)
	places := map[linkKey]int{}
	var rows []rankRow
	for _, some := range found {
		for i := range some {
			row := &some[i]
			if !wanted(rules[ownedID{row.customer, row.port}].Kind) {
				continue
			}
			if at, known := places[row.linkKey]; known {
				rows[at].add(row)
				continue
			}
			places[row.linkKey] = len(rows)
			rows = append(rows, *row)
		}
	}
	links = make([]ranked, len(rows))
	for i := range rows {
		links[i] = ranked{rows[i].linkKey, rows[i].most(by, rules[ownedID{rows[i].customer, rows[i].port}], partlyMs)}
	}
	slices.SortFunc(links, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.most, a.most), cmp.Compare(a.customer, b.customer), cmp.Compare(a.device, b.device), cmp.Compare(a.port, b.port))
	})
	return links[:min(len(links), mostRanked)], len(links) <= mostRanked, nil
}

// specialLinks reads what the rules say of the links of which they say more than that they are there.
func (s *Store) specialLinks(ctx context.Context, query storage.Query, into map[ownedID]storage.LinkProfile) error {
	query.Site = ""
	return s.linkRulesAsked(ctx, conditions(query, entityDevice)+" AND (kind != 0 OR half_duplex != 0 OR tx_bps > 0 OR rx_bps > 0)", parameters(query), into)
}

// kindWanted says whether a question about a kind is about a link; that of no kind is about all but the ignored.
func kindWanted(kind string) func(storage.LinkKind) bool {
	return func(its storage.LinkKind) bool {
		if kind == "" {
			return its != storage.LinkIgnored
		}
		return its.String() == kind
	}
}

// lastDigits is by how much sums in another order may differ, of themselves.
const lastDigits = 1e-9

// withSpare is how many links are looked at where n are asked for: some of those with the highest bounds, or that were
// first a moment ago, turn out not to be.
func withSpare(n int) int { return n + n/4 + 5 }

// foremost works figures out from the link with the highest bound down, until n are above
// the bound of the next: figure is told how some of the links turned out. It says whether
// the rest may be left out. Once n are known, those that may be above them are looked at together.
func foremost(links []ranked, all bool, n int, figures func([]linkKey) ([]float64, error)) (bool, error) {
	var known []float64
	for done, size := 0, withSpare(n); done < len(links); {
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
		if len(known) < n {
			size *= 2
			continue
		}
		least := known[len(known)-n]
		above := func(link ranked) bool { return link.most*(1+lastDigits) >= least }
		left := links[done:]
		if i := slices.IndexFunc(left, func(link ranked) bool { return !above(link) }); i >= 0 {
			left = left[:i]
			if i == 0 {
				return true, nil
			}
		}
		size = min(len(left), 8*size)
	}
	return all, nil
}

// foremostOf are the links with the n highest figures, and some that may come to be among them.
func foremostOf(figures map[linkKey]float64, n int) []linkKey {
	links := slices.SortedFunc(maps.Keys(figures), func(a, b linkKey) int {
		return cmp.Or(cmp.Compare(figures[b], figures[a]), cmp.Compare(a.customer, b.customer), cmp.Compare(a.port, b.port))
	})
	return links[:min(len(links), withSpare(n))]
}

// topTraffic answers for the links that are among the query's top by their bits or mean
// rates, and for those that equal the last of them; false where all links are to be asked.
func (s *Store) topTraffic(ctx context.Context, query storage.Query, dirty holding) ([]storage.LinkUtilization, bool, error) {
	name := rankingOf("traffic", query, time.Now())
	kept, known := s.rankings.first(name, asked(query), func(ctx context.Context) error {
		_, _, err := s.rankedTop(ctx, query, dirty, name)
		return err
	})
	if !known {
		top, found, err := s.rankedTop(ctx, query, dirty, name)
		if err != nil || !found {
			return nil, false, err
		}
		answer, err := s.namedTraffic(ctx, query, top)
		return answer, true, err
	}
	rows, its, err := s.trafficAndNames(ctx, query, kept.first, plan(asked(query), query.Step.Milliseconds(), utilizationRollups, dirty))
	if err != nil {
		return nil, false, err
	}
	figures := figuresOf(rows, its.rules, query.Order)
	if len(figures) < query.Top {
		return nil, false, nil
	}
	return called(query, topRows(rows, figures, query.Top), its), true, nil
}

// rankedTop returns the traffic for topTraffic where no ranking is kept; it keeps the one it makes.
func (s *Store) rankedTop(ctx context.Context, query storage.Query, dirty holding, name string) (top []traffic, found bool, err error) {
	began := time.Now()
	by := rankBits
	if query.Order == "percent" {
		by = rankMean
	}
	legs := plan(asked(query), 0, utilizationRollups, dirty)
	links, all, err := s.rank(ctx, query, legs, dirty.hours, by)
	if err != nil || all && len(links) <= query.Top {
		return nil, false, err
	}
	// The buckets of a link say how much it has in all, too.
	legs = plan(asked(query), query.Step.Milliseconds(), utilizationRollups, dirty)
	var rows []traffic
	figures := map[linkKey]float64{}
	enough, err := foremost(links, all, query.Top, func(ports []linkKey) ([]float64, error) {
		some, its, err := s.trafficFigures(ctx, query, ports, legs)
		maps.Copy(figures, its)
		rows = append(rows, some...)
		return slices.Collect(maps.Values(its)), err
	})
	if err != nil || !enough || len(figures) < query.Top {
		return nil, false, err
	}
	s.rankings.keep(name, len(links), keptRanking{first: foremostOf(figures, query.Top), at: began})
	return topRows(rows, figures, query.Top), true, nil
}

// topRows are the rows of the n links with the highest figures, and of those that equal the last of them.
func topRows(rows []traffic, figures map[linkKey]float64, n int) []traffic {
	least := slices.Sorted(maps.Values(figures))[len(figures)-n] * (1 - lastDigits)
	return slices.DeleteFunc(rows, func(row traffic) bool {
		figure, known := figures[row.linkKey]
		return !known || figure < least
	})
}

// trafficFigures reads the traffic of some links, and what Top goes by of those that have it.
func (s *Store) trafficFigures(ctx context.Context, query storage.Query, ports []linkKey, legs []leg) (rows []traffic, figures map[linkKey]float64, err error) {
	rules := map[ownedID]storage.LinkProfile{}
	err = together(ctx,
		func(ctx context.Context) (err error) {
			rows, err = s.legTraffic(ctx, query, ports, legs)
			return err
		},
		func(ctx context.Context) error { return s.linkRules(ctx, ofPorts(ports), rules) },
	)
	return rows, figuresOf(rows, rules, query.Order), err
}

// figuresOf is what Top goes by of the links that have it.
func figuresOf(rows []traffic, rules map[ownedID]storage.LinkProfile, order string) map[linkKey]float64 {
	whole := map[linkKey]*traffic{}
	for i := range rows {
		row := &rows[i]
		sum := whole[row.linkKey]
		if sum == nil {
			sum = &traffic{}
			sum.LinkProfile = rules[ownedID{row.customer, row.port}]
			whole[row.linkKey] = sum
		}
		sum.add(row)
	}
	figures := map[linkKey]float64{}
	for link, sum := range whole {
		if figure, ok := sum.Figure(order); ok {
			figures[link] = figure
		}
	}
	return figures
}

// rankArm is a table of which links are ranked by and the times that are read.
type rankArm struct {
	table string
	spans []span // in the time asked for
	cut   []span // hours that reach out of it
	cutMs int64  // of their time, what is in the time asked for
}

// rankArms are the arms of legs. For less than an hour at an edge the hour stands, but where it does not hold.
func rankArms(legs []leg, unfit []span, now time.Time) []rankArm {
	var arms []rankArm
	of := func(table string) *rankArm {
		at := slices.IndexFunc(arms, func(arm rankArm) bool { return arm.table == table })
		if at < 0 {
			at, arms = len(arms), append(arms, rankArm{table: table})
		}
		return &arms[at]
	}
	for _, leg := range legs {
		hours := span{floor(leg.from, hourMs), ceil(leg.to, hourMs)}
		within := func(unfit span) bool { return unfit.from < hours.to && hours.from < unfit.to }
		switch {
		case leg.table == "utilization_1h":
			arm := of(recentHours(leg.from, now))
			arm.spans = append(arm.spans, leg.span)
		case leg.table == "utilization_5m", leg.table == "" && !slices.ContainsFunc(unfit, within):
			arm := of(recentHours(hours.from, now))
			arm.cut, arm.cutMs = append(arm.cut, hours), arm.cutMs+leg.to-leg.from
		case leg.table == "":
			arm := of(recentPolls(leg.from, now))
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
	all := spans(slices.Concat(a.spans, a.cut))
	if ofPolls(a.table) {
		return all.polls(time.Now())
	}
	return all.contain("start_ts")
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

// columns are, of each arm of a link: the bits and the time they were measured in, of a mean without hours that
// reach out of the time asked for, the highest rates, whether rows came more than once,
// the highest that a 95th percentile can be (bit/s), the lowest speed (0 where that of a
// measured row is not known, nothing where nothing was measured) and the highest. The highest rates of polls and of hours
// that reach out stand apart: how much of their time is covered cannot be told, for some may be there twice.
func (a rankArm) columns(by rankFigure) string {
	if ofPolls(a.table) {
		return pollColumns(by)
	}
	speeds := "min(if(covered_ms > 0 OR slowest_bps > 0, slowest_bps, " + noSpeed + ")) AS slow, max(speed_bps) AS fast, "
	step := int64(hourMs)
	if a.table == "utilization_1d" {
		step = dayMs
	}
	place := fmt.Sprintf("bitShiftLeft(toUInt64(1), intDiv(toUnixTimestamp64Milli(start_ts), %d) %% %d)", step, a.places(step))
	repeated := "count() != bitCount(groupBitOr(" + place + "))"
	switch by {
	case rankBits:
		return "sum(in_bits + out_bits) AS bits"
	case rankMean:
		return speeds + "sumIf(in_bits, " + a.inside() + " AS within) AS in_sum, sumIf(out_bits, within) AS out_sum, sumIf(covered_ms, within) AS covered, max(in_peak_bps) AS in_peak, max(out_peak_bps) AS out_peak, " +
			repeated + " AS repeated, maxIf(in_peak_bps, NOT within) AS in_most, maxIf(out_peak_bps, NOT within) AS out_most"
	case rankPercentile:
	}
	if step == dayMs {
		return speeds + "max(busy_bps) AS busy"
	}
	return speeds + "-groupArraySorted(2)(-busy_bps)[if(bitCount(groupBitOr(if(" + fullHour + " AND " + a.inside() + ", " + place + ", 0))) < " + fullHours + " OR " + repeated + ", 1, 2)] AS busy"
}

// places is by which number, 64 at most, buckets are told from each other: at the ends of a month hours are many places
// apart. Where there is no such number, rows seem to have come more than once.
func (a rankArm) places(stepMs int64) int64 {
	for places := int64(64); places >= 24; places-- {
		var seen uint64
		apart := true
		for _, read := range union(slices.Concat(a.spans, a.cut)) {
			for at := floor(read.from, stepMs); at < read.to && apart; at += stepMs {
				place := uint64(1) << (at / stepMs % places)
				apart = seen&place == 0
				seen |= place
			}
		}
		if apart {
			return places
		}
	}
	return 64
}

const noSpeed = "toUInt64(18446744073709551615)"

func pollColumns(by rankFigure) string {
	const in, out = "toFloat64(in_bits) * 1000 / greatest(interval_ms, 1)", "toFloat64(out_bits) * 1000 / greatest(interval_ms, 1)"
	const speeds = "min(if(gap = 0 OR speed_bps > 0, speed_bps, " + noSpeed + ")) AS slow, max(speed_bps) AS fast, "
	switch by {
	case rankBits:
		return "sum(toFloat64(in_bits) + toFloat64(out_bits)) AS bits"
	case rankMean:
		return speeds + "0. AS in_sum, 0. AS out_sum, toInt64(0) AS covered, 0. AS in_peak, 0. AS out_peak, toUInt8(0) AS repeated, maxIf(" + in + ", gap = 0) AS in_most, maxIf(" + out + ", gap = 0) AS out_most"
	case rankPercentile:
	}
	return speeds + "maxIf(greatest(" + in + ", " + out + "), gap = 0) AS busy"
}
