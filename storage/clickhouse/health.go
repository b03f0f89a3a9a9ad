package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Health returns for each sensor and bucket what its device said of it, by customer,
// site, device, sensor and time. A reading counts in the bucket it was made in. Start
// is the bucket's beginning, a multiple of the step since 1970 (it may lie before
// query.From), or query.From without a step. Buckets without any reading are left out.
func (s *Store) Health(ctx context.Context, query storage.Query) ([]storage.SensorHealth, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	var answer []storage.SensorHealth
	var row storage.SensorHealth
	var customerID, siteID, device, sensor sample.ID
	var customer, site, deviceName, name string
	var kind, status, worst, lastMeasured uint8
	var start, at int64
	// Without a step there is one bucket, which begins with the time asked for.
	step, origin := query.Step.Milliseconds(), int64(0)
	if query.Step == 0 {
		origin = query.From.UnixMilli()
		step = query.To.UnixMilli() - origin
	}
	arguments := append(parameters(query), clickhouse.Named("step", step), clickhouse.Named("origin", origin))
	err := s.query(ctx, "health", healthSQL(query), arguments,
		[]any{&customerID, &siteID, &device, &sensor, &customer, &site, &deviceName, &name, &row.Source, &kind, &start,
			&at, &status, &worst, &row.Readings, &row.Measured, &lastMeasured, &row.Last, &row.Min, &row.Mean, &row.Max},
		func() {
			bucket := row
			bucket.Entity = deviceEntity(sensor, customerID, siteID, customer, site, named(deviceName, device))
			bucket.Name = named(name, sensor)
			bucket.Kind = storage.SensorKind(kind)
			bucket.Start, bucket.At = instant(start), instant(at)
			bucket.Status, bucket.Worst = storage.SensorStatus(status), storage.SensorStatus(worst)
			bucket.LastMeasured = lastMeasured != 0
			answer = append(answer, bucket)
		})
	return answer, err
}

// healthSQL adds up the readings of each bucket. A status above critical is no grave
// one: it says that nothing is there.
func healthSQL(query storage.Query) string {
	return `SELECT h.customer_id, h.site_id, h.device_id, h.sensor_id,
  c.customer_name, s.site_name, d.device_name, i.sensor_name, i.sensor_source, h.kind, h.bucket,
  h.latest, h.last_status, if(h.gravest > 0, h.gravest, h.last_status), h.readings, h.readings_measured, h.last_measured,
  if(h.last_measured = 1, h.last_value, 0), if(h.readings_measured > 0, h.lowest, 0), if(h.readings_measured > 0, h.average, 0), if(h.readings_measured > 0, h.highest, 0)
FROM (
  SELECT customer_id, any(site) AS site_id, device_id, sensor_id, bucket, any(sensor_kind) AS kind,
    max(at) AS latest, argMax(status, at) AS last_status, maxIf(status, status <= 3) AS gravest,
    count() AS readings, countIf(measured = 1) AS readings_measured, argMax(measured, at) AS last_measured,
    argMax(value, at) AS last_value, minIf(value, measured = 1) AS lowest, avgIf(value, measured = 1) AS average, maxIf(value, measured = 1) AS highest
  FROM (
    SELECT customer_id, site_id AS site, device_id, sensor_id, sensor_kind, status, measured, value_milli / 1000 AS value,
      toUnixTimestamp64Milli(slot) + offset_ms AS at,
      intDiv(at - {origin:Int64}, {step:Int64}) * {step:Int64} + {origin:Int64} AS bucket
    FROM raw_health FINAL
    WHERE ` + conditions(query, entityDevice) + `
      AND slot > fromUnixTimestamp64Milli({from:Int64} - 86400000) AND slot < fromUnixTimestamp64Milli({to:Int64})
      AND at >= {from:Int64} AND at < {to:Int64}
  )
  GROUP BY customer_id, device_id, sensor_id, bucket
) AS h
` + joinOwners(query.Scope, "h") + `
` + joinDevices(query.Scope, "h") + `
LEFT JOIN (SELECT customer_id, sensor_id, argMax(name, slot) AS sensor_name, argMax(source, slot) AS sensor_source
  FROM raw_health_identities WHERE ` + inScope(query.Scope) + ` GROUP BY customer_id, sensor_id) AS i ON i.customer_id = h.customer_id AND i.sensor_id = h.sensor_id
ORDER BY c.customer_name, s.site_name, d.device_name, h.kind, i.sensor_name, h.sensor_id, h.bucket` + limit(query)
}
