package report

import (
	"math"

	"mimamori/storage"
)

// Health has a row for each sensor and bucket.
func Health(query storage.Query, sensors []storage.SensorHealth) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 4,
		Columns: []string{"customer", "site", "device", "sensor", "kind", "start", "status", "worst",
			"value", "unit", "min", "mean", "max", "at", "readings", "source"},
		Brief: []string{"customer", "site", "device", "sensor", "kind", "status", "worst", "value", "unit", "min", "mean", "max", "at"}}
	if query.Step > 0 {
		answer.Brief = append(answer.Brief, "start")
	}
	for i := range sensors {
		sensor := &sensors[i]
		measured := sensor.Measured > 0
		reading := Optional
		if sensor.Kind.Whole() {
			reading = whole
		}
		answer.Rows = append(answer.Rows, []any{sensor.Customer, sensor.Site, sensor.Device, sensor.Name, sensor.Kind.String(), sensor.Start,
			sensor.Status.String(), sensor.Worst.String(), reading(sensor.Value()), sensor.Kind.Unit(),
			reading(sensor.Min, measured), Optional(sensor.Mean, measured), reading(sensor.Max, measured),
			sensor.At, sensor.Readings, sensor.Source})
	}
	return answer
}

// whole is Optional for a number that has no decimal places.
func whole(value float64, ok bool) any {
	if !ok {
		return nil
	}
	return int64(math.Round(value))
}
