package record

import "testing"

func TestStolenTime(t *testing.T) {
	before := parseProcessorTime("cpu  100 20 30 800 10 5 5 30 7 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n")
	if (before != ProcessorTime{all: 1000, stolen: 30}) {
		t.Fatalf("%+v", before)
	}
	after := parseProcessorTime("cpu  150 20 50 880 10 5 5 80 9 0\n")
	if stolen := after.StolenSince(before); stolen != 25 {
		t.Errorf("%g %% of the time was stolen, want 25", stolen)
	}
	for name, stat := range map[string]string{"nothing": "", "another line": "intr 1 2 3 4 5 6 7 8 9\n", "few fields": "cpu 1 2 3\n", "no number": "cpu 1 2 3 4 5 6 7 x\n"} {
		if got := parseProcessorTime(stat); got != (ProcessorTime{}) || got.StolenSince(before) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
