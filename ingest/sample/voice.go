package sample

import "math/bits"

// Voice holds one row per voice path and slot: what a stream shaped like a codec's
// met on its way to the reflector and back. Counts, sums and histograms are
// additive, so rows of consecutive slots add up to a longer one. Packets belong to
// the slot they were sent in.
type Voice struct {
	Path         []ID
	DurationMs   []uint32 // length of the slot
	Codec        []string // as in the codec table of processors/voice, "G.711" and so on; empty: none, which is not rated
	Sent         []uint32
	Received     []uint32 // distinct packets answered
	Duplicates   []uint32
	Reordered    []uint32 // RFC 4737: sequence number lower than one seen before
	LossRuns     []uint32 // maximal runs of consecutive lost packets; a run belongs to the slot it began in
	MinRTTUs     []uint32 // lowest round-trip time, microseconds; 0 when nothing was received
	SumRTTUs     []uint64 // sum over the received packets, microseconds
	JitterUs     []uint32 // RFC 3550 interarrival jitter of the round trip at the end of the slot, microseconds
	Synchronised []uint8  // 1 when both ends declared synchronised clocks (S bit, RFC 8762)
	SumForwardUs []int64  // sum of T2-T1 over the received packets (see OneWay), microseconds; meaningful when Synchronised
	DSCPSent     []uint8
	DSCPReceived []uint8 // of the answers as they came back; where it changed, the last one that was not DSCPSent
	Delays       Lists   // histogram of round-trip times: pairs (DelayBucket, count), buckets ascending
	RunLengths   Lists   // histogram of loss runs: pairs (length in packets, count), lengths ascending

	// Bursts as in RFC 3611 with Gmin 16: at least two lost packets, fewer than 16
	// received ones in a row between them. A burst belongs to the slot it began in.
	// Zero in rows of writers that did not count them.
	Bursts       []uint32
	BurstPackets []uint32 // sent from the first to the last lost one of each burst, both included
	BurstLost    []uint32 // lost in bursts

	Operations // zero but in rows of OriginIPSLA; LossForward and LossBackward also where Stateful
	Conditions // zero in rows of OriginIPSLA
}

// Kind returns KindVoice.
func (*Voice) Kind() Kind { return KindVoice }

// Len is the number of rows.
func (r *Voice) Len() int { return len(r.Path) }

func (r *Voice) columns() []column {
	return append([]column{
		ids(&r.Path), plain(&r.DurationMs), texts(&r.Codec), plain(&r.Sent), plain(&r.Received),
		plain(&r.Duplicates), plain(&r.Reordered), plain(&r.LossRuns), plain(&r.MinRTTUs),
		plain(&r.SumRTTUs), plain(&r.JitterUs), plain(&r.Synchronised), plain(&r.SumForwardUs),
		plain(&r.DSCPSent), plain(&r.DSCPReceived), lists(&r.Delays), lists(&r.RunLengths),
		later(plain(&r.Bursts)), later(plain(&r.BurstPackets)), later(plain(&r.BurstLost)),
	}, append(r.Operations.columns(), r.Conditions.columns()...)...)
}

// delayUnitUs is the resolution of the delay histogram at its fine end.
const delayUnitUs = 100

// delaySubBits gives 32 buckets to each doubling: 3 % resolution.
const delaySubBits = 5

// DelayBucket returns the histogram bucket of a delay in microseconds. Buckets are
// 100 us wide up to 3.2 ms and 3 % of the value above.
func DelayBucket(microseconds uint32) uint32 {
	units := microseconds / delayUnitUs
	if units < 1<<delaySubBits {
		return units
	}
	shift := uint32(bits.Len32(units)) - delaySubBits - 1
	return shift<<delaySubBits + units>>shift
}

// DelayOfBucket returns the middle of a histogram bucket, microseconds.
func DelayOfBucket(bucket uint32) uint32 {
	if bucket < 1<<delaySubBits {
		return bucket*delayUnitUs + delayUnitUs/2
	}
	shift := bucket>>delaySubBits - 1
	if shift > 26 {
		shift = 26 // beyond any delay that fits 32 bits: only a broken row names it
	}
	low := (bucket - shift<<delaySubBits) << shift
	return low*delayUnitUs + (delayUnitUs<<shift)/2
}

// Paths says which voice path bears an ID; sent when the appliance starts and when
// anything in it changes.
type Paths struct {
	Path   []ID
	Name   []string
	Target []string // host:port of the reflector or responder
	Codec  []string // empty where the path is not rated
}

// Kind returns KindPaths.
func (*Paths) Kind() Kind { return KindPaths }

// Len is the number of rows.
func (r *Paths) Len() int { return len(r.Path) }

func (r *Paths) columns() []column {
	return []column{ids(&r.Path), texts(&r.Name), texts(&r.Target), texts(&r.Codec)}
}
