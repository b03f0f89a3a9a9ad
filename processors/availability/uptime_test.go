package availability

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"mimamori/ingest/sample"
)

func TestClocksAgainstVectors(t *testing.T) {
	file, err := os.Open("testdata/uptime_cases.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil || len(records) < 2 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	number := func(text string) int64 {
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	for _, record := range records[1:] {
		const origin = 1_000_000_000
		before := clocks{atMs: origin + 1000*number(record[1]), sysUpTime: uint32(number(record[2]))}
		after := clocks{atMs: origin + 1000*number(record[3]), sysUpTime: uint32(number(record[4]))}
		if strings.Contains(record[0], "hrSystemUptime continues") {
			before.presence, before.hrSystemUptime = sample.HasHrSystemUptime, 7_000_000
			after.presence, after.hrSystemUptime = sample.HasHrSystemUptime, 7_000_000+uint32(after.atMs-before.atMs)/10
		}
		verdict, at := compare(before, after)
		want, wantAt := continuous, 0.0
		switch {
		case record[5] == "snmp_agent_restart":
			want, wantAt = agentStarted, 180
		case strings.HasPrefix(record[5], "reboot at ~"):
			want = deviceBooted
			wantAt = float64(number(strings.TrimPrefix(record[5], "reboot at ~")))
		}
		if verdict != want || want != continuous && math.Abs(float64(at-origin)/1000-wantAt) > 1 {
			t.Errorf("%s: verdict %d at %.3f, want %d at %.0f", record[0], verdict, float64(at-origin)/1000, want, wantAt)
		}
	}
}

func TestEngineTimeTellsAnAgentsRestart(t *testing.T) {
	before := clocks{atMs: 1_000_000, sysUpTime: 500_000, engineTime: 5_000, engineBoots: 3, presence: sample.HasEngineTime}
	after := clocks{atMs: 1_300_000, sysUpTime: 1_000, engineTime: 5_300, engineBoots: 3, presence: sample.HasEngineTime}
	if verdict, at := compare(before, after); verdict != agentStarted || at != 1_290_000 {
		t.Errorf("verdict %d at %d", verdict, at)
	}
	after.engineBoots, after.engineTime = 4, 10
	if verdict, _ := compare(before, after); verdict != deviceBooted {
		t.Errorf("with another boot of the engine: verdict %d", verdict)
	}
}
