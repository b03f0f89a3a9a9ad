package clickhouse

import (
	"context"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Devices returns the present state of every device that has one or was named by its
// appliance, by customer, site and device. LastSeen is the latest of what the state
// says and the answered pings in the time asked for.
func (s *Store) Devices(ctx context.Context, query storage.Query) ([]storage.DeviceStatus, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	var answer []storage.DeviceStatus
	var device, customerID, siteID sample.ID
	var customer, site, name, address string
	var state, cause uint8
	var since, seen int64
	where := conditions(query, entityDevice)
	gone, err := s.removed(ctx, query)
	if err != nil {
		return nil, err
	}
	err = s.query(ctx, "devices", `SELECT t.customer_id, t.site_id, t.device_id, c.customer_name, s.site_name, d.device_name, d.device_address,
  t.state, t.cause, t.since_ts, greatest(t.last_seen_ts, p.answered)
FROM (
  SELECT customer_id, argMax(site_id, known) AS site_id, device_id, max(state) AS state, max(cause) AS cause,
    max(since_ts) AS since_ts, max(last_seen_ts) AS last_seen_ts
  FROM (
    SELECT 1 AS known, customer_id, site_id, device_id, state, cause, since_ts, last_seen_ts
    FROM device_current FINAL WHERE `+where+`
    UNION ALL
    SELECT 0, customer_id, argMax(raw_devices.site_id, slot), device_id, 0, 0, fromUnixTimestamp64Milli(0), fromUnixTimestamp64Milli(0)
    FROM raw_devices WHERE `+where+` GROUP BY customer_id, device_id
  ) WHERE `+gone.others()+` GROUP BY customer_id, device_id
) AS t
`+joinOwners(query.Scope, "t")+`
`+joinDevices(query.Scope, "t")+`
LEFT JOIN (
  SELECT customer_id, device_id, max(ts) AS answered FROM raw_pings WHERE `+where+` AND received > 0
    AND slot >= fromUnixTimestamp64Milli({from:Int64}) AND slot < fromUnixTimestamp64Milli({to:Int64}) GROUP BY customer_id, device_id
) AS p ON p.customer_id = t.customer_id AND p.device_id = t.device_id
ORDER BY c.customer_name, s.site_name, d.device_name, t.device_id`+limit(query),
		parameters(query),
		[]any{&customerID, &siteID, &device, &customer, &site, &name, &address, &state, &cause, &since, &seen}, func() {
			answer = append(answer, storage.DeviceStatus{
				Entity:  deviceEntity(device, customerID, siteID, customer, site, name),
				Address: address, State: storage.State(state), Cause: storage.Cause(cause),
				Since: momentOrZero(since), LastSeen: momentOrZero(seen),
			})
		})
	return answer, err
}

// momentOrZero is the zero time where nothing was recorded.
func momentOrZero(milliseconds int64) time.Time {
	if milliseconds == 0 {
		return time.Time{}
	}
	return instant(milliseconds)
}
