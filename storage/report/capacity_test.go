package report

import (
	"encoding/json"
	"testing"
	"time"

	"mimamori/storage"
)

func TestCapacityLeavesBlanksAndSaysWhy(t *testing.T) {
	links := []storage.LinkCapacity{
		{
			Entity: storage.Entity{Customer: "Aoba", Name: "Gi0/0"}, LinkProfile: storage.LinkProfile{Kind: storage.LinkWAN, HalfDuplex: true, TxBps: 20e6},
			SpeedBps: 100e6, Samples: 8600, Expected: 8640, CoveredMs: 2_580_000_000, InBits: 258e9, OutBits: 516e9,
			P95:      storage.Percentiles{InBps: 1e6, OutBps: 4e6, MaxOfBothBps: 4e6, OfMaxBps: 5e6, Percent: 21, HasPercent: true},
			BusyHour: 9, BusyHourBps: 7e6, Busiest: reported.From.Add(3 * time.Hour), BusiestBps: 8e6,
			Trend: storage.Trend{Days: 30, LevelPercent: 60, PerDay: 2},
		},
		{Entity: storage.Entity{Customer: "Aoba", Name: "Gi0/1"}, NoP95: "not measured", BusyHour: -1, Expected: 8640, NoTrend: "0 days with enough measurements, 14 needed"},
	}
	var answer struct{ Rows []map[string]any }
	if err := json.Unmarshal([]byte(written(t, Capacity(reported, links, 80), "json")), &answer); err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]any{
		"kind": "wan", "duplex": "half", "in_capacity_bps": 100e6, "out_capacity_bps": 20e6, "p95_max_of_both_bps": 4e6, "p95_of_max_bps": 5e6,
		"p95_pct": 21.0, "in_bps": 100e3, "out_bps": 200e3, "utilization_pct": 1.1, "busy_hour": "09:00", "busiest_hour": "2026-05-01T03:00:00Z",
		"growth_pct_per_day": 2.0, "full_at_pct": 80.0, "days_until_full": 10.0, "samples": 8600.0, "missing_samples": 40.0, "remarks": "",
	} {
		if got := answer.Rows[0][column]; got != want {
			t.Errorf("%s is %v, want %v", column, got, want)
		}
	}
	for _, column := range []string{"in_capacity_bps", "p95_in_bps", "p95_max_of_both_bps", "p95_pct", "in_bps", "utilization_pct", "in_peak_bps", "in_bits",
		"busy_hour", "busy_hour_bps", "busiest_hour", "busiest_hour_bps", "growth_pct_per_day", "days_until_full"} {
		if got, ok := answer.Rows[1][column]; !ok || got != nil {
			t.Errorf("%s is %v of a link without a measurement, want null", column, got)
		}
	}
	if got := answer.Rows[1]["remarks"]; got != "not measured; 0 days with enough measurements, 14 needed" {
		t.Errorf("remarks %q", got)
	}
}
