package load

import (
	"math"
	"time"

	"mimamori/bench/failures"
	"mimamori/bench/fleet"
	"mimamori/ingest/sample"
)

// swings are how far a reading goes up and down, by kind, in its unit.
var swings = map[sample.SensorKind]float64{
	sample.SensorCPU: 3, sample.SensorMemory: 1, sample.SensorTemperature: 1.5, sample.SensorFan: 60, sample.SensorPower: 3,
}

// prepareSensors lays out what the sensors of a site read while the script is followed.
func (s *site) prepareSensors() {
	s.levels = make([]fleet.Level, len(s.sensors))
	for i, id := range s.sensors {
		device, sensor := i/len(sensors), sensors[i%len(sensors)]
		draw := s.chance(forLevel, id)
		level := fleet.Level{
			Mean: float64(sensor.milli)/1000 + float64(draw%10), Amplitude: swings[sensor.kind],
			Period: 300 + float64(draw>>8%300), Phase: float64(draw >> 24 % 6),
		}
		for _, span := range s.script.Chassis(s.first + device) {
			if span.Why == sensor.fails {
				level.Troubles = append(level.Troubles, fleet.TroubleOf(span, 0))
			}
		}
		s.levels[i] = level
	}
}

// reading is what a device says of one of its sensors at a time. Of a temperature beyond its limit it warns.
func (s *site) reading(device, sensor int, at time.Time) (milli int64, status sample.SensorStatus, measured uint8) {
	value, works := s.levels[device*len(sensors)+sensor].At(at.Sub(s.begins).Seconds())
	switch {
	case !works:
		return 0, sample.SensorCritical, 0
	case sensors[sensor].fails == failures.Heat && value > failures.HotAbove:
		status = sample.SensorWarning
	default:
		status = sample.SensorOK
	}
	return int64(math.Round(value * 1000)), status, 1
}

// sensorTruths are what the sensors of a device read up to a time.
func (s *site) sensorTruths(device int, until time.Time) []fleet.SensorTruth {
	truths := make([]fleet.SensorTruth, len(sensors))
	for i, sensor := range sensors {
		at := device*len(sensors) + i
		truths[i] = fleet.SensorTruth{
			ID: s.sensors[at], Customer: s.Customer, Site: s.Site, Host: deviceName(device), Name: sensor.name,
			Kind: sensor.kind, Level: s.levels[at].Before(until.Sub(s.begins).Seconds()),
		}
		if sensor.fails == failures.Heat {
			truths[i].Limit = failures.HotAbove
		}
	}
	return truths
}
