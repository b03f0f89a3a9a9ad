package voice

import (
	"slices"

	"mimamori/ingest/sample"
)

// Model names the step from measurements to R and MOS; it changes whenever a result
// would.
const Model = "G.107-2015/1"

// fewLost is the number of lost packets below which burstiness cannot be told from
// chance: BurstR is held at 1.
const fewLost = 5

// Inputs is what a stream met in some time. All of it is additive.
type Inputs struct {
	Codec        string
	Sent         uint64
	Received     uint64  // distinct packets answered
	RunLengths   []Count // loss runs: Key is the length in packets; ascending
	Delays       []Count // round trips: Key is the sample.DelayBucket; ascending
	SumRTTUs     uint64  // sum of round trips, microseconds
	MinRTTUs     uint32  // lowest round trip, microseconds
	Synchronised bool    // SumForwardUs rests on synchronised clocks throughout
	SumForwardUs int64   // sum of one-way delays there, microseconds
}

// Count is one bar of a histogram.
type Count struct {
	Key uint32
	N   uint64
}

// Result is the quality of a stream.
type Result struct {
	Rating
	Lost    uint64  // never answered
	Late    uint64  // answered, but later than the jitter buffer plays
	LossPct float64 // lost and late together, percent of those sent
	BurstR  float64 // 1 for random loss
	DelayMs float64 // mouth to ear, the model's Ta
	OneWay  bool    // DelayMs rests on synchronised clocks, not on half the round trip
	RTTMean float64 // ms
	RTTMin  float64 // ms
	PDV99Ms float64 // 99th percentile of the one-way variation over the minimum (RFC 5481), half the round trip's
	ITU     bool    // the codec's figures are the ITU's
}

// Quality rates a stream. The mouth-to-ear delay Ta is the mean delay of the
// network, one way (half the round trip where clocks are not synchronised), and the
// jitter buffer and the packetisation. A packet whose half round trip exceeds half
// the lowest by more than the jitter buffer is late, which is as good as lost, and
// counts as a loss run of its own. BurstR is the mean length of the loss runs times
// the share not lost, at least 1, and 1 where fewer than five packets were lost.
// With nothing sent the result is zero.
func Quality(cfg Config, in Inputs) Result {
	if in.Sent == 0 {
		return Result{}
	}
	codec, itu := cfg.codec(in.Codec)
	result := Result{ITU: itu, BurstR: 1}
	if in.Sent > in.Received {
		result.Lost = in.Sent - in.Received
	}
	network := 0.0
	if in.Received > 0 {
		result.RTTMin = float64(in.MinRTTUs) / 1000
		result.RTTMean = float64(in.SumRTTUs) / float64(in.Received) / 1000
		result.Late = late(in, cfg.JitterBufferMs)
		result.PDV99Ms = max(0, percentile99(in.Delays)-result.RTTMin) / 2
		network = result.RTTMean / 2
		if in.Synchronised {
			result.OneWay = true
			network = float64(in.SumForwardUs) / float64(in.Received) / 1000
		}
	}
	result.DelayMs = network + cfg.JitterBufferMs + cfg.PacketMs
	missing := result.Lost + result.Late
	result.LossPct = min(100, 100*float64(missing)/float64(in.Sent))
	result.BurstR = burstRatio(in.RunLengths, result.Late, missing, result.LossPct)

	parameters := Default()
	parameters.Ie, parameters.Bpl = codec.Ie, codec.Bpl
	parameters.Ppl, parameters.BurstR = result.LossPct, result.BurstR
	parameters.Ta = result.DelayMs
	if !cfg.EchoFree {
		parameters.T, parameters.Tr = result.DelayMs, 2*result.DelayMs
	}
	result.Rating = parameters.Rating()
	return result
}

func late(in Inputs, bufferMs float64) uint64 {
	deadline := float64(in.MinRTTUs) + 2000*bufferMs
	n := uint64(0)
	for _, bar := range in.Delays {
		if float64(sample.DelayOfBucket(bar.Key)) > deadline {
			n += bar.N
		}
	}
	return n
}

// percentile99 returns the 99th percentile of a histogram of round trips, ms.
func percentile99(delays []Count) float64 {
	total := uint64(0)
	for _, bar := range delays {
		total += bar.N
	}
	rank := (total*99 + 99) / 100
	for _, bar := range delays {
		if bar.N >= rank {
			return float64(sample.DelayOfBucket(bar.Key)) / 1000
		}
		rank -= bar.N
	}
	return 0
}

func burstRatio(runLengths []Count, late, missing uint64, lossPct float64) float64 {
	if missing < fewLost {
		return 1
	}
	runs, packets := late, late
	for _, bar := range runLengths {
		runs += bar.N
		packets += bar.N * uint64(bar.Key)
	}
	if runs == 0 {
		return 1
	}
	return max(1, float64(packets)/float64(runs)*(1-lossPct/100))
}

// add merges one row's pairs of key and count into an ascending histogram.
func add(histogram []Count, pairs []uint32) []Count {
	for i := 0; i+1 < len(pairs); i += 2 {
		at, found := slices.BinarySearchFunc(histogram, pairs[i], func(bar Count, key uint32) int {
			return int(int64(bar.Key) - int64(key))
		})
		if found {
			histogram[at].N += uint64(pairs[i+1])
			continue
		}
		histogram = slices.Insert(histogram, at, Count{Key: pairs[i], N: uint64(pairs[i+1])})
	}
	return histogram
}

// Add adds row i to the inputs. The codec is the last row's; the clocks count as
// synchronised when they were so in every row that received anything.
func (in *Inputs) Add(rows *sample.Voice, i int) {
	in.Codec = rows.Codec[i]
	in.Sent += uint64(rows.Sent[i])
	in.RunLengths = add(in.RunLengths, rows.RunLengths.Row(i))
	if rows.Received[i] == 0 {
		return
	}
	first := in.Received == 0
	in.Received += uint64(rows.Received[i])
	in.Delays = add(in.Delays, rows.Delays.Row(i))
	in.SumRTTUs += rows.SumRTTUs[i]
	in.SumForwardUs += rows.SumForwardUs[i]
	if first || rows.MinRTTUs[i] < in.MinRTTUs {
		in.MinRTTUs = rows.MinRTTUs[i]
	}
	in.Synchronised = rows.Synchronised[i] == 1 && (first || in.Synchronised)
}
