package clickhouse

import (
	"context"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// minutesThen are the minutes with something sent that a condition selects, as they count, with their site
// and rating. Of a few minutes of every path this reads less than FINAL.
func minutesThen(where string) string {
	return `SELECT customer_id, path_id, minute_ts, argMax(site_id, ver) AS site, argMax(if(sent > 0, mos, 0), ver) AS rating FROM voice_minutes WHERE ` + where + `
  GROUP BY customer_id, path_id, minute_ts HAVING argMax(is_deleted, ver) = 0 AND argMax(sent, ver) > 0`
}

// standingVoice adds the voice paths of each site by their newest minute with a rating: that in
// voice_current, and of the paths whose row there does not tell that of the minutes.
func (s *Store) standingVoice(ctx context.Context, query storage.Query, sites *standingSites, under works) error {
	var customer, site, path sample.ID
	var mos float64
	var poor, rated, untold, left uint64
	var newest int64
	where := conditions(query, entityPath)
	read := func(source string) error {
		return s.query(ctx, "standing_voice", `SELECT customer_id, site_id, argMinIf(path_id, mos_last, told), minIf(mos_last, told), countIf(told AND mos_last < `+poorMOS+`), countIf(told), countIf(untold), toInt64(maxIf(newest_ms, told))
FROM (`+source+`) GROUP BY customer_id, site_id`, parameters(query), []any{&customer, &site, &path, &mos, &poor, &rated, &untold, &newest}, sites.locked(func() {
			left += untold
			if rated == 0 {
				return
			}
			at := sites.of(customer, site)
			at.seen(min(newest, query.To.UnixMilli()))
			if !at.Rated || mos < at.MOS {
				at.MOS, at.Rated = mos, true
			}
			if poor > 0 && !under.covered(place{customer, site}) {
				at.concern(storage.ConcernVoice, trouble{affected: int(poor), value: mos, of: path, customer: customer}, mos < at.troubles[storage.ConcernVoice].value)
			}
		}))
	}
	if err := read(`SELECT customer_id, site_id, path_id, mos AS mos_last, toUnixTimestamp64Milli(minute_ts) + 60000 AS newest_ms, ` + unratedNow + ` AS untold, NOT untold AND ` + recently("minute_ts") + ` AS told
  FROM voice_current FINAL WHERE ` + where); err != nil || left == 0 {
		return err
	}
	return read(`SELECT customer_id, any(site) AS site_id, path_id, argMax(rating, minute_ts) AS mos_last, max(toUnixTimestamp64Milli(minute_ts) + 60000) AS newest_ms, 0 AS untold, 1 AS told
  FROM (` + minutesThen(where+` AND `+recently("minute_ts")+` AND (customer_id, path_id) IN (SELECT customer_id, path_id FROM voice_current FINAL WHERE `+where+` AND `+unratedNow+`)`) + `) WHERE rating > 0 GROUP BY customer_id, path_id`)
}

// unratedNow is the condition that a row of voice_current does not tell the newest minute with a
// rating: it is newer than the time asked for, or has none.
var unratedNow = "(minute_ts > fromUnixTimestamp64Milli({to:Int64}) OR (is_deleted != 0 OR sent = 0 OR NOT mos > 0) AND minute_ts > fromUnixTimestamp64Milli({to:Int64} - " + milliseconds(storage.Recently) + "))"

// standingLinks adds the WAN links of each site by their newest poll: that in
// interface_current, and where that is newer than the time asked for that of the polls.
func (s *Store) standingLinks(ctx context.Context, query storage.Query, sites *standingSites, under works) error {
	var customer, site, port sample.ID
	var percent float64
	var full, measured, untold, left uint64
	var newest int64
	where, key := conditions(query, entityDevice), "(customer_id, device_id, interface_id)"
	read := func(source string) error {
		return s.query(ctx, "standing_links", `SELECT customer_id, site_id, argMaxIf(interface_id, percent, told), maxIf(percent, told), countIf(told AND percent >= `+saturatedPercent+`), countIf(told), countIf(untold), toInt64(maxIf(newest_ms, told)) FROM (
  SELECT u.customer_id AS customer_id, u.site_id AS site_id, u.interface_id AS interface_id, u.newest_ms AS newest_ms, u.newest_ms > {to:Int64} AS untold,
    `+linkPercent("u.last.1 * 1000 / u.last.3", "u.last.2 * 1000 / u.last.3", "u.last.4")+` AS percent, NOT untold AND isFinite(percent) AS told
  FROM (`+source+`) AS u
  INNER JOIN (SELECT customer_id, interface_id, half_duplex, tx_bps, rx_bps FROM links FINAL WHERE kind = 1 AND `+where+`) AS l ON l.customer_id = u.customer_id AND l.interface_id = u.interface_id
) GROUP BY customer_id, site_id`, parameters(query), []any{&customer, &site, &port, &percent, &full, &measured, &untold, &newest}, sites.locked(func() {
			left += untold
			if measured == 0 {
				return
			}
			at := sites.of(customer, site)
			at.seen(newest)
			if !at.Measured || percent > at.Utilization {
				at.Utilization, at.Measured = percent, true
			}
			if full > 0 && !under.covered(place{customer, site}) {
				at.concern(storage.ConcernLink, trouble{affected: int(full), value: percent, of: port, customer: customer}, percent > at.troubles[storage.ConcernLink].value)
			}
		}))
	}
	since := "end_ts > fromUnixTimestamp64Milli({to:Int64} - " + milliseconds(storage.Recently) + ")"
	if err := read(`SELECT customer_id, site_id, interface_id, (in_bits, out_bits, interval_ms, speed_bps) AS last, toUnixTimestamp64Milli(end_ts) AS newest_ms
    FROM interface_current FINAL WHERE ` + where + ` AND ` + since); err != nil || left == 0 {
		return err
	}
	return read(`SELECT customer_id, site_id, interface_id, argMax((in_bits, out_bits, interval_ms, speed_bps), end_ts) AS last, max(toUnixTimestamp64Milli(end_ts)) AS newest_ms FROM utilization
    PREWHERE ` + recently("end_ts") + ` WHERE ` + where + ` AND gap = 0 AND interval_ms > 0 AND ` + key + ` IN (
      SELECT customer_id, device_id, interface_id FROM interface_current FINAL WHERE ` + where + ` AND end_ts > fromUnixTimestamp64Milli({to:Int64})
        AND (customer_id, interface_id) IN (SELECT customer_id, interface_id FROM links FINAL WHERE kind = 1 AND ` + where + `))
    GROUP BY customer_id, site_id, interface_id`)
}
