package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func slaOf(t *testing.T, arguments ...string) map[string]any {
	t.Helper()
	output, problems, code := call(t, append([]string{"calc", "sla", "--json"}, arguments...)...)
	if code != exitDone {
		t.Fatalf("%v: exit %d\n%s", arguments, code, problems)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(output), &answer); err != nil {
		t.Fatalf("%q: %v", output, err)
	}
	return answer
}

func TestCalcSlaScheduled(t *testing.T) {
	for _, test := range []struct {
		name      string
		arguments []string
		want      float64
	}{
		{"Tokyo, May 2026", []string{"--tz", "Asia/Tokyo", "--from", "2026-05-01", "--to", "2026-06-01", "--hours", "Mon-Fri 09:00-18:00",
			"--holidays", "JP", "--holiday", "2026-05-01"}, 17 * 9 * 3600},
		{"Tokyo, May 2025", []string{"--tz", "Asia/Tokyo", "--from", "2025-05-01", "--to", "2025-06-01", "--hours", "Mon-Fri 09:00-18:00", "--holidays", "JP"}, 648_000},
		{"Berlin, March 2025", []string{"--tz", "Europe/Berlin", "--from", "2025-03-01", "--to", "2025-04-01"}, 2_674_800},
		{"Berlin, by RFC 3339", []string{"--tz", "Europe/Berlin", "--from", "2025-03-24T00:00:00+01:00", "--to", "2025-04-06T22:00:00Z", "--hours", "Mon-Fri 08:00-18:00"}, 360_000},
		{"days with commas", []string{"--from", "2026-05-01", "--to", "2026-05-04", "--hours", "Sat,Sun 10:00-12:00,13:00-14:00", "--hours", "Fri 22:00-06:00"}, 6*3600 + 8*3600},
		{"an exception", []string{"--tz", "Asia/Tokyo", "--from", "2026-05-04", "--to", "2026-05-06", "--hours", "00:00-24:00", "--holidays", "JP",
			"--exception", "2026-05-04 10:00-12:00,13:00-15:00", "--exception", "2026-05-05"}, 4 * 3600},
		{"a day without midnight", []string{"--tz", "America/Sao_Paulo", "--from", "2018-11-04", "--to", "2018-11-05"}, 23 * 3600},
	} {
		answer := slaOf(t, test.arguments...)
		if answer["scheduled_s"] != test.want || len(answer) != 1 {
			t.Errorf("%s: got %v, want %.0f s", test.name, answer, test.want)
		}
	}
}

// The cases of a month of 30 days under maintenance, and of business hours.
func TestCalcSlaAvailability(t *testing.T) {
	month := []string{"--from", "2026-06-01", "--to", "2026-07-01"}
	berlin := []string{"--tz", "Europe/Berlin", "--from", "2025-03-24", "--to", "2025-04-07", "--hours", "Mon-Fri 08:00-18:00"}
	for _, test := range []struct {
		name      string
		arguments []string
		down      float64
		excluded  float64
		percent   string
	}{
		{"half under maintenance", append(month, "--outage", "2026-06-02T02:00/2026-06-02T03:00", "--maintenance", "2026-06-02T02:30/2026-06-02T04:30"), 1800, 7200, "99.930362"},
		{"all under maintenance", append(month, "--outage", "2026-06-02T02:00/2026-06-02T03:00", "--maintenance", "2026-06-02T01:00/2026-06-02T04:00"), 0, 10800, "100"},
		{"apart", append(month, "--outage", "2026-06-02T02:00/2026-06-02T03:00", "--maintenance", "2026-06-03T01:00/2026-06-03T03:00"), 3600, 7200, "99.860724"},
		{"no outage", append(month, "--maintenance", "2026-06-03T01:00/2026-06-03T03:00"), 0, 7200, "100"},
		{"overlapping", append(month, "--outage", "2026-06-02T02:00/2026-06-02T02:40", "--outage", "2026-06-02T02:20/2026-06-02T03:00",
			"--maintenance", "2026-06-02T02:30/2026-06-02T04:00", "--maintenance", "2026-06-02T03:00/2026-06-02T04:30"), 1800, 7200, "99.930362"},
		{"a weekend", append(berlin, "--outage", "2025-03-28T17:00/2025-03-31T09:30"), 9000, 0, "97.5"},
		{"beyond the time", append(month, "--outage", "2026-05-01/2026-06-02", "--outage", "2026-06-30/2026-08-01"), 2 * 86400, 0, "93.333333"},
	} {
		answer := slaOf(t, test.arguments...)
		if answer["downtime_s"] != test.down || answer["excluded_s"] != test.excluded {
			t.Errorf("%s: got %v, want %v s down and %v s excluded", test.name, answer, test.down, test.excluded)
		}
		near(t, test.name, answer["availability_pct"], test.percent, 5e-7)
	}
	nothing := slaOf(t, "--from", "2026-05-02", "--to", "2026-05-04", "--hours", "Mon-Fri 09:00-18:00", "--outage", "2026-05-02/2026-05-03")
	if percent, ok := nothing["availability_pct"]; !ok || percent != nil || nothing["scheduled_s"] != 0.0 {
		t.Errorf("where nothing was scheduled: got %v, want null", nothing)
	}
}

func TestCalcSlaForPeople(t *testing.T) {
	output, _, code := call(t, "calc", "sla", "--tz", "Asia/Tokyo", "--from", "2026-05-01", "--to", "2026-05-02", "--outage", "2026-05-01T12:00/2026-05-01T18:00")
	for _, words := range []string{"Fri 2026-05-01 00:00:00 +09:00", "24h0m0s", "86400 s", "6h0m0s", "75.000000 %"} {
		if code != exitDone || !strings.Contains(output, words) {
			t.Errorf("exit %d, %q is not in:\n%s", code, words, output)
		}
	}
}

func TestCalcSlaSaysWhyThereIsNoPercentage(t *testing.T) {
	for why, arguments := range map[string][]string{
		"all of it was under maintenance": {"--maintenance", "2026-05-01/2026-05-03"},
		"nothing was scheduled":           {"--outage", "2026-05-01/2026-05-03", "--hours", "Mon 09:00-18:00"},
	} {
		output, _, code := call(t, append([]string{"calc", "sla", "--from", "2026-05-01", "--to", "2026-05-03"}, arguments...)...)
		if code != exitDone || !strings.Contains(output, why) {
			t.Errorf("exit %d, %q is not in:\n%s", code, why, output)
		}
	}
}

func TestCalcSlaRefuses(t *testing.T) {
	for _, test := range []struct {
		arguments []string
		says      string
	}{
		{[]string{"--from", "2026-05-01"}, "--to"},
		{[]string{"--from", "2026-02-30", "--to", "2026-03-01"}, `"2026-02-30" is not a time that exists`},
		{[]string{"--from", "0001-01-01", "--to", "9999-12-31"}, "longer than 200 years"},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-01"}, "ends no later than it begins"},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-02", "--tz", "Asia/Tokio"}, `--tz: "Asia/Tokio" is not a time zone`},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-02", "--hours", "Mon-Fri 09:00-25:00"}, `--hours: "Mon-Fri 09:00-25:00"`},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-02", "--holidays", "XX"}, "--holidays: \"XX\" is not a country"},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-02", "--holiday", "2026-13-01"}, `--holiday: "2026-13-01" is not a date`},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-02", "--exception", "someday 10:00-11:00"}, `--exception: "someday" is not a date`},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-02", "--outage", "2026-05-01T13:00/2026-05-01T12:00"}, "--outage: "},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-02", "--outage", "2026-05-01T13:00"}, "is not FROM/TO"},
		{[]string{"--from", "2026-05-01", "--to", "2026-05-02", "--maintenance", "x/y"}, "--maintenance: "},
	} {
		output, problems, code := call(t, append([]string{"calc", "sla", "--json"}, test.arguments...)...)
		if code != exitUsage || output != "" || !strings.Contains(problems, test.says) {
			t.Errorf("%v: exit %d, want %d saying %q; it prints %s and says:\n%s", test.arguments, code, exitUsage, test.says, output, problems)
		}
	}
}
