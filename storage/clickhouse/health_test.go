package clickhouse

import (
	"reflect"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// reading is one row of a sensor.
type reading struct {
	device sample.ID
	kind   sample.SensorKind
	name   string
	offset time.Duration // after the slot
	status sample.SensorStatus
	milli  int64
	blank  bool // no value
}

func readings(all ...reading) *sample.Health {
	rows := new(sample.Health)
	for _, r := range all {
		rows.Device = append(rows.Device, r.device)
		rows.Sensor = append(rows.Sensor, sample.SensorID(r.device, r.kind, r.name))
		rows.OffsetMs = append(rows.OffsetMs, uint32(r.offset.Milliseconds()))
		rows.SensorKind = append(rows.SensorKind, r.kind)
		rows.Status = append(rows.Status, r.status)
		rows.Measured = append(rows.Measured, bit(!r.blank))
		rows.ValueMilli = append(rows.ValueMilli, r.milli)
	}
	return rows
}

func sensorNames(all ...reading) *sample.HealthIdentities {
	rows := new(sample.HealthIdentities)
	for _, r := range all {
		rows.Device = append(rows.Device, r.device)
		rows.Sensor = append(rows.Sensor, sample.SensorID(r.device, r.kind, r.name))
		rows.SensorKind = append(rows.SensorKind, r.kind)
		rows.Name = append(rows.Name, r.name)
		rows.Source = append(rows.Source, "ENTITY-SENSOR-MIB")
	}
	return rows
}

func testHealth(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	fan := reading{device: router, kind: sample.SensorFan, name: "Fan 1"}
	inlet := reading{device: router, kind: sample.SensorTemperature, name: "Inlet"}
	supply := reading{device: zenRouter, kind: sample.SensorPower, name: "PSU 1"}
	write(t, store, 1, 1, table(sensorNames(fan, inlet, supply), at(-time.Minute), 1, acme, acme, zen))
	say := func(r reading, status sample.SensorStatus, milli int64, after time.Duration) reading {
		r.status, r.milli, r.offset = status, milli, after
		return r
	}
	blank := func(r reading) reading { r.blank = true; return r }
	// A minute before the time asked for, in it, and at its end. The second slot comes
	// twice, the later message with other values.
	write(t, store, 2, 2, table(readings(say(inlet, sample.SensorCritical, 99_000, 59*time.Second)), at(-time.Minute), 2, acme))
	write(t, store, 3, 3, table(readings(
		say(fan, sample.SensorOK, 4_000_000, time.Second), say(inlet, sample.SensorOK, -5_500, time.Second),
		say(supply, sample.SensorNotPresent, 0, time.Second)), at(0), 3, acme, acme, zen))
	write(t, store, 4, 4, table(readings(
		blank(say(fan, sample.SensorCritical, 7, time.Second)), say(inlet, sample.SensorOK, 20_500, time.Second)), at(time.Minute), 4, acme))
	write(t, store, 5, 5, table(readings(
		say(fan, sample.SensorOK, 1, time.Second), say(inlet, sample.SensorOK, 1, time.Second)), at(time.Minute), 5, acme))
	write(t, store, 6, 6, table(readings(say(fan, sample.SensorOK, 3_000_000, time.Second)), at(2*time.Minute), 6, acme))
	write(t, store, 7, 7, table(readings(say(inlet, sample.SensorOK, 88_000, 0)), at(time.Hour), 7, acme))
	of := func(r reading, customer, site string, at time.Duration) storage.SensorHealth {
		return storage.SensorHealth{
			Entity: storage.Entity{ID: sample.SensorID(r.device, r.kind, r.name), Customer: customer, Site: site, Device: "router", Name: r.name},
			Kind:   storage.SensorKind(r.kind), Source: "ENTITY-SENSOR-MIB", Start: noon, At: noon.Add(at),
		}
	}
	wantInlet, wantFan := of(inlet, "acme", "tokyo", time.Minute+time.Second), of(fan, "acme", "tokyo", 2*time.Minute+time.Second)
	wantInlet.Status, wantInlet.Worst, wantInlet.Readings, wantInlet.Measured, wantInlet.LastMeasured = 1, 1, 2, 2, true
	wantInlet.Last, wantInlet.Min, wantInlet.Mean, wantInlet.Max = 20.5, -5.5, 7.5, 20.5
	wantFan.Status, wantFan.Worst, wantFan.Readings, wantFan.Measured, wantFan.LastMeasured = 1, 3, 3, 2, true
	wantFan.Last, wantFan.Min, wantFan.Mean, wantFan.Max = 3000, 3000, 3500, 4000
	wantSupply := of(supply, "zen", "osaka", time.Second)
	wantSupply.Status, wantSupply.Worst, wantSupply.Readings, wantSupply.Measured, wantSupply.LastMeasured = 4, 4, 1, 1, true
	got, err := store.Health(t.Context(), ask())
	if want := []storage.SensorHealth{wantInlet, wantFan, wantSupply}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v, error %v", got, want, err)
	}

	query := ask()
	query.Customer, query.Device, query.Step = "acme", "router", time.Minute
	got, err = store.Health(t.Context(), query)
	if err != nil || len(got) != 5 {
		t.Fatalf("%d buckets, want two of the inlet and three of the fan, error %v: %+v", len(got), err, got)
	}
	failed := got[3]
	if _, ok := failed.Value(); ok || failed.Measured != 0 || failed.Readings != 1 || failed.Mean != 0 || !failed.Status.Failing() || !failed.Start.Equal(noon.Add(time.Minute)) {
		t.Errorf("the minute in which the fan gave no value: %+v", failed)
	}

	query.To = query.From.Add(-time.Second)
	if _, err = store.Health(t.Context(), query); err == nil {
		t.Error("an empty time range is answered")
	}
	query = ask()
	query.From, query.To = noon.Add(3*time.Hour), noon.Add(4*time.Hour)
	if got, err = store.Health(t.Context(), query); err != nil || len(got) != 0 {
		t.Errorf("a time without readings: %+v, error %v", got, err)
	}
}
