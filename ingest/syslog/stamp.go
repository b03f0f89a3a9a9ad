package syslog

import (
	"strings"
	"time"
)

// stamp is a time as it stands in a line. Year 0 means that none was given.
type stamp struct {
	year, day, hour, minute, second int
	month                           time.Month
	millisecond                     int
	zone                            zone
}

// read reads any stamp with a day and returns what follows.
func (s *stamp) read(text string) (string, bool) {
	if text == "" || !isDigit(text[0]) {
		return s.readBSD(text)
	}
	if rest, ok := s.readISO(text); ok {
		return rest, true
	}
	return s.readNXOS(text)
}

// civil returns the seconds from 1970 to the stamp in its own zone.
func (s *stamp) civil(year int) int64 {
	// Years begin in March, so that a leap day is the last of its year.
	month := (int(s.month) + 9) % 12
	if month >= 10 {
		year--
	}
	era, of := year/400, year%400
	days := era*146097 + of*365 + of/4 - of/100 + (153*month+2)/5 + s.day - 1 - 719468
	return int64(days*86400 + s.hour*3600 + s.minute*60 + s.second)
}

// nearest is civil with the stamp's year or, without one, the year that brings it
// nearest to a time in its zone. It is false for 29 February where no year near has one.
func (s *stamp) nearest(year int, at int64) (civil int64, ok bool) {
	if s.year != 0 {
		return s.civil(s.year), true
	}
	const halfYear = 182 * 86400
	for _, year := range [3]int{year, year - 1, year + 1} {
		if s.day > daysIn(s.month, year) {
			continue
		}
		candidate := s.civil(year)
		if !ok || distance(candidate, at) < distance(civil, at) {
			civil, ok = candidate, true
		}
		if distance(civil, at) < halfYear {
			break
		}
	}
	return civil, ok
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

func daysIn(month time.Month, year int) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// plausible says whether the fields are those of a time. Second 60 is a leap second.
func (s *stamp) plausible() bool {
	year := s.year
	if year == 0 {
		year = 2000 // a leap year: 29 February is judged when the year is known
	}
	return year >= 1970 && s.day >= 1 && s.day <= daysIn(s.month, year) && s.hour < 24 && s.minute < 60 && s.second <= 60
}

// readBSD reads "Mmm dd [yyyy] hh:mm:ss[.fff]" (RFC 3164, section 4.1.2; a year and whole
// names of months are additions of Cisco's) and returns what follows.
func (s *stamp) readBSD(text string) (string, bool) {
	*s = stamp{}
	if len(text) < len("Jan 1 00:00:00") {
		return text, false
	}
	if s.month = month(text[:3]); s.month == 0 {
		return text, false
	}
	rest := text[4:]
	if text[3] != ' ' {
		name, after := word(text)
		if name != s.month.String() || len(after) < len("1 00:00:00") {
			return text, false
		}
		rest = after
	}
	if rest[0] == ' ' {
		rest = rest[1:]
	}
	var size int
	if s.day, size = number(rest, 2); size == 0 || len(rest) == size || rest[size] != ' ' {
		return text, false
	}
	rest = rest[size+1:]
	if year, size := number(rest, 4); size == 4 && len(rest) > 4 && rest[4] == ' ' {
		s.year, rest = year, rest[5:]
	}
	rest, ok := s.clock(rest)
	return rest, ok && s.plausible()
}

// readNXOS reads "yyyy Mmm dd hh:mm:ss[.fff]" and returns what follows.
func (s *stamp) readNXOS(text string) (string, bool) {
	year, size := number(text, 4)
	if size != 4 || len(text) == 4 || text[4] != ' ' {
		return text, false
	}
	rest, ok := s.readBSD(text[5:])
	if !ok || s.year != 0 {
		return text, false
	}
	s.year = year
	return rest, s.plausible()
}

// readISO reads "yyyy-mm-ddThh:mm:ss[.fff][Z|+hh:mm]" (RFC 3339; a space may stand
// for the T, and slashes for the dashes) and returns what follows.
func (s *stamp) readISO(text string) (string, bool) {
	*s = stamp{}
	if len(text) < len("2006-01-02T15:04:05") || text[4] != '-' && text[4] != '/' || text[7] != text[4] || text[10] != 'T' && text[10] != ' ' {
		return text, false
	}
	year, yearSize := number(text, 4)
	monthNumber, monthSize := number(text[5:], 2)
	day, daySize := number(text[8:], 2)
	if yearSize != 4 || monthSize != 2 || daySize != 2 || year == 0 || monthNumber < 1 || monthNumber > 12 {
		return text, false
	}
	s.year, s.month, s.day = year, time.Month(monthNumber), day
	rest, ok := s.clock(text[11:])
	if !ok || !s.plausible() {
		return text, false
	}
	if strings.HasPrefix(rest, "Z") {
		s.zone.known = true
		return rest[1:], true
	}
	if east, after, ok := readOffset(rest); ok {
		s.zone, rest = zone{known: true, east: east}, after
	}
	return rest, true
}

// clock reads "hh:mm:ss[.fff]", also with " AM" or " PM" before the fraction or after it,
// and returns what follows. Digits after the third of the fraction are left out.
func (s *stamp) clock(text string) (string, bool) {
	if len(text) < len("00:00:00") || text[2] != ':' || text[5] != ':' {
		return text, false
	}
	var hourSize, minuteSize, secondSize int
	s.hour, hourSize = number(text, 2)
	s.minute, minuteSize = number(text[3:], 2)
	s.second, secondSize = number(text[6:], 2)
	if hourSize+minuteSize+secondSize != 6 {
		return text, false
	}
	rest := text[8:]
	if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
		rest = s.fraction(rest)
	}
	if len(rest) > 2 && rest[2] == 'M' {
		rest = s.halfDay(rest)
	}
	return rest, true
}

// fraction reads ".fff" and returns what follows.
func (s *stamp) fraction(text string) string {
	weight, end := 100, 1
	for end < len(text) && isDigit(text[end]) {
		s.millisecond += int(text[end]-'0') * weight
		weight /= 10
		end++
	}
	if end == 1 {
		return text
	}
	return text[end:]
}

// halfDay reads " AM" or " PM", and a fraction after it, and returns what follows.
func (s *stamp) halfDay(text string) string {
	half, ok := strings.CutPrefix(text, " AM")
	if !ok {
		half, ok = strings.CutPrefix(text, " PM")
	}
	if !ok || s.hour < 1 || s.hour > 12 || half != "" && strings.IndexByte(" .:", half[0]) < 0 {
		return text // a name may begin so
	}
	s.hour %= 12
	if text[1] == 'P' {
		s.hour += 12
	}
	if half != "" && half[0] == '.' && s.millisecond == 0 {
		return s.fraction(half)
	}
	return half
}

// number reads up to most digits and returns their value and how many they were.
func number(text string, most int) (value, size int) {
	for size < most && size < len(text) && isDigit(text[size]) {
		value = value*10 + int(text[size]-'0')
		size++
	}
	return value, size
}

func month(text string) time.Month {
	switch text {
	case "Jan":
		return time.January
	case "Feb":
		return time.February
	case "Mar":
		return time.March
	case "Apr":
		return time.April
	case "May":
		return time.May
	case "Jun":
		return time.June
	case "Jul":
		return time.July
	case "Aug":
		return time.August
	case "Sep":
		return time.September
	case "Oct":
		return time.October
	case "Nov":
		return time.November
	case "Dec":
		return time.December
	}
	return 0
}

// isUptime says whether a word is Cisco's "service timestamps log uptime": 2y10w,
// 3w5d, 1d02h or 00:00:46.
func isUptime(text string) bool {
	var s stamp
	if rest, ok := s.clock(text); ok {
		return rest == ""
	}
	parts := 0
	for text != "" {
		_, size := number(text, 4)
		if size == 0 || size == len(text) || strings.IndexByte("ywdhms", text[size]) < 0 {
			return false
		}
		text = text[size+1:]
		parts++
	}
	return parts > 0
}
