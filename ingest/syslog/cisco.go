package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// cisco reads "counter: [origin:] [sequence:] [*|.]stamp [zone]: %FAC[-SUB]-SEV-MNEMONIC: text"
// of IOS and IOS XE, the node and process of IOS XE and IOS XR, the year first and the
// VDC of NX-OS, the host of ASA and FTD, the task of AireOS, the twelve hours of Unified
// Communications, and the header a relay puts in front.
func (l *Line) cisco(text string, found mnemonic, receipt *Receipt) bool {
	var header ciscoHeader
	if found.text == "" || !header.read(text[:found.percent]) {
		return false
	}
	l.take(&header, receipt)
	l.Format, l.Mnemonic, l.Message = sample.SyslogCisco, found.text, found.message
	if l.Severity == sample.SeverityUnknown {
		l.Severity = found.severity
	}
	return true
}

// ciscoPlain reads what has the header of cisco and no mnemonic: what debug commands
// print.
func (l *Line) ciscoPlain(text string, receipt *Receipt) bool {
	var header ciscoHeader
	rest := text
	for range 5 {
		rest = strings.TrimLeft(rest, " ")
		end := strings.Index(rest, ": ")
		if end < 0 || len(text)-len(rest)+end > maxCiscoHeader {
			return false
		}
		part := strings.TrimRight(rest[:end], " ")
		spaced := len(part) < end
		rest = rest[end+2:]
		switch {
		case part == "":
			header.counted = true
		case isNumber(part):
			header.count(part)
		case header.readStamp(part, spaced):
			// A stamp alone is anybody's.
			if !header.counted && header.Clock == ClockUnmarked && header.appName == "" {
				return false
			}
			l.take(&header, receipt)
			l.Format, l.Message = sample.SyslogCisco, rest
			return true
		case !header.name(part):
			return false
		}
	}
	return false
}

// take makes fields of what a header says.
func (l *Line) take(header *ciscoHeader, receipt *Receipt) {
	header.Priority, header.Text = l.Priority, l.Text
	if l.Relay != "" {
		header.Relay = l.Relay // the first of several
	}
	l.Header = header.Header
	l.AppName, l.ProcessID = header.appName, header.processID
	l.lossy = l.lossy || header.lossy
	switch {
	case l.Stamp == "":
	case header.stamp.month == 0:
		l.complain("stamped with the uptime " + l.Stamp)
	default:
		l.settle(&header.stamp, receipt)
	}
	if complaint := l.Clock.complaint(); complaint != "" {
		l.complain(complaint)
	}
	l.lossy = l.lossy || l.Node != ""
	for _, name := range [3]string{l.Origin, header.host, l.Relay} {
		switch {
		case name == "":
		case l.Hostname == "":
			l.Hostname = name
		default:
			l.lossy = true
		}
	}
}
