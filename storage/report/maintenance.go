package report

import (
	"mimamori/storage"
	"mimamori/storage/calendar"
)

// Maintenance has a row for each maintenance window that may touch the time asked for.
func Maintenance(query storage.Query, windows []calendar.Window) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 4, Columns: []string{"customer", "site", "device", "id",
		"from", "to", "rule", "time_zone", "entered_at", "by", "why", "reference", "retroactive"}}
	for i := range windows {
		window := &windows[i]
		answer.Rows = append(answer.Rows, []any{window.Customer, window.Site, window.Device, window.ID,
			window.From, window.To, window.Rule, window.TimeZone,
			window.EnteredAt, window.By, window.Why, window.Reference, window.Retroactive()})
	}
	return answer
}
