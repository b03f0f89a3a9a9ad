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

// mostAtOnce is how many rows one question may bring: what is more is asked in several.
const mostAtOnce = 400_000

// parts cuts the time compared so that so many entities with a row each step make no more than mostAtOnce.
func (c *comparison) parts(entities int, step time.Duration) (spans [][2]time.Time) {
	length := step * time.Duration(max(1, mostAtOnce/max(1, entities)))
	for from := c.from.Truncate(step); from.Before(c.to); from = from.Add(length) {
		to := from.Add(length)
		if to.After(c.to) {
			to = c.to
		}
		spans = append(spans, [2]time.Time{from, to})
	}
	return spans
}

// Readings compares every reading of every sensor up to a time with the truth, one check a device, of a fleet of which it
// is known to the millisecond when each device is polled: each poll brought a reading, if the device was not down, with the
// value and the state that the sensor had, and there is no other reading.
func Readings(ctx context.Context, store Store, truth *fleet.Truth, options Options, to time.Time) ([]Check, error) {
	c := &comparison{store: store, truth: truth, options: options, from: truth.Start, to: to}
	step := options.PollInterval
	away := c.away()
	checks := make([]Check, len(truth.Devices))
	var strangers []Check // of what there is not
	places := map[string]int{}
	for i := range truth.Devices {
		device := &truth.Devices[i]
		name := entity(device.Customer, device.Site, device.Name)
		places[name] = i
		checks[i] = Check{Name: "sensors", Entity: name, Expected: "readings as they were", Found: "so they are", OK: true}
	}
	type key struct {
		sensor sample.ID
		slot   int64
	}
	for _, part := range c.parts(len(truth.Sensors), step) {
		stored, err := store.Health(ctx, storage.Query{Scope: storage.EveryCustomer(), From: part[0], To: part[1], Step: step})
		if err != nil {
			return nil, fmt.Errorf("ask for the readings of the sensors: %w", err)
		}
		found := make(map[key]*storage.SensorHealth, len(stored))
		for i := range stored {
			found[key{stored[i].ID, stored[i].Start.UnixMilli()}] = &stored[i]
		}
		for i := range truth.Sensors {
			sensor := &truth.Sensors[i]
			device := places[entity(sensor.Customer, sensor.Site, sensor.Host)]
			since, isAway := away[entity(sensor.Customer, sensor.Site)]
			for slot := part[0]; slot.Before(part[1]); slot = slot.Add(step) {
				at := slot.Add(truth.Devices[device].PollOffset)
				here := key{sensor.ID, slot.UnixMilli()}
				reading := found[here]
				delete(found, here)
				if at.Before(c.from) || !at.Before(c.to) || isAway && at.Sub(since).Abs() < lingering || !checks[device].OK {
					continue
				}
				due := !answersNothing(&truth.Devices[device], at) && (!isAway || at.Before(since))
				checks[device].compare(c, sensor, at, due, reading)
			}
		}
		for _, reading := range found {
			name := entity(reading.Customer, reading.Site, reading.Device)
			if device, known := places[name]; known {
				checks[device].differ(reading.At, "no such sensor", reading.Name)
			} else {
				strangers = append(strangers, Check{Name: "sensors", Entity: name, Expected: "no such device", Found: "a reading of " + reading.Name})
			}
		}
	}
	return slices.Concat(checks, strangers), nil
}

// answersNothing says whether a device was down at a time.
func answersNothing(device *fleet.DeviceTruth, at time.Time) bool {
	for _, span := range device.Down {
		if !at.Before(span.From) && at.Before(span.To) {
			return true
		}
	}
	return false
}

// compare holds a reading against what the sensor read when its device was polled, if it was due.
func (check *Check) compare(c *comparison, sensor *fleet.SensorTruth, at time.Time, due bool, reading *storage.SensorHealth) {
	switch {
	case !due && reading != nil:
		check.differ(at, sensor.Name+": nothing", fmt.Sprintf("%s, %.3f", reading.Status, reading.Last))
		return
	case !due:
		return
	case reading == nil:
		check.differ(at, sensor.Name+": a reading", "none")
		return
	}
	value, works := sensor.Reading(c.truth.Start, at)
	status := sample.SensorOK
	switch {
	case !works:
		status, value = sample.SensorCritical, 0
	case sensor.Limit > 0 && value > sensor.Limit:
		status = sample.SensorWarning
	}
	const rounding = 0.002
	stored, measured := reading.Value()
	atLimit := sensor.Limit > 0 && math.Abs(value-sensor.Limit) < rounding
	if reading.Readings != 1 || !reading.At.Equal(at) || measured != works || math.Abs(stored-value) > rounding || reading.Status != storage.SensorStatus(status) && !atLimit {
		check.differ(at, fmt.Sprintf("%s: %s, %.3f", sensor.Name, storage.SensorStatus(status), value),
			fmt.Sprintf("%d readings, of %s: %s, %.3f", reading.Readings, reading.At.UTC().Format(clockFormat), reading.Status, stored))
	}
}

// differ has a check fail for something at a time; of several the first is kept.
func (check *Check) differ(at time.Time, expected, found string) {
	if check.OK {
		check.OK, check.Expected, check.Found = false, at.UTC().Format(clockFormat)+": "+expected, found
	}
}
