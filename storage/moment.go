package storage

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseMoment reads a time as people give one: RFC 3339, a date, which begins at its
// first moment in the location, a date and a time of day that clocks show there, a
// duration before now, a number of days before now such as 30d, or "now".
func ParseMoment(text string, now time.Time, location *time.Location) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	if at, err := time.ParseInLocation(time.RFC3339, text, location); err == nil {
		return at, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if shown, err := time.Parse(layout, text); err == nil {
			return firstMoment(shown, location), nil
		}
	}
	if days, err := strconv.ParseUint(strings.TrimSuffix(text, "d"), 10, 16); err == nil && strings.HasSuffix(text, "d") {
		return now.In(location).AddDate(0, 0, -int(days)), nil
	}
	return time.Time{}, fmt.Errorf("%q %s", text, NoMoment)
}

// NoMoment says what is wrong with a text that ParseMoment does not take.
const NoMoment = "is not a time: write 2026-05-01T09:00:00+09:00, 2026-05-01, 2026-05-01T09:00, 24h or 30d (before now), or now"

// firstMoment returns when clocks first show a time, which is given in UTC. Those that
// are set forward over it count from what they show then; those that show it twice from
// the first time.
func firstMoment(shown time.Time, location *time.Location) time.Time {
	// No offset has ever been as large as a day.
	for at := shown.AddDate(0, 0, -1).In(location); ; {
		began, ends := at.ZoneBounds()
		_, offset := at.Zone()
		moment := shown.Add(-time.Duration(offset) * time.Second).In(location)
		if moment.Before(began) {
			moment = began
		}
		if ends.IsZero() || moment.Before(ends) {
			return moment
		}
		at = ends
	}
}
