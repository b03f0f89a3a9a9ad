package voice

import (
	"math"
	"strings"
	"testing"
)

func TestJitterAgainstVectors(t *testing.T) {
	var exact Jitter
	var whole IntegerJitter
	for _, row := range readVectors(t, "jitter_rfc3550.csv") {
		if row["i"] == "0" {
			exact, whole = Jitter{}, IntegerJitter{}
		}
		// A packet every 20 ms of an 8 kHz clock that is about to wrap.
		timestamp := uint32(math.MaxUint32-400) + 160*uint32(number(t, row["i"]))
		arrival := timestamp + uint32(number(t, row["transit_ts_units(8kHz)"]))
		what := row["sequence"] + " " + row["i"]
		expect(t, what, exact.Add(arrival, timestamp), number(t, row["J_float"]), 1e-9)
		expect(t, what+" in integers", float64(whole.Add(arrival, timestamp)), number(t, row["J_reported_int"]), 0)
		expect(t, what+" scaled", float64(whole.Scaled()), number(t, row["J_int_scaled16"]), 0)
	}
}

func TestDelayVariationAgainstVectors(t *testing.T) {
	rows := readVectors(t, "pdv_ipdv_rfc5481.csv")
	var delays []float64
	for _, row := range rows {
		delays = append(delays, number(t, row["owd_ms"]))
	}
	neighbours, variation := IPDV(delays), PDV(delays)
	late := 0
	for i, row := range rows {
		if i > 0 {
			expect(t, "IPDV", neighbours[i-1], number(t, row["IPDV_ms"]), 1e-9)
		}
		expect(t, "PDV", variation[i], number(t, row["PDV_ms(vs min)"]), 1e-9)
		late += int(number(t, row["late_if_playout=min+30ms"]))
	}
	if got := Late(variation, 30); got != late {
		t.Errorf("%d late, want %d", got, late)
	}
	expect(t, "median", Quantile(variation, 0.5), 1, 1e-9)
	expect(t, "90th percentile", Quantile(variation, 0.9), 15, 1e-9)
	expect(t, "maximum", Quantile(variation, 1), 40, 1e-9)
	if IPDV(nil) != nil || PDV(nil) != nil || !math.IsNaN(Quantile(nil, 0.5)) {
		t.Error("there is variation without delays")
	}
}

func TestLossAgainstVectors(t *testing.T) {
	for _, row := range readVectors(t, "burst_gilbert.csv") {
		lost := make([]bool, int(number(t, row["packets"])))
		for _, index := range strings.Fields(row["lost_indices"]) {
			lost[int(number(t, index))] = true
		}
		what := row["pattern"]
		p, q := Gilbert(lost)
		expect(t, what+" p", p, number(t, row["p_hat"]), 1e-8)
		expect(t, what+" q", q, number(t, row["q_hat"]), 1e-8)
		expect(t, what+" burst ratio", BurstRatio(p, q), number(t, row["BurstR_clamped"]), 1e-6)
		count, all := uint64(number(t, row["lost"])), uint64(len(lost))
		expect(t, what+" loss", LossPct(count, 0, all), number(t, row["Ppl_pct"]), 1e-9)

		bursts := Bursts{uint64(number(t, row["n_bursts_3611"])), uint64(number(t, row["burst_pkts"])), uint64(number(t, row["burst_losses"]))}
		rate := func(share float64) float64 { return min(255, math.Floor(256*share)) } // as RFC 3611 sends it
		expect(t, what+" burst density", rate(bursts.Density()), number(t, row["burst_density_/256"]), 0)
		expect(t, what+" gap density", rate(bursts.GapDensity(all, count)), number(t, row["gap_density_/256"]), 0)
		expect(t, what+" loss rate", rate(LossPct(count, 0, all)/100), number(t, row["loss_rate_/256"]), 0)
		expect(t, what+" burst length", bursts.MeanMs(20), number(t, row["mean_burst_ms@20ms"]), 0.5)
	}
}

func TestMeasurementsOfNothing(t *testing.T) {
	// One run of loss at an end of the sequence is as long as it is.
	for what, lost := range map[string][2]int{"at the end": {1995, 2000}, "at the beginning": {0, 5}} {
		sequence := make([]bool, 2000)
		for i := lost[0]; i < lost[1]; i++ {
			sequence[i] = true
		}
		expect(t, "five lost "+what, BurstRatio(Gilbert(sequence)), 5*(1-5./2000), 0.001)
	}
	expect(t, "all but the last lost", BurstRatio(Gilbert([]bool{true, true, true, true, true, true, false})), 1, 0)
	expect(t, "all lost", BurstRatio(Gilbert([]bool{true, true, true})), 1, 0)
	if p, q := Gilbert(nil); p != 0 || q != 1 {
		t.Errorf("p %g, q %g of no packets", p, q)
	}
	if LossPct(3, 0, 0) != 0 || (Bursts{}).Density() != 0 || (Bursts{}).MeanMs(20) != 0 || (Bursts{}).GapDensity(0, 0) != 0 {
		t.Error("there is loss without packets")
	}
	// A burst that reaches beyond the time looked at.
	if got := (Bursts{Count: 1, Packets: 50, Lost: 20}).GapDensity(40, 10); got != 0 {
		t.Errorf("gap density %g", got)
	}
}
