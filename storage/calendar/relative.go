package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// NoMoment says what is wrong with a text that RelativeMoment does not take.
const NoMoment = "is not a time: write 2026-05-01T09:00:00+09:00, 2026-05-01, 2026-05-01T09:00, 24h or 30d (before now), or now"

// RelativeMoment reads a time as people ask for one: what Moment takes, a duration
// before now, a number of days before now such as 30d, or "now".
func RelativeMoment(text string, now time.Time, location *time.Location) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	if days, err := strconv.ParseUint(strings.TrimSuffix(text, "d"), 10, 16); err == nil && strings.HasSuffix(text, "d") {
		return now.In(location).AddDate(0, 0, -int(days)), nil
	}
	at, err := Moment(text, location)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q %s", text, NoMoment)
	}
	return at, nil
}
