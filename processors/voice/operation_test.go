package voice

import (
	"math"
	"testing"

	"mimamori/ingest/sample"
)

// ofOperations is a minute made of two results of an operation on synchronised clocks.
func ofOperations(codec string) []row {
	first := row{path: 7, slot: 0, offset: 1, codec: codec, sent: 1000, received: 980, rtt: 40_000, forwardUs: 490 * 30_000,
		operation: sample.Operation{
			Origin: sample.OriginIPSLA, LateArrivals: 5, MaxRTTUs: 200_000, LossForward: 10, LossBackward: 2, OneWay: 490,
			ReportedMOSHundredths: 406, ReportedICPIF: 12,
		}}
	second := first
	second.slot, second.offset = 30_000, 2
	second.operation.ReportedMOSHundredths, second.operation.ReportedICPIF = 0, 0
	return []row{first, second}
}

func TestAMinuteOfAnOperation(t *testing.T) {
	store := newRecorded()
	figure := newFigure(t, store)
	figure.cfg.JitterBuffer = Adaptive // to what is not known it cannot
	process(t, figure, store, ofOperations("G.711"))
	got := store.minutes[[2]int64{7, 0}]
	if got.Origin != sample.OriginIPSLA || got.Sent != 2000 || got.Received != 1960 || got.Lost != 30 || got.Late != 10 || got.LostForward != 20 || got.LostBackward != 4 {
		t.Errorf("packets: %+v", got)
	}
	if got.LossPct != 2 || got.BurstR != 1 || got.PDV99Ms != 0 || got.Adaptive || got.JitterBufferMs != 40 || got.RTTMeanMs != 40 {
		t.Errorf("measures: %+v", got)
	}
	if !got.OneWay || got.DelayMs != 30+40+20 {
		t.Errorf("delay %v, one way %v: it is the mean of the packets that were timed one way", got.DelayMs, got.OneWay)
	}
	// The same E-model as a probe's, here with G.711 at 2 % of random loss and 90 ms.
	parameters := Default()
	parameters.Bpl, parameters.Ppl, parameters.T, parameters.Ta, parameters.Tr = 4.3, 2, 90, 90, 180
	if want := parameters.Rating(); math.Abs(got.R-want.R) > 1e-9 || got.MOS != want.MOS || got.Scale != "nb" || !got.Rated() {
		t.Errorf("R %v, MOS %v on %q, want %v and %v", got.R, got.MOS, got.Scale, want.R, want.MOS)
	}
	if got.ReportedMOS != 4.06 || got.ReportedICPIF != 12 {
		t.Errorf("the router's own judgement is MOS %v and ICPIF %v, want that of the one result that had it", got.ReportedMOS, got.ReportedICPIF)
	}
}

func TestAnOperationWithoutACodecIsNotRated(t *testing.T) {
	store := newRecorded()
	process(t, newFigure(t, store), store, ofOperations(""))
	got := store.minutes[[2]int64{7, 0}]
	if got.Rated() || got.R != 0 || got.MOS != 0 || got.MOSLQ != 0 || got.Scale != "" || got.Band != "" || got.Model != "" || got.ITU {
		t.Errorf("a path without a codec is rated: %+v", got)
	}
	if got.Sent != 2000 || got.LossPct != 2 || got.RTTMeanMs != 40 {
		t.Errorf("what was measured is gone: %+v", got)
	}
}
