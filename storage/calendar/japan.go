package calendar

import (
	"math"
	"time"
)

// The public holidays of Japan follow from the Act on National Holidays (Act No. 178
// of 1948) as it stood in each year, and from the Acts that made single days holidays.
// A year that is to come follows the Act as it stands; the equinoxes follow the
// formula that has agreed with every almanac since 1980 and holds until 2099.

// japaneseHoliday is a national holiday in the years from first to last: a day of a
// month, or its nth Monday, or what at returns.
type japaneseHoliday struct {
	name        string
	first, last int
	month       time.Month
	day         int
	monday      int // 2 for the second Monday; 0 for a fixed day
	at          func(year int) int
}

const (
	begun   = 1949 // the first whole year of the Act
	goingOn = math.MaxInt
)

var japaneseHolidays = []japaneseHoliday{
	{name: "New Year's Day", first: begun, last: goingOn, month: time.January, day: 1},
	{name: "Coming of Age Day", first: begun, last: 1999, month: time.January, day: 15},
	{name: "Coming of Age Day", first: 2000, last: goingOn, month: time.January, monday: 2},
	{name: "National Foundation Day", first: 1967, last: goingOn, month: time.February, day: 11},
	{name: "Emperor's Birthday", first: 2020, last: goingOn, month: time.February, day: 23},
	{name: "Vernal Equinox Day", first: begun, last: 2099, month: time.March, at: vernalEquinox},
	{name: "Emperor's Birthday", first: begun, last: 1988, month: time.April, day: 29},
	{name: "Greenery Day", first: 1989, last: 2006, month: time.April, day: 29},
	{name: "Showa Day", first: 2007, last: goingOn, month: time.April, day: 29},
	{name: "Constitution Memorial Day", first: begun, last: goingOn, month: time.May, day: 3},
	{name: "Greenery Day", first: 2007, last: goingOn, month: time.May, day: 4},
	{name: "Children's Day", first: begun, last: goingOn, month: time.May, day: 5},
	{name: "Marine Day", first: 1996, last: 2002, month: time.July, day: 20},
	{name: "Marine Day", first: 2003, last: 2019, month: time.July, monday: 3},
	{name: "Marine Day", first: 2020, last: 2020, month: time.July, day: 23}, // Tokyo 2020
	{name: "Marine Day", first: 2021, last: 2021, month: time.July, day: 22}, // held in 2021
	{name: "Marine Day", first: 2022, last: goingOn, month: time.July, monday: 3},
	{name: "Mountain Day", first: 2016, last: 2019, month: time.August, day: 11},
	{name: "Mountain Day", first: 2020, last: 2020, month: time.August, day: 10},
	{name: "Mountain Day", first: 2021, last: 2021, month: time.August, day: 8},
	{name: "Mountain Day", first: 2022, last: goingOn, month: time.August, day: 11},
	{name: "Respect for the Aged Day", first: 1966, last: 2002, month: time.September, day: 15},
	{name: "Respect for the Aged Day", first: 2003, last: goingOn, month: time.September, monday: 3},
	{name: "Autumnal Equinox Day", first: begun, last: 2099, month: time.September, at: autumnalEquinox},
	{name: "Sports Day", first: 1966, last: 1999, month: time.October, day: 10},
	{name: "Sports Day", first: 2000, last: 2019, month: time.October, monday: 2},
	{name: "Sports Day", first: 2020, last: 2020, month: time.July, day: 24},
	{name: "Sports Day", first: 2021, last: 2021, month: time.July, day: 23},
	{name: "Sports Day", first: 2022, last: goingOn, month: time.October, monday: 2},
	{name: "Culture Day", first: begun, last: goingOn, month: time.November, day: 3},
	{name: "Labor Thanksgiving Day", first: begun, last: goingOn, month: time.November, day: 23},
	{name: "Emperor's Birthday", first: 1989, last: 2018, month: time.December, day: 23},

	{name: "Wedding of the Crown Prince", first: 1959, last: 1959, month: time.April, day: 10},
	{name: "Funeral of Emperor Showa", first: 1989, last: 1989, month: time.February, day: 24},
	{name: "Enthronement Ceremony", first: 1990, last: 1990, month: time.November, day: 12},
	{name: "Wedding of the Crown Prince", first: 1993, last: 1993, month: time.June, day: 9},
	{name: "Accession of the Emperor", first: 2019, last: 2019, month: time.May, day: 1},
	{name: "Enthronement Ceremony", first: 2019, last: 2019, month: time.October, day: 22},
}

func (h japaneseHoliday) in(year int) date {
	switch {
	case h.at != nil:
		return date{year, h.month, h.at(year)}
	case h.monday > 0:
		first := date{year, h.month, 1}
		return first.plus((int(time.Monday-first.weekday())+7)%7 + 7*(h.monday-1))
	default:
		return date{year, h.month, h.day}
	}
}

func vernalEquinox(year int) int   { return equinox(year, 20.8357, 20.8431) }
func autumnalEquinox(year int) int { return equinox(year, 23.2588, 23.2488) }

// equinox is the day of the month of an equinox in Japan, 1900 to 2099: the drift of
// the tropical year against the leap years, from the moment in 1980.
func equinox(year int, before1980, since1980 float64) int {
	base := since1980
	if year < 1980 {
		base = before1980
	}
	years := float64(year - 1980)
	return int(math.Floor(base + 0.242194*years - math.Floor(years/4)))
}

// japan adds the holidays of a year.
func japan(year int, all map[date]string) {
	national := map[date]string{}
	for _, holiday := range japaneseHolidays {
		if holiday.first <= year && year <= holiday.last {
			national[holiday.in(year)] = holiday.name
		}
	}
	for day, name := range national {
		all[day] = name
		if instead, ok := substitute(day, national); ok {
			all[instead] = "substitute for " + name
		}
	}
	for day := range national {
		if between := day.plus(1); citizens(between, national) {
			if _, taken := all[between]; !taken {
				all[between] = "citizens' holiday"
			}
		}
	}
}

// substitute is the day off for a holiday on a Sunday (Article 3, paragraph 2): the
// next day that is no national holiday itself. Until 2006 the Act said the Monday, on
// which no other holiday could fall.
func substitute(day date, national map[date]string) (date, bool) {
	if day.weekday() != time.Sunday || day.compare(date{1973, time.April, 12}) < 0 {
		return date{}, false
	}
	for next := day.plus(1); ; next = next.plus(1) {
		if _, holiday := national[next]; !holiday {
			return next, true
		}
	}
}

// citizens reports whether a day is off because the days before and after it are
// national holidays (Article 3, paragraph 3), which until 2006 no Sunday was.
func citizens(day date, national map[date]string) bool {
	if day.compare(date{1985, time.December, 27}) < 0 || day.year < 2007 && day.weekday() == time.Sunday {
		return false
	}
	_, itself := national[day]
	_, before := national[day.plus(-1)]
	_, after := national[day.plus(1)]
	return !itself && before && after
}
