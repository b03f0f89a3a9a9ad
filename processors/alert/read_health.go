package alert

import (
	"context"
	"math"
	"strconv"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func sensorKind(name string) sample.SensorKind {
	kind, _ := sample.SensorKindNamed(name)
	return kind
}

func sensorKinds() []string { return sample.SensorKindNames()[1:] }

// readHealth has the sensors that devices call critical, or whose value is above the rule's
// threshold for clearing.
func readHealth(ctx context.Context, m *moment, rule *Rule) ([]Reading, error) {
	sensors, err := m.store.Health(ctx, m.query(lately))
	if err != nil {
		return nil, err
	}
	wanted := sensorKind(rule.Sensor)
	var readings []Reading
	for i := range sensors {
		sensor := &sensors[i]
		value, measured := sensor.Value()
		level := bad
		if rule.Sensor != "" {
			if sensor.Kind != storage.SensorKind(wanted) || !measured || value <= rule.Clear {
				continue
			}
			level = rule.levelOf(value)
		} else if sensor.Status != storage.SensorStatus(sample.SensorCritical) {
			continue
		}
		maintained, err := m.maintained(ctx, sensor.Customer, sensor.Site, sensor.Device)
		if err != nil {
			return nil, err
		}
		details := map[string]string{"kind": sensor.Kind.String(), "status": sensor.Status.String(), "source": sensor.Source}
		if measured {
			details["reading"] = number(value) + " " + sensor.Kind.Unit()
		}
		readings = append(readings, Reading{Customer: sensor.Customer, Site: sensor.Site, Entity: "sensor/" + sensor.Device + "/" + sensor.Name, Name: sensor.Device + " " + sensor.Name,
			At: sensor.At, Value: value, level: level, Maintenance: maintained, device: sensor.Device, Details: details})
	}
	return readings, nil
}

// readBlindSpots has what is not seen for a reason of its own: of what is down, or behind a
// silent appliance, other rules tell.
func readBlindSpots(ctx context.Context, m *moment, _ *Rule) ([]Reading, error) {
	spots, err := m.blindSpots(ctx)
	if err != nil {
		return nil, err
	}
	var readings []Reading
	for i := range spots.Spots {
		spot := &spots.Spots[i]
		if spot.Partial() && spot.Reason != storage.BlindClockOff {
			continue
		}
		level := bad
		if spot.Reason == storage.BlindSilent || spot.What != storage.BlindAppliance && (spot.State == storage.StateDown || spot.State == storage.StateUnknown) {
			level = unknown
		}
		entity, name := "device/"+spot.Device, spot.Device
		if spot.What == storage.BlindAppliance {
			entity, name = "appliance/"+spot.Name, spot.Name
		}
		maintained, err := m.maintained(ctx, spot.Customer, spot.Site, spot.Device)
		if err != nil {
			return nil, err
		}
		readings = append(readings, Reading{Customer: spot.Customer, Site: spot.Site, Entity: entity, Name: name, At: m.at, level: level, Since: spot.Since, Maintenance: maintained, device: spot.Device,
			Details: map[string]string{"reason": spot.Reason.Text(), "code": string(spot.Reason), "detail": spot.Detail, "address": spot.Address}})
	}
	return readings, nil
}

// readAvailability has what was available for less than was promised.
func readAvailability(ctx context.Context, m *moment, _ *Rule) ([]Reading, error) {
	if m.promises == nil {
		return nil, nil
	}
	promised, err := m.promises(ctx, m.at)
	if err != nil {
		return nil, err
	}
	var readings []Reading
	for _, promise := range promised {
		if promise.Target <= 0 || promise.Percent >= promise.Target {
			continue
		}
		// Rounded down: what is below its target must not read as if it were not.
		percent := strconv.FormatFloat(math.Floor(promise.Percent*1000)/1000, 'f', -1, 64)
		readings = append(readings, Reading{Customer: promise.Customer, Site: promise.Site, Entity: promise.Entity, Name: promise.Name, At: m.at, Value: promise.Percent,
			Details: map[string]string{"availability": percent + " %", "target": strconv.FormatFloat(promise.Target, 'f', -1, 64) + " %", "from": promise.From.Format("2006-01-02")}})
	}
	return readings, nil
}

// readReceivers has the receivers that notifications do not reach: another one tells of them.
func readReceivers(_ context.Context, m *moment, _ *Rule) ([]Reading, error) {
	if m.failing == nil {
		return nil, nil
	}
	var readings []Reading
	for _, failing := range m.failing() {
		readings = append(readings, Reading{Entity: "receiver/" + failing.Receiver, Name: failing.Receiver, At: m.at, Since: failing.Since, Value: float64(failing.Attempts),
			Details: map[string]string{"error": failing.Error}})
	}
	return readings, nil
}
