package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMoments(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	japan, err := zone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]time.Time{
		"now": now, "24h": now.Add(-24 * time.Hour), "2026-04-30": time.Date(2026, 4, 29, 15, 0, 0, 0, time.UTC),
		"2026-05-01T09:00:00+09:00": time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := moment("from", text, now, japan); err != nil || !got.Equal(want) {
			t.Errorf("%s is %s (%v), want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1h", "2026-02-30", "soon"} {
		if got, err := moment("from", text, now, japan); err == nil {
			t.Errorf("%q was taken for %s", text, got)
		}
	}
	for _, name := range []string{"Asia/Tokio", "", "Local"} { // Local is whatever the machine has
		if _, err := zone(name); err == nil {
			t.Errorf("%q is no zone", name)
		}
	}
}

func TestAMonthIsThatOfTheZone(t *testing.T) {
	flags := reportFlags{Month: "2026-03", TZ: "Europe/Berlin"}
	query, _, err := flags.query(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || query.To.Sub(query.From) != 743*time.Hour {
		t.Errorf("from %s to %s (%v), want 743 hours", query.From, query.To, err)
	}
	// In Paraguay October 2017 began at 01:00, where the clocks skipped its midnight.
	flags = reportFlags{Month: "2017-10", TZ: "America/Asuncion"}
	query, _, err = flags.query(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || query.From.Format(time.RFC3339) != "2017-10-01T01:00:00-03:00" || query.To.Sub(query.From) != 743*time.Hour {
		t.Errorf("from %s to %s (%v), want 743 hours from 01:00", query.From, query.To, err)
	}
	flags = reportFlags{Month: "2026-03", TZ: "Europe/Berlin"}
	if _, _, err := flags.query(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil || !strings.Contains(err.Error(), "yet to come") {
		t.Errorf("a month to come: %v", err)
	}
	flags.Month = "2026-13"
	if _, _, err := flags.query(time.Now()); err == nil {
		t.Error("2026-13 was taken for a month")
	}
}

func TestAReportRefusesFlagsThatGoAgainstEachOther(t *testing.T) {
	config := writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), oneDevice)
	for says, arguments := range map[string][]string{
		"--month stands in place": {"availability", "--month", "2026-05", "--from", "2026-05-02"},
		"belongs to no device":    {"voice", "--device", "loopback"},
	} {
		_, problems, code := call(t, append(append([]string{"report"}, arguments...), "--config", config)...)
		if code != exitUsage || !strings.Contains(problems, says) {
			t.Errorf("%v: exit %d, want %d saying %q; it says:\n%s", arguments, code, exitUsage, says, problems)
		}
	}
}
