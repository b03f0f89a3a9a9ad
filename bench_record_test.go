package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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
	if !json.Valid([]byte(content("uplink.json"))) {
		t.Errorf("no JSON: %s", content("uplink.json"))
	}
	for name, wanted := range map[string][]string{
		"uplink.txt": {"\ncpu: ", " %\npace: ", " before, ", "\npkg: mimamori/bench\n", "\nBenchmarkUplink 1 3 devices ", "\nBenchmarkUplink/half_idle 1 ", " bytes_per_s "},
		"README.md":  {"\n## uplink\n", "| half_idle | bytes_per_s ", "cores", "; pace 0.", " million reads/s\n"},
	} {
		for _, text := range wanted {
			if !strings.Contains(content(name), text) {
				t.Errorf("%s has no %q:\n%s", name, text, content(name))
			}
		}
	}
	if _, problems, code := call(t, "bench", "record", "--into", folder, "nothing"); code != exitUsage || !strings.Contains(problems, "durability") {
		t.Errorf("exit code %d, %s", code, problems)
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
