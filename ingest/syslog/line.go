package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// Line is a syslog line taken apart. Its fields are those of sample.Syslog; what its
// header says besides is in Header.
type Line struct {
	Format    sample.SyslogFormat
	Facility  uint8  // 0 to 23, or sample.FacilityUnknown
	Severity  uint8  // 0 to 7, or sample.SeverityUnknown; without a PRI that of the mnemonic
	StampedMs int64  // the line's own time, Unix milliseconds; 0 where it has none
	Hostname  string // for Cisco the origin, else the host; without any the host a relay names
	AppName   string // RFC 3164: TAG; Cisco: the process
	ProcessID string
	MessageID string
	Mnemonic  string // Cisco: FACILITY-SEVERITY-MNEMONIC
	Message   string
	Raw       string // the whole line, where the other fields do not hold all of it
	Complaint string // what was odd, sentences parted by "; "
	Repeated  uint32 // N where it says that a message was repeated N times, else 0

	Header

	lossy  bool // something has no field of its own: Raw is needed
	behind bool // it stood behind the header of a relay
}

// Header is what the header of a line says beside the fields of sample.Syslog, as it
// stands in the line. What a line does not have is empty.
type Header struct {
	Priority   int16 // 0 to 191, or -1 where there is no usable PRI
	Clock      Clock
	BOM        bool   // the message of RFC 5424, or the line, says that it is UTF-8
	Year       int32  // of the stamp; 0 where it has none
	East       int32  // what StampedMs was taken to be east of UTC, seconds
	Text       string // the whole line, in UTF-8; bytes that could not be read are written as \xNN
	Stamp      string // the line's own time, without its zone where a space parts them
	Zone       string // the time zone after the stamp
	Counter    string // Cisco: counts messages sent, digits
	Sequence   string // Cisco: service sequence-numbers, digits
	Origin     string // Cisco: logging origin-id
	Relay      string // host of the header that a relay put in front
	Node       string // IOS XR and XE: the node, as in RP/0/RSP0/CPU0 or R0/0
	Structured string // STRUCTURED-DATA of RFC 5424, "-" where it is nil; Cisco's prefix of that form
}

// Clock is what Cisco's mark before a stamp says of the clock.
type Clock uint8

// The states of a clock.
const (
	ClockUnmarked Clock = iota
	ClockNeverSet       // "*": not authoritative
	ClockLostSync       // ".": authoritative once, not synchronised now
)

func (c Clock) String() string {
	switch c {
	case ClockNeverSet:
		return "never-set/not-authoritative"
	case ClockLostSync:
		return "lost-sync"
	case ClockUnmarked:
	}
	return ""
}

// complaint returns what a row says of the clock.
func (c Clock) complaint() string {
	switch c {
	case ClockNeverSet:
		return "its clock was not set"
	case ClockLostSync:
		return "its clock had lost synchronisation"
	case ClockUnmarked:
	}
	return ""
}

func (l *Line) complain(reason string) {
	if l.Complaint != "" {
		reason = l.Complaint + "; " + reason
	}
	l.Complaint = reason
}

// Notes returns what was odd about the line itself, a sentence each: its complaints
// without what Clock says, and that a relay put a header in front.
func (l *Line) Notes() []string {
	notes := []string{}
	for note := range strings.SplitSeq(l.Complaint, "; ") {
		if note != "" && note != l.Clock.complaint() {
			notes = append(notes, note)
		}
	}
	if l.behind || l.Relay != "" {
		notes = append(notes, "the header of a relay stands before the sender's own")
	}
	return notes
}
