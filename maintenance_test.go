package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMaintenanceRefuses(t *testing.T) {
	config := writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), oneDevice)
	valid := map[string]string{"--customer": "Example Customer", "--from": "2026-05-03T01:00", "--to": "2026-05-03T05:00", "--why": "test"}
	for _, test := range []struct {
		flag, value string
		says        string
	}{
		{"--customer", "Nobody", `there is no customer "Nobody"`},
		{"--site", "Nowhere", `Example Customer has no site "Nowhere"`},
		{"--device", "nothing", `there is no device "nothing"`},
		{"--to", "2026-05-03T01:00", "ends no later than it begins"},
		{"--from", "2026-02-30", "is not a time that exists"},
		{"--time-zone", "Asia/Tokio", "--time-zone: "},
		{"--tz", "Asia/Tokio", "--time-zone: "},
		{"--why", " ", "--why is empty"},
		{"--rule", "every Sunday", "is not a rule of RFC 5545"},
		{"--rule", "FREQ=SECONDLY", "too often"},
		{"--rule", "FREQ=WEEKLY;BYDAY=MO", "does not fit its first window"},
	} {
		arguments := []string{"maintenance", "add", "--config", config}
		for flag, value := range valid {
			if flag != test.flag {
				arguments = append(arguments, flag, value)
			}
		}
		_, problems, code := call(t, append(arguments, test.flag, test.value)...)
		if code != exitUsage || !strings.Contains(problems, test.says) {
			t.Errorf("%s %s: exit %d, want %d saying %q; it says:\n%s", test.flag, test.value, code, exitUsage, test.says, problems)
		}
	}
}

// TestMaintenanceOfAnInstallation enters, lists, ends and cancels windows while the
// installation runs.
func TestMaintenanceOfAnInstallation(t *testing.T) {
	t.Parallel()
	needEngine(t)
	config := writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), "http: {listen: ''}\n"+oneDevice)
	running := start(t, "all", "--config", config)
	running.wait("msg=ready", 60*time.Second)
	succeed := func(arguments ...string) string {
		t.Helper()
		output, problems, code := call(t, append([]string{"maintenance"}, append(arguments, "--config", config)...)...)
		if code != exitDone {
			t.Fatalf("%v: exit %d\n%s", arguments, code, problems)
		}
		return strings.TrimSpace(output)
	}
	list := func(arguments ...string) []map[string]any {
		t.Helper()
		var answer struct{ Rows []map[string]any }
		output := succeed(append([]string{"list", "--format", "json", "--tz", "Asia/Tokyo"}, arguments...)...)
		if err := json.Unmarshal([]byte(output), &answer); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		return answer.Rows
	}
	may := []string{"--from", "2026-05-01", "--to", "2026-06-01"}

	once := succeed("add", "--customer", "Example Customer", "--site", "Head office", "--device", "loopback", "--time-zone", "Asia/Tokyo",
		"--from", "2026-05-10T01:00", "--to", "2026-05-10T05:00", "--why", "new line card", "--reference", "CHG-7", "--by", "suzuki")
	weekly := succeed("add", "--customer", "Example Customer", "--time-zone", "Asia/Tokyo",
		"--from", "2026-04-05T01:00", "--to", "2026-04-05T02:00", "--rule", "FREQ=WEEKLY;BYDAY=SU", "--why", "backups")
	rows := list(may...)
	if len(rows) != 2 || rows[0]["id"] != weekly || rows[0]["next_from"] != "2026-05-03T01:00:00+09:00" ||
		rows[1]["id"] != once || rows[1]["reference"] != "CHG-7" || rows[1]["by"] != "suzuki" || rows[1]["retroactive"] != true {
		t.Fatalf("listed: %v", rows)
	}
	if by := rows[0]["by"]; by == "" || by == nil {
		t.Error("nobody entered the weekly window")
	}
	if rows := list("--from", "2026-05-11", "--to", "2026-05-16"); len(rows) != 0 {
		t.Errorf("between two Sundays there is %v", rows)
	}

	if output := succeed("extend", once, "--to", "2026-05-10T06:00", "--why", "the card was dead"); output != once+" ends at 2026-05-10T06:00:00+09:00" {
		t.Errorf("extended: %q", output)
	}
	if rows := list("--from", "2026-05-10T05:30:00+09:00", "--to", "2026-05-10T05:45:00+09:00"); len(rows) != 1 || rows[0]["id"] != once {
		t.Errorf("in the time that was added there is %v", rows)
	}
	for says, arguments := range map[string][]string{
		"lasts until 2026-05-10T06:00:00+09:00 already": {once, "--to", "2026-05-10T05:30"},
		"repeats (FREQ=WEEKLY;BYDAY=SU)":                {weekly, "--to", "2026-05-10T03:00"},
		"is not a time that exists":                     {once, "--to", "2026-05-32"},
	} {
		_, problems, code := call(t, append(append([]string{"maintenance", "extend"}, arguments...), "--why", "test", "--config", config)...)
		if code != exitUsage || !strings.Contains(problems, says) {
			t.Errorf("extend %v: exit %d, want %d saying %q; it says:\n%s", arguments, code, exitUsage, says, problems)
		}
	}

	succeed("cancel", weekly, "--why", "moved to Mondays", "--from", "2026-05-10")
	if rows := list("--from", "2026-05-03", "--to", "2026-05-04"); len(rows) != 1 || rows[0]["why"] != "backups" {
		t.Errorf("what is over of an ended window: %v", rows)
	}
	succeed("cancel", once, "--why", "called off", "--by", "sato")
	if rows := list("--from", "2026-05-10", "--to", "2026-06-01"); len(rows) != 0 {
		t.Errorf("cancelled and ended windows are in force: %v", rows)
	}
	output, _, code := call(t, "report", "availability", "--customer", "Example Customer", "--site", "Haed office", "--config", config)
	if code != exitDone || !strings.Contains(output, `Example Customer has no site "Haed office"`) {
		t.Errorf("a report on a site that nobody has: exit %d\n%s", code, output)
	}

	history := list(append(may, "--history")...)
	if len(history) != 5 {
		t.Fatalf("the history: %v", history)
	}
	for _, row := range history {
		if row["cancelled"] == true && (row["id"] != once || row["revised_by"] != "sato" || row["revised_why"] != "called off" || row["by"] != "suzuki") {
			t.Errorf("cancelled: %v", row)
		}
	}
	for _, id := range []string{once, "nothing"} {
		if _, problems, code := call(t, "maintenance", "cancel", id, "--why", "again", "--config", config); code != exitUsage || !strings.Contains(problems, id) {
			t.Errorf("cancel %s again: exit %d\n%s", id, code, problems)
		}
	}
}
