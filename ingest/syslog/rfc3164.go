package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// rfc3164 reads "Mmm dd hh:mm:ss HOSTNAME TAG[pid]: message", also with an ISO 8601
// stamp, a zone or a year after the time (RFC 3164, section 5.4), and without the
// host name where the first word ends as a tag does.
func (l *Line) rfc3164(text string, receipt Receipt) bool {
	var s stamp
	rest, ok := s.readBSD(text)
	if !ok {
		if rest, ok = s.readISO(text); !ok {
			return false
		}
	}
	stamped := text[:len(text)-len(rest)]
	rest = strings.TrimPrefix(rest, ":")
	if rest != "" && rest[0] != ' ' {
		return false
	}
	rest = strings.TrimPrefix(rest, " ")
	l.Format, l.Stamp = sample.SyslogRFC3164, stamped
	rest = l.zoneAndYear(&s, rest)
	l.settle(&s, receipt)
	if first, after := word(rest); first != "" && !strings.HasSuffix(first, ":") && strings.IndexByte(first, '[') < 0 {
		l.Hostname, rest = first, after
	}
	l.tag(rest)
	return true
}

// zoneAndYear reads a zone, a year or both after the time. A word in capitals is a
// zone only where it is a known one or a year follows: it may be the host's name.
func (l *Line) zoneAndYear(s *stamp, text string) string {
	first, rest := word(text)
	found, ok := readZone(first)
	if !ok {
		first, rest = "", text
	}
	yearWord, afterYear := word(rest)
	if year, size := number(yearWord, 4); size == 4 && len(yearWord) == 4 && year >= 1970 && s.year == 0 {
		s.year = year
		if ok {
			s.zone, l.Zone = found, first
		}
		return afterYear
	}
	if ok && first != "Z" && (found.known || zonesNamed(first) != nil) {
		s.zone, l.Zone = found, first
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
