package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	// A machine without a time zone database knows the zones all the same.
	_ "time/tzdata"
)

// date is a day of the calendar on the wall, whatever the zone.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(at time.Time) date {
	year, month, day := at.Date()
	return date{year, month, day}
}

func parseDate(text string) (date, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return date{}, fmt.Errorf("%q is not a date: write one that exists as 2026-05-01", text)
	}
	return dateOf(at), nil
}

func (d date) midnight() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

// plus returns the date some days later.
func (d date) plus(days int) date { return dateOf(d.midnight().AddDate(0, 0, days)) }

func (d date) weekday() time.Weekday { return d.midnight().Weekday() }

func (d date) compare(other date) int {
	return cmp.Or(cmp.Compare(d.year, other.year), cmp.Compare(d.month, other.month), cmp.Compare(d.day, other.day))
}

// instant returns the first moment at which the clocks of a zone show what wall shows
// in UTC, or later. A time that they show twice is its first occurrence (RFC 5545,
// 3.3.5). A time that they skip is the moment at which they skip it: hours that begin
// at 02:30 begin at 03:00 where the clock goes from 02:00 to 03:00, and hours that lie
// in the gap have no length. So a day is as long as the clocks make it, hours that
// touch on the clock touch in time, and a date that a zone never had has no hours.
func instant(wall time.Time, location *time.Location) time.Time {
	// No offset has ever been as large as a day.
	for at := wall.AddDate(0, 0, -1).In(location); ; {
		began, ends := at.ZoneBounds()
		_, offset := at.Zone()
		moment := wall.Add(-time.Duration(offset) * time.Second).In(location)
		if moment.Before(began) {
			moment = began
		}
		if ends.IsZero() || moment.Before(ends) {
			return moment
		}
		at = ends
	}
}

// Moment reads a time as people write one: RFC 3339, or what the clocks of the
// location show, as 2026-05-08T17:00, 2026-05-08T17:00:30 or 2026-05-08, which begins
// with that date. A time that the clocks repeat is its first occurrence, one that they
// skip the moment at which they do.
func Moment(text string, location *time.Location) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.In(location), nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if wall, err := time.Parse(layout, text); err == nil {
			return instant(wall, location), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time that exists: write 2026-05-08, 2026-05-08T17:00 or 2026-05-08T17:00:00+09:00", text)
}

// ParseSpan reads FROM/TO, two moments with a slash between them, the second after
// the first.
func ParseSpan(text string, location *time.Location) (Span, error) {
	first, last, ok := strings.Cut(text, "/")
	if !ok {
		return Span{}, fmt.Errorf("%q is not FROM/TO: write 2026-05-08T17:00/2026-05-08T18:30", text)
	}
	from, err := Moment(first, location)
	if err != nil {
		return Span{}, err
	}
	to, err := Moment(last, location)
	if err != nil {
		return Span{}, err
	}
	if !from.Before(to) {
		return Span{}, fmt.Errorf("%q ends no later than it begins: write FROM before TO", text)
	}
	return Span{from, to}, nil
}

// wallOf returns what the clocks of the instant's zone show, as if it were UTC.
func wallOf(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
}

// Zone returns a time zone by its name in the IANA database. Neither an empty name nor
// Local, which is whatever the machine has, is one.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return nil, errors.New("no time zone is named: write one of the IANA database such as Asia/Tokyo or UTC")
	}
	location, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone: write a name of the IANA database such as Asia/Tokyo or UTC", name)
	}
	return location, nil
}
