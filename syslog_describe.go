package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/ingest/syslog"
	"mimamori/storage"
	"mimamori/storage/report"
)

// noPriority is what a message without a usable PRI is taken to have: user.notice (RFC
// 3164, section 4.3.3).
const noPriority = 13

// facilities are the facilities of RFC 5424 by their numbers, as syslog(3) and the RFC
// call them.
var facilities = [...]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

// syslogFact is one thing a line says.
type syslogFact struct {
	name  string
	value any
	shown string // to people; empty where it tells them nothing
}

// syslogFacts are what a line says, in order. What it does not say is not there.
type syslogFacts []syslogFact

func (f *syslogFacts) add(name string, value any) { f.show(name, value, fmt.Sprint(value)) }

// show adds what people are shown otherwise than programs.
func (f *syslogFacts) show(name string, value any, shown string) {
	*f = append(*f, syslogFact{name, value, shown})
}

// text adds what is not empty.
func (f *syslogFacts) text(name, value string) {
	if value != "" {
		f.add(name, value)
	}
}

// number adds digits as a number; what is none, or too large for one, as a string.
func (f *syslogFacts) number(name, value string) {
	if parsed, err := strconv.ParseUint(value, 10, 53); err == nil {
		f.add(name, parsed)
		return
	}
	f.text(name, value)
}

// describeSyslog returns what a line says.
func describeSyslog(line *syslog.Line, notes []string) syslogFacts {
	var facts syslogFacts
	facts.add("format", syslog.FormatName(line.Format))
	priority := int(line.Priority)
	if priority < 0 {
		priority = noPriority
	}
	facts.add("pri", priority)
	facts.show("facility", priority>>3, fmt.Sprint(priority>>3, " ", facilities[priority>>3]))
	facts.severity("severity", uint8(priority&7))
	facts.time(line)
	facts.text("hostname", line.Hostname)
	if line.Format == sample.SyslogRFC5424 {
		facts.text("appname", line.AppName)
		facts.text("procid", line.ProcessID)
		facts.text("msgid", line.MessageID)
		facts.show("version", 1, "")
	} else {
		facts.text("tag", line.AppName)
		facts.number("pid", line.ProcessID)
		facts.text("msgid", line.MessageID)
	}
	switch {
	case line.BOM:
		facts.add("utf8_bom", true)
	case line.Format == sample.SyslogRFC5424:
		facts.show("utf8_bom", false, "")
	}
	if sd, ok := syslog.StructuredData(line.Structured); ok && line.Structured != "" {
		facts.show("sd", sd, strings.TrimPrefix(line.Structured, "-"))
	}
	facts.cisco(line)
	if line.Message != "" {
		facts.add("msg", line.Message)
	}
	if line.Repeated > 0 {
		facts.add("repeated", line.Repeated)
	}
	facts.show("notes", notes, strings.Join(notes, "; "))
	facts.add("raw", line.Text)
	return facts
}

// severity adds a severity, 0 to 7.
func (f *syslogFacts) severity(name string, severity uint8) {
	f.show(name, severity, fmt.Sprint(severity, " ", storage.SeverityName(severity)))
}

// time adds the stamp as it stands in the line and what it was taken for.
func (f *syslogFacts) time(line *syslog.Line) {
	taken := ""
	if line.StampedMs != 0 {
		zone := time.FixedZone("", int(line.East))
		taken = time.UnixMilli(line.StampedMs).In(zone).Format("2006-01-02T15:04:05.999Z07:00")
	}
	if _, err := time.Parse(time.RFC3339, line.Stamp); err == nil {
		taken = line.Stamp // all of its digits
	}
	f.text("timestamp", taken)
	if line.Format != sample.SyslogRFC5424 || taken != line.Stamp {
		f.text("timestamp_raw", line.Stamp)
		if line.Year != 0 {
			f.add("year", line.Year)
		}
	}
	f.text("tz", line.Zone)
	f.text("clock", line.Clock.String())
}

// cisco adds what only lines of Cisco's say.
func (f *syslogFacts) cisco(line *syslog.Line) {
	f.number("msg_counter", line.Counter)
	f.number("sequence", line.Sequence)
	f.text("origin_id", line.Origin)
	f.text("relay_host", line.Relay)
	f.text("xr_node", line.Node)
	facility, severity, mnemonic, ok := syslog.SplitMnemonic(line.Mnemonic)
	if !ok {
		return
	}
	f.add("cisco_facility", facility)
	f.severity("cisco_severity", severity)
	f.add("mnemonic", mnemonic)
}

// MarshalJSON keeps the order.
func (f syslogFacts) MarshalJSON() ([]byte, error) {
	var object bytes.Buffer
	encoder := json.NewEncoder(&object)
	encoder.SetEscapeHTML(false)
	object.WriteByte('{')
	for i, fact := range f {
		if i > 0 {
			object.WriteByte(',')
		}
		if err := encoder.Encode(fact.name); err != nil {
			return nil, err
		}
		object.WriteByte(':')
		if err := encoder.Encode(fact.value); err != nil {
			return nil, err
		}
	}
	object.WriteByte('}')
	return object.Bytes(), nil
}

// encode prints the facts as one line of JSON.
func (f syslogFacts) encode(output io.Writer) error {
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(f)
}

// print prints the line and below it what it says.
func (f syslogFacts) print(output io.Writer) error {
	last := len(f) - 1
	text := report.Printable(f[last].shown) + "\n"
	for _, fact := range f[:last] {
		if fact.shown != "" {
			text += fmt.Sprintf("  %-15s %s\n", fact.name, report.Printable(fact.shown))
		}
	}
	_, err := io.WriteString(output, text)
	return err
}
