package sla

import (
	"fmt"
	"testing"
	"time"

	"mimamori/storage/calendar"
)

// BenchmarkAsk reckons a year of 1,000 devices with 100 outages each by office hours,
// with a window each week.
func BenchmarkAsk(b *testing.B) {
	year := april
	year.To = year.From.AddDate(1, 0, 0)
	config := Config{
		Calendars: map[string]calendar.Config{"office": {TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 09:00-18:00"}, Holidays: []string{"JP"}}},
		Contracts: []Contract{{Customer: "acme", Calendar: "office", TargetPct: 99.9}},
	}
	weekly := planned(year, 3600, 7200, "weekly")
	weekly.Rule, weekly.EnteredAt = "FREQ=WEEKLY", year.From.Add(-time.Hour)
	source := &record{windows: []calendar.Window{weekly}}
	for i := range 1000 {
		var pieces []piece
		for j := range int64(100) {
			pieces = append(pieces, down(j*300_000, j*300_000+600))
		}
		source.devices = append(source.devices, device(year, "acme", "tokyo", fmt.Sprint("d", i), 0, pieces...))
	}
	for _, by := range []By{ByDevice, ByCustomer} {
		b.Run(string(by), func(b *testing.B) {
			for b.Loop() {
				if _, err := Ask(b.Context(), source, config, Question{Query: year, By: by}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
