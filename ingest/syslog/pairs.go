package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// maxPairs bounds how many pairs are looked at.
const maxPairs = 32

// pairs reads lines of key=value pairs with no header, as firewalls of FortiGate, Sophos
// and SonicWall write them: whose they are, when and how severe. They stay raw.
func (l *Line) pairs(text string, receipt Receipt) bool {
	var date, clock, zone string
	rest := text
	for range maxPairs {
		key, value, after, ok := readPair(rest)
		if !ok {
			break
		}
		rest = after
		switch key {
		case "date":
			date = value
		case "time":
			clock = value
		case "tz", "timezone":
			zone = value
		case "devname", "device_name", "hostname":
			if l.Hostname == "" && isHost(value) {
				l.Hostname = value
			}
		case "level", "pri", "priority", "severity":
			if l.Severity == sample.SeverityUnknown {
				l.Severity = severityNamed(value)
			}
		}
	}
	if date != "" {
		clock = date + " " + clock
	}
	var s stamp
	if after, ok := s.readISO(clock); ok {
		l.Stamp = clock[:len(clock)-len(after)]
		if zone == "" {
			zone = strings.TrimLeft(after, " ")
		}
		if found, ok := readZone(zone); ok {
			s.zone, l.Zone = found, zone
		}
		l.settle(&s, receipt)
	}
	if l.Stamp == "" && l.Hostname == "" {
		return false
	}
	l.Message = text
	l.complain("key=value pairs without a header")
	return true
}

// readPair reads key=value or key="value" and returns what follows.
func readPair(text string) (key, value, rest string, ok bool) {
	text = strings.TrimLeft(text, " ")
	end := 0
	for end < len(text) && (isLetter(text[end]) || isDigit(text[end]) || text[end] == '_' || text[end] == '-') {
		end++
	}
	if end == 0 || end == len(text) || text[end] != '=' {
		return "", "", text, false
	}
	key, text = text[:end], text[end+1:]
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		value, rest, ok = strings.Cut(quoted, `"`)
		return key, value, rest, ok
	}
	value, rest = word(text)
	return key, value, rest, true
}

// severityNamed returns the severity of a name or a digit, sample.SeverityUnknown for
// what is neither.
func severityNamed(name string) uint8 {
	if len(name) == 1 {
		return severityOf(name[0])
	}
	for severity, names := range [8][3]string{
		{"emergency", "emerg"}, {"alert"}, {"critical", "crit"}, {"error", "err"}, {"warning", "warn"},
		{"notice", "notification"}, {"information", "informational", "info"}, {"debug", "debugging"},
	} {
		for _, known := range names {
			if known != "" && strings.EqualFold(name, known) {
				return uint8(severity)
			}
		}
	}
	return sample.SeverityUnknown
}
