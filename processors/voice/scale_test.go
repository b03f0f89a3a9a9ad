package voice

import (
	"strings"
	"testing"
)

func TestWiderScalesAgainstVectors(t *testing.T) {
	for _, row := range readVectors(t, "emodel_wb_fb.csv") {
		name := row["codec"]
		parameters := Default()
		parameters.Scale = Scale(strings.ToLower(row["scale"]))
		parameters.Ie, parameters.Ta, parameters.Ppl = number(t, row["Ie"]), number(t, row["Ta_ms"]), number(t, row["Ppl_pct"])
		if row["Bpl"] != "" {
			parameters.Bpl = number(t, row["Bpl"])
		}
		// Echo has no part on these scales.
		parameters.T, parameters.Tr = parameters.Ta, 2*parameters.Ta
		rating := parameters.Rating()
		expect(t, name+" R", rating.R, number(t, row["R"]), 1e-4)
		expect(t, name+" MOS", rating.MOS, number(t, row["MOS"]), 1e-4)
		if rating.Scale != parameters.Scale {
			t.Errorf("%s: rated on scale %q", name, rating.Scale)
		}
		codec, known := FindCodec(name)
		if known != !strings.ContainsAny(name, ",=") {
			t.Errorf("%s: known %t", name, known)
		}
		if known && (codec.Ie != parameters.Ie || codec.Scale != parameters.Scale || row["Bpl"] != "" && codec.Bpl != parameters.Bpl) {
			t.Errorf("%s is %+v", name, codec)
		}
	}
}

func TestBandsOfTheWiderScalesGoByTheNarrowbandRating(t *testing.T) {
	for _, want := range []struct {
		scale Scale
		r     float64
		band  string
	}{
		{Narrowband, 90, "very satisfied"}, {Narrowband, 89.999, "satisfied"}, {Narrowband, 79.9, "some dissatisfied"},
		{Narrowband, 69.9, "many dissatisfied"}, {Narrowband, 59.9, "nearly all dissatisfied"}, {Narrowband, 49.9, "not recommended"},
		{Wideband, 116.2, "very satisfied"}, {Wideband, 116, "satisfied"}, {Wideband, 93.2, "some dissatisfied"}, {Wideband, 64.4, "not recommended"},
		{Fullband, 133.3, "very satisfied"}, {Fullband, 133.1, "satisfied"}, {Fullband, 73.9, "not recommended"},
	} {
		if got := want.scale.Band(want.r); got != want.band {
			t.Errorf("%s %g is %s, want %s", want.scale, want.r, got, want.band)
		}
	}
}

func TestListeningQualityLeavesDelayOut(t *testing.T) {
	for _, scale := range []Scale{Narrowband, Wideband, Fullband} {
		parameters := Default()
		parameters.Scale, parameters.Ta, parameters.T, parameters.Tr, parameters.Ppl = scale, 400, 400, 800, 1
		rating := parameters.Rating()
		near := parameters
		near.Ta, near.T, near.Tr, near.WEPL = 0, 0, 0, 1000
		expect(t, string(scale)+" MOS-LQ", rating.MOSLQ, near.Rating().MOS, 1e-3)
		if rating.MOSLQ <= rating.MOS {
			t.Errorf("%s: MOS-LQ %g is not above MOS-CQ %g at 400 ms", scale, rating.MOSLQ, rating.MOS)
		}
	}
}

func TestTheModelSaysWhenItIsExceeded(t *testing.T) {
	parameters := Default()
	parameters.Ppl, parameters.BurstR = 10, 2
	if rating := parameters.Rating(); !rating.Exceeded() {
		t.Errorf("Ie,eff %g is not said to be beyond the model", rating.IeEff)
	}
	parameters.BurstR = 1
	if rating := parameters.Rating(); rating.Exceeded() {
		t.Errorf("Ie,eff %g is said to be beyond the model", rating.IeEff)
	}
}
