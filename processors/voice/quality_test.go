package voice

import (
	"strings"
	"testing"

	"mimamori/ingest/sample"
)

// histogram gathers round trips as a poller does.
func histogram(roundTripsUs ...uint32) (delays []Count, sum uint64, lowest uint32) {
	for i, us := range roundTripsUs {
		delays = add(delays, []uint32{sample.DelayBucket(us), 1})
		sum += uint64(us)
		if i == 0 || us < lowest {
			lowest = us
		}
	}
	return delays, sum, lowest
}

func repeat(value uint32, n int) []uint32 {
	values := make([]uint32, n)
	for i := range values {
		values[i] = value
	}
	return values
}

func TestQualityOfACleanStream(t *testing.T) {
	delays, sum, lowest := histogram(repeat(30_000, 1000)...)
	got := Quality(DefaultConfig(), Inputs{Codec: "G.711", Sent: 1000, Received: 1000, Delays: delays, SumRTTUs: sum, MinRTTUs: lowest})
	expect(t, "delay", got.DelayMs, 15+40+20, 1e-9)
	expect(t, "loss", got.LossPct, 0, 0)
	expect(t, "burst ratio", got.BurstR, 1, 0)
	if got.Late != 0 || got.Lost != 0 || !got.ITU || got.OneWay {
		t.Errorf("late %d, lost %d, ITU %t, one way %t", got.Late, got.Lost, got.ITU, got.OneWay)
	}
	parameters := Default()
	parameters.Ta, parameters.T, parameters.Tr = 75, 75, 150
	expect(t, "R", got.R, parameters.Rating().R, 1e-12)
}

func TestQualityTakesOneWayDelayWhereClocksAgree(t *testing.T) {
	delays, sum, lowest := histogram(repeat(30_000, 10)...)
	got := Quality(DefaultConfig(), Inputs{
		Codec: "G.711", Sent: 10, Received: 10, Delays: delays, SumRTTUs: sum, MinRTTUs: lowest,
		Synchronised: true, SumForwardUs: 10 * 22_000, OneWay: 10,
	})
	expect(t, "delay", got.DelayMs, 22+40+20, 1e-9)
	if !got.OneWay {
		t.Error("the delay is not marked as one-way")
	}
}

func TestPacketsTheJitterBufferHasPlayedAreLost(t *testing.T) {
	// Half the round trip of the late ones is 50 ms above the lowest: 10 ms too late.
	delays, sum, lowest := histogram(append(repeat(20_000, 90), repeat(120_000, 10)...)...)
	in := Inputs{Codec: "G.711", Sent: 100, Received: 100, Delays: delays, SumRTTUs: sum, MinRTTUs: lowest}
	got := Quality(DefaultConfig(), in)
	if got.Late != 10 || got.Lost != 0 {
		t.Fatalf("late %d, lost %d, want 10 and 0", got.Late, got.Lost)
	}
	expect(t, "loss", got.LossPct, 10, 1e-9)
	expect(t, "burst ratio", got.BurstR, 1, 0)
	expect(t, "PDV", got.PDV99Ms, 50, 1)
	deeper := DefaultConfig()
	deeper.JitterBufferMs = 60
	if got := Quality(deeper, in); got.Late != 0 {
		t.Errorf("late %d with a buffer of 60 ms, want 0", got.Late)
	}
}

func TestBurstRatioAgainstVectors(t *testing.T) {
	for _, row := range readVectors(t, "burst_gilbert.csv") {
		lost := uint64(number(t, row["lost"]))
		in := Inputs{Codec: "G.711+PLC", Sent: uint64(number(t, row["packets"]))}
		in.Received = in.Sent - lost
		in.RunLengths = runs(t, row["lost_indices"])
		delays, sum, lowest := histogram(repeat(1000, int(in.Received))...)
		in.Delays, in.SumRTTUs, in.MinRTTUs = delays, sum, lowest
		want := max(1, number(t, row["BurstR_mean_run*(1-Ppl)"]))
		if lost < FewLost {
			want = 1
		}
		got := Quality(DefaultConfig(), in)
		expect(t, row["pattern"]+" burst ratio", got.BurstR, want, 1e-6)
		expect(t, row["pattern"]+" loss", got.LossPct, number(t, row["Ppl_pct"]), 1e-9)
		expect(t, row["pattern"]+" IeEff", got.IeEff, number(t, row["Ieeff_G711PLC"]), 2e-3)
	}
}

func runs(t *testing.T, indices string) []Count {
	var histogram []Count
	previous, length := -2, uint32(0)
	for _, text := range append(strings.Fields(indices), "1000000") {
		index := int(number(t, text))
		if index != previous+1 {
			if length > 0 {
				histogram = add(histogram, []uint32{length, 1})
			}
			length = 0
		}
		previous = index
		length++
	}
	return histogram
}

func TestQualityWithoutAnswers(t *testing.T) {
	got := Quality(DefaultConfig(), Inputs{Codec: "G.711", Sent: 50, RunLengths: []Count{{50, 1}}})
	if got.Lost != 50 || got.LossPct != 100 || got.MOS > 1.1 || got.MOS < 1 {
		t.Errorf("got %+v", got)
	}
	if got := Quality(DefaultConfig(), Inputs{}); got != (Result{}) {
		t.Errorf("nothing sent gives %+v", got)
	}
}

func TestCodecsWithoutFiguresAreMarked(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Codecs = map[string]Codec{"Opus": {Ie: 5, Bpl: 20}}
	delays, sum, lowest := histogram(repeat(1000, 10)...)
	in := Inputs{Sent: 10, Received: 10, Delays: delays, SumRTTUs: sum, MinRTTUs: lowest}
	for codec, want := range map[string]struct {
		ie  float64
		itu bool
	}{"Opus": {5, false}, "unheard-of": {0, false}, "GSM-EFR": {5, true}} {
		in.Codec = codec
		got := Quality(cfg, in)
		if got.IeEff != want.ie || got.ITU != want.itu {
			t.Errorf("%s: Ie,eff %g, ITU %t, want %g and %t", codec, got.IeEff, got.ITU, want.ie, want.itu)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"jitter_buffer_ms is 600": func(c *Config) { c.JitterBufferMs = 600 },
		"packet_ms is 0":          func(c *Config) { c.PacketMs = 0 },
		"is \"rubber\"":           func(c *Config) { c.JitterBuffer = "rubber" },
		"jitter_buffer_min_ms":    func(c *Config) { c.JitterBufferMinMs = -1 },
		"jitter_buffer_max_ms":    func(c *Config) { c.JitterBufferMaxMs = 10 },
		"scale \"vhf\"":           func(c *Config) { c.Codecs = map[string]Codec{"x": {Ie: 1, Bpl: 1, Scale: "vhf"}} },
		"bpl 0":                   func(c *Config) { c.Codecs = map[string]Codec{"x": {Ie: 1}} },
		"is the ITU's":            func(c *Config) { c.Codecs = map[string]Codec{"G.711": {Ie: 1, Bpl: 1}} },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error with %q", err, name)
		}
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

func TestAnAdaptiveJitterBufferIsAsDeepAsItMustBe(t *testing.T) {
	cfg := DefaultConfig()
	cfg.JitterBuffer = Adaptive
	for _, test := range []struct {
		name         string
		roundTripsUs []uint32
		depth        float64
		late         uint64
	}{
		{"no variation", repeat(20_000, 1000), 20, 0},
		{"a tenth 50 ms late", append(repeat(20_000, 900), repeat(120_000, 100)...), 50, 0},
		{"one in two hundred is not waited for", append(repeat(20_000, 995), repeat(120_000, 5)...), 20, 5},
		{"beyond the greatest depth", append(repeat(20_000, 900), repeat(420_000, 100)...), 120, 100},
	} {
		delays, sum, lowest := histogram(test.roundTripsUs...)
		got := Quality(cfg, Inputs{Codec: "G.711", Sent: 1000, Received: 1000, Delays: delays, SumRTTUs: sum, MinRTTUs: lowest})
		expect(t, test.name, got.BufferMs, test.depth, 1)
		expect(t, test.name, got.DelayMs, float64(sum)/2e6+got.BufferMs+20, 1e-9)
		if got.Late != test.late {
			t.Errorf("%s: %d late, want %d", test.name, got.Late, test.late)
		}
	}
}

func TestACodecWithoutBplIsMarkedWherePacketsAreLost(t *testing.T) {
	delays, sum, lowest := histogram(repeat(1000, 90)...)
	in := Inputs{Codec: "G.728-16", Sent: 90, Received: 90, Delays: delays, SumRTTUs: sum, MinRTTUs: lowest}
	clean := Quality(DefaultConfig(), in)
	expect(t, "Ie,eff without loss", clean.IeEff, 7, 0)
	in.Sent, in.RunLengths = 100, []Count{{1, 10}}
	lossy := Quality(DefaultConfig(), in)
	expect(t, "Ie,eff with loss", lossy.IeEff, 7+88*10/(10+4.3), 1e-9)
	cfg := DefaultConfig()
	cfg.Codecs = map[string]Codec{"G.728-16": {Ie: 7, Bpl: 16}}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	completed := Quality(cfg, in)
	expect(t, "Ie,eff with the operator's Bpl", completed.IeEff, 7+88*10/(10+16.0), 1e-9)
	if !clean.ITU || lossy.ITU || completed.ITU {
		t.Errorf("ITU %t, %t, %t, want true, false, false", clean.ITU, lossy.ITU, completed.ITU)
	}
}

func TestACodecIsRatedOnItsScale(t *testing.T) {
	delays, sum, lowest := histogram(repeat(30_000, 1000)...)
	in := Inputs{Codec: "AMR-WB 23.85 diotic", Sent: 1000, Received: 1000, Delays: delays, SumRTTUs: sum, MinRTTUs: lowest}
	got := Quality(DefaultConfig(), in)
	if got.Scale != Wideband || !got.ITU {
		t.Errorf("scale %q, ITU %t", got.Scale, got.ITU)
	}
	expect(t, "R", got.R, 119, 1e-9)
	cfg := DefaultConfig()
	cfg.Codecs = map[string]Codec{"Opus": {Ie: 10, Bpl: 12, Scale: Fullband}}
	in.Codec = "Opus"
	if got := Quality(cfg, in); got.Scale != Fullband || got.R != 138 || got.ITU {
		t.Errorf("scale %q, R %g, ITU %t", got.Scale, got.R, got.ITU)
	}
}

func BenchmarkQuality(b *testing.B) {
	roundTrips := make([]uint32, 3000)
	for i := range roundTrips {
		roundTrips[i] = 20_000 + uint32(i%97)*300
	}
	delays, sum, lowest := histogram(roundTrips...)
	in := Inputs{Codec: "G.711", Sent: 3100, Received: 3000, RunLengths: []Count{{1, 40}, {3, 20}}, Delays: delays, SumRTTUs: sum, MinRTTUs: lowest}
	cfg := DefaultConfig()
	for b.Loop() {
		Quality(cfg, in)
	}
}
