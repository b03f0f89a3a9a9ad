package syslog

import (
	"strings"
	"time"
)

// near is how far from its receipt the stamp of a clock that is right may be, seconds.
const near = 5 * 60

// zone is a time zone as it stands in a line. Without a name and not known there was
// none.
type zone struct {
	known bool
	east  int    // of UTC, seconds
	name  string // where it is not known: of several zones, or made up
}

// settle takes the line's time from a stamp: its year and its zone are those that the
// receipt makes likely, where the stamp does not say.
func (l *Line) settle(s *stamp, receipt *Receipt) {
	l.Year = int32(s.year)
	at := receipt.At.Unix()
	place := receipt.Zone
	if place == nil {
		place = time.UTC
	}
	east := s.zone.east
	if !s.zone.known && place != time.UTC {
		east = eastAt(place, at)
	}
	year := s.year
	if year == 0 {
		year = receipt.At.Year()
	}
	civil, ok := s.nearest(year, at+int64(east))
	if !ok {
		l.complain("its day is not in the year")
		return
	}
	switch {
	case s.zone.known:
	case s.zone.name != "" && zonesNamed(s.zone.name) != nil:
		east = l.oneOf(s.zone.name, place, civil, at)
	default:
		east = l.ofPlace(s.zone.name, place, civil, at)
	}
	l.East = int32(east)
	l.StampedMs = (civil-int64(east))*1000 + int64(s.millisecond)
}

// oneOf returns the offset that a name of several zones stands for: of the receipt's
// zone where it has that name, else the one that brings the stamp nearest.
func (l *Line) oneOf(name string, place *time.Location, civil, at int64) int {
	local, _ := local(place, civil, at)
	if called, east := time.Unix(civil-int64(local), 0).In(place).Zone(); called == name {
		return east
	}
	zones := zonesNamed(name)
	best := zones[0]
	for _, east := range zones[1:] {
		if distance(civil-int64(east), at) < distance(civil-int64(best), at) {
			best = east
		}
	}
	if distance(civil-int64(best), at) > near {
		l.complain("its zone " + name + " may be several, taken as " + offsetName(best))
	}
	return best
}

// ofPlace returns the offset of a stamp without a zone, or with one whose name nobody
// knows: that of the receipt's zone, but UTC where only that brings it near.
func (l *Line) ofPlace(name string, place *time.Location, civil, at int64) int {
	east, odd := 0, ""
	if place != time.UTC {
		east, odd = local(place, civil, at)
	}
	taken := place.String()
	if east != 0 && distance(civil, at) <= near {
		east, odd, taken = 0, "", "UTC"
		if name == "" {
			odd = "its time is not of " + place.String() + ", taken as UTC"
		}
	}
	if name != "" {
		l.complain("its zone " + name + " is not known, taken as " + taken)
	}
	if odd != "" {
		l.complain(odd)
	}
	return east
}

// local returns the offset of a time in a zone. Where the clocks were changed that day
// the time may be there twice or not at all: then it is the one nearest to the receipt.
func local(place *time.Location, civil, at int64) (east int, odd string) {
	const day = 86400
	before, after := eastAt(place, civil-day), eastAt(place, civil+day)
	if before == after {
		return before, ""
	}
	first, second := civil-int64(before), civil-int64(after)
	isFirst, isSecond := eastAt(place, first) == before, eastAt(place, second) == after
	switch {
	case isFirst && !isSecond:
		return before, ""
	case isSecond && !isFirst:
		return after, ""
	case !isFirst:
		odd = "its time was left out that day, when the clocks went forward"
	case distance(first, at) > near && distance(second, at) > near:
		odd = "its time was there twice that day, when the clocks went back"
	}
	if distance(second, at) < distance(first, at) {
		return after, odd
	}
	return before, odd
}

func eastAt(place *time.Location, unix int64) int {
	_, east := time.Unix(unix, 0).In(place).Zone()
	return east
}

func offsetName(east int) string {
	return time.Unix(0, 0).In(time.FixedZone("", east)).Format("UTC-07:00")
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

// readZone reads a word as a time zone: +hh:mm, also after UTC or GMT, or a name in
// capitals. It says whether the word may be one.
func readZone(text string) (zone, bool) {
	letters := 0
	for letters < len(text) && isUpper(text[letters]) {
		letters++
	}
	if letters < len(text) {
		east, rest, ok := readOffset(text[letters:])
		ok = ok && rest == "" && (letters == 0 || text[:letters] == "UTC" || text[:letters] == "GMT")
		return zone{known: ok, east: east}, ok
	}
	if minutes, ok := zoneMinutes(text); ok {
		return zone{known: true, east: minutes * 60}, true
	}
	if letters < 3 || letters > 5 {
		return zone{}, false
	}
	return zone{name: text}, true
}

// zonesNamed returns seconds east of UTC of the zones that share a name, the one most
// heard of first.
func zonesNamed(name string) []int {
	switch name {
	case "AST":
		return zonesAST
	case "BST":
		return zonesBST
	case "CDT":
		return zonesCDT
	case "CST":
		return zonesCST
	case "EDT":
		return zonesEDT
	case "EST":
		return zonesEST
	case "IST":
		return zonesIST
	case "PST":
		return zonesPST
	case "SST":
		return zonesSST
	}
	return nil
}

const hour = 3600

var (
	zonesAST = []int{-4 * hour, 3 * hour}                  // Atlantic, Arabia
	zonesBST = []int{1 * hour, 6 * hour}                   // British summer, Bangladesh
	zonesCDT = []int{-5 * hour, 10*hour + hour/2}          // America, Australia
	zonesCST = []int{-6 * hour, 8 * hour, 9*hour + hour/2} // America, China, Australia
	zonesEDT = []int{-4 * hour, 11 * hour}                 // America, Australia
	zonesEST = []int{-5 * hour, 10 * hour}                 // America, Australia
	zonesIST = []int{5*hour + hour/2, 2 * hour, 1 * hour}  // India, Israel, Ireland
	zonesPST = []int{-8 * hour, 8 * hour}                  // America, Philippines
	zonesSST = []int{8 * hour, -11 * hour}                 // Singapore, Samoa
)

// zoneMinutes returns minutes east of UTC of a zone that alone is called so.
func zoneMinutes(name string) (int, bool) {
	switch name {
	case "UTC", "GMT", "UT", "Z", "WET":
		return 0, true
	case "CET", "MET", "WEST", "WAT":
		return 60, true
	case "EET", "CEST", "MEST", "SAST", "CAT":
		return 2 * 60, true
	case "EEST", "MSK", "EAT", "IDT", "TRT":
		return 3 * 60, true
	case "PKT":
		return 5 * 60, true
	case "NPT":
		return 5*60 + 45, true
	case "MMT":
		return 6*60 + 30, true
	case "ICT", "WIB":
		return 7 * 60, true
	case "HKT", "SGT", "AWST", "MYT", "PHT", "WITA":
		return 8 * 60, true
	case "JST", "KST", "WIT":
		return 9 * 60, true
	case "ACST":
		return 9*60 + 30, true
	case "AEST":
		return 10 * 60, true
	case "ACDT":
		return 10*60 + 30, true
	case "AEDT":
		return 11 * 60, true
	case "NZST":
		return 12 * 60, true
	case "NZDT":
		return 13 * 60, true
	case "NST":
		return -3*60 - 30, true
	case "NDT":
		return -2*60 - 30, true
	case "BRT", "ART", "ADT":
		return -3 * 60, true
	case "MDT":
		return -6 * 60, true
	case "MST", "PDT":
		return -7 * 60, true
	case "AKDT":
		return -8 * 60, true
	case "AKST":
		return -9 * 60, true
	case "HST":
		return -10 * 60, true
	}
	return 0, false
}
