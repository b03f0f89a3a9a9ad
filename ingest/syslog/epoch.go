package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// epoch reads "[1 ]SECONDS.FRACTION HOST TYPE message" of Meraki, where the seconds are
// of Unix time.
func (l *Line) epoch(text string) bool {
	rest, versioned := strings.CutPrefix(text, "1 ")
	stamped, rest := word(rest)
	if !isEpoch(stamped) {
		return false
	}
	seconds, size := number(stamped, 10)
	thousandths, digits := number(stamped[size+1:], 3)
	for ; digits < 3; digits++ {
		thousandths *= 10
	}
	host, rest := word(rest)
	kind, rest := word(rest)
	if !isHost(host) || kind == "" {
		return false
	}
	l.Format = sample.SyslogRFC3164
	if versioned {
		l.Format = sample.SyslogRFC5424
	}
	l.Stamp, l.StampedMs = stamped, int64(seconds)*1000+int64(thousandths)
	l.Hostname, l.AppName, l.Message = host, kind, rest
	l.complain("its stamp is in seconds since 1970, and its header is of its own kind")
	return true
}

// isEpoch says whether a word is Unix time with a fraction.
func isEpoch(text string) bool {
	_, size := number(text, 10)
	if size < 9 || size == len(text) || text[size] != '.' {
		return false
	}
	return isNumber(text[size+1:])
}
