package report

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func reportedSensors() []storage.SensorHealth {
	at := reported.From.Add(3 * time.Hour)
	fan := storage.SensorHealth{
		Entity: storage.Entity{Customer: "Aoba", Site: "Sendai", Device: "sw-1", Name: "Fan 1"},
		Kind:   storage.SensorKind(sample.SensorFan), Source: "ENTITY-SENSOR-MIB", Start: reported.From, At: at,
		Status: storage.SensorStatus(sample.SensorCritical), Worst: storage.SensorStatus(sample.SensorCritical),
		Readings: 2, Measured: 1, Min: 4000, Mean: 4000, Max: 4000,
	}
	supply := fan
	supply.Name, supply.Kind, supply.Status, supply.Worst = "PSU 2", storage.SensorKind(sample.SensorPower), 4, 4
	supply.Measured, supply.Min, supply.Mean, supply.Max = 0, 0, 0, 0
	inlet := fan
	inlet.Name, inlet.Kind, inlet.Status, inlet.Worst = "Inlet", storage.SensorKind(sample.SensorTemperature), 1, 1
	inlet.Last, inlet.LastMeasured, inlet.Min, inlet.Mean, inlet.Max = 23.5, true, -1, 10, 23.5
	sessions := fan
	sessions.Name, sessions.Kind, sessions.Status, sessions.Worst = "Sessions", storage.SensorKind(sample.SensorSessions), 0, 0
	sessions.Last, sessions.LastMeasured, sessions.Min, sessions.Mean, sessions.Max = 5210, true, 12, 2611.5, 5210
	neighbour := supply
	neighbour.Name, neighbour.Kind, neighbour.Status, neighbour.Worst = "10.0.0.2", storage.SensorKind(sample.SensorOSPFNeighbor), 1, 3
	return []storage.SensorHealth{fan, supply, inlet, sessions, neighbour}
}

func TestHealthLeavesBlanksWhereADeviceGaveNoValue(t *testing.T) {
	sheet := Health(reported, reportedSensors())
	rows, err := csv.NewReader(strings.NewReader(written(t, sheet, "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"Aoba,Sendai,sw-1,Fan 1,fan,2026-05-01T00:00:00Z,critical,critical,,rpm,4000,4000,4000,2026-05-01T03:00:00Z,2,ENTITY-SENSOR-MIB",
		"Aoba,Sendai,sw-1,PSU 2,power,2026-05-01T00:00:00Z,not present,not present,,watts,,,,2026-05-01T03:00:00Z,2,ENTITY-SENSOR-MIB",
		"Aoba,Sendai,sw-1,Inlet,temperature,2026-05-01T00:00:00Z,ok,ok,23.5,celsius,-1,10,23.5,2026-05-01T03:00:00Z,2,ENTITY-SENSOR-MIB",
		"Aoba,Sendai,sw-1,Sessions,sessions,2026-05-01T00:00:00Z,unknown,unknown,5210,count,12,2611.5,5210,2026-05-01T03:00:00Z,2,ENTITY-SENSOR-MIB",
		"Aoba,Sendai,sw-1,10.0.0.2,ospf_neighbor,2026-05-01T00:00:00Z,ok,critical,,,,,,2026-05-01T03:00:00Z,2,ENTITY-SENSOR-MIB",
	} {
		if got := strings.Join(rows[i+1], ","); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	var answer struct{ Rows []map[string]any }
	if err := json.Unmarshal([]byte(written(t, sheet, "json")), &answer); err != nil {
		t.Fatal(err)
	}
	if value, is := answer.Rows[0]["value"]; !is || value != nil || answer.Rows[2]["value"] != 23.5 || answer.Rows[2]["readings"] != 2.0 {
		t.Errorf("%v", answer.Rows)
	}
}

func TestATableOfHealthShowsTheBucketsThereAre(t *testing.T) {
	if table := written(t, Health(reported, reportedSensors()), "table"); strings.Contains(table, "START") || !strings.Contains(table, "Fan 1") {
		t.Errorf("one bucket of the whole time:\n%s", table)
	}
	if table := written(t, Health(reported, reportedSensors()), "table"); !strings.Contains(table, " 5210 ") || strings.Contains(table, "5210.0") {
		t.Errorf("a count has no decimal places:\n%s", table)
	}
	none := Health(reported, nil)
	none.Empty = "all is well"
	if table := written(t, none, "table"); table != "all is well\n" {
		t.Errorf("a table without rows says %q", table)
	}
	stepped := reported
	stepped.Step = time.Hour
	if table := written(t, Health(stepped, reportedSensors()), "table"); !strings.Contains(table, "START") {
		t.Errorf("buckets of an hour:\n%s", table)
	}
}
