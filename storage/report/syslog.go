package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Syslog has a row for each line. A table has its own columns: who sent it, how severe
// it is, what it is and what it says. Customer and site are left out of it only where
// the question names them, so that a name such as "router" is never without its owner.
func Syslog(query storage.Query, lines []storage.SyslogLine) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device",
		"received", "stamped", "severity", "facility", "source", "hostname", "app_name", "mnemonic", "message", "raw",
		"process_id", "message_id", "complaint", "messages", "relayed", "sender", "level", "what", "text", "cursor"},
		Empty: "no line of this selection was received in this time"}
	for i := range lines {
		line := &lines[i]
		answer.Rows = append(answer.Rows, []any{line.Customer, line.Site, line.Device, line.Received, moment(line.Stamped),
			known(line.Severity), known(line.Facility), line.Source, line.Hostname, line.AppName, line.Mnemonic, line.Message, line.Raw,
			line.ProcessID, line.MessageID, line.Complaint, max(line.Occurrences, 1), line.Relayed,
			sender(line), level(line.Severity), first(line.Mnemonic, line.AppName), first(line.Message, line.Raw), line.Position().String()})
	}
	if len(lines) > 0 {
		answer.Printed, answer.Legend = printedLines(query, lines)
	}
	return answer
}

// printedLines are lines as a table has them, and what to know of their times. These
// bear the year only where lines are of several.
func printedLines(query storage.Query, lines []storage.SyslogLine) (printed *Printed, legend []string) {
	location := query.Location
	if location == nil {
		location = time.UTC
	}
	year := lines[0].Received.In(location).Year()
	layout, of := "01-02 15:04:05.000", fmt.Sprintf(" of %d", year)
	for i := range lines {
		if lines[i].Received.In(location).Year() != year {
			layout, of = "2006-01-02 15:04:05.000", ""
			break
		}
	}
	heading, owner := "customer/site", func(line *storage.SyslogLine) []any { return []any{joined("/", line.Customer, line.Site)} }
	switch {
	case query.Customer != "" && query.Site != "":
		heading, owner = "", func(*storage.SyslogLine) []any { return nil }
	case query.Customer != "":
		heading, owner = "site", func(line *storage.SyslogLine) []any { return []any{line.Site} }
	case query.Site != "":
		heading, owner = "customer", func(line *storage.SyslogLine) []any { return []any{line.Customer} }
	}
	printed = &Printed{Columns: slices.Concat([]string{"received"}, shownIf(heading != "", heading), []string{"sender", "level", "what", "text"})}
	for i := range lines {
		line := &lines[i]
		from, text := sender(line), first(line.Message, line.Raw)
		if line.Relayed && from != line.Source {
			from = joined(" via ", from, line.Source)
		}
		if line.Occurrences > 1 {
			text = fmt.Sprintf("(x%d) %s", line.Occurrences, text)
		}
		printed.Rows = append(printed.Rows, slices.Concat([]any{line.Received.In(location).Format(layout)}, owner(line),
			[]any{from, shortLevel(line.Severity), first(line.Mnemonic, line.AppName), text}))
	}
	return printed, []string{fmt.Sprintf("Received: times%s in %s.", of, location)}
}

// sender is who sent a line: the device, or what is known of it.
func sender(line *storage.SyslogLine) string {
	return first(line.Device, line.Hostname, line.Source)
}

// level is a severity as a person reads it.
func level(severity uint8) any {
	name := storage.SeverityName(severity)
	if name == "" {
		return nil
	}
	return fmt.Sprintf("%s (%d)", name, severity)
}

// shortLevels are the severities as syslog(3) calls them.
var shortLevels = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// shortLevel is a severity as a table has it.
func shortLevel(severity uint8) any {
	if int(severity) >= len(shortLevels) {
		return nil
	}
	return fmt.Sprintf("%d %s", severity, shortLevels[severity])
}

// joined are those texts that are not empty.
func joined(between string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), between)
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func shownIf(shown bool, columns ...string) []string {
	if shown {
		return columns
	}
	return nil
}

// known is a severity or facility as a cell, nil where a line had none.
func known(code uint8) any {
	if code == sample.SeverityUnknown { // as sample.FacilityUnknown
		return nil
	}
	return code
}
