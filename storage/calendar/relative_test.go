package calendar

import (
	"testing"
	"time"
)

func TestADateBeginsWithItsFirstMoment(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ text, zone, want string }{
		{"2026-05-01", "Asia/Tokyo", "2026-05-01T00:00:00+09:00"},
		// No midnight: the clocks went from 24:00 to 01:00.
		{"2018-11-04", "America/Sao_Paulo", "2018-11-04T01:00:00-02:00"},
		{"2023-04-28", "Africa/Cairo", "2023-04-28T01:00:00+03:00"},
		{"2024-03-31", "Asia/Beirut", "2024-03-31T01:00:00+03:00"},
		// Midnight twice.
		{"2024-11-03", "America/Havana", "2024-11-03T00:00:00-04:00"},
		// A day that was never there begins with the next.
		{"2011-12-30", "Pacific/Apia", "2011-12-31T00:00:00+14:00"},
		{"2018-11-04T00:00:00-03:00", "America/Sao_Paulo", "2018-11-04T01:00:00-02:00"},
		{"2026-05-08T22:00", "Asia/Tokyo", "2026-05-08T22:00:00+09:00"},
		{"2026-03-29T02:30:00", "Europe/Berlin", "2026-03-29T03:00:00+02:00"}, // clocks never show it
		{"30d", "Europe/Berlin", "2026-04-01T14:00:00+02:00"},
		{"40d", "Europe/Berlin", "2026-03-22T14:00:00+01:00"}, // the same time of day, not so many hours
		{"24h", "UTC", "2026-04-30T12:00:00Z"},
		{"now", "UTC", "2026-05-01T12:00:00Z"},
	} {
		location, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, err := RelativeMoment(test.text, now, location)
		if want, _ := time.Parse(time.RFC3339, test.want); err != nil || !got.Equal(want) {
			t.Errorf("%s in %s is %s (%v), want %s", test.text, test.zone, got, err, test.want)
		}
	}
	for _, wrong := range []string{"", "2018-02-30", "2018-11-04T25:00", "2018-11-04 00:00", "-24h", "-3d", "d", "1.5d", "yesterday"} {
		if got, err := RelativeMoment(wrong, now, time.UTC); err == nil {
			t.Errorf("%q is %s", wrong, got)
		}
	}
}
