package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// TestReportSyslog searches and counts the log of a store that runs.
func TestReportSyslog(t *testing.T) {
	t.Setenv("COLUMNS", "")
	configuration := keptStore(t)
	ask := func(arguments ...string) string {
		t.Helper()
		output, problems, code := call(t, append([]string{"report", arguments[0], "--config", configuration, "--tz", "Asia/Tokyo"}, arguments[1:]...)...)
		if code != exitDone {
			t.Fatalf("%v: exit %d: %s", arguments, code, problems)
		}
		return output
	}
	store := openRunning(t, filepath.Join(filepath.Dir(configuration), "engine"))
	hour := time.Now().UTC().Truncate(time.Hour)
	customer, site := sample.CustomerID("acme"), sample.SiteID("acme", "berlin")
	rows := &sample.Syslog{}
	table := &storage.Table{Rows: rows}
	add := func(device string, after time.Duration, severity uint8, mnemonic, message string, occurrences uint32) {
		id := sample.DeviceID("acme", "berlin", device)
		rows.Device, rows.OffsetMs, rows.Sequence = append(rows.Device, id), append(rows.OffsetMs, 0), append(rows.Sequence, uint64(rows.Len()+1))
		rows.Format, rows.Facility, rows.Severity = append(rows.Format, sample.SyslogCisco), append(rows.Facility, 23), append(rows.Severity, severity)
		rows.StampedMs, rows.Occurrences, rows.Relayed = append(rows.StampedMs, 0), append(rows.Occurrences, occurrences), append(rows.Relayed, 0)
		rows.Mnemonic, rows.Message = append(rows.Mnemonic, mnemonic), append(rows.Message, message)
		for _, column := range []*[]string{&rows.Source, &rows.Hostname, &rows.AppName, &rows.ProcessID, &rows.MessageID, &rows.Raw, &rows.Complaint} {
			*column = append(*column, "")
		}
		table.Customer, table.Site, table.Appliance = append(table.Customer, customer), append(table.Site, site), append(table.Appliance, 1)
		table.SlotMs, table.Offset = append(table.SlotMs, hour.Add(after).UnixMilli()), append(table.Offset, 50)
	}
	add("router-a", -110*time.Minute, 3, "LINK-3-UPDOWN", "Interface Gi0/0, changed state to down", 1)
	for i := range 10 {
		add("router-a", -time.Duration(10+i)*time.Minute, 3, "LINK-3-UPDOWN", fmt.Sprintf("Interface Gi0/%d, changed state to down", i), 2)
	}
	add("router-b", -time.Minute, 5, "SYS-5-CONFIG_I", "Configured from console by \x1b[2Jvty0", 1)
	source := storage.Source{Incarnation: "i", Topic: "logs", First: 50, Last: 50}
	var dirty []storage.DirtyRange
	for _, from := range []time.Time{hour.Add(-2 * time.Hour), hour.Add(-time.Hour)} {
		dirty = append(dirty, storage.DirtyRange{Customer: customer, Site: site, Entity: site, Figure: storage.RollUpLog, FromMs: from.UnixMilli(), ToMs: from.Add(time.Hour).UnixMilli(), Version: storage.Version{Offset: 50}})
	}
	if err := store.WriteRaw(t.Context(), &storage.Batch{Source: source, Tables: map[sample.Kind]*storage.Table{sample.KindSyslog: table}}); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteDerived(t.Context(), source, &storage.Derived{Dirty: dirty}); err != nil {
		t.Fatal(err)
	}

	lines := strings.Split(strings.TrimSpace(ask("syslog", "--from", "3h", "--limit", "2")), "\n")
	if len(lines) != 7 || !strings.HasSuffix(lines[0], "CUSTOMER/SITE  SENDER    LEVEL     WHAT            TEXT") ||
		!strings.HasSuffix(lines[1], "  acme/berlin    router-b  5 notice  SYS-5-CONFIG_I  Configured from console by \\x1b[2Jvty0") ||
		!strings.HasSuffix(lines[2], "LINK-3-UPDOWN   (x2) Interface Gi0/0, changed state to down") || !strings.HasSuffix(lines[4], "in Asia/Tokyo.") || !strings.Contains(lines[6], "--before ") {
		t.Errorf("the newest two:\n%s", strings.Join(lines, "\n"))
	}
	_, rest, _ := strings.Cut(lines[len(lines)-1], "--before ")
	cursor, _, _ := strings.Cut(rest, ",")
	if output := ask("syslog", "--from", "3h", "--before", cursor, "--search", "gi0/*", "--severity", "error", "--format", "csv"); strings.Count(output, "\n") != 11 || strings.Contains(output, "Gi0/0, changed state to down,,,,,2") {
		t.Errorf("behind them:\n%s", output)
	}
	if output := ask("syslog", "--from", "3h", "--search", "gi0/7", "--mnemonic", "LINK-*", "--limit", "0", "--format", "csv"); strings.Count(output, "\n") != 2 {
		t.Errorf("a port:\n%s", output)
	}
	t.Setenv("COLUMNS", "90")
	for _, c := range []struct {
		wide []string
		ends string
	}{{nil, "SYS-5-CONFIG_I  Configured from con\u2026"}, {[]string{"--wide"}, `by \x1b[2Jvty0`}, {[]string{"--format", "csv"}, ""}} {
		if output := ask(append([]string{"syslog", "--from", "3h", "--device", "router-b"}, c.wide...)...); !strings.Contains(output, c.ends+"\n") || strings.Contains(output, "\u2026") != (c.wide == nil) {
			t.Errorf("%q within 90 columns:\n%s", c.wide, output)
		}
	}
	if output := ask("syslog", "--from", "3h", "--mnemonic", "updown", "--limit", "0", "--format", "csv"); strings.Count(output, "\n") != 12 {
		t.Errorf("a mnemonic's last part:\n%s", output)
	}
	if output := ask("syslog-rates", "--from", "3h", "--mnemonic", "*DOWN"); !strings.Contains(output, "LINK-3-UPDOWN") || strings.Contains(output, "CONFIG") {
		t.Errorf("the rates of an end of a mnemonic:\n%s", output)
	}
	if output := ask("syslog", "--from", "3h", "--search", "chang"); !strings.Contains(output, "word* finds") {
		t.Errorf("a part of a word:\n%s", output)
	}
	from, to := hour.Add(-time.Hour).Format(time.RFC3339), hour.Format(time.RFC3339)
	want := "WHAT            MESSAGES  SHARE_PCT  MESSAGES_BEFORE  CHANGE\nLINK-3-UPDOWN         20     95.238                1  20x\nSYS-5-CONFIG_I         1      4.762                0  new\n"
	if output := ask("syslog-rates", "--from", from, "--to", to); output != want {
		t.Errorf("got\n%s\nwant\n%s", output, want)
	}
	if output := ask("syslog-rates", "--from", from, "--to", to, "--by", "device,severity", "--top", "1", "--step", "1h"); strings.Count(output, "\n") != 2 || !strings.Contains(output, "router-a  3 err        20 ") {
		t.Errorf("by device and severity:\n%s", output)
	}
}

func TestReportSyslogRefusesWhatCannotBe(t *testing.T) {
	config := writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), oneDevice)
	for says, arguments := range map[string][]string{
		"does not end":         {"syslog", "--search", `"open`},
		"is not a severity":    {"syslog", "--severity", "8"},
		"is no place":          {"syslog", "--before", "yesterday"},
		"in its middle":        {"syslog", "--mnemonic", "L*NK"},
		"--limit is negative":  {"syslog", "--limit", "-1"},
		"is not customer":      {"syslog-rates", "--by", "port"},
		"too short":            {"syslog-rates", "--step", "1ms"},
		"--top is negative":    {"syslog-rates", "--top", "-1"},
		"0 to 7, or emergency": {"syslog-rates", "--severity", "fatal"},
	} {
		_, problems, code := call(t, append(append([]string{"report"}, arguments...), "--config", config)...)
		if code != exitUsage || !strings.Contains(problems, says) {
			t.Errorf("%v: exit %d, want %d saying %q; it says:\n%s", arguments, code, exitUsage, says, problems)
		}
	}
}
