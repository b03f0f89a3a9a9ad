package datasource

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"mimamori/storage/storetest"
)

// TestGoldenFrames holds the frames of every figure over the world against files; -update
// writes them anew.
func TestGoldenFrames(t *testing.T) {
	w := openWorld(t)
	d := w.open(t, w.token(t, claims(storetest.Acme)))
	for name, q := range map[string]map[string]any{
		"availability":            {"figure": "availability"},
		"availability-customer":   {"figure": "availability", "by": "customer"},
		"availability-series":     {"figure": "availability", "shape": "series", "measure": []string{"availability_pct", "state"}},
		"outages":                 {"figure": "outages"},
		"outages-annotations":     {"figure": "outages", "shape": "annotations"},
		"contributors":            {"figure": "contributors"},
		"utilization":             {"figure": "utilization", "top": 5},
		"utilization-series":      {"figure": "utilization", "shape": "series", "step": "24h"},
		"utilization-capped":      {"figure": "utilization", "step": "24h", "limit": 3, "offset": 2},
		"capacity":                {"figure": "capacity"},
		"voice-hours":             {"figure": "voice", "step": "12h"},
		"voice-minutes":           {"figure": "voice", "limit": 2},
		"voice-series":            {"figure": "voice", "step": "12h", "shape": "series", "measure": []string{"mos", "mos_min"}},
		"health":                  {"figure": "health"},
		"health-fans":             {"figure": "health", "kind": "fan"},
		"syslog":                  {"figure": "syslog"},
		"syslog-searched":         {"figure": "syslog", "search": "down", "severity": "error"},
		"syslog-rates":            {"figure": "syslog_rates", "by": "device,severity"},
		"syslog-rates-series":     {"figure": "syslog_rates", "by": "mnemonic", "shape": "series", "step": "1h"},
		"notifications":           {"figure": "notifications"},
		"alarms":                  {"figure": "alarms"},
		"alarms-annotations":      {"figure": "alarms", "shape": "annotations", "alert": "DeviceDown"},
		"maintenance":             {"figure": "maintenance"},
		"maintenance-annotations": {"figure": "maintenance", "shape": "annotations"},
		"corrections":             {"figure": "corrections"},
		"corrected":               {"figure": "corrected", "by": "customer"},
		"topology-trouble":        {"figure": "topology", "kind": "trouble"},
		"devices":                 {"figure": "devices"},
		"devices-series":          {"figure": "devices", "shape": "series"},
		"blindspots":              {"figure": "blindspots"},
		"customers":               {"figure": "customers"},
		"sites":                   {"figure": "sites"},
		"states":                  {"figure": "states", "site": "tokyo"},
		"topology":                {"figure": "topology"},
		"interfaces":              {"figure": "interfaces"},
		"interfaces-busiest":      {"figure": "interfaces", "top": 1},
		"interfaces-full":         {"figure": "interfaces", "fullAt": 5},
		"paths":                   {"figure": "paths"},
		"reboots":                 {"figure": "reboots"},
		"reboots-annotations":     {"figure": "reboots", "shape": "annotations"},
		"appliances":              {"figure": "appliances"},
		"nobody":                  {"figure": "devices", "customer": "nobody"},
		"nobody-series":           {"figure": "voice", "shape": "series", "step": "1h", "customer": "nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ask(t, d, week, q)
			if answer.Error != nil {
				t.Fatal(answer.Error)
			}
			text, err := json.MarshalIndent(answer.Frames[0], "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", text)
		})
	}
}

// moments are times as frames and texts have them, which move with the world.
var moments = regexp.MustCompile(`"?(\b1[0-9]{12}\b|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z)"?`)

// golden holds a text against a file, with times told from the beginning of the world.
func golden(t *testing.T, name string, text []byte) {
	t.Helper()
	found := moments.ReplaceAllFunc(text, func(at []byte) []byte {
		at = bytes.Trim(at, `"`)
		moment, err := time.Parse(time.RFC3339, string(at))
		if err != nil {
			var ms int64
			if err := json.Unmarshal(at, &ms); err != nil {
				t.Fatal(err)
			}
			moment = time.UnixMilli(ms)
			if moment.Sub(storetest.Begin).Abs() > 365*day { // a sum of bits may have as many digits
				return at
			}
		}
		after := moment.Sub(storetest.Begin)
		if after > 8*day {
			return []byte(`"now"`)
		}
		return []byte(`"+` + after.String() + `"`)
	})
	found = append(found, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, found, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(found) {
		t.Errorf("the frame differs from %s; if that is meant, run the test with -update.\n%s", path, found)
	}
}
