package clickhouse

import (
	"context"
	"fmt"
	"time"

	"mimamori/storage"
)

// daySum is what the daily rollups say of a device, added up.
type daySum struct {
	downMs, degradedMs, unknownMs int64
	unreachableMs                 int64 // -1 where a day does not know
	downs                         int64
	longestMs, untilMs            int64
	// The outage that was carried into the first of the days, which longestMs leaves out: it is cut where the time
	// asked for begins.
	carriedMs, carriedSinceMs int64
}

// longest is the longest outage of the days that began at a time or later, ms.
func (d daySum) longest(fromMs int64) int64 {
	if d.carriedSinceMs < fromMs {
		return d.longestMs
	}
	return max(d.longestMs, d.carriedMs)
}

// AvailabilityTotals returns what Availability does without the outages: of whole days
// that are added up by reading those, of the rest of the time by reading intervals.
// LongestMs takes stretches for disjoint, as they are made. Without named no device has its name.
func (s *Store) AvailabilityTotals(ctx context.Context, query storage.Query, named bool) ([]storage.AvailabilityTotal, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	query = ofCustomer(query)
	query.Step = 0
	var current []currentState
	var known reported
	var days map[deviceKey]daySum
	var parts []part
	var stretches map[deviceKey][]stretch
	err := together(ctx,
		func(ctx context.Context) error {
			legs, err := s.legs(ctx, query, availabilityRollup)
			if err != nil {
				return err
			}
			parts = partsOf(legs)
			return together(ctx,
				func(ctx context.Context) (err error) { days, err = s.daysOf(ctx, query, legs); return err },
				func(ctx context.Context) (err error) { stretches, err = s.edges(ctx, query, parts); return err },
			)
		},
		func(ctx context.Context) (err error) { current, err = s.currentStates(ctx, query, named); return err },
		func(ctx context.Context) (err error) { known, err = s.reported(ctx, query); return err },
	)
	if err != nil {
		return nil, err
	}
	answer := make([]storage.AvailabilityTotal, len(current))
	for i, device := range current {
		key := deviceKey{device.customer, device.ID}
		answer[i] = total(device, days[key], parts, stretches[key], asked(query), known)
	}
	return answer, nil
}

// part is a stretch of the time asked for that is read from intervals: a leg without
// a table, or a moment at an end of the time, of which only the outages that reach over
// the end are wanted.
type part struct {
	span
	moment bool
}

// partsOf are the parts of legs, by time. Where the time begins or ends with a rollup,
// its first or last millisecond is a part.
func partsOf(legs []leg) []part {
	var parts []part
	if first := legs[0]; first.table != "" {
		parts = append(parts, part{span: span{first.from, first.from + 1}, moment: true})
	}
	for _, leg := range legs {
		if leg.table == "" {
			parts = append(parts, part{span: leg.span})
		}
	}
	if last := legs[len(legs)-1]; last.table != "" {
		parts = append(parts, part{span: span{last.to - 1, last.to}, moment: true})
	}
	return parts
}

// wholeDays are the days of a question that are read as they were added up.
type wholeDays struct {
	spans spans
	table string
}

// daysOf adds the daily rollups of the legs up.
func (s *Store) daysOf(ctx context.Context, query storage.Query, legs []leg) (map[deviceKey]daySum, error) {
	all := spansOf(legs, availabilityRollup[0].name)
	if len(all) == 0 {
		return nil, nil
	}
	return s.keptDaySums(ctx, query, wholeDays{all, daysFrom(all[0].from, time.Now())})
}

// daySums adds up some days of each device.
func (s *Store) daySums(ctx context.Context, query storage.Query, days wholeDays) (map[deviceKey]daySum, error) {
	sums := map[deviceKey]daySum{}
	var key deviceKey
	var row daySum
	first := fmt.Sprintf("carried_since_ts >= fromUnixTimestamp64Milli(toInt64(%d))", days.spans[0].from)
	err := s.query(ctx, "availability_days", `SELECT customer_id, device_id, toInt64(sum(down_ms)), toInt64(sum(degraded_ms)), toInt64(sum(unknown_ms)), if(min(unreachable_ms) < 0, -1, sum(unreachable_ms)), toInt64(sum(downs)),
  greatest(max(longest_ms), maxIf(carried_ms, `+first+`)), toUnixTimestamp64Milli(max(until_ts)), maxIf(carried_ms, NOT `+first+`), toUnixTimestamp64Milli(maxIf(carried_since_ts, NOT `+first+`))
FROM `+days.table+` FINAL WHERE `+conditions(query, entityDevice)+` AND `+days.spans.contain("start_ts")+`
GROUP BY customer_id, device_id`,
		parameters(query), []any{&key.customer, &key.device, &row.downMs, &row.degradedMs, &row.unknownMs, &row.unreachableMs, &row.downs, &row.longestMs, &row.untilMs, &row.carriedMs, &row.carriedSinceMs},
		func() { sums[key] = row })
	return sums, err
}

// edges are the stretches of the parts.
func (s *Store) edges(ctx context.Context, query storage.Query, parts []part) (map[deviceKey][]stretch, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	spans := make([]span, len(parts))
	for i, part := range parts {
		spans[i] = part.span
	}
	reader := stretchReader{store: s, query: query, where: conditions(query, entityDevice), few: query.Device != ""}
	return reader.within(ctx, spans)
}

// total adds a device's days and parts up, then what is known of the present.
func total(device currentState, days daySum, parts []part, stretches []stretch, asked span, reported reported) storage.AvailabilityTotal {
	t := newTally(device, asked.from, asked.to)
	t.downMs, t.degradedMs, t.notMs = days.downMs, days.degradedMs, days.unknownMs
	t.unreachableMs, t.downs, t.longestMs = max(0, days.unreachableMs), int(days.downs), days.longest(asked.from)
	if days.untilMs > t.countedMs {
		t.countedMs, t.last = days.untilMs, stretch{toMs: days.untilMs}
	}
	for _, p := range parts {
		t.addPart(p, stretches)
	}
	for _, s := range device.present(asked.to, reported) {
		t.add(s)
	}
	if days.unreachableMs < 0 {
		t.unreachableMs = -1
	}
	return storage.AvailabilityTotal{Availability: t.answer(device, reported), UnreachableMs: t.unreachableMs, Downs: t.downs, LongestMs: t.longestMs}
}

// addPart counts what of the stretches lies in a part. An outage counts where it
// begins, and at the beginning of the time asked for.
func (t *tally) addPart(p part, stretches []stretch) {
	counted := int64(0)
	for _, s := range stretches {
		if !s.reaches(p.span) {
			continue
		}
		since, till := max(s.fromMs, counted, t.fromMs), min(s.toMs, t.toMs)
		if since >= till {
			continue
		}
		counted = till
		from, to := max(since, p.from), min(till, p.to)
		if from >= to {
			continue
		}
		if to >= t.countedMs {
			t.countedMs, t.last = to, s
		}
		if s.state == storage.StateDown {
			t.longestMs = max(t.longestMs, till-since)
			carried := p.from == t.fromMs && s.fromMs < t.fromMs // over the beginning
			if !p.moment && since >= p.from || p.moment && carried {
				t.downs++
			}
		}
		if p.moment {
			continue
		}
		switch s.state {
		case storage.StateDown:
			t.down(s, to-from)
		case storage.StateDegraded:
			t.degradedMs += to - from
		default:
			t.notMs += to - from
		}
	}
}

// intervalsOf are the intervals as they stand that overlap a span or end where it
// begins, by device and beginning, as columns customer_id, device_id, from_ms, site,
// to_ms, interval_state and interval_cause. All versions of an interval begin at the same time. Those
// that began before the span are found by the index on the ends, which FINAL could not
// use, and no table partition before the first of them is read.
func intervalsOf(where string, s span) string {
	before := fmt.Sprintf("%s AND from_ts < fromUnixTimestamp64Milli(toInt64(%d))", where, s.from)
	reaching := fmt.Sprintf("FROM intervals WHERE %s AND to_ts >= fromUnixTimestamp64Milli(toInt64(%d))", before, s.from)
	return fmt.Sprintf(`SELECT customer_id, device_id, toUnixTimestamp64Milli(from_ts) AS from_ms,
  any(site_id) AS site, toUnixTimestamp64Milli(argMax(to_ts, ver)) AS to_ms, argMax(state, ver) AS interval_state, argMax(cause, ver) AS interval_cause
FROM (
  SELECT %[1]s FROM intervals WHERE %[2]s AND %[3]s
  UNION ALL
  SELECT %[1]s FROM intervals WHERE %[4]s AND from_ts >= (SELECT if(count() = 0, fromUnixTimestamp64Milli(toInt64(%[6]d)), min(from_ts)) %[5]s)
    AND (customer_id, device_id, from_ts) IN (SELECT customer_id, device_id, from_ts %[5]s)
)
GROUP BY customer_id, device_id, from_ts
HAVING argMax(is_deleted, ver) = 0 AND to_ms >= %[6]d`,
		"customer_id, site_id, device_id, from_ts, to_ts, state, cause, ver, is_deleted", where, s.contains("from_ts"), before, reaching, s.from)
}

// insertAvailability makes the days of a span anew. Where stretches overlap the earlier
// one keeps the time, and none counts before the device's first row: as in account.
func insertAvailability(where string, s span) string {
	return fmt.Sprintf(`INSERT INTO availability_days (customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted)
SELECT customer_id, argMax(site, made), device_id, fromUnixTimestamp64Milli(toInt64(day)),
  sumIf(overlap, made = 1 AND interval_state = 3), sumIf(overlap, made = 1 AND interval_state = 3 AND interval_cause = %[7]d), sumIf(overlap, made = 1 AND interval_state = 2), sumIf(overlap, made = 1 AND interval_state NOT IN (2, 3)),
  countIf(made = 1 AND interval_state = 3 AND since >= day), maxIf(till - since, interval_state = 3 AND since >= day AND till <= day + %[3]d),
  maxIf(till - since, interval_state = 3 AND since < day AND till <= day + %[3]d),
  fromUnixTimestamp64Milli(maxIf(since, interval_state = 3 AND since < day AND till <= day + %[3]d)),
  fromUnixTimestamp64Milli(max(until)), `+rolledVersion+`, max(made) = 0
FROM (
  SELECT customer_id, site, device_id, interval_state, interval_cause, since, till, day, least(till, day + %[3]d) AS until, until - greatest(since, day) AS overlap, toUInt64(0) AS replaced, 1 AS made
  FROM (
    SELECT *, arrayJoin(range(toInt64(intDiv(greatest(since, %[1]d), %[3]d) * %[3]d), toInt64(least(till, %[2]d)), toInt64(%[3]d))) AS day
    FROM (
      SELECT i.customer_id AS customer_id, i.site AS site, i.device_id AS device_id, i.interval_state AS interval_state, i.interval_cause AS interval_cause, i.to_ms AS till,
        greatest(i.from_ms, i.counted, d.first_ms) AS since
      FROM (
        SELECT *, max(to_ms) OVER (PARTITION BY customer_id, device_id ORDER BY from_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS counted
        FROM (%[4]s)
      ) AS i
      LEFT JOIN (SELECT customer_id, device_id, toUnixTimestamp64Milli(first_seen_ts) AS first_ms FROM device_current FINAL WHERE %[5]s) AS d
        ON d.customer_id = i.customer_id AND d.device_id = i.device_id
    )
    WHERE till > since AND till > %[1]d AND since < %[2]d
  )
  UNION ALL
  SELECT customer_id, site_id AS site, device_id, 0 AS interval_state, 0 AS interval_cause, toInt64(0) AS since, toInt64(0) AS till,
    toUnixTimestamp64Milli(start_ts) AS day, toInt64(0) AS until, toInt64(0) AS overlap, ver AS replaced, 0 AS made
  FROM availability_days WHERE %[5]s AND %[6]s
)
GROUP BY customer_id, device_id, day`, s.from, s.to, int64(dayMs), intervalsOf(where, s), where, s.contains("start_ts"), storage.CauseUnreachable)
}
