package report

import "mimamori/storage"

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
		answer.Rows = append(answer.Rows, []any{sensor.Customer, sensor.Site, sensor.Device, sensor.Name, sensor.Kind.String(), sensor.Start,
			sensor.Status.String(), sensor.Worst.String(), Optional(sensor.Value()), sensor.Kind.Unit(),
			Optional(sensor.Min, measured), Optional(sensor.Mean, measured), Optional(sensor.Max, measured),
			sensor.At, sensor.Readings, sensor.Source})
	}
	return answer
}
