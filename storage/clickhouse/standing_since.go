package clickhouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// The limits of the wall in SQL.
var (
	poorMOS          = strconv.FormatFloat(storage.PoorMOS, 'f', -1, 64)
	saturatedPercent = strconv.FormatFloat(storage.SaturatedPercent, 'f', -1, 64)
)

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// linkPercent is storage.LinkProfile.Percent in SQL, of a row of links with the alias l:
// not finite where a capacity is unknown. All three are expressions, in bit/s.
func linkPercent(in, out, speed string) string {
	inPercent := fmt.Sprintf("100 * %s / if(l.rx_bps > 0, l.rx_bps, %s)", in, speed)
	outPercent := fmt.Sprintf("100 * %s / if(l.tx_bps > 0, l.tx_bps, %s)", out, speed)
	return fmt.Sprintf("if(l.half_duplex = 1, %[1]s + %[2]s, greatest(%[1]s, %[2]s))", inPercent, outPercent)
}

// idsOf lists the ids in SQL.
func (i ids) list() string {
	all := make([]sample.ID, 0, len(i))
	for key := range i {
		all = append(all, key.id)
	}
	slices.Sort(all)
	return idList(slices.Compact(all))
}

// names fills in the names that a question returns for ids.
func (s *Store) names(ctx context.Context, query storage.Query, of ids, sql string) error {
	if len(of) == 0 {
		return nil
	}
	var key ownedID
	var name string
	return s.query(ctx, "standing_names", fmt.Sprintf(sql, inScope(query.Scope), of.list()), nil, []any{&key.customer, &key.id, &name}, func() {
		if _, ok := of[key]; ok {
			of[key] = name
		}
	})
}

// sinceWhen says of the worst path or link since when it has been bad: the first minute or poll of the
// last day behind which none was good.
func (s *Store) sinceWhen(ctx context.Context, query storage.Query, of map[*standing]trouble) error {
	paths, ports := map[ownedID][]*standing{}, map[ownedID][]*standing{}
	for one, worst := range of {
		key := ownedID{worst.customer, worst.of}
		switch one.Concern {
		case storage.ConcernVoice:
			paths[key] = append(paths[key], one)
		case storage.ConcernLink:
			ports[key] = append(ports[key], one)
		default: // the trouble itself says since when
		}
	}
	reach := func(column string) string {
		return column + " > fromUnixTimestamp64Milli({to:Int64} - " + milliseconds(standingReach) + ") AND " + column + " <= fromUnixTimestamp64Milli({to:Int64})"
	}
	find := func(name string, all map[ownedID][]*standing, sql string) error {
		if len(all) == 0 {
			return nil
		}
		var key ownedID
		var since int64
		return s.query(ctx, name, sql, parameters(query), []any{&key.customer, &key.id, &since}, func() {
			for _, one := range all[key] {
				one.Since = momentOrZero(since)
			}
		})
	}
	wanted := func(all map[ownedID][]*standing) string {
		keys := ids{}
		for key := range maps.Keys(all) {
			keys[key] = ""
		}
		return keys.list()
	}
	rows := func(key, rows string) string {
		return `SELECT customer_id, ` + key + `, toInt64(arrayMin(arrayFilter(at -> at > good_ms, bads))) FROM (
  SELECT customer_id, ` + key + `, maxIf(at_ms, NOT bad) AS good_ms, groupArrayIf(at_ms, bad) AS bads FROM (` + rows + `) GROUP BY customer_id, ` + key + `
) WHERE arrayExists(at -> at > good_ms, bads)`
	}
	if err := find("standing_voice_since", paths, rows("path_id", `SELECT customer_id, path_id, toUnixTimestamp64Milli(minute_ts) AS at_ms, mos < `+poorMOS+` AS bad
    FROM voice_minutes FINAL WHERE `+inScope(query.Scope)+` AND path_id IN (`+wanted(paths)+`) AND `+reach("minute_ts")+` AND sent > 0 AND mos > 0`)); err != nil {
		return err
	}
	return find("standing_links_since", ports, rows("interface_id", `SELECT u.customer_id AS customer_id, u.interface_id AS interface_id, toUnixTimestamp64Milli(u.end_ts) - u.interval_ms AS at_ms,
      `+linkPercent("u.in_bits * 1000 / u.interval_ms", "u.out_bits * 1000 / u.interval_ms", "u.speed_bps")+` >= `+saturatedPercent+` AS bad
    FROM (SELECT * FROM utilization WHERE `+inScope(query.Scope)+` AND (customer_id, device_id) IN (SELECT customer_id, device_id FROM links WHERE interface_id IN (`+wanted(ports)+`))
      AND interface_id IN (`+wanted(ports)+`) AND `+reach("end_ts")+` AND gap = 0 AND interval_ms > 0) AS u
    INNER JOIN (SELECT customer_id, interface_id, half_duplex, tx_bps, rx_bps FROM links FINAL WHERE interface_id IN (`+wanted(ports)+`)) AS l ON l.customer_id = u.customer_id AND l.interface_id = u.interface_id`))
}
