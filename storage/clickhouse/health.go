package clickhouse

import (
	"cmp"
	"context"
	"slices"

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
	var all []sensorHealth
	var row sensorHealth
	var names placeNames
	devices, sensors := map[ownedID]string{}, map[ownedID]sensorName{}
	var kind, status, worst, lastMeasured uint8
	var start, at int64
	// Without a step there is one bucket, which begins with the time asked for.
	step, origin := query.Step.Milliseconds(), int64(0)
	if query.Step == 0 {
		origin = query.From.UnixMilli()
		step = query.To.UnixMilli() - origin
	}
	where := conditions(query, entityDevice)
	arguments := append(parameters(query), clickhouse.Named("step", step), clickhouse.Named("origin", origin))
	err := together(ctx,
		func(ctx context.Context) (err error) { names, err = s.placeNames(ctx, query); return err },
		func(ctx context.Context) error { return s.deviceNames(ctx, where, parameters(query), devices) },
		func(ctx context.Context) (err error) { sensors, err = s.sensorNames(ctx, query, where); return err },
		func(ctx context.Context) error {
			return s.query(ctx, "health", healthSQL(where), arguments,
				[]any{&row.at.customer, &row.at.site, &row.device, &row.ID, &kind, &start,
					&at, &status, &worst, &row.Readings, &row.Measured, &lastMeasured, &row.Last, &row.Min, &row.Mean, &row.Max},
				func() {
					bucket := row
					bucket.Kind = storage.SensorKind(kind)
					bucket.Start, bucket.At = instant(start), instant(at)
					bucket.Status, bucket.Worst = storage.SensorStatus(status), storage.SensorStatus(worst)
					bucket.LastMeasured = lastMeasured != 0
					all = append(all, bucket)
				})
		},
	)
	if err != nil {
		return nil, err
	}
	for i := range all {
		one := &all[i]
		one.deviceName = devices[ownedID{one.at.customer, one.device}]
		one.sensor = sensors[ownedID{one.at.customer, one.ID}]
	}
	slices.SortFunc(all, func(a, b sensorHealth) int {
		return cmp.Or(names.byPlace(a.at, b.at), cmp.Compare(a.deviceName, b.deviceName), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.sensor.name, b.sensor.name), cmp.Compare(a.ID, b.ID), a.Start.Compare(b.Start))
	})
	all = limited(all, query)
	answer := make([]storage.SensorHealth, len(all))
	for i, one := range all {
		one.Entity = deviceEntity(one.ID, one.at.customer, one.at.site, names.customers[one.at.customer], names.sites[one.at.site], named(one.deviceName, one.device))
		one.Name, one.Source = named(one.sensor.name, one.ID), one.sensor.source
		answer[i] = one.SensorHealth
	}
	return answer, nil
}

// sensorHealth is a bucket of a sensor with what it is ordered by.
type sensorHealth struct {
	storage.SensorHealth
	at         place
	device     sample.ID
	deviceName string // as it was told; empty where it was not
	sensor     sensorName
}

// sensorName is what a device calls a sensor, and where it says so.
type sensorName struct{ name, source string }

// sensorNames reads the latest names of the sensors that a condition selects.
func (s *Store) sensorNames(ctx context.Context, query storage.Query, where string) (map[ownedID]sensorName, error) {
	all := map[ownedID]sensorName{}
	var key ownedID
	var row sensorName
	err := s.query(ctx, "sensor_names", "SELECT customer_id, sensor_id, argMax(name, slot), argMax(source, slot) FROM raw_health_identities WHERE "+where+" GROUP BY customer_id, sensor_id",
		parameters(query), []any{&key.customer, &key.id, &row.name, &row.source}, func() { all[key] = row })
	return all, err
}

// healthSQL adds up the readings of each bucket. A status above critical is no grave
// one: it says that nothing is there.
func healthSQL(where string) string {
	return `SELECT h.customer_id, h.site_id, h.device_id, h.sensor_id, h.kind, h.bucket,
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
    WHERE ` + where + `
      AND slot > fromUnixTimestamp64Milli({from:Int64} - 86400000) AND slot < fromUnixTimestamp64Milli({to:Int64})
      AND at >= {from:Int64} AND at < {to:Int64}
  )
  GROUP BY customer_id, device_id, sensor_id, bucket
) AS h`
}
