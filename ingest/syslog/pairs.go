package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// maxPairs bounds how many pairs are looked at.
const maxPairs = 32

// pairs are what lines of key=value pairs say of themselves. What they do not say is
// empty.
type pairs struct {
	date, clock, zone string
	timestamp         string // date and clock in one
	host              string
	severity          uint8
	kind, subkind     string // whose line it is within the device, such as "traffic" and "forward"
	id                string // of the message
}

// readPairs reads what FortiGate, Sophos and SonicWall call by these names.
func readPairs(text string) pairs {
	read := pairs{severity: sample.SeverityUnknown}
	var product, number string // of SonicWall
	for range maxPairs {
		key, value, rest, ok := readPair(text)
		if !ok {
			break
		}
		text = rest
		switch key {
		case "date":
			read.date = value
		case "time":
			read.clock = value
		case "timestamp":
			read.timestamp = value
		case "tz", "timezone":
			read.zone = value
		case "devname", "device_name", "hostname":
			if read.host == "" && isHost(value) {
				read.host = value
			}
		case "level", "pri", "priority", "severity":
			if read.severity == sample.SeverityUnknown {
				read.severity = severityNamed(value)
			}
		case "type", "log_type":
			read.kind = value
		case "subtype", "log_subtype":
			read.subkind = value
		case "logid", "log_id", "msg_id":
			read.id = value
		case "id":
			product = value
		case "m":
			number = value
		}
	}
	if read.kind == "" && number != "" && product != "" {
		read.kind, read.id = product, number
	}
	return read
}

// pairs reads lines of key=value pairs with no header, as firewalls of FortiGate, Sophos
// and SonicWall write them: whose they are, when and how severe. They stay raw.
func (l *Line) pairs(text string, receipt *Receipt) bool {
	if _, _, _, ok := readPair(text); !ok {
		return false
	}
	read := readPairs(text)
	clock, zone := read.clock, read.zone
	switch {
	case read.date != "":
		clock = read.date + " " + clock
	case clock == "":
		clock = read.timestamp
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
	if l.Stamp == "" && read.host == "" {
		return false
	}
	if l.Hostname == "" {
		l.Hostname = read.host
	}
	if l.Severity == sample.SeverityUnknown {
		l.Severity = read.severity
	}
	l.Message = text
	l.application(read.kind, read.subkind, read.id)
	if l.Stamp == "" || l.Hostname == "" && l.AppName == "" {
		l.complain("key=value pairs without a header")
	}
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
