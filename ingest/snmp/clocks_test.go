package snmp

import (
	"math"
	"testing"

	"mimamori/ingest/sample"
)

func TestRestarted(t *testing.T) {
	for _, c := range []struct {
		name       string
		start, end uint32
		seconds    int64
		want       bool
	}{
		{"goes on", 100_000, 130_000, 300, false},
		{"rolls over", 4_294_957_296, 20_000, 300, false},
		{"began anew", 5_000_000, 12_000, 300, true},
		{"goes on over a long gap", 100_000, 3_700_000, 36_000, false},
		{"began anew in a long gap", 4_000_000, 720_000, 36_000, true},
		{"began anew in a long gap and is higher than before", 1_000, 720_000, 36_000, true},
		{"runs fast", 100_000, 130_150, 300, false},
		{"runs slow", 100_000, 129_800, 300, false},
		{"began anew near its roll-over", 4_294_957_296, 360_000, 172_800, true},
		{"began anew soon after its start", 300, 100, 2, true},
		{"stands still for a moment", 100_000, 100_000, 3, false},
		{"jumped ahead", 100_000, 900_000, 60, false},
		{"rolls over at once", math.MaxUint32, 0, 0, false},
	} {
		if got := restarted(c.start, c.end, c.seconds*1000); got != c.want {
			t.Errorf("%s: restarted %v, want %v", c.name, got, c.want)
		}
	}
}

func TestOutlived(t *testing.T) {
	earlier := clocks{at: 0, hrSystemUptime: 90_000, engineTime: 900, engineBoots: 3,
		presence: sample.HasHrSystemUptime | sample.HasEngineTime}
	for _, c := range []struct {
		name string
		now  clocks
		want bool
	}{
		{"hrSystemUptime went on", clocks{hrSystemUptime: 120_000, presence: sample.HasHrSystemUptime}, true},
		{"hrSystemUptime fell", clocks{hrSystemUptime: 500, presence: sample.HasHrSystemUptime}, false},
		{"snmpEngineTime went on", clocks{engineTime: 1_200, engineBoots: 3, presence: sample.HasEngineTime}, true},
		{"the engine was booted", clocks{engineTime: 1_200, engineBoots: 4, presence: sample.HasEngineTime}, false},
		{"snmpEngineTime fell", clocks{engineTime: 10, engineBoots: 3, presence: sample.HasEngineTime}, false},
		{"neither is there", clocks{hrSystemUptime: 120_000, engineTime: 1_200, engineBoots: 3}, false},
	} {
		c.now.at = 300_000
		if got := c.now.outlived(&earlier); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
