package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mimamori/bench/record"
)

func TestBenchRecord(t *testing.T) {
	folder := t.TempDir()
	_, problems, code := call(t, "bench", "record", "--into", folder, "uplink:--devices=3 --interfaces=2 --hours=1")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, problems)
	}
	content := func(name string) string {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if strings.Contains(content("uplink.txt"), "failed: ") || strings.Contains(content("uplink.json"), "\"failed\"") {
		t.Errorf("it failed:\n%s", content("uplink.txt"))
	}
	if !json.Valid([]byte(content("uplink.json"))) {
		t.Errorf("no JSON: %s", content("uplink.json"))
	}
	for name, wanted := range map[string][]string{
		"uplink.txt":  {"\ncpu: ", " %\npace: ", " before, ", "\npkg: mimamori/bench\n", "\nBenchmarkUplink 1 3 devices ", "\nBenchmarkUplink/half_idle 1 ", " bytes_per_s "},
		"uplink.json": {"\"bench\": \"uplink\"", "\"command\": \"mimamori bench uplink --devices=3 --interfaces=2 --hours=1\"", "\"cpu\": ", "\"version\": ", "\"relative\": ", "\n  \"result\": {\"devices\":3,"},
		"README.md":   {"\n| [uplink](#uplink) | ", "\n## uplink\n", "| half_idle | ", "| within_mark | ", "cores", "; pace ", " million reads/s\n"},
	} {
		for _, text := range wanted {
			if !strings.Contains(content(name), text) {
				t.Errorf("%s has no %q:\n%s", name, text, content(name))
			}
		}
	}
	if _, problems, code := call(t, "bench", "record", "--into", folder, "nothing"); code != exitUsage || !strings.Contains(problems, "durability") || !strings.Contains(problems, "pipeline-kafka") {
		t.Errorf("exit code %d, %s", code, problems)
	}
}

// TestBenchRecordWithoutKafka is told so before anything is measured.
func TestBenchRecordWithoutKafka(t *testing.T) {
	if _, err := binary(); err != nil { // while there is a compiler to be found
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir()) // where there is no java
	for name, test := range map[string]struct {
		chosen []string
		others string // that are said to do without
	}{
		"all":     {nil, "ARGS='" + strings.Replace(strings.Join(namesOf(recordings()), " "), "pipeline-kafka ", "", 1) + "'"},
		"some":    {[]string{"uplink", "pipeline-kafka:--rounds=1", "storage"}, "ARGS='uplink storage'"},
		"alone":   {[]string{"pipeline-kafka"}, ""},
		"by hand": {[]string{"uplink", "growth:--broker=kafka"}, "ARGS='uplink'"},
	} {
		chosen, err := recordingsOf(test.chosen)
		if err != nil {
			t.Fatal(err)
		}
		if err = lackKafka(chosen); err == nil || !strings.Contains(err.Error(), "install a Java runtime") {
			t.Errorf("%s: %v", name, err)
		} else if !strings.Contains(err.Error(), test.others) || test.others == "" && strings.Contains(err.Error(), "ARGS") {
			t.Errorf("%s: it does not say %s: %v", name, test.others, err)
		}
	}
	if err := lackKafka([]recording{{"uplink", []string{"uplink"}}}); err != nil {
		t.Errorf("what needs none: %v", err)
	}
	folder := t.TempDir()
	_, problems, code := call(t, "bench", "record", "--into", folder, "uplink:--devices=3 --interfaces=2 --hours=1", "pipeline-kafka")
	if files, err := os.ReadDir(folder); code != exitFailed || err != nil || len(files) > 0 {
		t.Errorf("exit code %d, and something was measured (%v, %v): %s", code, files, err, problems)
	}
}

func TestRecordings(t *testing.T) {
	all := namesOf(recordings())
	if at := slices.Index(all, "pipeline"); at < 0 || at+1 == len(all) || all[at+1] != "pipeline-kafka" {
		t.Errorf("%v: pipeline-kafka does not come after pipeline", all)
	}
	chosen, err := recordingsOf([]string{"pipeline-kafka:--rounds=1 --rows=57600", "uplink", "pipeline:--rounds=2"})
	if err != nil {
		t.Fatal(err)
	}
	want := []recording{
		{"pipeline-kafka", []string{"pipeline", "--broker", "kafka", "--rounds=1", "--rows=57600"}},
		{"uplink", []string{"uplink"}},
		{"pipeline", []string{"pipeline", "--rounds=2"}},
	}
	if !reflect.DeepEqual(chosen, want) {
		t.Errorf("%v, want %v", chosen, want)
	}
	if again := namesOf(recordings()); !slices.Equal(again, all) {
		t.Errorf("%v, and once more %v", all, again)
	}
}

// TestWhatIsLeftOut is said of each result before anything is measured.
func TestWhatIsLeftOut(t *testing.T) {
	t.Chdir(t.TempDir()) // where nobody built Telegraf
	t.Setenv("PATH", t.TempDir())
	said := func(chosen ...string) (text string) {
		t.Helper()
		recordings, err := recordingsOf(chosen)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range absences(t.Context(), recordings) {
			if one.Program != "rsyslog" && one.Program != "aiosmtpd" { // which are looked for at their usual place, too
				text += one.bench + " without " + one.Program + ": " + one.Why.Error() + "\n"
			}
		}
		return text
	}
	const noTelegraf = "no program telegraf is found: run make telegraf, install it, or say --telegraf PATH\n"
	for _, test := range []struct {
		chosen []string
		want   string
	}{
		{[]string{"uplink", "alarms"}, ""},
		{[]string{"snmp", "ping", "pipeline-kafka"}, "snmp without snmp_exporter: no program snmp_exporter is found: install Debian's prometheus-snmp-exporter, or say --peer PATH\nsnmp without telegraf: " + noTelegraf +
			"ping without fping: no program fping is found: install Debian's fping\nping without telegraf: " + noTelegraf + "pipeline-kafka without telegraf: " + noTelegraf},
		{[]string{"syslog"}, "syslog without telegraf: one listener of it reads one standard, and the lines are of several: give --lines rfc5424\n"},
		{[]string{"syslog:--lines=rfc5424 --telegraf /nothing"}, "syslog without telegraf: no program /nothing is found: run make telegraf, install it, or say --telegraf PATH\n"},
	} {
		if got := said(test.chosen...); got != test.want {
			t.Errorf("%v: got\n%swant\n%s", test.chosen, got, test.want)
		}
	}
}

// TestBenchmarkThatFails has programs in place of benchmarks.
func TestBenchmarkThatFails(t *testing.T) {
	for name, test := range map[string]struct{ script, printed, failed string }{
		"with figures":    {"echo '{\"rows\":1}'\necho step >&2\necho 'mimamori: some rows are lost\nothers are doubled' >&2\nexit 1", "{\"rows\":1}\n", "some rows are lost\nothers are doubled"},
		"without a word":  {"exit 3", "", "exit status 3"},
		"that does not":   {"echo '{}'\necho 'mimamori: all is well' >&2", "{}\n", ""},
		"and logs before": {"echo 'level=INFO msg=\"mimamori: no\"' >&2\nexit 1", "", "exit status 1"},
	} {
		program := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"+test.script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		content, failed, err := printed(t.Context(), program, []string{"thing"})
		if string(content) != test.printed || failed != test.failed || (err != nil) != (test.failed != "") {
			t.Errorf("%s: printed %q, failed %q, %v", name, content, failed, err)
		}
	}
}

// TestFiguresThatCount holds those of the page against the benchmarks that there are.
func TestFiguresThatCount(t *testing.T) {
	recorded, shown := namesOf(recordings()), record.Names()
	if !slices.Equal(recorded, shown) {
		t.Errorf("bench/record/headlines.go has figures of %v, and results are kept of %v", shown, recorded)
	}
}

func TestBenchmarksThatAreRecorded(t *testing.T) {
	names := benchmarks()
	for _, name := range []string{"snmp", "ping", "syslog", "alarms", "storm", "durability", "storage", "uplink"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not among %v", name, names)
		}
	}
	if slices.Contains(names, "record") {
		t.Errorf("it would record itself: %v", names)
	}
}
