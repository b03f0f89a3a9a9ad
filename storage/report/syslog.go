package report

import (
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Syslog has a row for each line.
func Syslog(query storage.Query, lines []storage.SyslogLine) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device",
		"received", "stamped", "severity", "facility", "source", "hostname", "app_name", "mnemonic", "message", "raw"}}
	for i := range lines {
		line := &lines[i]
		answer.Rows = append(answer.Rows, []any{line.Customer, line.Site, line.Device, line.Received, moment(line.Stamped),
			known(line.Severity, sample.SeverityUnknown), known(line.Facility, sample.FacilityUnknown), line.Source, line.Hostname, line.AppName, line.Mnemonic, line.Message, line.Raw})
	}
	return answer
}

// known is a code as a cell, nil where a line had none.
func known(code, unknown uint8) any {
	if code == unknown {
		return nil
	}
	return code
}
