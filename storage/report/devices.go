package report

import (
	"time"

	"mimamori/storage"
)

// Devices has a row for each device with its present state.
func Devices(query storage.Query, devices []storage.DeviceStatus) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device",
		"address", "state", "cause", "since", "last_seen"}}
	for i := range devices {
		device := &devices[i]
		answer.Rows = append(answer.Rows, []any{device.Customer, device.Site, device.Device,
			device.Address, device.State.String(), device.Cause.String(), moment(device.Since), moment(device.LastSeen)})
	}
	return answer
}

// moment is a time as a cell, nil where it never was.
func moment(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}
