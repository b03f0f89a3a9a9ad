package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// roundTheClock is the rule that nothing closes but an exception.
const roundTheClock = "24x7"

const minutesOfDay = 24 * 60

// hours is one interval on the days it begins on: minutes of the wall clock since that
// day's midnight. One that goes on over midnight ends beyond minutesOfDay.
type hours struct {
	days     [7]bool // by time.Weekday
	from, to int
}

var everyDay = [7]bool{true, true, true, true, true, true, true}

var weekdays = [7]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// parseHours reads a rule as people write it: "Mon-Fri 09:00-18:00", "Sat,Sun
// 10:00-12:00,13:00-17:00", "22:00-06:00".
func parseHours(rule string) ([]hours, error) {
	fields := strings.Fields(rule)
	days := everyDay
	var err error
	switch len(fields) {
	case 1:
	case 2:
		if days, err = parseDays(fields[0]); err != nil {
			return nil, fmt.Errorf("%q: %w", rule, err)
		}
	default:
		return nil, fmt.Errorf("%q is not a rule: write 24x7, Mon-Fri 09:00-18:00 or 00:00-24:00", rule)
	}
	var all []hours
	for _, text := range strings.Split(fields[len(fields)-1], ",") {
		from, to, err := parseInterval(text)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", rule, err)
		}
		all = append(all, hours{days, from, to})
	}
	return all, nil
}

// parseDays reads days such as Mon-Fri, Sat,Sun or Fri-Mon.
func parseDays(text string) (days [7]bool, err error) {
	for _, part := range strings.Split(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, err := parseDay(first)
		if err != nil {
			return days, err
		}
		to := from
		if isRange {
			if to, err = parseDay(last); err != nil {
				return days, err
			}
		}
		for day := from; ; day = (day + 1) % 7 {
			days[day] = true
			if day == to {
				break
			}
		}
	}
	return days, nil
}

func parseDay(text string) (time.Weekday, error) {
	for day, name := range weekdays {
		if lower := strings.ToLower(text); lower == name || lower == name[:3] {
			return time.Weekday(day), nil
		}
	}
	return 0, fmt.Errorf("%q is not a day: write Mon, Tue, Wed, Thu, Fri, Sat or Sun", text)
}

func parseInterval(text string) (from, to int, err error) {
	first, last, ok := strings.Cut(text, "-")
	if !ok {
		return 0, 0, fmt.Errorf("%q is not an interval: write it as 09:00-18:00", text)
	}
	if from, err = parseClock(first); err != nil {
		return 0, 0, err
	}
	if to, err = parseClock(last); err != nil {
		return 0, 0, err
	}
	switch {
	case from == minutesOfDay:
		return 0, 0, fmt.Errorf("%s begins at 24:00, which is the next day: begin at 00:00 of that day", text)
	case from == to:
		return 0, 0, fmt.Errorf("%s may mean no time or a whole day: write 00:00-24:00 for a whole day, or leave it out", text)
	case to < from: // over midnight
		to += minutesOfDay
	}
	return from, to, nil
}

// parseClock reads hh:mm, 00:00 to 24:00; the hour may be of one digit.
func parseClock(text string) (minutes int, err error) {
	hour, minute, ok := strings.Cut(text, ":")
	h, hourErr := number(hour, 1, 2)
	m, minuteErr := number(minute, 2, 2)
	if !ok || errors.Join(hourErr, minuteErr) != nil {
		return 0, fmt.Errorf("%q is not a time of day: write it as 09:00", text)
	}
	if m > 59 || h*60+m > minutesOfDay {
		return 0, fmt.Errorf("%q is not a time of day: 00:00 to 24:00 is", text)
	}
	return h*60 + m, nil
}

func number(text string, shortest, longest int) (value int, err error) {
	if len(text) < shortest || len(text) > longest {
		return 0, errors.New("wrong length")
	}
	for _, digit := range []byte(text) {
		if digit < '0' || digit > '9' {
			return 0, errors.New("not a digit")
		}
		value = value*10 + int(digit-'0')
	}
	return value, nil
}

// on returns the span of an interval that begins on a date. It is empty where the
// zone's clocks skip it.
func (h hours) on(d date, location *time.Location) Span {
	midnight := d.midnight()
	return Span{
		instant(midnight.Add(time.Duration(h.from)*time.Minute), location),
		instant(midnight.Add(time.Duration(h.to)*time.Minute), location),
	}
}
