package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// The columns of the voice rollups that are added up and those of which the highest is
// kept. Of r_min and mos_min the lowest with minutes is kept.
var (
	voiceCounts = []string{"covered_ms", "minutes", "poor_minutes", "lq_minutes", "sent", "received", "lost", "late", "duplicates", "reordered", "ip_sla_minutes", "reported_minutes"}
	voiceSums   = []string{"r_sum", "mos_sum", "mos_lq_sum", "delay_sum", "jitter_sum", "rtt_sum", "reported_mos_sum", "reported_icpif_sum"}
	voiceLowest = []string{"r_min", "mos_min"}
	voicePeaks  = []string{"delay_max", "jitter_max", "loss_pct_max"}
)

// voiceSource is the quality in the legs' time by path, scale and bucket: the columns
// of customer, site, path, scale and bucket, then those above, each named all_ it.
func voiceSource(where string, legs []leg, b buckets) string {
	var arms []string
	for _, table := range tablesOf(legs) {
		arms = append(arms, voiceArm(where, table, spansOf(legs, table).contain, b))
	}
	return `SELECT customer_id, any(site) AS site, path_id, scale, bucket, ` + voiceAdded("all_%[1]s", "%[1]s") + `
FROM (` + strings.Join(arms, " UNION ALL ") + `)
GROUP BY customer_id, path_id, scale, bucket`
}

// voiceAdded adds columns up. The formats make their names, before and after, which
// must differ.
func voiceAdded(before, after string) string {
	return strings.Join([]string{
		each(voiceCounts, "sum("+before+") AS "+after), each(voiceSums, "sum("+before+") AS "+after),
		each(voiceLowest, "minIf("+before+", "+fmt.Sprintf(before, "minutes")+" > 0) AS "+after), each(voicePeaks, "max("+before+") AS "+after),
	}, ", ")
}

// voiceArm adds up what a table has in some time; no table are the minutes.
func voiceArm(where, table string, within func(column string) string, b buckets) string {
	switch table {
	case "":
		return minutesOf("voice_minutes", where, within("minute_ts"), b)
	case voiceRecent:
		return minutesOf(voiceRecent, where, within("minute_ts"), b)
	}
	return fmt.Sprintf(`SELECT customer_id, any(site_id) AS site, path_id, scale, %s AS bucket, %s
FROM %s FINAL WHERE %s AND %s
GROUP BY customer_id, path_id, scale, bucket`,
		b.of("toUnixTimestamp64Milli(start_ts)"), voiceAdded("%[1]s", "all_%[1]s"), table, where, within("start_ts"))
}

// minutesOf adds the minutes of a table up that begin in some time. Delays count by the packets they
// were measured on: a minute in which nothing came back has none. R 70 is stretched as the scales
// are: 1.29 times for wideband (G.107.1), 1.48 times for fullband (G.107.2).
func minutesOf(table, where, within string, b buckets) string {
	return fmt.Sprintf(`SELECT customer_id, any(site_id) AS site, path_id, scale, %s AS bucket,
  sum(covered_ms) AS all_covered_ms, countIf(sent > 0) AS all_minutes,
  countIf(sent > 0 AND mos > 0 AND r < 70 * transform(scale, ['wb', 'fb'], [1.29, 1.48], 1.)) AS all_poor_minutes, countIf(sent > 0 AND mos_lq > 0) AS all_lq_minutes,
  sum(toUInt64(sent)) AS all_sent, sum(toUInt64(received)) AS all_received, sum(toUInt64(lost)) AS all_lost, sum(toUInt64(late)) AS all_late,
  sum(toUInt64(duplicates)) AS all_duplicates, sum(toUInt64(reordered)) AS all_reordered,
  countIf(sent > 0 AND origin = 1) AS all_ip_sla_minutes, countIf(sent > 0 AND reported_mos > 0) AS all_reported_minutes,
  sumIf(r, sent > 0) AS all_r_sum, sumIf(mos, sent > 0) AS all_mos_sum, sumIf(mos_lq, sent > 0) AS all_mos_lq_sum,
  sum(delay_ms * received) AS all_delay_sum, sum(jitter_ms * received) AS all_jitter_sum, sum(rtt_mean_ms * received) AS all_rtt_sum,
  sumIf(reported_mos, sent > 0) AS all_reported_mos_sum, sumIf(reported_icpif, sent > 0 AND reported_mos > 0) AS all_reported_icpif_sum,
  minIf(r, sent > 0) AS all_r_min, minIf(mos, sent > 0) AS all_mos_min,
  maxIf(delay_ms, received > 0) AS all_delay_max, maxIf(jitter_ms, received > 0) AS all_jitter_max, maxIf(loss_pct, sent > 0) AS all_loss_pct_max
FROM %s FINAL WHERE %s AND %s
GROUP BY customer_id, path_id, scale, bucket`, b.of("toUnixTimestamp64Milli(minute_ts)"), table, where, within)
}

// insertVoice does for voice what insertUtilization does for utilization.
func insertVoice(into rollupTable, from string, where string, s span) string {
	columns := func(format string) string {
		return strings.Join([]string{each(voiceCounts, format), each(voiceSums, format), each(voiceLowest, format), each(voicePeaks, format)}, ", ")
	}
	return fmt.Sprintf(`INSERT INTO %[1]s (customer_id, site_id, path_id, scale, start_ts, %[2]s, ver, is_deleted)
SELECT customer_id, argMax(site, made), path_id, scale, fromUnixTimestamp64Milli(toInt64(bucket)), %[3]s, `+rolledVersion+`, max(made) = 0
FROM (
  SELECT *, toUInt64(0) AS replaced, 1 AS made FROM (%[4]s)
  UNION ALL
  SELECT customer_id, site_id AS site, path_id, scale, toUnixTimestamp64Milli(start_ts) AS bucket, %[5]s, ver AS replaced, 0 AS made
  FROM %[1]s WHERE %[6]s AND %[7]s
)
GROUP BY customer_id, path_id, scale, bucket`,
		into.name, columns("%[1]s"), columns("argMax(all_%[1]s, made)"), voiceArm(where, from, s.contains, buckets{stepMs: into.stepMs}),
		columns("0 AS all_%[1]s"), where, s.contains("start_ts"))
}

// VoicePeriods returns the quality of each voice path in each bucket with a minute, on
// each scale, by customer, site, path, time and scale. A minute counts in the bucket it
// begins in, and only when it begins in the time asked for. Start is the bucket's
// beginning, a multiple of the step since 1970 (it may lie before query.From), or
// query.From without a step.
func (s *Store) VoicePeriods(ctx context.Context, query storage.Query) ([]storage.VoicePeriod, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	query = ofCustomer(query)
	var answer []storage.VoicePeriod
	var customer, site, path string
	names := voiceNames{
		columns: ", c.customer_name, s.site_name, p.path_name",
		joins: joinOwners(query.Scope, "v") + `
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths WHERE ` + inScope(query.Scope) + ` GROUP BY customer_id, path_id) AS p ON p.customer_id = v.customer_id AND p.path_id = v.path_id
ORDER BY c.customer_name, s.site_name, p.path_name, v.path_id, v.bucket, v.scale` + limit(query),
		targets: []any{&customer, &site, &path},
	}
	err := s.voicePeriods(ctx, query, names, func(customerID, siteID sample.ID, period storage.VoicePeriod) {
		period.Entity = entity(period.ID, named(customer, customerID), named(site, siteID), "", named(path, period.ID))
		answer = append(answer, period)
	})
	return answer, err
}

// voiceNames are the names and the order of voice periods; the zero value is none.
type voiceNames struct {
	columns, joins string
	targets        []any
}

// voicePeriods calls add with each row of VoicePeriods, which has its path's id alone of its
// entity, and whose it is.
func (s *Store) voicePeriods(ctx context.Context, query storage.Query, names voiceNames, add func(customer, site sample.ID, period storage.VoicePeriod)) error {
	legs, err := s.legs(ctx, query, voiceRollups)
	if err != nil {
		return err
	}
	recentMinutes(legs, time.Now())
	var row storage.VoicePeriod
	var customer, site sample.ID
	var start int64
	var listened uint64
	var rSum, mosSum, mosLQSum, delaySum, jitterSum, rttSum, reportedMOSSum, reportedICPIFSum float64
	sql := `SELECT v.customer_id, v.site, v.path_id, v.scale, v.bucket, ` + each(voiceCounts, "v.%[1]s") + `, ` + each(voiceSums, "v.%[1]s") + `,
  ` + each(voiceLowest, "v.%[1]s") + `, ` + each(voicePeaks, "v.%[1]s") + names.columns + `
FROM (SELECT *, site AS site_id FROM (` + voiceSource(conditions(query, entityPath), legs, bucketsOf(query)) + `)) AS v
` + names.joins
	return s.query(ctx, "voice_periods", sql, parameters(query),
		append([]any{&customer, &site, &row.ID, &row.Scale, &start, &row.CoveredMs, &row.Minutes, &row.PoorMinutes, &listened,
			&row.Sent, &row.Received, &row.Lost, &row.Late, &row.Duplicates, &row.Reordered, &row.IPSLAMinutes, &row.ReportedMinutes,
			&rSum, &mosSum, &mosLQSum, &delaySum, &jitterSum, &rttSum, &reportedMOSSum, &reportedICPIFSum, &row.RMin, &row.MOSMin,
			&row.DelayMaxMs, &row.JitterMaxMs, &row.LossPctMax}, names.targets...),
		func() {
			period := row
			period.Start = time.UnixMilli(start).UTC()
			period.R, period.MOS, period.MOSLQ = mean(rSum, row.Minutes), mean(mosSum, row.Minutes), mean(mosLQSum, listened)
			period.DelayMs, period.JitterMs, period.RTTMs = mean(delaySum, row.Received), mean(jitterSum, row.Received), mean(rttSum, row.Received)
			period.ReportedMOS, period.ReportedICPIF = mean(reportedMOSSum, row.ReportedMinutes), mean(reportedICPIFSum, row.ReportedMinutes)
			add(customer, site, period)
		})
}

func mean(sum float64, n uint64) float64 {
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
