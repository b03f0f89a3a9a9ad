package main

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func dueOf(t *testing.T, arguments string) map[string]any {
	t.Helper()
	output, problems, code := call(t, append([]string{"calc", "due", "--json"}, strings.Fields(arguments)...)...)
	if code != exitDone {
		t.Fatalf("%s: exit %d\n%s", arguments, code, problems)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(output), &answer); err != nil {
		t.Fatalf("%q: %v", output, err)
	}
	return answer
}

func TestCalcDue(t *testing.T) {
	got := dueOf(t, "--plan premium --severity S3 --desk japan --opened 2026-09-18T16:50:00+09:00")
	step := func(number float64, to, at string) any { return map[string]any{"step": number, "to": to, "at": at} }
	want := map[string]any{
		"first_response_due": "2026-09-24T09:20:00+09:00", "next_update_due": nil,
		"plan": "premium", "severity": "S3", "desk": "japan", "phone_call": false,
		"escalations": []any{
			step(1, "analyst", "2026-09-18T16:50:00+09:00"), step(2, "engineer", "2026-09-24T12:50:00+09:00"), step(3, "senior", "2026-09-24T16:50:00+09:00"),
			step(4, "manager", "2026-09-25T16:50:00+09:00"), step(5, "VP", "2026-09-28T16:50:00+09:00"),
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for arguments, want := range map[string]map[string]any{
		"--plan premium --severity S3 --desk global --opened 2026-09-18T07:50:00Z":                               {"first_response_due": "2026-09-18T17:20:00+09:00", "desk": "global"},
		"--severity S4 --opened 2026-05-01T16:00":                                                                {"first_response_due": "2026-05-07T17:00:00+09:00", "plan": "basic", "desk": "japan"},
		"--plan premium --severity S1 --opened 2026-09-19T03:00":                                                 {"first_response_due": "2026-09-19T03:15:00+09:00", "desk": "global", "phone_call": true},
		"--plan enhanced --severity S3 --opened 2026-06-02T10:00 --responded 2026-06-02T10:20":                   {"next_update_due": "2026-06-04T10:20:00+09:00"},
		"--plan basic --severity S3 --opened 2026-06-02T10:00 --responded 2026-06-02T10:20":                      {"next_update_due": nil},
		"--plan premium --severity S2 --opened 2026-06-02T16:50 --responded 2026-06-02T16:50 --config " + own(t): {"next_update_due": "2026-06-05T16:50:00+09:00"},
		"--severity S3 --opened 2026-03-27T17:00 --customer Aoba --config " + own(t):                             {"first_response_due": "2026-03-30T09:30:00+02:00", "plan": "gold", "desk": "berlin"},
		"--severity S3 --opened 2026-03-27T17:00 --customer Bora --config " + own(t):                             {"plan": "premium", "desk": "japan"},
		"--severity S3 --opened 2026-03-27T17:00 --customer Aoba --plan basic --desk global --config " + own(t):  {"plan": "basic", "desk": "global"},
	} {
		got := dueOf(t, arguments)
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s: %s is %v, want %v", arguments, key, got[key], value)
			}
		}
	}
}

// own is a configuration with a plan and a desk of its own.
func own(t *testing.T) string {
	return writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), `
ingest: {inventory: {customers: [{name: Aoba, sites: [{name: S, appliance: {name: s-1}}]}, {name: Bora, sites: [{name: S, appliance: {name: s-2}}]}]}}
alert:
  tickets:
    default_plan: premium
    update_hours: business
    plans: {gold: {first_response: {S1: 5m, S2: 5m, S3: 150m, S4: 1h}}}
    desks: {berlin: {language: de, calendar: {time_zone: Europe/Berlin, hours: ["Mon-Fri 08:00-18:00"], holidays: [DE-BE]}}}
    customers: [{customer: Aoba, plan: gold, desk: berlin}]
`)
}

func TestCalcDueForPeople(t *testing.T) {
	output, problems, code := call(t, strings.Fields("calc due --plan enhanced --severity S2 --opened 2026-06-02T10:00 --responded 2026-06-02T10:20")...)
	for _, words := range []string{"a main function is badly impaired", "Tue 2026-06-02 10:30:00 +09:00", "phone call", "Wed 2026-06-03 10:20:00 +09:00", "Tue 2026-06-02 14:00:00 +09:00  VP"} {
		if code != exitDone || !strings.Contains(output, words) {
			t.Errorf("exit %d, %q is not in:\n%s%s", code, words, output, problems)
		}
	}
	output, _, _ = call(t, strings.Fields("calc due --severity S3 --opened 2026-06-02T10:00 --responded 2026-06-02T10:20")...)
	if !strings.Contains(output, "the plan promises none") {
		t.Errorf("a plan without updates: %s", output)
	}
}

func TestCalcDueRefuses(t *testing.T) {
	for arguments, says := range map[string]string{
		"--severity S3":                                                                     `--opened`,
		"--opened 2026-06-02":                                                               `--severity`,
		"--severity S5 --opened 2026-06-02":                                                 `there is no severity "S5": use one of ["S1" "S2" "S3" "S4"]`,
		"--severity S3 --opened today":                                                      `--opened: "today" is not a time that exists`,
		"--severity S3 --opened 9999-12-31":                                                 `use one from 1970 to 9000`,
		"--severity S3 --opened 2026-06-02 --plan x":                                        `there is no plan "x": use one of ["basic" "enhanced" "premium"]`,
		"--severity S3 --opened 2026-06-02 --desk x":                                        `there is no desk "x": use one of ["global" "japan"]`,
		"--severity S3 --opened 2026-06-02 --config x":                                      `x`,
		"--severity S3 --opened 2026-06-02 --customer Aoba":                                 `--customer: give --config too`,
		"--severity S3 --opened 2026-06-02 --responded soon":                                `--responded: "soon" is not a time`,
		"--severity S3 --opened 2026-06-02 --responded 2026-06-01":                          `--responded is before --opened`,
		"--severity S3 --opened 2026-06-02 --customer Aobo --config " + own(t):              `--customer: there is no customer "Aobo" in the configuration`,
		"--severity S3 --opened 2026-06-02 --plan platinum --config " + own(t):              `use one of ["basic" "enhanced" "gold" "premium"]`,
		"--severity S3 --opened 2026-06-02 --config " + writeFile(t, t.TempDir()+"/b", "x"): `/b`,
	} {
		output, problems, code := call(t, append([]string{"calc", "due", "--json"}, strings.Fields(arguments)...)...)
		if code != exitUsage || output != "" || !strings.Contains(problems, says) {
			t.Errorf("%s: exit %d, want %d saying %q; it prints %s and says:\n%s", arguments, code, exitUsage, says, output, problems)
		}
	}
}
