package report

import (
	"fmt"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// Maintenance has a row for each maintenance window with an occurrence in the time
// asked for. Of a history it has every revision, occurrence or not.
func Maintenance(query storage.Query, windows []calendar.Window, history bool) (Sheet, error) {
	sheet := Sheet{
		From: query.From, To: query.To, Keys: 4,
		Columns: []string{"id", "customer", "site", "device", "next_from", "next_to", "first_from", "first_to", "rule", "time_zone",
			"why", "reference", "by", "entered", "retroactive", "revised", "revised_by", "revised_why", "cancelled"},
		Brief: []string{"id", "customer", "site", "device", "next_from", "next_to", "rule", "time_zone", "why", "reference", "by"},
	}
	if history {
		sheet.Brief = []string{"id", "why", "first_from", "first_to", "rule", "entered", "by", "revised", "revised_by", "revised_why", "cancelled"}
	}
	for i := range windows {
		w := &windows[i]
		spans, err := w.Spans(query.From, query.To)
		if err != nil {
			return Sheet{}, fmt.Errorf("maintenance window %s: %w", w.ID, err)
		}
		if len(spans) == 0 && !history {
			continue
		}
		var nextFrom, nextTo any
		if len(spans) > 0 {
			nextFrom, nextTo = spans[0].From, spans[0].To
		}
		sheet.Rows = append(sheet.Rows, []any{w.ID, w.Customer, w.Site, w.Device, nextFrom, nextTo, w.From, w.To, w.Rule, w.TimeZone,
			w.Why, w.Reference, w.By, w.EnteredAt, w.Retroactive(), moment(w.RevisedAt), w.RevisedBy, w.RevisedWhy, w.Cancelled})
	}
	return sheet, nil
}
