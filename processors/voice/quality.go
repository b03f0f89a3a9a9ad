package voice

import (
	"slices"

	"mimamori/ingest/sample"
)

// Inputs is what a stream met in some time. All of it is additive.
type Inputs struct {
	Codec        string
	Sent         uint64
	Received     uint64  // distinct packets answered
	CoveredMs    uint64  // time the packets were sent in
	RunLengths   []Count // loss runs: Key is the length in packets; ascending
	Delays       []Count // round trips: Key is the sample.DelayBucket; ascending
	SumRTTUs     uint64  // sum of round trips, microseconds
	MinRTTUs     uint32  // lowest round trip, microseconds
	Bursts       Bursts  // zero from appliances that do not count them
	Synchronised bool    // SumForwardUs rests on synchronised clocks throughout
	SumForwardUs int64   // sum of one-way delays there, microseconds
	OneWay       uint64  // packets SumForwardUs is of
	ClockErrorUs uint32  // estimated error of both clocks together, the worst, microseconds; 0: not known
	LateArrivals uint64  // answered after the operation's timeout, of those sent and not received
	Unspread     bool    // how the delays spread is not known: Delays and RunLengths say nothing
}

// Count is one bar of a histogram.
type Count struct {
	Key uint32
	N   uint64
}

// Result is the quality of a stream.
type Result struct {
	Rating
	Parameters Parameters // what the model was given
	Lost       uint64     // never answered
	Late       uint64     // answered, but later than the jitter buffer plays
	Adaptive   bool       // the buffer followed the delay variation
	LossPct    float64    // lost and late together, percent of those sent
	BurstR     float64    // 1 for random loss
	DelayMs    float64    // mouth to ear, the model's Ta
	BufferMs   float64    // depth of the jitter buffer
	OneWay     bool       // DelayMs rests on synchronised clocks, not on half the round trip
	RTTMean    float64    // ms
	RTTMin     float64    // ms
	PDV99Ms    float64    // 99th percentile of the one-way variation over the minimum (RFC 5481), half the round trip's
	ITU        bool       // the codec's figures are the ITU's

	BurstDensityPct float64 // of RFC 3611, percent
	GapDensityPct   float64 // of RFC 3611, percent
	BurstMeanMs     float64 // mean length of a burst
}

// Quality rates a stream. The mouth-to-ear delay Ta is the mean delay of the
// network, one way (half the round trip where clocks are not synchronised, or err by more
// than 10 ms and half of that), and the
// jitter buffer and the packetisation. A packet whose half round trip exceeds half
// the lowest by more than the jitter buffer is late, which is as good as lost, and
// counts as a loss run of its own. An adaptive jitter buffer is as deep as the 99th
// percentile of the delay variation of the time rated, within its bounds: it knows the
// minute it plays, which a real one only approaches. BurstR is the mean length of the
// loss runs times the share not lost, at least 1, and 1 where fewer than five packets
// were lost. A codec of which the ITU has an Ie and no Bpl is taken to conceal nothing
// (Bpl 4.3, the model's own default), and where packets were lost the result is not
// marked as resting on the ITU's figures. Where nothing is known of how the delays
// spread, as from a router's sums, the jitter buffer is the fixed one, late are the
// arrivals the router itself calls late, and the loss is taken for random: no more than
// the data says. Without a codec there is no rating. With nothing sent the result is
// zero.
func Quality(cfg Config, in Inputs) Result {
	if in.Sent == 0 {
		return Result{}
	}
	result := Result{BurstR: 1}
	if answered := in.Received + in.LateArrivals; in.Sent > answered {
		result.Lost = in.Sent - answered
	}
	network := 0.0
	if in.Received > 0 {
		result.RTTMin = float64(in.MinRTTUs) / 1000
		result.RTTMean = float64(in.SumRTTUs) / float64(in.Received) / 1000
		result.PDV99Ms = max(0, percentile99(in.Delays)-result.RTTMin) / 2
		network = result.RTTMean / 2
		if in.Synchronised && in.OneWay > 0 && ClocksTell(float64(in.ClockErrorUs)/1000, result.RTTMean) {
			result.OneWay = true
			network = float64(in.SumForwardUs) / float64(in.OneWay) / 1000
		}
	}
	result.BufferMs, result.Adaptive = cfg.bufferMs(result.PDV99Ms, !in.Unspread)
	result.Late = in.LateArrivals
	if in.Received > 0 {
		result.Late += late(in, result.BufferMs)
	}
	result.DelayMs = max(0, network+result.BufferMs+cfg.PacketMs)
	result.LossPct = LossPct(result.Lost, result.Late, in.Sent)
	result.BurstR = burstRatio(in.RunLengths, result.Late, result.Lost+result.Late, result.LossPct)
	result.BurstDensityPct = 100 * in.Bursts.Density()
	result.GapDensityPct = 100 * in.Bursts.GapDensity(in.Sent, result.Lost)
	result.BurstMeanMs = in.Bursts.MeanMs(float64(in.CoveredMs) / float64(in.Sent))
	if in.Codec == "" {
		return result
	}
	result.Parameters, result.ITU = cfg.parameters(in.Codec, result)
	result.Rating = result.Parameters.Rating()
	return result
}

// tolerableClockErrorMs is an error of the clocks that moves no rating.
const tolerableClockErrorMs = 10

// ClocksTell says whether clocks that err by so many milliseconds tell more of the one-way
// delay than half the round trip: up to half of the delay to be told, and 10 ms in any
// case.
func ClocksTell(errorMs, rttMs float64) bool {
	return errorMs <= max(tolerableClockErrorMs, rttMs/2/2)
}

// parameters gives the model what was measured, and says whether the codec's figures
// are the ITU's.
func (c Config) parameters(name string, measured Result) (Parameters, bool) {
	codec, official := c.codec(name)
	parameters := Default()
	parameters.Scale, parameters.Ie = codec.Scale, codec.Ie
	if codec.Bpl > 0 {
		parameters.Bpl = codec.Bpl
	} else if measured.LossPct > 0 {
		official = false
	}
	parameters.Ppl, parameters.BurstR = measured.LossPct, measured.BurstR
	parameters.Ta = measured.DelayMs
	if !c.EchoFree {
		parameters.T, parameters.Tr = measured.DelayMs, 2*measured.DelayMs
	}
	return parameters, official
}

// Connection gives the model a connection whose mouth-to-ear delay in milliseconds, loss
// in percent and burst ratio are known, as Quality does, and says whether the codec's
// figures are the ITU's.
func (c Config) Connection(codec string, delayMs, lossPct, burstR float64) (Parameters, bool) {
	return c.parameters(codec, Result{DelayMs: delayMs, LossPct: lossPct, BurstR: burstR})
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
	in.CoveredMs += uint64(rows.DurationMs[i])
	in.Bursts.Count += uint64(rows.Bursts[i])
	in.Bursts.Packets += uint64(rows.BurstPackets[i])
	in.Bursts.Lost += uint64(rows.BurstLost[i])
	in.RunLengths = add(in.RunLengths, rows.RunLengths.Row(i))
	in.LateArrivals += uint64(rows.LateArrivals[i])
	in.ClockErrorUs = max(in.ClockErrorUs, rows.ClockErrorUs[i])
	in.Unspread = in.Unspread || rows.Origin[i] == sample.OriginIPSLA
	if rows.Received[i] == 0 {
		return
	}
	first := in.Received == 0
	in.Received += uint64(rows.Received[i])
	in.Delays = add(in.Delays, rows.Delays.Row(i))
	in.SumRTTUs += rows.SumRTTUs[i]
	in.SumForwardUs += rows.SumForwardUs[i]
	if rows.OneWay[i] > 0 {
		in.OneWay += uint64(rows.OneWay[i])
	} else {
		in.OneWay += uint64(rows.Received[i])
	}
	if first || rows.MinRTTUs[i] < in.MinRTTUs {
		in.MinRTTUs = rows.MinRTTUs[i]
	}
	in.Synchronised = rows.Synchronised[i] == 1 && (first || in.Synchronised)
}
