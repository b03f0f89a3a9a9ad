package main

import (
	"testing"

	"mimamori/bench/footprint"
)

// checkBenchStorage: every row is there, and takes something.
func checkBenchStorage(t *testing.T, figures footprint.Figures, _ smallRun) {
	tables := map[string]footprint.Table{}
	for _, table := range figures.Tables {
		tables[table.Table] = table
	}
	for name, rows := range map[string]uint64{
		"raw_interfaces": 20 * 10 * 12, "utilization": 20 * 10 * 12, "raw_pings": 20 * 120, "raw_syslog": 20 * 60, "raw_uptimes": 20 * 12, "raw_voice": 60, "raw_devices": 20,
	} {
		if tables[name].Rows != rows {
			t.Errorf("%d rows in %s, want %d", tables[name].Rows, name, rows)
		}
	}
	for name, bytes := range map[string]float64{"interface row": figures.InterfaceRow, "ping round": figures.PingRound, "line of the log": figures.SyslogLine,
		"uptime": figures.Uptime, "voice row": figures.VoiceRow, "device and day": figures.BytesPerDeviceDay} {
		if bytes < 1 || bytes > 1e7 {
			t.Errorf("%f bytes a %s", bytes, name)
		}
	}
	if row := tables["raw_interfaces"]; row.UncompressedBytesPerRow < row.BytesPerRow {
		t.Errorf("compressed, a row takes more: %+v", row)
	}
}

func TestBenchStorageRefuses(t *testing.T) {
	for _, arguments := range [][]string{{"--devices", "0"}, {"--interfaces", "501"}, {"--hours", "169"}} {
		if _, problems, code := call(t, append([]string{"bench", "storage"}, arguments...)...); code != exitUsage {
			t.Errorf("%v: exit code %d, %s", arguments, code, problems)
		}
	}
}
