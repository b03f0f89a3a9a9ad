package syslog

import (
	"strings"
	"time"

	"mimamori/ingest/sample"
)

// rfc3164 reads "Mmm dd hh:mm:ss HOSTNAME TAG[pid]: message", also with an ISO 8601
// stamp, a zone or a year after the time (RFC 3164, section 5.4), and without the
// host name where the first word ends as a tag does.
func (l *Line) rfc3164(text string, at time.Time) bool {
	stamped, rest, ok := readBSD(text)
	if !ok {
		if stamped, rest, ok = readISO(text); !ok {
			return false
		}
	}
	rest = strings.TrimPrefix(rest, ":")
	if rest != "" && rest[0] != ' ' {
		return false
	}
	rest = strings.TrimPrefix(rest, " ")
	rest = l.zoneAndYear(&stamped, rest)
	l.Format = sample.SyslogRFC3164
	l.StampedMs = stamped.nearest(at)
	if l.StampedMs == 0 {
		l.complain("its day is not in the year")
	}
	if first, after := word(rest); first != "" && !strings.HasSuffix(first, ":") && strings.IndexByte(first, '[') < 0 {
		l.Hostname, rest = first, after
	}
	l.tag(rest)
	return true
}

// zoneAndYear reads a zone, a year or both after the time. A word in capitals is a
// zone only where it is a known one or a year follows: it may be the host's name.
func (l *Line) zoneAndYear(stamped *stamp, text string) string {
	first, rest := word(text)
	east, found := readZone(first)
	if found == notZone {
		first, rest = "", text
	}
	yearWord, afterYear := word(rest)
	if year, size := number(yearWord, 4); size == 4 && len(yearWord) == 4 && year >= 1970 && stamped.year == 0 {
		stamped.year = year
		if found == ambiguousZone {
			l.complain("its zone " + first + " is not known, taken as UTC")
		}
		stamped.east = east
		return afterYear
	}
	if found == knownZone && first != "Z" {
		stamped.east = east
		return rest
	}
	return text
}

// tag reads TAG[pid]: and leaves the rest as the message.
func (l *Line) tag(text string) {
	l.Message = text
	colon := strings.IndexByte(text, ':')
	space := strings.IndexByte(text, ' ')
	if colon <= 0 || (space >= 0 && space < colon) {
		return
	}
	if open := strings.IndexByte(text[:colon], '['); open >= 0 {
		// A colon within the brackets belongs to the id.
		if end := strings.Index(text, "]:"); end > open && (space < 0 || end < space) {
			colon = end + 1
		}
	}
	name, id, ok := process(text[:colon])
	if !ok || len(name) > 64 {
		return
	}
	l.AppName, l.ProcessID = name, id
	l.Message = strings.TrimPrefix(text[colon+1:], " ")
}
