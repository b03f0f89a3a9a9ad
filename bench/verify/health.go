package verify

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"mimamori/bench/fleet"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// How far a stored reading may be from what the sensor read: what its agent rounds,
// and what the reading changes while it is dated.
var healthTolerance = map[sample.SensorKind]float64{
	sample.SensorCPU: 1, sample.SensorMemory: 0.2, sample.SensorStorage: 0.2,
	sample.SensorTemperature: 1, sample.SensorFan: 5, sample.SensorPower: 1,
}

// healthLateness is how far from its truth in time a reading may be.
const healthLateness = 500 * time.Millisecond

// health compares every reading of every sensor with what the sensor read at that
// moment, one check a sensor: each sensor must have been read as often as its device
// could be, and one that failed must be stored as failed.
func (c *comparison) health(ctx context.Context) ([]Check, error) {
	if c.options.HealthInterval == 0 {
		return nil, nil
	}
	query := c.query()
	query.Step = time.Second // a bucket has one reading at most
	stored, err := c.store.Health(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("ask for the health of the devices: %w", err)
	}
	found := map[sample.ID][]*storage.SensorHealth{}
	for i := range stored {
		found[stored[i].ID] = append(found[stored[i].ID], &stored[i])
	}
	down, away := map[string][]fleet.Span{}, c.away()
	for i := range c.truth.Devices {
		device := &c.truth.Devices[i]
		name := entity(device.Customer, device.Site, device.Name)
		down[name] = device.Down
		if since, is := away[entity(device.Customer, device.Site)]; is {
			down[name] = append(slices.Clip(device.Down), fleet.Span{From: since, To: c.to})
		}
	}
	var checks []Check
	for i := range c.truth.Sensors {
		sensor := &c.truth.Sensors[i]
		checks = append(checks, c.sensor(sensor, found[sensor.ID], down[entity(sensor.Customer, sensor.Site, sensor.Host)]))
	}
	return checks, nil
}

// sensor compares the readings of one sensor, by time.
func (c *comparison) sensor(sensor *fleet.SensorTruth, readings []*storage.SensorHealth, away []fleet.Span) Check {
	check := Check{Name: "health", Entity: entity(sensor.Customer, sensor.Site, sensor.Host, sensor.Name)}
	if gap, from := c.longestGap(readings, away); gap > c.options.HealthInterval+2*c.options.PollInterval {
		check.Expected = fmt.Sprintf("a reading every %s", c.options.HealthInterval)
		check.Found = fmt.Sprintf("none in the %s after %s, %d in all", gap.Round(time.Second), from.UTC().Format(clockFormat), len(readings))
		return check
	}
	check.Expected, check.Found, check.OK = fmt.Sprintf("%d readings as they were", len(readings)), "so they are", true
	for _, reading := range readings {
		if c.nearTrouble(sensor, reading.At) {
			continue
		}
		at := reading.At.UTC().Format(clockFormat)
		was, working := sensor.Reading(c.truth.Start, reading.At)
		value, measured := reading.Value()
		failed := reading.Status == storage.SensorStatus(sample.SensorCritical)
		if working == failed || working != measured || working && math.Abs(was-value) > healthTolerance[sensor.Kind] || reading.Kind != storage.SensorKind(sensor.Kind) {
			check.OK = false
			check.Expected = fmt.Sprintf("%s: %.2f %s, it worked: %t", at, was, storage.SensorKind(sensor.Kind).Unit(), working)
			check.Found = fmt.Sprintf("%.2f %s, measured: %t, %s", value, reading.Kind.Unit(), measured, reading.Status)
			return check // the first mismatch is the one worth reading
		}
	}
	return check
}

// longestGap returns the longest time without a reading, and where it begins. Time in
// which the device answered nothing does not count: what was due then is read with the
// next poll.
func (c *comparison) longestGap(readings []*storage.SensorHealth, away []fleet.Span) (time.Duration, time.Time) {
	seen := []time.Time{c.from}
	for _, reading := range readings {
		seen = append(seen, reading.At)
	}
	longest, begins := time.Duration(0), c.from
	for i, at := range seen {
		until := c.to
		if i+1 < len(seen) {
			until = seen[i+1]
		}
		gap := until.Sub(at)
		for _, span := range away {
			if span.From.Before(until) && span.To.After(at) {
				gap -= span.To.Sub(span.From)
			}
		}
		if gap > longest {
			longest, begins = gap, at
		}
	}
	return longest, begins
}

// nearTrouble says whether a sensor began or ceased to be in trouble near a time.
func (c *comparison) nearTrouble(sensor *fleet.SensorTruth, at time.Time) bool {
	for _, trouble := range sensor.Level.Troubles {
		for _, edge := range []float64{trouble.From, trouble.To} {
			moment := c.truth.Start.Add(time.Duration(edge * float64(time.Second)))
			if moment.Sub(at).Abs() <= healthLateness {
				return true
			}
		}
	}
	return false
}
