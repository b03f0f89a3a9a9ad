package report

import (
	"fmt"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Syslog has a row for each line. A table shows who sent it, how severe it is, what it
// is and what it says, and of the names only those that differ.
func Syslog(query storage.Query, lines []storage.SyslogLine) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device",
		"received", "stamped", "severity", "facility", "source", "hostname", "app_name", "mnemonic", "message", "raw",
		"process_id", "message_id", "complaint", "messages", "relayed", "sender", "level", "what", "text", "cursor"},
		Empty: "no line of this selection was received in this time"}
	var customers, sites, counted, relayed bool
	for i := range lines {
		line := &lines[i]
		customers = customers || line.Customer != lines[0].Customer
		sites = sites || line.Site != lines[0].Site
		counted, relayed = counted || line.Occurrences > 1, relayed || line.Relayed
		answer.Rows = append(answer.Rows, []any{line.Customer, line.Site, line.Device, line.Received, moment(line.Stamped),
			known(line.Severity), known(line.Facility), line.Source, line.Hostname, line.AppName, line.Mnemonic, line.Message, line.Raw,
			line.ProcessID, line.MessageID, line.Complaint, max(line.Occurrences, 1), line.Relayed,
			sender(line), level(line.Severity), first(line.Mnemonic, line.AppName), first(line.Message, line.Raw), line.Position().String()})
	}
	answer.Brief = slices.Concat(
		shownIf(true, "received"), shownIf(customers, "customer"), shownIf(sites, "site"), shownIf(true, "sender", "level", "what"),
		shownIf(counted, "messages"), shownIf(relayed, "relayed"), shownIf(true, "text"))
	return answer
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
