package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

func TestRecomputeRefuses(t *testing.T) {
	config := writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), oneDevice)
	valid := map[string]string{"--customer": "Example Customer", "--from": "2026-05-03", "--to": "2026-05-04"}
	for _, test := range []struct {
		flag, value string
		code        int
		says        string
	}{
		{"--customer", "Nobody", exitUsage, `there is no customer "Nobody"`},
		{"--site", "Nowhere", exitUsage, `Example Customer has no site "Nowhere"`},
		{"--to", "2026-05-03", exitUsage, "the time is empty"},
		{"--from", "2026-02-30", exitUsage, "is not a time"},
		{"--tz", "Asia/Tokio", exitUsage, "is not a time zone"},
		{"--figure", "beauty", exitUsage, "--figure"},
		{"--why", "nothing was ever run here", exitFailed, "there is no store"},
	} {
		arguments := []string{"recompute", "--config", config}
		for flag, value := range valid {
			if flag != test.flag {
				arguments = append(arguments, flag, value)
			}
		}
		_, problems, code := call(t, append(arguments, test.flag, test.value)...)
		if code != test.code || !strings.Contains(problems, test.says) {
			t.Errorf("%s %s: exit %d, want %d saying %q; it says:\n%s", test.flag, test.value, code, test.code, test.says, problems)
		}
	}
	_, problems, code := call(t, "recompute", "--config", config, "--customer", "Example Customer", "--from", "2126-05-03", "--to", "2126-05-04")
	if code != exitUsage || !strings.Contains(problems, "still to come") {
		t.Errorf("a time to come: exit %d\n%s", code, problems)
	}
}

// TestRecomputeOfAnInstallation spoils a record and has it put right, once by the
// running centre and once more, to no effect, by one of the command's own.
func TestRecomputeOfAnInstallation(t *testing.T) {
	t.Parallel()
	needEngine(t)
	data := t.TempDir()
	config := writeFile(t, filepath.Join(data, "site.yaml"), "http: {listen: ''}\ndata: "+data+"\nprocessors: {tick_interval: 1s}\n"+oneDevice)
	running := start(t, "all", "--config", config)
	running.wait("msg=ready", 60*time.Second)
	endpoint, err := embedded.ReadEndpoint(filepath.Join(data, "engine"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := clickhouse.Open(t.Context(), clickhouseConfig(clickhouse.DefaultConfig(), endpoint), slog.New(slog.DiscardHandler), newApplication(Config{}, slog.Default()).registry)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	device := storage.Availability{}
	until(t, 60*time.Second, func() (bool, string) {
		devices, err := store.Availability(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: time.Now().Add(-time.Hour), To: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if len(devices) == 1 {
			device = devices[0]
		}
		return device.UpMs > 20_000 || device.DownMs > 20_000, "the device never has a record"
	})
	if device.UpMs == 0 {
		need(t, false, "answers to pings of 127.0.0.1")
	}
	from := device.Since.UnixMilli() + 6_000
	err = store.WriteDerived(t.Context(), storage.Source{Incarnation: "spoiled", Topic: "telemetry"}, &storage.Derived{Intervals: []storage.Interval{{
		Customer: sample.CustomerID("Example Customer"), Site: sample.SiteID("Example Customer", "Head office"), Device: device.ID,
		FromMs: from, ToMs: from + 7_000, State: storage.StateDown, Cause: storage.CauseNoAnswer, Evidence: "made up", Version: storage.Version{Offset: 1},
	}}})
	if err != nil {
		t.Fatal(err)
	}

	recompute := func(arguments ...string) (map[string]any, string) {
		t.Helper()
		output, problems, code := call(t, append([]string{"recompute", "--config", config, "--customer", "Example Customer",
			"--from", "1h", "--to", "now", "--by", "sato", "--why", "a wrong record"}, arguments...)...)
		var answer map[string]any
		if code != exitDone || json.Unmarshal([]byte(output), &answer) != nil {
			t.Fatalf("exit %d\n%s\n%s", code, output, problems)
		}
		return answer, problems
	}
	answer, problems := recompute("--json")
	rows, _ := answer["rows"].([]any)
	if len(rows) != 1 {
		t.Fatalf("it changed %v\n%s", answer, problems)
	}
	row := rows[0].(map[string]any)
	if row["device"] != "loopback" || row["by"] != "sato" || row["why"] != "a wrong record" || row["changed_s"] != 7.0 || row["after"] != 100.0 || row["before"].(float64) >= 99 {
		t.Errorf("it changed %v", row)
	}
	if !strings.Contains(problems, "100 %") || !strings.Contains(problems, "1 devices") {
		t.Errorf("the progress says:\n%s", problems)
	}
	report, problems, code := call(t, "report", "availability", "--config", config, "--format", "json")
	if code != exitDone || !bytes.Contains([]byte(report), []byte("a wrong record")) {
		t.Logf("exit %d, the report says nothing of the correction:\n%s\n%s", code, report, problems)
	}
	running.stop()

	answer, problems = recompute("--json")
	if rows, _ := answer["rows"].([]any); len(rows) != 0 || !strings.Contains(problems, "nobody runs this installation") {
		t.Errorf("the second time it changed %v\n%s", answer, problems)
	}
}
