package clickhouse

import (
	"context"
	"fmt"
	"slices"
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
	return fmt.Sprintf(`SELECT customer_id, any(site_id) AS site, path_id, scale, %s AS bucket, %s
FROM (%s)
GROUP BY customer_id, path_id, scale, bucket`, b.of("start_ms"), voiceAdded("one_%[1]s", "all_%[1]s"), voiceRows(where, table, within))
}

// voiceRows are the rows of a table in some time, each with what it adds to the columns above, named one_ it.
func voiceRows(where, table string, within func(column string) string) string {
	switch table {
	case "":
		return minuteRows("voice_minutes", where, within("minute_ts"))
	case voiceRecent:
		return minuteRows(voiceRecent, where, within("minute_ts"))
	}
	const one = "%[1]s AS one_%[1]s"
	return fmt.Sprintf("SELECT customer_id, site_id, path_id, scale, toInt64(toUnixTimestamp64Milli(start_ts)) AS start_ms, %s, %s, %s, %s FROM %s FINAL WHERE %s AND %s",
		each(voiceCounts, one), each(voiceSums, one), each(voiceLowest, one), each(voicePeaks, one), table, where, within("start_ts"))
}

// minuteRows are those of a table of minutes. Delays count by the packets they
// were measured on: a minute in which nothing came back has none. R 70 is stretched as the scales
// are: 1.29 times for wideband (G.107.1), 1.48 times for fullband (G.107.2).
func minuteRows(table, where, within string) string {
	return fmt.Sprintf(`SELECT customer_id, site_id, path_id, scale, toInt64(toUnixTimestamp64Milli(minute_ts)) AS start_ms,
  toUInt64(covered_ms) AS one_covered_ms, toUInt64(sent > 0) AS one_minutes,
  toUInt64(sent > 0 AND mos > 0 AND r < 70 * transform(scale, ['wb', 'fb'], [1.29, 1.48], 1.)) AS one_poor_minutes, toUInt64(sent > 0 AND mos_lq > 0) AS one_lq_minutes,
  toUInt64(sent) AS one_sent, toUInt64(received) AS one_received, toUInt64(lost) AS one_lost, toUInt64(late) AS one_late,
  toUInt64(duplicates) AS one_duplicates, toUInt64(reordered) AS one_reordered,
  toUInt64(sent > 0 AND origin = 1) AS one_ip_sla_minutes, toUInt64(sent > 0 AND reported_mos > 0) AS one_reported_minutes,
  if(sent > 0, r, 0) AS one_r_sum, if(sent > 0, mos, 0) AS one_mos_sum, if(sent > 0, mos_lq, 0) AS one_mos_lq_sum,
  delay_ms * received AS one_delay_sum, jitter_ms * received AS one_jitter_sum, rtt_mean_ms * received AS one_rtt_sum,
  if(sent > 0, reported_mos, 0) AS one_reported_mos_sum, if(sent > 0 AND reported_mos > 0, reported_icpif, 0) AS one_reported_icpif_sum,
  r AS one_r_min, mos AS one_mos_min,
  if(received > 0, delay_ms, 0) AS one_delay_max, if(received > 0, jitter_ms, 0) AS one_jitter_max, if(sent > 0, loss_pct, 0) AS one_loss_pct_max
FROM %s FINAL WHERE %s AND %s`, table, where, within)
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
	legs, err := s.legs(ctx, query, voiceRollups)
	if err != nil {
		return nil, err
	}
	err = s.voicePeriods(ctx, query, legs, names, func(customerID, siteID sample.ID, period storage.VoicePeriod) {
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
func (s *Store) voicePeriods(ctx context.Context, query storage.Query, legs []leg, names voiceNames, add func(customer, site sample.ID, period storage.VoicePeriod)) error {
	recentMinutes(legs, time.Now())
	var row voiceTotal
	sql := `SELECT v.customer_id, v.site, v.path_id, v.scale, v.bucket, ` + each(voiceCounts, "v.%[1]s") + `, ` + each(voiceSums, "v.%[1]s") + `,
  ` + each(voiceLowest, "v.%[1]s") + `, ` + each(voicePeaks, "v.%[1]s") + names.columns + `
FROM (SELECT *, site AS site_id FROM (` + voiceSource(conditions(query, entityPath), legs, bucketsOf(query)) + `)) AS v
` + names.joins
	return s.query(ctx, "voice_periods", sql, parameters(query), append(row.targets(), names.targets...), func() { add(row.customer, row.site, row.period()) })
}

// fewVoiceRows is how many rows of each path are read one by one.
const fewVoiceRows = 200

// fewVoice says whether legs are of so few rows.
func fewVoice(legs []leg) bool {
	rows := int64(0)
	for _, leg := range legs {
		stepMs := int64(60_000)
		for _, table := range voiceRollups {
			if table.name == leg.table {
				stepMs = table.stepMs
			}
		}
		rows += (leg.to - leg.from) / stepMs
	}
	return rows <= fewVoiceRows
}

// voiceTotals is voicePeriods over the whole time asked for, put together from what each table says. To have the store add up
// thirty columns takes it longer than to hand over the single rows of a few paths.
func (s *Store) voiceTotals(ctx context.Context, query storage.Query, legs []leg, add func(customer, site sample.ID, period storage.VoicePeriod)) error {
	recentMinutes(legs, time.Now())
	tables := tablesOf(legs)
	where, few := conditions(query, entityPath), query.Customer != "" && fewVoice(legs)
	source := func(table string) string {
		within := spansOf(legs, table).contain
		if few {
			return voiceRows(where, table, within)
		}
		return voiceArm(where, table, within, bucketsOf(query))
	}
	rows := make([][]voiceTotal, len(tables))
	parts := make([]func(context.Context) error, len(tables))
	for i, table := range tables {
		parts[i] = func(ctx context.Context) error {
			var row voiceTotal
			return s.query(ctx, "voice_totals", source(table), parameters(query), row.targets(),
				func() { rows[i] = append(rows[i], row) })
		}
	}
	if err := together(ctx, parts...); err != nil {
		return err
	}
	type key struct {
		path  ownedID
		scale string
	}
	totals := map[key]*voiceTotal{}
	for _, row := range slices.Concat(rows...) {
		of := key{ownedID{row.customer, row.path}, row.scale}
		if totals[of] == nil {
			totals[of] = &voiceTotal{customer: row.customer, site: row.site, path: row.path, scale: row.scale, startMs: query.From.UnixMilli()}
		}
		totals[of].add(&row)
	}
	for _, total := range totals {
		add(total.customer, total.site, total.period())
	}
	return nil
}
