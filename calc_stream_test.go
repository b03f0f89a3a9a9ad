package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCalcStreamOfEveryLossPattern(t *testing.T) {
	for _, row := range mosVectors(t, "burst_gilbert.csv") {
		lost := strings.Fields(row["lost_indices"])
		var input strings.Builder
		for i := range int(mustFloat(t, row["packets"])) {
			if slices.Contains(lost, fmt.Sprint(i)) {
				input.WriteString("lost\n")
			} else {
				input.WriteString("20.0\n")
			}
		}
		output, problems, code := feed(t, input.String(), "calc", "stream", "--codec", "G.711+PLC", "--json")
		var got measuredStream
		if err := json.Unmarshal([]byte(output), &got); err != nil || code != exitDone {
			t.Fatalf("exit %d, %v\n%s", code, err, problems)
		}
		burstR := row["BurstR_clamped"]
		if len(lost) < 5 {
			burstR = "1"
		}
		what := row["pattern"]
		near(t, what+" loss", got.Quality.LossPct, row["Ppl_pct"], 1e-9)
		near(t, what+" burst ratio", got.Quality.BurstR, burstR, 1e-6)
		near(t, what+" Ie,eff", got.Quality.IeEff, row["Ieeff_G711PLC"], 2e-3)
		near(t, what+" bursts", float64(got.Bursts), row["n_bursts_3611"], 0)
		near(t, what+" burst density", math.Floor(min(255, 2.56*got.BurstDensityPct)), row["burst_density_/256"], 0)
		near(t, what+" burst length", got.BurstMeanMs, row["mean_burst_ms@20ms"], 0.5)
		if got.Lost != len(lost) || got.Late != 0 || got.JitterMs != 0 || got.Quality.DelayMs != 80 {
			t.Errorf("%s: %+v", what, got)
		}
	}
}

func TestCalcStreamThatBreaksOff(t *testing.T) {
	output, problems, code := feed(t, strings.Repeat("20\n", 1995)+strings.Repeat("lost\n", 5), "calc", "stream", "--json")
	var got measuredStream
	if err := json.Unmarshal([]byte(output), &got); err != nil || code != exitDone || math.Abs(got.Quality.BurstR-5) > 0.02 {
		t.Errorf("exit %d, %v, %+v\n%s", code, err, got, problems)
	}
}

func TestCalcStreamSizesTheJitterBuffer(t *testing.T) {
	input := "20\n21.5\n20.2\n35\n22\n20\n28\n20.5\n60\n21\n"
	for _, test := range []struct {
		flags string
		late  int
		depth float64
	}{{"--jitter-buffer-ms 30", 1, 30}, {"--jitter-buffer-ms 40", 0, 40}, {"--jitter-buffer-ms 5", 3, 5}, {"--adaptive", 0, 40}} {
		output, problems, code := feed(t, input, strings.Fields("calc stream --json "+test.flags)...)
		var got measuredStream
		if err := json.Unmarshal([]byte(output), &got); err != nil || code != exitDone {
			t.Fatalf("exit %d, %v\n%s", code, err, problems)
		}
		if got.Late != test.late || got.JitterBufferMs != test.depth || got.PDV99Ms != 40 || got.IPDVMaxMs != 39.5 {
			t.Errorf("%s: %+v", test.flags, got)
		}
	}
	// The step of 5 ms of the vectors of RFC 3550.
	output, _, _ := feed(t, strings.Repeat("10\n", 3)+strings.Repeat("15\n", 5), "calc", "stream", "--json")
	var got measuredStream
	if err := json.Unmarshal([]byte(output), &got); err != nil {
		t.Fatal(err)
	}
	near(t, "jitter", got.JitterMs, "0.241399", 1e-6)
}

func TestCalcStreamRefusesWhatIsNoStream(t *testing.T) {
	for input, want := range map[string]string{"": "no packet", "lost\nlost\n": "no packet", "20\nsoon\n": "line 2", "-1\n": "line 1", "NaN\n": "line 1"} {
		if output, problems, code := feed(t, input, "calc", "stream"); code != exitUsage || output != "" || !strings.Contains(problems, want) {
			t.Errorf("%q: exit %d, want %q\n%s%s", input, code, want, output, problems)
		}
	}
	if output, _, code := feed(t, "20\nlost\n", "calc", "stream"); code != exitDone || !strings.Contains(output, "1 lost, 0 too late") {
		t.Errorf("exit %d, the table is\n%s", code, output)
	}
}
