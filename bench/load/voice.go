package load

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"mimamori/bench/failures"
	"mimamori/bench/fleet"
	"mimamori/ingest/sample"
)

// A packet of voice is sent each packetInterval.
const (
	packetInterval = 20 * time.Millisecond
	packetsSent    = uint32(PollInterval / packetInterval)
)

// voice is a minute of the site's path as its appliance measures it.
func (s *site) voice(slot time.Time) *sample.Voice {
	minute := s.voiceMinute(slot)
	draw := s.chance(forVoice, s.path, uint64(slot.UnixMilli()))
	r := &sample.Voice{
		Path: []sample.ID{s.path}, DurationMs: []uint32{uint32(PollInterval.Milliseconds())}, Codec: []string{"G.711"},
		Sent: []uint32{minute.Seen}, Received: []uint32{minute.Seen - minute.Dropped}, Duplicates: []uint32{0}, Reordered: []uint32{0}, LossRuns: []uint32{minute.Runs},
		MinRTTUs: []uint32{minute.MinDelayUs}, SumRTTUs: []uint64{minute.SumDelayUs}, JitterUs: []uint32{uint32(300 + draw>>24%600)},
		Synchronised: []uint8{0}, SumForwardUs: []int64{0}, DSCPSent: []uint8{46}, DSCPReceived: []uint8{46},
		Bursts: []uint32{0}, BurstPackets: []uint32{0}, BurstLost: []uint32{0},
	}
	r.Delays.Append(minute.Delays...)
	r.RunLengths.Append(minute.RunLengths...)
	r.AppendOperation(sample.Operation{})
	r.AppendCondition(sample.Condition{TTLForward: 250, TTLBackward: 250})
	return r
}

// voiceMinute is what becomes of the packets of a minute: by figures of the whole minute, or packet by packet where the
// script impairs the path.
func (s *site) voiceMinute(slot time.Time) fleet.VoiceMinute {
	draw := s.chance(forVoice, s.path, uint64(slot.UnixMilli()))
	delay := 18_000 + uint32(draw>>8%2_000)
	if s.isImpaired(slot) {
		return s.impairedMinute(slot, delay, draw)
	}
	lost := uint32(draw % 4)
	cut, runs := min(uint32(int64(packetsSent)*int64(s.silentWithin(slot, PollInterval))/int64(PollInterval)), packetsSent-lost), lost
	if cut < 2 {
		cut = 0
	} else {
		runs++
	}
	received := packetsSent - lost - cut
	minute := fleet.VoiceMinute{
		Minute: slot.UTC(), Seen: packetsSent, Dropped: lost + cut, Runs: runs,
		MinDelayUs: delay, SumDelayUs: uint64(received) * uint64(delay+900),
	}
	bucket := sample.DelayBucket(delay)
	if slow := received / 5; slow > 0 {
		minute.Delays = []uint32{bucket, received - slow, bucket + 1, slow - slow/3, bucket + 2, slow / 3}
	} else {
		minute.MinDelayUs, minute.SumDelayUs = 0, 0
	}
	switch {
	case lost > 0 && cut > 0:
		minute.RunLengths = []uint32{1, lost, cut, 1}
	case cut > 0:
		minute.RunLengths = []uint32{cut, 1}
	case lost > 0:
		minute.RunLengths = []uint32{1, lost}
	}
	return minute
}

// isImpaired says whether the script impairs the path at any time of a minute.
func (s *site) isImpaired(slot time.Time) bool {
	if s.script == nil {
		return false
	}
	from := slot.Sub(s.begins)
	return slices.ContainsFunc(s.script.Path(s.number, 0), func(span failures.Span) bool {
		return span.From < from+PollInterval && span.To > from
	})
}

// impairedMinute sends the packets of a minute one after the other. With draw it is the same each time.
func (s *site) impairedMinute(slot time.Time, delay uint32, draw uint64) fleet.VoiceMinute {
	random := rand.New(rand.NewPCG(draw, s.path))
	minute := fleet.VoiceMinute{Minute: slot.UTC(), Seen: packetsSent}
	delays, lengths := map[uint32]uint32{}, map[uint32]uint32{}
	run, losing := uint32(0), false
	over := func() {
		if run > 0 {
			lengths[run]++
			minute.Runs++
		}
		run = 0
	}
	var impairment failures.Impairment
	for packet := range packetsSent {
		at := slot.Add(time.Duration(packet) * packetInterval)
		if packet%(uint32(time.Second/packetInterval)/10) == 0 { // ten times a second
			impairment = s.script.ImpairedAt(s.number, 0, at.Sub(s.begins))
		}
		if losing {
			losing = random.Float64() >= impairment.LossEnd
		} else {
			losing = random.Float64() < impairment.LossBegin
		}
		if losing || s.isSilent(at) {
			minute.Dropped++
			run++
			continue
		}
		over()
		added := impairment.Delay + time.Duration(min(math.Abs(random.NormFloat64()), 4)*float64(impairment.Jitter))
		took := delay + random.Uint32N(1800) + uint32(added.Microseconds())
		delays[sample.DelayBucket(took)]++
		minute.SumDelayUs += uint64(took)
		if minute.MinDelayUs == 0 || took < minute.MinDelayUs {
			minute.MinDelayUs = took
		}
	}
	over()
	minute.Delays, minute.RunLengths = pairs(delays), pairs(lengths)
	return minute
}

// pairs are a histogram as keys and counts in turn, ascending.
func pairs(of map[uint32]uint32) []uint32 {
	var flat []uint32
	for _, key := range slices.Sorted(maps.Keys(of)) {
		flat = append(flat, key, of[key])
	}
	return flat
}

// pathTruth is what became of the packets of the site's path in each minute up to a time, and when it was impaired.
func (s *site) pathTruth(until time.Time) fleet.PathTruth {
	truth := fleet.PathTruth{ID: s.path, Customer: s.Customer, Site: s.Site, Name: pathName}
	for slot := s.begins; !slot.Add(PollInterval).After(until); slot = slot.Add(PollInterval) {
		truth.Minutes = append(truth.Minutes, s.voiceMinute(slot))
	}
	for _, span := range s.script.Path(s.number, 0) {
		if from := s.begins.Add(span.From).UTC(); from.Before(until) {
			truth.Episodes = append(truth.Episodes, fleet.Episode{From: from, To: s.begins.Add(span.To).UTC(), Why: string(span.Why)})
		}
	}
	return truth
}
