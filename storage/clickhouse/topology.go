package clickhouse

import (
	"context"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// seenRecently is how far back the latest answer to a ping is looked for.
const seenRecently = 15 * time.Minute

// Topology returns the devices that a query selects at query.To, by customer, site and
// name, each with what it is behind: those that have a state, and those that their
// appliance named. Reboots counts those in the time asked for.
func (s *Store) Topology(ctx context.Context, query storage.Query) ([]storage.Node, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	under, err := s.works(ctx, query)
	if err != nil {
		return nil, err
	}
	silentMs, err := s.silentFrom(ctx, query)
	if err != nil {
		return nil, err
	}
	toMs := query.To.UnixMilli()
	var answer []storage.Node
	var row storage.Node
	var device, customerID, siteID sample.ID
	var customer, site, name, descr string
	var state, cause, maintained, presence, known uint8
	var since, seen, clockMs, rebootMs, booted int64
	var hundredths, hrHundredths, engine uint32
	var interfaces, reboots uint64
	where := conditions(query, entityDevice)
	err = s.query(ctx, "topology", `SELECT t.customer_id, t.site_id, t.device_id, c.customer_name, s.site_name, d.device_name, d.address, d.sys_name, d.sys_object_id, d.sys_descr,
  t.known, t.state, t.cause, t.since_ms, greatest(t.seen_ms, p.answered_ms), t.maintained, d.behind_id, b.device_name, a.appliance, i.interfaces,
  t.clock_ms, t.sys_uptime, t.hr_system_uptime, t.engine_time, t.presence, r.reboots, r.last_ms
FROM (
  SELECT customer_id, site_id, device_id, known, state, cause, since_ms, seen_ms, appliance_id, clock_ms, sys_uptime, hr_system_uptime, engine_time, presence, `+under.covers()+` AS maintained FROM (
    SELECT customer_id, argMax(rows.site_id, source) AS site_id, device_id, max(source) AS known, max(state_then) AS state, max(cause_then) AS cause, max(since) AS since_ms, max(seen) AS seen_ms, argMax(rows.appliance_id, source) AS appliance_id,
      max(clock) AS clock_ms, max(rows.sys_uptime) AS sys_uptime, max(rows.hr_system_uptime) AS hr_system_uptime, max(rows.engine_time) AS engine_time, max(rows.presence) AS presence
    FROM (
      SELECT 2 AS source, customer_id, site_id, device_id, state_then, cause_then, toInt64(toUnixTimestamp64Milli(since_then)) AS since, toInt64(0) AS seen, toUInt64(0) AS appliance_id,
        toInt64(0) AS clock, toUInt32(0) AS sys_uptime, toUInt32(0) AS hr_system_uptime, toUInt32(0) AS engine_time, toUInt8(0) AS presence FROM (`+statesThen(where)+`)
      UNION ALL
      SELECT 3, customer_id, site_id, device_id, 0, 0, 0, least(toUnixTimestamp64Milli(last_seen_ts), {to:Int64}), appliance_id,
        toUnixTimestamp64Milli(uptime_at_ts), sys_uptime, hr_system_uptime, engine_time, presence FROM device_current FINAL WHERE `+where+` AND first_seen_ts < fromUnixTimestamp64Milli({to:Int64})
      UNION ALL
      SELECT 1, customer_id, argMax(raw_devices.site_id, slot), device_id, 0, 0, 0, 0, argMax(raw_devices.appliance_id, slot), 0, 0, 0, 0, 0 FROM raw_devices WHERE `+where+` GROUP BY customer_id, device_id
    ) AS rows GROUP BY customer_id, device_id
  ) WHERE `+inInventory(query)+`
) AS t
`+joinOwners(query.Scope, "t")+`
LEFT JOIN (SELECT customer_id, device_id, argMax(name, slot) AS device_name, argMax(raw_devices.address, slot) AS address, argMax(raw_devices.sys_name, slot) AS sys_name, argMax(raw_devices.sys_object_id, slot) AS sys_object_id,
    argMax(raw_devices.sys_descr, slot) AS sys_descr, argMax(raw_devices.behind_id, slot) AS behind_id
  FROM raw_devices WHERE `+where+` GROUP BY customer_id, device_id) AS d ON d.customer_id = t.customer_id AND d.device_id = t.device_id
LEFT JOIN (SELECT customer_id, device_id, argMax(name, slot) AS device_name FROM raw_devices WHERE `+inScope(query.Scope)+` AND (customer_id, device_id) IN (SELECT customer_id, behind_id FROM raw_devices WHERE `+where+`)
  GROUP BY customer_id, device_id) AS b ON b.customer_id = t.customer_id AND b.device_id = d.behind_id
LEFT JOIN (SELECT customer_id, appliance_id, argMax(name, listed) AS appliance FROM appliances WHERE `+inScope(query.Scope)+` GROUP BY customer_id, appliance_id) AS a ON a.customer_id = t.customer_id AND a.appliance_id = t.appliance_id
LEFT JOIN (SELECT customer_id, device_id, uniqExact(interface_id) AS interfaces FROM raw_interface_identities WHERE `+where+` GROUP BY customer_id, device_id) AS i ON i.customer_id = t.customer_id AND i.device_id = t.device_id
LEFT JOIN (SELECT customer_id, device_id, max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS answered_ms FROM raw_pings WHERE `+where+` AND received > 0
  AND slot > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(seenRecently)+`) AND slot < fromUnixTimestamp64Milli({to:Int64}) GROUP BY customer_id, device_id) AS p ON p.customer_id = t.customer_id AND p.device_id = t.device_id
LEFT JOIN (SELECT customer_id, device_id, countIf(at_ts >= fromUnixTimestamp64Milli({from:Int64})) AS reboots, max(toUnixTimestamp64Milli(at_ts)) AS last_ms FROM reboots FINAL WHERE `+where+` AND kind = 1
  AND at_ts < fromUnixTimestamp64Milli({to:Int64}) GROUP BY customer_id, device_id) AS r ON r.customer_id = t.customer_id AND r.device_id = t.device_id
ORDER BY c.customer_name, s.site_name, d.device_name, t.device_id`+limit(query), under.arguments(query),
		[]any{&customerID, &siteID, &device, &customer, &site, &name, &row.Address, &row.SystemName, &row.ObjectID, &descr,
			&known, &state, &cause, &since, &seen, &maintained, &row.BehindID, &row.Behind, &row.Appliance, &interfaces,
			&clockMs, &hundredths, &hrHundredths, &engine, &presence, &reboots, &rebootMs}, func() {
			one := row
			one.Entity = deviceEntity(device, customerID, siteID, customer, site, name)
			one.State, one.Cause, one.Since, one.LastSeen = storage.State(state), storage.Cause(cause), momentOrZero(since), momentOrZero(seen)
			if known > 1 && silentMs < toMs && one.State != storage.StateUnknown {
				one.State, one.Cause, one.Since = storage.StateUnknown, storage.CauseSilent, instant(max(silentMs, since))
			}
			one.Behind, one.Interfaces, one.Maintenance, one.Reboots = named(row.Behind, row.BehindID), int(interfaces), maintained != 0, int(reboots)
			one.Model, _, _ = strings.Cut(strings.TrimSpace(descr), "\n")
			one.Model = strings.TrimSpace(one.Model)
			booted = rebootMs
			if clockMs > 0 {
				booted = max(booted, clockMs-runningMs(presence, hundredths, hrHundredths, engine))
			}
			one.Booted = momentOrZero(booted)
			answer = append(answer, one)
		})
	return answer, err
}

// runningMs is for how long a device has been running by the clocks it told: its own
// where it has one, else that of its agent.
func runningMs(presence sample.UptimePresence, hundredths, hrHundredths, engine uint32) int64 {
	switch {
	case presence&sample.HasHrSystemUptime != 0:
		return int64(hrHundredths) * 10
	case presence&sample.HasEngineTime != 0:
		return int64(engine) * 1000
	}
	return int64(hundredths) * 10
}
