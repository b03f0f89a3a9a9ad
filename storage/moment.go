package storage

import (
	"fmt"
	"time"
)

// ParseMoment reads a time as people give one: RFC 3339, a date, which begins at
// midnight in the location, a duration before now, or "now". A time without its zone
// is refused rather than guessed.
func ParseMoment(text string, now time.Time, location *time.Location) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, location); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 2026-05-01T09:00:00+09:00, 2026-05-01, 24h (before now) or now", text)
}
