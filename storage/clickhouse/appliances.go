package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// How far back heartbeats are looked for: most appliances have one of the last minutes,
// which is all there is to know of them.
const (
	beatsRecently = 15 * time.Minute
	beatsBack     = 7 * 24 * time.Hour
	backlogBack   = 24 * time.Hour
)

// Appliances returns how each appliance that the configuration lists stands at query.To,
// by customer, site and name. Of the query's time the end alone counts, of its names
// Customer and Site.
func (s *Store) Appliances(ctx context.Context, query storage.Query) ([]storage.ApplianceStatus, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	query.Device = ""
	var answer []storage.ApplianceStatus
	var row storage.ApplianceStatus
	var id, customerID, siteID sample.ID
	var customer, site string
	var beat, heard, clockMs, skew int64
	var every, sentMs uint32
	var sent, sentFor uint64
	var devices, unknown uint64
	var silent, refused uint8
	where := map[ownedID]int{}
	behind := ownedIDs{}
	err := s.query(ctx, "appliances", `SELECT a.customer_id, a.site_id, a.appliance_id, c.customer_name, s.site_name, a.appliance, a.beat_ms, a.heard_ms, a.silent,
  a.last.1, a.last.2, a.last.3, a.last.4, a.last.5, a.last.6, a.last.7, a.sent, a.sent_for, a.devices, a.unknown, toUnixTimestamp64Milli(k.at_ts), k.skew_ms, k.refused
FROM (`+appliancesThen(query)+`) AS a
`+joinOwners(query.Scope, "a")+`
LEFT JOIN (SELECT customer_id, appliance_id, at_ts, skew_ms, refused FROM appliance_clocks FINAL WHERE `+inScope(query.Scope)+`
  AND at_ts > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(clockTold)+`) AND at_ts <= fromUnixTimestamp64Milli({to:Int64})
) AS k ON k.customer_id = a.customer_id AND k.appliance_id = a.appliance_id
ORDER BY c.customer_name, s.site_name, a.appliance`+limit(query), parameters(query),
		[]any{&customerID, &siteID, &id, &customer, &site, &row.Name, &beat, &heard, &silent,
			&every, &row.BacklogBlocks, &row.BacklogBytes, &row.DroppedBlocks, &row.Version, &row.UplinkBytes, &sentMs, &sent, &sentFor, &devices, &unknown, &clockMs, &skew, &refused}, func() {
			one := row
			one.Entity = entity(id, named(customer, customerID), named(site, siteID), "", named(row.Name, id))
			one.LastHeartbeat, one.Interval = momentOrZero(beat), time.Duration(every)*time.Millisecond
			one.Silent, one.Devices, one.Unknown = silent != 0, int(devices), int(unknown)
			if one.Silent {
				one.SilentSince = momentOrZero(heard)
			}
			if one.UplinkKnown = sentMs > 0 && !one.Silent; one.UplinkKnown {
				one.UplinkBps = float64(sent) * 8000 / float64(sentFor)
			}
			if one.ClockKnown = clockMs > 0; one.ClockKnown {
				one.ClockOffset, one.ClockRefused = time.Duration(skew)*time.Millisecond, refused != 0
			}
			key := ownedID{customerID, id}
			where[key] = len(answer)
			if one.BacklogBlocks > 0 {
				behind = append(behind, key)
			}
			answer = append(answer, one)
		})
	if err != nil || len(behind) == 0 {
		return answer, err
	}
	var key ownedID
	var since int64
	err = s.query(ctx, "appliance_backlogs", `SELECT customer_id, appliance_id, if(full = 0, toInt64(0), toInt64(first)) FROM (
  SELECT customer_id, appliance_id, groupArrayIf(at_ms, backlog_blocks > 0) AS filled, maxIf(at_ms, backlog_blocks = 0) AS empty_ms,
    length(filled) AS full, arrayMin(arrayFilter(at -> at > empty_ms, filled)) AS first
  FROM (SELECT customer_id, appliance_id, toInt64(toUnixTimestamp64Milli(slot) + offset_ms) AS at_ms, backlog_blocks FROM raw_heartbeats
    WHERE (customer_id, appliance_id) IN (`+behind.list()+`) AND slot > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(backlogBack)+`) AND slot <= fromUnixTimestamp64Milli({to:Int64}))
  GROUP BY customer_id, appliance_id
)`, []any{clickhouse.Named("to", query.To.UnixMilli())}, []any{&key.customer, &key.id, &since}, func() {
		if at, ok := where[key]; ok {
			answer[at].BacklogOldest = momentOrZero(since)
		}
	})
	return answer, err
}

// ownedIDs are ids with whose they are.
type ownedIDs []ownedID

// list lists them as tuples in SQL.
func (all ownedIDs) list() string {
	parts := make([]string, len(all))
	for i, one := range all {
		parts[i] = fmt.Sprintf("(%d,%d)", one.customer, one.id)
	}
	return strings.Join(parts, ",")
}

// appliancesThen are the appliances that the configuration lists, as of the end of the
// time asked for: beat_ms of the last heartbeat and last of what it said (interval, backlog in blocks and
// bytes, blocks dropped, version, bytes sent and in how many milliseconds), sent and sent_for of the last minutes, heard_ms of the last sign of life of it or its devices, the number of these, how many
// of them are unknown, and whether it is silent.
func appliancesThen(query storage.Query) string {
	const beats = `SELECT customer_id, appliance_id, max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS beat_ms,
      argMax((interval_ms, backlog_blocks, backlog_bytes, dropped_blocks, toString(version), sent_bytes, sent_ms), toUnixTimestamp64Milli(slot) + offset_ms) AS last,
      sum(sent_bytes) AS sent, sum(sent_ms) AS sent_for
    FROM raw_heartbeats WHERE $scope AND $within`
	within := func(back time.Duration) string {
		return "slot > fromUnixTimestamp64Milli({to:Int64} - " + milliseconds(back) + ") AND slot <= fromUnixTimestamp64Milli({to:Int64})"
	}
	recent, older := within(beatsRecently), within(beatsBack)
	return strings.NewReplacer("$listed", conditions(query, entityDevice), "$scope", inScope(query.Scope), "$inventory", inInventory(query), "$missed", fmt.Sprint(missedHeartbeats), "$delay", milliseconds(reportDelay)).Replace(`
  SELECT b.customer_id AS customer_id, b.site_id AS site_id, b.appliance_id AS appliance_id, b.appliance AS appliance, h.beat_ms AS beat_ms, h.last AS last, h.sent AS sent, h.sent_for AS sent_for,
    greatest(h.beat_ms, n.seen_ms) AS heard_ms, n.devices AS devices, n.unknown AS unknown,
    {to:Int64} - greatest(h.beat_ms, if(b.listed_ms <= {to:Int64}, b.listed_ms, 0)) > $missed * if(h.last.1 > 0, h.last.1, 10000) + $delay AS silent
  FROM (
    SELECT customer_id, site_id, appliance_id, argMax(name, listed) AS appliance, max(toUnixTimestamp64Milli(listed)) AS listed_ms FROM appliances WHERE $listed
    GROUP BY customer_id, site_id, appliance_id HAVING listed_ms = (SELECT max(toUnixTimestamp64Milli(listed)) FROM appliances WHERE $scope)
  ) AS b
  LEFT JOIN (
    ` + strings.Replace(beats, "$within", recent, 1) + ` GROUP BY customer_id, appliance_id
    UNION ALL
    ` + strings.Replace(beats, "$within", older, 1) + ` AND (customer_id, appliance_id) IN (
      SELECT customer_id, appliance_id FROM appliances WHERE $scope AND (customer_id, appliance_id) NOT IN (SELECT customer_id, appliance_id FROM raw_heartbeats WHERE $scope AND ` + recent + `)
    ) GROUP BY customer_id, appliance_id
  ) AS h ON h.customer_id = b.customer_id AND h.appliance_id = b.appliance_id
  LEFT JOIN (
    SELECT customer_id, appliance_id, maxIf(toInt64(toUnixTimestamp64Milli(last_seen_ts)), last_seen_ts <= fromUnixTimestamp64Milli({to:Int64})) AS seen_ms, uniqExact(device_id) AS devices, countIf(state = 0) AS unknown
    FROM device_current FINAL WHERE $scope AND $inventory GROUP BY customer_id, appliance_id
  ) AS n ON n.customer_id = b.customer_id AND n.appliance_id = b.appliance_id`)
}
