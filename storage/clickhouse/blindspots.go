package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// BlindSpots returns what is not seen at query.To, by customer, site and device: silent
// appliances first, then what the devices of the others do not tell. How it came to that
// is looked for from query.From on, or a day back where that is more. Without unasked,
// devices that the inventory has pinged alone are no blind spots.
func (s *Store) BlindSpots(ctx context.Context, query storage.Query, unasked bool) (storage.BlindSpots, error) {
	if err := query.Validate(); err != nil {
		return storage.BlindSpots{}, err
	}
	var answer storage.BlindSpots
	arguments := append(parameters(query), clickhouse.Named("unasked", bit(unasked)))
	asked := query
	asked.Device = ""
	sight := sight{at: "{to:Int64}", from: "{from:Int64}", scope: inScope(query.Scope), sites: conditions(asked, entityDevice), devices: conditions(query, entityDevice), behind: "1"}
	if query.Device != "" {
		sight.behind = "(customer_id, appliance_id) IN (SELECT customer_id, appliance_id FROM raw_devices WHERE " + sight.devices + ")"
	}
	var row storage.BlindSpot
	var customerID, siteID, device sample.ID
	var customer, site, name, appliance, what, reason string
	var state uint8
	var behind uint64
	var since, good int64
	err := s.query(ctx, "blind_spots", `SELECT f.customer_id, f.site_id, f.device_id, c.customer_name, s.site_name, f.appliance, if(f.device_id = 0, '', d.device_name), if(f.device_id = 0, '', d.device_address),
  f.what, f.reason, k.state, f.behind, f.since_ms, f.good_ms, f.profile, f.version, f.notes, f.detail
FROM (`+sight.spots()+`) AS f
`+joinOwners(query.Scope, "f")+`
`+joinDevices(query.Scope, "f")+`
LEFT JOIN (SELECT customer_id, device_id, state FROM device_current FINAL WHERE `+sight.scope+`) AS k ON k.customer_id = f.customer_id AND k.device_id = f.device_id
WHERE f.reason != 'not_asked' OR {unasked:UInt8} = 1
ORDER BY c.customer_name, s.site_name, f.device_id != 0, d.device_name, f.device_id, f.what DESC`+limit(query), arguments,
		[]any{&customerID, &siteID, &device, &customer, &site, &appliance, &name, &row.Address, &what, &reason, &state, &behind, &since, &good, &row.Profile, &row.Version, &row.Notes, &row.Detail},
		func() {
			spot := row
			spot.Entity = deviceEntity(device, customerID, siteID, customer, site, name)
			spot.Name = appliance
			if device != 0 {
				spot.Name = ""
			}
			spot.What, spot.Reason, spot.Devices = storage.BlindWhat(what), storage.BlindReason(reason), int(behind)
			spot.State = storage.State(state)
			spot.Since, spot.LastGood = momentOrZero(since), momentOrZero(good)
			answer.Spots = append(answer.Spots, spot)
		})
	if err != nil {
		return storage.BlindSpots{}, err
	}
	if err := s.addClocks(ctx, query, sight, &answer); err != nil {
		return storage.BlindSpots{}, err
	}
	var watched uint64
	err = s.query(ctx, "blind_spots_of", "SELECT sum(watched) FROM ("+sight.watched()+")", arguments, []any{&watched}, func() {})
	answer.Devices = int(watched)
	return answer, err
}

// The patience with what is late, milliseconds.
const (
	pollDelay  = 10_000  // a row of a poll, beyond its intervals
	pingDelay  = 60_000  // a row of pings, beyond five intervals
	pingWanted = 300_000 // the first row of pings after a start
)

// How far back rows are looked at in any case, milliseconds.
const (
	outcomesBack  = 86_400_000
	pingsBack     = 3_600_000
	pingsRecently = 600_000
)

// sight is the SQL of what is seen: its parts are conditions and expressions in SQL, times
// in Unix milliseconds. The view v_blind_spots is made of the same text.
type sight struct {
	at, from string // when, and from when on rows are looked at
	scope    string // whose
	sites    string // what to look at, without the name of a device
	devices  string // and with it
	behind   string // which appliances
}

// within is the condition on a slot that rows up to the moment meet, those of the time
// asked for and of as much before the moment as it takes to know what is so now.
func (s sight) within(least int) string {
	return fmt.Sprintf("slot >= fromUnixTimestamp64Milli(least(%s, %s - %d)) AND slot < fromUnixTimestamp64Milli(%s)", s.from, s.at, least, s.at)
}

// last is the condition on a slot that rows of so long before the moment meet.
func (s sight) last(long int) string {
	return fmt.Sprintf("slot >= fromUnixTimestamp64Milli(%s - %d) AND slot < fromUnixTimestamp64Milli(%s)", s.at, long, s.at)
}

// appliances are those that the configuration lists, each with its last heartbeat, the
// last sign of life of its devices, and whether it is silent.
func (s sight) appliances() string {
	return s.fill(`SELECT b.customer_id AS customer_id, b.site_id AS site_id, b.appliance_id AS appliance_id, b.appliance AS appliance, h.beat_ms AS beat_ms, greatest(h.beat_ms, n.seen_ms) AS heard_ms, n.known AS known,
      $at - greatest(h.beat_ms, if(b.listed_ms <= $at, b.listed_ms, 0)) > $missed * if(h.every_ms > 0, h.every_ms, 10000) + $delay AS silent
    FROM (
      SELECT customer_id, site_id, appliance_id, argMax(name, listed) AS appliance, max(toUnixTimestamp64Milli(listed)) AS listed_ms FROM appliances WHERE $sites AND $behind
      GROUP BY customer_id, site_id, appliance_id HAVING listed_ms = (SELECT max(toUnixTimestamp64Milli(listed)) FROM appliances WHERE $scope)
    ) AS b
    LEFT JOIN (
      SELECT customer_id, appliance_id, max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS beat_ms, toInt64(argMax(interval_ms, slot)) AS every_ms
      FROM raw_heartbeats WHERE $scope AND $within GROUP BY customer_id, appliance_id
    ) AS h ON h.customer_id = b.customer_id AND h.appliance_id = b.appliance_id
    LEFT JOIN (
      SELECT customer_id, appliance_id, max(toUnixTimestamp64Milli(last_seen_ts)) AS seen_ms, uniqExact(device_id) AS known
      FROM device_current FINAL WHERE $scope GROUP BY customer_id, appliance_id
    ) AS n ON n.customer_id = b.customer_id AND n.appliance_id = b.appliance_id`)
}

// outcomes are the latest rows of the devices that are watched since the latest start of
// their appliance.
func (s sight) outcomes() string {
	return s.fill(`SELECT o.customer_id AS customer_id, o.appliance_id AS appliance_id, o.device_id AS device_id, o.started_ms AS started_ms, o.last_ms AS last_ms, o.good_ms AS good_ms, o.latest AS latest,
      arrayMin(arrayConcat([o.latest.4], arrayMap(h -> h.2, arrayFilter(h -> h.1 > 2 AND h.2 > o.good_ms, o.history)))) AS since_ms
    FROM (
      SELECT customer_id, appliance_id, device_id, max(toUnixTimestamp64Milli(started)) AS started_ms, max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS last_ms, max(toUnixTimestamp64Milli(good)) AS good_ms,
        argMax((result, asked, interval_ms, toUnixTimestamp64Milli(since), holds_ms, toString(profile), toString(version), toString(notes), detail), (started, slot, offset_ms)) AS latest,
        groupArray((result, toUnixTimestamp64Milli(since))) AS history
      FROM raw_outcomes WHERE $devices AND $within GROUP BY customer_id, appliance_id, device_id
    ) AS o
    INNER JOIN (
      SELECT customer_id, appliance_id, max(toUnixTimestamp64Milli(started)) AS started_ms FROM raw_outcomes WHERE $sites AND $within GROUP BY customer_id, appliance_id
    ) AS r ON r.customer_id = o.customer_id AND r.appliance_id = o.appliance_id AND r.started_ms = o.started_ms`)
}

// pings say when each device was pinged and answered. Most devices have answered just
// now, which is all there is to know; only of the others the rest is read.
func (s sight) pings() string {
	rows := `SELECT customer_id, device_id, uniqExact(slot) AS rounds, toInt64(max(interval_ms)) AS every_ms, min(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS first_ms,
        max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS last_ms, maxIf(toInt64(toUnixTimestamp64Milli(slot) + offset_ms), received > 0) AS answered_ms
      FROM raw_pings WHERE $devices AND sent > 0 AND `
	return s.fill(rows + `$recently GROUP BY customer_id, device_id HAVING answered_ms > 0
      UNION ALL
      ` + rows + `$lately AND (customer_id, device_id) IN (
        SELECT customer_id, device_id FROM raw_outcomes WHERE $devices AND $within AND bitAnd(asked, 2) != 0
          AND (customer_id, device_id) NOT IN (SELECT customer_id, device_id FROM raw_pings WHERE $devices AND $recently AND sent > 0 AND received > 0)
      ) GROUP BY customer_id, device_id`)
}

// spots are the blind spots: one of a silent appliance, up to two of each device of the
// others. device_id is 0 for an appliance, a time 0 where it is not known.
func (s sight) spots() string {
	return strings.NewReplacer("$appliances", s.appliances(), "$outcomes", s.outcomes(), "$pings", s.pings()).Replace(s.fill(`
  SELECT a.customer_id AS customer_id, a.site_id AS site_id, toUInt64(0) AS device_id, a.appliance AS appliance, 'appliance' AS what, if(a.heard_ms = 0, 'appliance_never_heard', 'appliance_silent') AS reason,
    toUInt64(a.known) AS behind, a.heard_ms AS since_ms, a.heard_ms AS good_ms, '' AS profile, '' AS version, '' AS notes, '' AS detail
  FROM ($appliances) AS a WHERE a.silent = 1
  UNION ALL
  SELECT customer_id, site_id, device_id, appliance, spot.1, spot.2, toUInt64(1), spot.3, spot.4, profile, version, notes, if(spot.1 = 'snmp', detail, '')
  FROM (
    SELECT a.customer_id AS customer_id, a.site_id AS site_id, a.appliance AS appliance, o.device_id AS device_id, o.latest.6 AS profile, o.latest.7 AS version, o.latest.8 AS notes, o.latest.9 AS detail,
      o.latest.1 AS result, o.latest.2 AS asked, toInt64(o.latest.3) AS every_ms, toInt64(o.latest.5) AS holds_ms,
      multiIf(
        asked = 0, 'nothing_asked',
        bitAnd(asked, 1) = 0, 'not_asked',
        result = 1, if($at - o.started_ms > 2 * every_ms + $polled, 'not_polled', ''),
        $at - o.last_ms > holds_ms + 2 * every_ms + $polled, 'not_polled',
        ['not_asked', 'not_polled', '', 'incomplete', 'timeout', 'refused', 'unreachable', 'credentials', 'agent_error', 'nothing', 'error'][toUInt8(least(result, 10)) + 1]) AS snmp,
      multiIf(
        bitAnd(asked, 2) = 0, '',
        p.rounds = 0, if($at - o.started_ms > $wanted, 'not_pinged', ''),
        $at - p.last_ms > 5 * p.every_ms + $pinged, 'not_pinged',
        p.rounds > 2 AND p.answered_ms = 0, 'no_ping',
        '') AS ping,
      arrayFilter(x -> x.2 != '', [
        ('snmp', snmp, multiIf(snmp = 'not_polled' AND result != 1, o.last_ms, result > 2, o.since_ms, o.started_ms), o.good_ms),
        ('ping', ping, multiIf(p.rounds = 0, o.started_ms, ping = 'not_pinged', p.last_ms, p.first_ms), toInt64(p.answered_ms))]) AS spots
    FROM ($outcomes) AS o
    INNER JOIN ($appliances) AS a ON a.customer_id = o.customer_id AND a.appliance_id = o.appliance_id
    LEFT JOIN (
      $pings
    ) AS p ON p.customer_id = o.customer_id AND p.device_id = o.device_id
    WHERE a.silent = 0
  ) ARRAY JOIN spots AS spot`))
}

// watched are the numbers of devices that each appliance watches; of a silent one those
// it ever reported.
func (s sight) watched() string {
	return strings.NewReplacer("$appliances", s.appliances(), "$outcomes", s.outcomes()).Replace(`
  SELECT if(any(a.silent) = 1, any(a.known), countIf(o.device_id != 0)) AS watched
  FROM ($appliances) AS a LEFT JOIN ($outcomes) AS o ON o.customer_id = a.customer_id AND o.appliance_id = a.appliance_id GROUP BY a.customer_id, a.appliance_id`)
}

func (s sight) fill(sql string) string {
	return strings.NewReplacer("$within", s.within(outcomesBack), "$lately", s.within(pingsBack), "$recently", s.last(pingsRecently), "$at", s.at, "$from", s.from, "$scope", s.scope, "$sites", s.sites, "$devices", s.devices, "$behind", s.behind,
		"$missed", fmt.Sprint(missedHeartbeats), "$delay", fmt.Sprint(reportDelay.Milliseconds()), "$polled", fmt.Sprint(pollDelay),
		"$pinged", fmt.Sprint(pingDelay), "$wanted", fmt.Sprint(pingWanted)).Replace(sql)
}
