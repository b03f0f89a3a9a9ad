package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
)

var reported = storage.Query{
	Scope: storage.EveryCustomer(),
	From:  time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC),
}

func reportedDevices() []storage.Availability {
	begin := reported.From.Add(2 * time.Hour)
	return []storage.Availability{
		{
			Entity: storage.Entity{Customer: "Aoba, Foods", Site: "Sendai", Device: "sw-1"}, State: storage.StateUp,
			UpMs: 79_200_000, DownMs: 7_200_000,
			Outages: []storage.Outage{{From: begin, To: begin.Add(2 * time.Hour), State: storage.StateDown, Cause: storage.CauseNoAnswer, Corrected: true}},
		},
		{Entity: storage.Entity{Customer: "Aoba, Foods", Site: "Sendai", Device: "sw-2"}, UnknownMs: 86_400_000},
	}
}

func printed(t *testing.T, answer sheet, format string) string {
	t.Helper()
	var output bytes.Buffer
	if err := answer.print(&output, format, reported); err != nil {
		t.Fatal(err)
	}
	return output.String()
}

func TestATableShowsTheOutagesBehindTheFigure(t *testing.T) {
	table := printed(t, availabilitySheet(reportedDevices()), "table")
	for _, want := range []string{"AVAILABILITY_PCT", "91.667", "Aoba, Foods / Sendai / sw-1  2026-05-01T02:00:00Z  2026-05-01T04:00:00Z  7200.0   down   no answer, corrected"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
}

func TestNothingKnownIsNotAHundredPercent(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(printed(t, availabilitySheet(reportedDevices()), "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows[1][0] != "Aoba, Foods" || rows[1][3] != "91.667" {
		t.Errorf("row %q, want the customer whole and 91.667", rows[1])
	}
	if rows[2][3] != "" || rows[2][4] != "0.000" {
		t.Errorf("row %q, want no availability and 0 for the pessimistic one", rows[2])
	}
	if empty := printed(t, availabilitySheet(nil), "table"); !strings.Contains(empty, "nothing is known between 2026-05-01") {
		t.Errorf("an empty report says %q", empty)
	}
}

func TestJSONHasNumbersNullsAndOutages(t *testing.T) {
	var answer struct {
		From time.Time
		Rows []map[string]any
	}
	if err := json.Unmarshal([]byte(printed(t, availabilitySheet(reportedDevices()), "json")), &answer); err != nil {
		t.Fatal(err)
	}
	if !answer.From.Equal(reported.From) || answer.Rows[0]["down_s"] != 7200.0 || answer.Rows[1]["availability_pct"] != nil {
		t.Errorf("got %+v", answer)
	}
	outages := answer.Rows[0]["outages"].([]any)
	if len(outages) != 1 || outages[0].(map[string]any)["cause"] != "no answer" {
		t.Errorf("outages %v", outages)
	}
	if outages, ok := answer.Rows[1]["outages"].([]any); !ok || len(outages) != 0 {
		t.Errorf("a device without outages has %v, want an empty list", answer.Rows[1]["outages"])
	}
}

func TestUtilizationAndVoiceLeaveBlanks(t *testing.T) {
	links := utilizationSheet([]storage.LinkUtilization{
		{Entity: storage.Entity{Name: "Gi0/0"}, WAN: true, CoveredMs: 10_000, InBits: 980e6, OutBits: 100e6, SpeedBps: 100e6},
		{Entity: storage.Entity{Name: "Gi0/1"}, Gaps: []string{"reset"}},
	})
	if rows, _ := csv.NewReader(strings.NewReader(printed(t, links, "csv"))).ReadAll(); rows[1][9] != "98.000" || rows[2][7] != "" || rows[2][20] != "reset" {
		t.Errorf("rows %q", rows)
	}
	minutes := voiceSheet([]storage.PathVoice{
		{VoiceMinute: storage.VoiceMinute{Sent: 3000, MOS: 4.1, R: 84}},
		{VoiceMinute: storage.VoiceMinute{}},
	})
	if rows, _ := csv.NewReader(strings.NewReader(printed(t, minutes, "csv"))).ReadAll(); rows[1][4] != "4.100" || rows[2][4] != "" {
		t.Errorf("rows %q", rows)
	}
}

func TestMoments(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"now": now, "24h": now.Add(-24 * time.Hour), "2026-04-30": time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC),
		"2026-05-01T09:00:00+09:00": time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := moment("from", text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s is %s (%v), want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1h", "2026-02-30", "soon"} {
		if got, err := moment("from", text, now); err == nil {
			t.Errorf("%q was taken for %s", text, got)
		}
	}
}
