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
	east                            int // of UTC, seconds
}

// milliseconds returns the stamp as Unix milliseconds; it needs a year.
func (s stamp) milliseconds() int64 {
	return s.in(s.year).UnixMilli()
}

func (s stamp) in(year int) time.Time {
	return time.Date(year, s.month, s.day, s.hour, s.minute, s.second-s.east, s.millisecond*1e6, time.UTC)
}

// nearest returns the stamp as Unix milliseconds. Without a year it takes the one
// that brings it nearest to the time of receipt; 29 February counts only in years
// that have one, and is 0 where there is none near.
func (s stamp) nearest(at time.Time) int64 {
	if s.year != 0 {
		return s.milliseconds()
	}
	var best int64
	var distance time.Duration = -1
	for year := at.Year() - 1; year <= at.Year()+1; year++ {
		if s.day > daysIn(s.month, year) {
			continue
		}
		candidate := s.in(year)
		if away := candidate.Sub(at).Abs(); distance < 0 || away < distance {
			best, distance = candidate.UnixMilli(), away
		}
	}
	return best
}

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
func (s stamp) plausible() bool {
	year := s.year
	if year == 0 {
		year = 2000 // a leap year: 29 February is judged when the year is known
	}
	return year >= 1970 && s.day >= 1 && s.day <= daysIn(s.month, year) && s.hour < 24 && s.minute < 60 && s.second <= 60
}

// readBSD reads "Mmm dd [yyyy] hh:mm:ss[.fff]" (RFC 3164, section 4.1.2; a year is
// Cisco's addition) and returns what follows.
func readBSD(text string) (stamp, string, bool) {
	var s stamp
	if len(text) < len("Jan 1 00:00:00") || text[3] != ' ' {
		return s, text, false
	}
	if s.month = month(text[:3]); s.month == 0 {
		return s, text, false
	}
	rest := text[4:]
	if rest[0] == ' ' {
		rest = rest[1:]
	}
	var size int
	if s.day, size = number(rest, 2); size == 0 || len(rest) == size || rest[size] != ' ' {
		return s, text, false
	}
	rest = rest[size+1:]
	if year, size := number(rest, 4); size == 4 && len(rest) > 4 && rest[4] == ' ' {
		s.year, rest = year, rest[5:]
	}
	rest, ok := s.clock(rest)
	return s, rest, ok && s.plausible()
}

// readNXOS reads "yyyy Mmm dd hh:mm:ss[.fff]" and returns what follows.
func readNXOS(text string) (stamp, string, bool) {
	year, size := number(text, 4)
	if size != 4 || len(text) == 4 || text[4] != ' ' {
		return stamp{}, text, false
	}
	s, rest, ok := readBSD(text[5:])
	if !ok || s.year != 0 {
		return stamp{}, text, false
	}
	s.year = year
	return s, rest, s.plausible()
}

// readISO reads "yyyy-mm-ddThh:mm:ss[.fff][Z|+hh:mm]" (RFC 3339; a space may stand
// for the T) and returns what follows.
func readISO(text string) (stamp, string, bool) {
	var s stamp
	if len(text) < len("2006-01-02T15:04:05") || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') {
		return s, text, false
	}
	year, yearSize := number(text, 4)
	monthNumber, monthSize := number(text[5:], 2)
	day, daySize := number(text[8:], 2)
	if yearSize != 4 || monthSize != 2 || daySize != 2 || year == 0 || monthNumber < 1 || monthNumber > 12 {
		return s, text, false
	}
	s.year, s.month, s.day = year, time.Month(monthNumber), day
	rest, ok := s.clock(text[11:])
	if !ok || !s.plausible() {
		return s, text, false
	}
	if strings.HasPrefix(rest, "Z") {
		return s, rest[1:], true
	}
	if east, after, ok := readOffset(rest); ok {
		s.east, rest = east, after
	}
	return s, rest, true
}

// clock reads "hh:mm:ss[.fff]" and returns what follows. Digits after the third of
// the fraction are left out.
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
	if len(rest) < 2 || (rest[0] != '.' && rest[0] != ',') || !isDigit(rest[1]) {
		return rest, true
	}
	weight, end := 100, 1
	for end < len(rest) && isDigit(rest[end]) {
		s.millisecond += int(rest[end]-'0') * weight
		weight /= 10
		end++
	}
	return rest[end:], true
}

// number reads up to most digits and returns their value and how many they were.
func number(text string, most int) (value, size int) {
	for size < most && size < len(text) && isDigit(text[size]) {
		value = value*10 + int(text[size]-'0')
		size++
	}
	return value, size
}

// readOffset reads "+hh[[:]mm]" and returns seconds east of UTC and what follows.
func readOffset(text string) (east int, rest string, ok bool) {
	if text == "" || (text[0] != '+' && text[0] != '-') {
		return 0, text, false
	}
	hours, size := number(text[1:], 2)
	if size == 0 || hours > 14 {
		return 0, text, false
	}
	rest = text[1+size:]
	minutes := 0
	after := strings.TrimPrefix(rest, ":")
	if value, size := number(after, 2); size == 2 && value < 60 {
		minutes, rest = value, after[2:]
	}
	east = hours*3600 + minutes*60
	if text[0] == '-' {
		east = -east
	}
	return east, rest, true
}

// The outcome of reading a zone.
type zone uint8

const (
	notZone zone = iota
	knownZone
	ambiguousZone // a word in the place of a zone that names none, or several
)

// readZone reads a word as a time zone: UTC, a name in use for one zone alone, or
// UTC+hh:mm. Names that stand for several zones (CST, IST) and unknown ones in
// capitals are ambiguous.
func readZone(text string) (east int, found zone) {
	letters := 0
	for letters < len(text) && isUpper(text[letters]) {
		letters++
	}
	if offset, rest, ok := readOffset(text[letters:]); ok && rest == "" && letters <= 5 {
		return offset, knownZone
	}
	if letters != len(text) || letters < 1 || letters > 5 {
		return 0, notZone
	}
	if hours, ok := zoneHours(text); ok {
		return int(hours * 3600), knownZone
	}
	return 0, ambiguousZone
}

func zoneHours(name string) (float64, bool) {
	switch name {
	case "UTC", "GMT", "Z", "WET":
		return 0, true
	case "CET", "MET", "WEST":
		return 1, true
	case "EET", "CEST", "MEST", "SAST":
		return 2, true
	case "EEST", "MSK":
		return 3, true
	case "HKT", "SGT", "AWST":
		return 8, true
	case "JST", "KST":
		return 9, true
	case "ACST":
		return 9.5, true
	case "AEST":
		return 10, true
	case "AEDT":
		return 11, true
	case "NZST":
		return 12, true
	case "NZDT":
		return 13, true
	case "EDT":
		return -4, true
	case "EST":
		return -5, true
	case "MST":
		return -7, true
	case "PDT":
		return -7, true
	case "PST":
		return -8, true
	case "HST":
		return -10, true
	}
	return 0, false
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
