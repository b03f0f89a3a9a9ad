package storage

import (
	"fmt"
	"time"
)

// ParseMoment reads a time as people give one: RFC 3339, a date, which begins at its
// first moment in the location, a duration before now, or "now". A time without its
// zone is refused rather than guessed.
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
	if midnight, err := time.Parse(time.DateOnly, text); err == nil {
		return firstMoment(midnight, location), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 2026-05-01T09:00:00+09:00, 2026-05-01, 24h (before now) or now", text)
}

// firstMoment returns when a date begins, of which midnight is given in UTC. Clocks
// that are set forward at midnight begin it later, at what they show then; those that
// show midnight twice begin it the first time.
func firstMoment(midnight time.Time, location *time.Location) time.Time {
	// No offset has ever been as large as a day.
	for at := midnight.AddDate(0, 0, -1).In(location); ; {
		began, ends := at.ZoneBounds()
		_, offset := at.Zone()
		moment := midnight.Add(-time.Duration(offset) * time.Second).In(location)
		if moment.Before(began) {
			moment = began
		}
		if ends.IsZero() || moment.Before(ends) {
			return moment
		}
		at = ends
	}
}
