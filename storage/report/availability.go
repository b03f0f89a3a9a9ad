package report

import "mimamori/storage"

// Availability has a row for each device, with every stretch that was not up behind
// it.
func Availability(query storage.Query, devices []storage.Availability) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device",
		"availability_pct", "pessimistic_pct", "up_s", "degraded_s", "down_s", "unknown_s", "outages", "state"}}
	outages := Details{Name: "outages", Heading: "not up",
		Columns: []string{"from", "to", "seconds", "state", "cause", "ongoing", "corrected", "evidence"}}
	for i := range devices {
		device := &devices[i]
		answer.Rows = append(answer.Rows, []any{device.Customer, device.Site, device.Device,
			Optional(device.Percent()), Optional(device.PessimisticPercent()),
			Seconds(device.UpMs), Seconds(device.DegradedMs), Seconds(device.DownMs), Seconds(device.UnknownMs),
			downs(device.Outages), device.State.String()})
		behind := [][]any{}
		for _, outage := range device.Outages {
			behind = append(behind, []any{outage.From, outage.To, outage.To.Sub(outage.From).Seconds(),
				outage.State.String(), outage.Cause.String(), outage.Ongoing, outage.Corrected, outage.Evidence})
		}
		outages.Rows = append(outages.Rows, behind)
	}
	answer.Details = []Details{outages}
	return answer
}

// downs counts the outages among the stretches that were not up.
func downs(stretches []storage.Outage) int {
	n := 0
	for _, stretch := range stretches {
		if stretch.State == storage.StateDown {
			n++
		}
	}
	return n
}
