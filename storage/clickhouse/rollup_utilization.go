package clickhouse

import (
	"fmt"
	"math"
	"strings"
)

// utilizationSums are the columns of utilization and its rollups that are added up.
var utilizationSums = []string{
	"in_bits", "out_bits", "in_packets", "out_packets", "in_broadcast", "out_broadcast", "in_multicast", "out_multicast",
	"in_errors", "out_errors", "in_discards", "out_discards",
}

// each makes a list of an expression in which %[1]s stands for each of the columns.
func each(columns []string, expression string) string {
	all := make([]string, len(columns))
	for i, column := range columns {
		all[i] = fmt.Sprintf(expression, column)
	}
	return strings.Join(all, ", ")
}

// buckets are those of a question: stepMs long, counted from originMs.
type buckets struct{ stepMs, originMs int64 }

// of is the beginning of the bucket that a time (an SQL expression) lies in.
func (b buckets) of(ms string) string {
	return fmt.Sprintf("intDiv(%s - %[3]d, %[2]d) * %[2]d + %[3]d", ms, b.stepMs, b.originMs)
}

// at is the same of a time (Unix milliseconds).
func (b buckets) at(ms int64) int64 {
	return floor(ms-b.originMs, b.stepMs) + b.originMs
}

// pollPart is what of a poll lies in a bucket: from and to are counted from the beginning of the
// poll, which is length long (all ms).
type pollPart struct{ from, to, length int64 }

func (p pollPart) time() int64 { return p.to - p.from }

// of returns what of a poll's count lies in the part, as pollsOf says.
func (p pollPart) of(count uint64) float64 {
	by := func(at int64) float64 { return math.RoundToEven(float64(count) * (float64(at) / float64(p.length))) }
	return by(p.to) - by(p.from)
}

// spread tells of each bucket that a poll touches within a span of time, and with which part: of a poll
// that ended at a time and is that long.
func (b buckets) spread(within span, endMs, length int64, tell func(bucket int64, part pollPart)) {
	began := endMs - length
	since, till := max(began, within.from), min(endMs, within.to)
	if began >= within.to {
		return
	}
	for bucket := b.at(since); bucket < till; bucket += b.stepMs {
		tell(bucket, pollPart{max(since, bucket) - began, min(till, bucket+b.stepMs) - began, length})
	}
}

const (
	// usualReach is how far behind a stretch of time polls of it may end, ms.
	usualReach = dayMs
	// longestReach is the same for the few that span more than a day: an interval's
	// 32 bits of milliseconds.
	longestReach = 50 * dayMs
)

// utilizationSource is the traffic of the legs' time by interface and bucket: the
// columns of customer, site, device, interface and bucket (Unix milliseconds), then
// the time covered (ms), the sums, the peaks (bit/s), the newest speed that is known (behind
// the end of its poll) and the set of gaps.
func utilizationSource(where string, legs []leg, b buckets) string {
	tables := tablesOf(legs)
	arms := make([]string, len(tables))
	for i, table := range tables {
		arms[i] = utilizationArm("", where, table, spansOf(legs, table), b)
	}
	if len(arms) == 1 {
		return arms[0]
	}
	return `SELECT customer_id, any(site) AS site, device_id, interface_id, bucket, sum(covered) AS covered,
  ` + each(utilizationSums, "sum(sum_%[1]s) AS sum_%[1]s") + `,
  max(in_peak) AS in_peak, max(out_peak) AS out_peak, max(newest) AS newest, groupBitOr(gap_set) AS gap_set
FROM (` + strings.Join(arms, " UNION ALL ") + `)
GROUP BY customer_id, device_id, interface_id, bucket`
}

// utilizationArm is that of one table, with more columns behind the others where it is a rollup; no table are the polls.
func utilizationArm(more, where, table string, within spans, b buckets) string {
	if table == "" {
		return pollsOf(where, within, b)
	}
	return fmt.Sprintf(`SELECT customer_id, any(site_id) AS site, device_id, interface_id, %s AS bucket, sum(covered_ms) AS covered,
  %s,
  max(in_peak_bps) AS in_peak, max(out_peak_bps) AS out_peak, %s AS newest, groupBitOr(gaps) AS gap_set%s
FROM %s FINAL PREWHERE %s AND %s
GROUP BY customer_id, device_id, interface_id, bucket`,
		b.of("toUnixTimestamp64Milli(start_ts)"), each(utilizationSums, "sum(%[1]s) AS sum_%[1]s"), newestOf("toUnixTimestamp64Milli(last_ts)"), more, table, where, within.contain("start_ts"))
}

// newestOf is the newest speed that is known, with its time before it; zeros where none
// is. A maximum of tuples says the same and takes several times as long.
func newestOf(ms string) string {
	known := "if(speed_bps > 0, " + ms + ", 0)"
	return "(max(" + known + "), argMax(speed_bps, " + known + "))"
}

// contains is the condition that a time lies in a span.
func (s span) contains(column string) string {
	return fmt.Sprintf("%[1]s >= fromUnixTimestamp64Milli(toInt64(%[2]d)) AND %[1]s < fromUnixTimestamp64Milli(toInt64(%[3]d))", column, s.from, s.to)
}

// pollsOf cuts each poll to the spans of time, spreads it over the buckets it touches, and
// adds up each bucket. What a poll has counted by the end of a bucket is rounded to whole
// bits and packets: the parts of a poll add up to it, however it is cut, and a fraction,
// which says nothing, would take 7 bytes of each sum on disk. A poll without an interval is held to be a millisecond long, so
// that its gap falls into a bucket. Whose polls they are is asked before FINAL: no row of the same key is another's, for a
// device's id is made of its customer's and its site's.
func pollsOf(where string, within spans, b buckets) string {
	columns := "customer_id, site_id, device_id, interface_id, speed_bps, gap, end_ts, interval_ms, " + strings.Join(utilizationSums, ", ")
	stretch := fmt.Sprintf("toInt64(%d) AS opens, toInt64(%d) AS closes", within[0].from, within[0].to)
	if len(within) > 1 {
		all := make([]string, len(within))
		for i, one := range within {
			all[i] = fmt.Sprintf("(%d,%d)", one.from, one.to)
		}
		stretch = "arrayJoin([" + strings.Join(all, ",") + "]::Array(Tuple(Int64, Int64))) AS stretch, stretch.1 AS opens, stretch.2 AS closes"
	}
	usual, longer := within.reached(usualReach)
	return fmt.Sprintf(`SELECT customer_id, any(site_id) AS site, device_id, interface_id, bucket,
  sum(if(gap = 0, toInt64(overlap), 0)) AS covered,
  %[1]s,
  max(toFloat64(in_bits) * 1000 / length) AS in_peak, max(toFloat64(out_bits) * 1000 / length) AS out_peak,
  %[2]s AS newest, groupBitOr(bitShiftLeft(toUInt32(1), gap)) AS gap_set
FROM (
  SELECT *, greatest(since, bucket) AS starts, least(till, bucket + %[3]d) AS ends, ends - starts AS overlap,
    if(gap = 0, (starts - end_ms + length) / length, 0) AS before, if(gap = 0, (ends - end_ms + length) / length, 0) AS upto
  FROM (
    SELECT *, arrayJoin(range(%[4]s, till, %[3]d)) AS bucket
    FROM (
      SELECT *, toUnixTimestamp64Milli(end_ts) AS end_ms, toInt64(greatest(interval_ms, 1)) AS length, %[5]s,
        greatest(end_ms - length, opens) AS since, least(end_ms, closes) AS till
      FROM (
        SELECT %[6]s FROM utilization FINAL PREWHERE %[7]s AND %[8]s
        UNION ALL
        SELECT %[6]s FROM utilization FINAL PREWHERE %[7]s AND %[9]s WHERE interval_ms > %[10]d
      )
    )
    WHERE since < till
  )
)
GROUP BY customer_id, device_id, interface_id, bucket`,
		each(utilizationSums, "sum(round(%[1]s * upto) - round(%[1]s * before)) AS sum_%[1]s"), newestOf("end_ms"), b.stepMs, b.of("since"), stretch, columns, where,
		usual.contain("end_ts"), longer.contain("end_ts"), usualReach)
}

// insertUtilization makes one rollup's buckets of a span of time anew, from a finer
// table or, without one, from the polls.
func insertUtilization(into rollupTable, from string, where string, s span) string {
	names, bounds, none, made := "", boundsOf[into.name], "", ""
	if bounds != "" {
		names, none, made = "busy_bps, slowest_bps, ", ", 0. AS busy, toUInt64(0) AS slowest", "max(busy), argMax(slowest, made), "
	}
	return intoUtilization(into, names) + fmt.Sprintf(`
SELECT customer_id, argMax(site, made), device_id, interface_id, fromUnixTimestamp64Milli(toInt64(bucket)), sum(covered), %[3]s,
  max(in_peak), max(out_peak), max(newest).2, fromUnixTimestamp64Milli(max(newest).1), groupBitOr(gap_set), %[8]s`+rolledVersion+`, max(made) = 0
FROM (
  SELECT *, toUInt64(0) AS replaced, 1 AS made FROM (%[2]s)
  UNION ALL
  SELECT customer_id, site_id AS site, device_id, interface_id, toUnixTimestamp64Milli(start_ts) AS bucket, toInt64(0) AS covered,
    %[4]s, 0. AS in_peak, 0. AS out_peak, (toInt64(0), toUInt64(0)) AS newest, toUInt32(0) AS gap_set%[7]s, ver AS replaced, 0 AS made
  FROM %[1]s WHERE %[5]s AND %[6]s
)
GROUP BY customer_id, device_id, interface_id, bucket`,
		into.name, utilizationArm(bounds, where, from, spans{s}, buckets{stepMs: into.stepMs}), each(utilizationSums, "sum(sum_%[1]s)"),
		each(utilizationSums, "0. AS sum_%[1]s"), where, s.contains("start_ts"), none, made)
}

// insertFirstPolls is insertUtilization from the polls where the table has nothing of the span yet, as is usual: there is
// nothing to replace then, and to look for it bucket by bucket takes longer than all else.
func insertFirstPolls(into rollupTable, where string, s span) string {
	return intoUtilization(into, "") + `
SELECT customer_id, site, device_id, interface_id, fromUnixTimestamp64Milli(toInt64(bucket)), covered, ` + each(utilizationSums, "sum_%[1]s") + `,
  in_peak, out_peak, newest.2, fromUnixTimestamp64Milli(newest.1), gap_set, ` + versionNow + `, 0
FROM (` + pollsOf(where, spans{s}, buckets{stepMs: into.stepMs}) + `)`
}

// intoUtilization is the beginning of both, where more columns stand behind the gaps.
func intoUtilization(into rollupTable, more string) string {
	return "INSERT INTO " + into.name + " (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, " + strings.Join(utilizationSums, ", ") +
		", in_peak_bps, out_peak_bps, speed_bps, last_ts, gaps, " + more + "ver, is_deleted)"
}

const (
	// fullHour is the condition that an hour has 11 of its 12 averages over five minutes, and
	// fullHours how many such hours there must be for one hour to be less than a twentieth of all.
	fullHour  = "covered_ms >= 3300000"
	fullHours = "22"
)

// boundsOf are the columns busy and slowest of the hours, from averages over five minutes,
// and of the days, from hours: see migration 0031.
var boundsOf = map[string]string{
	"utilization_1h": `, max(if(covered_ms > 0, greatest(in_bits, out_bits) * 1000 / covered_ms, 0)) AS busy,
  minIf(speed_bps, covered_ms > 0 OR speed_bps > 0) AS slowest`,
	"utilization_1d": `, arrayReverseSort(groupArray(busy_bps))[if(countIf(` + fullHour + `) >= ` + fullHours + `, 2, 1)] AS busy,
  minIf(slowest_bps, covered_ms > 0 OR slowest_bps > 0) AS slowest`,
}
