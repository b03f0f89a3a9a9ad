package storage

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mimamori/ingest/sample"
)

// SyslogLine is one line of the log.
type SyslogLine struct {
	Entity
	Received    time.Time
	Stamped     time.Time // the line's own time, zero where it had none
	Facility    uint8
	Severity    uint8
	Source      string
	Hostname    string
	AppName     string
	ProcessID   string
	MessageID   string // MSGID of RFC 5424
	Mnemonic    string
	Message     string
	Raw         string
	Complaint   string
	Occurrences uint32 // messages the line stands for, at least 1
	Relayed     bool   // Source is a relay
	Appliance   sample.ID
	Sequence    uint64 // of the appliance's lines; rises with each of a sender
}

// Position is where the line stands in the log.
func (l *SyslogLine) Position() LogPosition {
	return LogPosition{ReceivedMs: l.Received.UnixMilli(), Appliance: l.Appliance, Sequence: l.Sequence}
}

// LogFilter selects lines of the log. Its zero value selects all.
type LogFilter struct {
	Text     []SearchTerm
	Severity *uint8 // this severe or more, 0 emergency to 7 debug (RFC 5424); lines without a severity are not. nil for all
	Mnemonic string // in upper or lower case, whole or the part behind the severity; an asterisk at either end stands for anything
	Hostname string // within the line, in upper or lower case
	AppName  string // in upper or lower case
	Source   string // address it came from
	Before   *LogPosition
}

// Validate says what is wrong with a filter.
func (f LogFilter) Validate() error {
	if f.Severity != nil && *f.Severity > 7 {
		return fmt.Errorf("severity %d is not one of RFC 5424: use 0 to 7", *f.Severity)
	}
	for _, term := range f.Text {
		if term.Text == "" {
			return errors.New("a term of the search has no text")
		}
	}
	if text, _, _ := f.MnemonicPattern(); strings.Contains(text, "*") {
		return fmt.Errorf("the mnemonic %q has an asterisk in its middle: write LINK-3-UPDOWN, UPDOWN, LINK-* for all that begin so or *DOWN for all that end so", f.Mnemonic)
	}
	return nil
}

// MnemonicPattern is what Mnemonic asks for: the text without an asterisk at either
// end, and whether anything may stand before and behind it.
func (f LogFilter) MnemonicPattern() (text string, before, behind bool) {
	text, before = strings.CutPrefix(f.Mnemonic, "*")
	text, behind = strings.CutSuffix(text, "*")
	return text, before, behind
}

// LogPosition is a place in the log: lines stand in it by the time received, the
// appliance and the sequence. Written as text it is what a reader pages on with.
type LogPosition struct {
	ReceivedMs int64 // Unix milliseconds
	Appliance  sample.ID
	Sequence   uint64
}

// String returns the position as ParseLogPosition reads it.
func (p LogPosition) String() string {
	return fmt.Sprintf("%d-%016x-%d", p.ReceivedMs, p.Appliance, p.Sequence)
}

// ParseLogPosition reads what String wrote.
func ParseLogPosition(text string) (LogPosition, error) {
	parts := strings.Split(text, "-")
	if len(parts) != 3 || len(parts[1]) != 16 {
		return LogPosition{}, errors.New("is no place in the log: give the cursor of a line as it is")
	}
	received, err := strconv.ParseUint(parts[0], 10, 62)
	appliance, errAppliance := strconv.ParseUint(parts[1], 16, 64)
	sequence, errSequence := strconv.ParseUint(parts[2], 10, 64)
	if errors.Join(err, errAppliance, errSequence) != nil {
		return LogPosition{}, errors.New("is no place in the log: give the cursor of a line as it is")
	}
	return LogPosition{ReceivedMs: int64(received), Appliance: appliance, Sequence: sequence}, nil
}

// severities are the severities of RFC 5424 by their numbers.
var severities = [...]string{"emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"}

// severityNames are other names that they go by, as of syslog(3).
var severityNames = map[string]uint8{"emerg": 0, "panic": 0, "crit": 2, "err": 3, "warn": 4, "info": 6}

// SeverityName returns the name of a severity, empty of one that RFC 5424 does not
// have.
func SeverityName(severity uint8) string {
	if int(severity) >= len(severities) {
		return ""
	}
	return severities[severity]
}

// ParseSeverity reads a severity: its number, 0 to 7, or its name.
func ParseSeverity(text string) (uint8, error) {
	name := strings.ToLower(text)
	if len(name) == 1 && name[0] >= '0' && name[0] <= '7' {
		return name[0] - '0', nil
	}
	if at := slices.Index(severities[:], name); at >= 0 {
		return uint8(at), nil
	}
	if severity, ok := severityNames[name]; ok {
		return severity, nil
	}
	return 0, fmt.Errorf("is not a severity: use 0 to 7, or %s", strings.Join(severities[:], ", "))
}
