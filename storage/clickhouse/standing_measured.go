package clickhouse

import (
	"context"
	"slices"

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
	where := conditions(query, entityDevice)
	wan := "interface_id IN (SELECT interface_id FROM links WHERE kind = 1 AND " + where + ")"
	var rules map[ownedID]storage.LinkProfile
	var polls, earlier []lastPoll
	err := together(ctx,
		func(ctx context.Context) (err error) { rules, err = s.wanRules(ctx, query, where); return err },
		func(ctx context.Context) (err error) {
			polls, err = s.lastPolls(ctx, query, `SELECT customer_id, site_id, interface_id, in_bits, out_bits, interval_ms, speed_bps, toInt64(toUnixTimestamp64Milli(end_ts))
FROM interface_current FINAL PREWHERE `+wan+` WHERE `+where+` AND end_ts > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(storage.Recently)+`)`)
			return err
		},
	)
	if err != nil {
		return err
	}
	toMs := query.To.UnixMilli()
	untold := 0
	for _, poll := range polls {
		if _, ok := rules[poll.key()]; ok && poll.endMs > toMs {
			untold++
		}
	}
	if untold > 0 {
		const key = "(customer_id, device_id, interface_id)"
		earlier, err = s.lastPolls(ctx, query, `SELECT customer_id, site_id, interface_id, last.1, last.2, last.3, last.4, newest FROM (
SELECT customer_id, site_id, interface_id, argMax((in_bits, out_bits, interval_ms, speed_bps), end_ts) AS last, toInt64(max(toUnixTimestamp64Milli(end_ts))) AS newest FROM utilization
PREWHERE `+recently("end_ts")+` WHERE `+where+` AND gap = 0 AND interval_ms > 0 AND `+key+` IN (
  SELECT customer_id, device_id, interface_id FROM interface_current FINAL PREWHERE `+wan+` WHERE `+where+` AND end_ts > fromUnixTimestamp64Milli({to:Int64}))
GROUP BY customer_id, site_id, interface_id)`)
		if err != nil {
			return err
		}
	}
	sites.addLinks(slices.Concat(polls, earlier), rules, toMs, under)
	return nil
}

// wanRules reads what the rules say of the WAN links that a condition selects.
func (s *Store) wanRules(ctx context.Context, query storage.Query, where string) (map[ownedID]storage.LinkProfile, error) {
	all := map[ownedID]storage.LinkProfile{}
	var key ownedID
	var half uint8
	rule := storage.LinkProfile{Kind: storage.LinkWAN}
	err := s.query(ctx, "standing_rules", "SELECT customer_id, interface_id, half_duplex, tx_bps, rx_bps FROM links FINAL WHERE kind = 1 AND "+where,
		parameters(query), []any{&key.customer, &key.id, &half, &rule.TxBps, &rule.RxBps}, func() {
			rule.HalfDuplex = half != 0
			all[key] = rule
		})
	return all, err
}

// lastPoll is the newest poll of an interface.
type lastPoll struct {
	at              place
	port            sample.ID
	inBits, outBits uint64
	lengthMs        uint32
	speedBps        uint64
	endMs           int64
}

func (p *lastPoll) key() ownedID { return ownedID{p.at.customer, p.port} }

func (s *Store) lastPolls(ctx context.Context, query storage.Query, sql string) (all []lastPoll, err error) {
	var row lastPoll
	err = s.query(ctx, "standing_links", sql, parameters(query),
		[]any{&row.at.customer, &row.at.site, &row.port, &row.inBits, &row.outBits, &row.lengthMs, &row.speedBps, &row.endMs}, func() { all = append(all, row) })
	return all, err
}

// addLinks adds the links that the rules are of, by their polls until the time asked for.
func (s *standingSites) addLinks(polls []lastPoll, rules map[ownedID]storage.LinkProfile, toMs int64, under works) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, poll := range polls {
		rule, ok := rules[poll.key()]
		if !ok || poll.endMs > toMs {
			continue
		}
		percent, ok := rule.Percent(pollRate(poll.inBits, poll.lengthMs), pollRate(poll.outBits, poll.lengthMs), poll.speedBps)
		if !ok {
			continue
		}
		at := s.of(poll.at.customer, poll.at.site)
		at.seen(poll.endMs)
		if !at.Measured || percent > at.Utilization {
			at.Utilization, at.Measured = percent, true
		}
		if percent >= storage.SaturatedPercent && !under.covered(poll.at) {
			known := &at.troubles[storage.ConcernLink]
			worse := percent > known.value || percent == known.value && poll.port < known.of
			at.concern(storage.ConcernLink, trouble{affected: 1, value: percent, of: poll.port, customer: poll.at.customer}, worse)
		}
	}
}
