package voice

import (
	"math"
	"time"
)

const (
	// clockWander is how far two clocks may part within a slot without one of them having
	// been set: a little, and what the crystals of two unkept clocks differ by.
	clockWander      = 5 * time.Millisecond
	clockWanderShare = 5000 // of the slot: 200 ppm

	// clockTolerance is what timestamping itself may add to the clocks' error.
	clockTolerance = time.Millisecond
)

// noteWay takes what an answer tells of the way it and its packet took.
func (s *stream) noteWay(slot *tally, got *answer, reordered bool) {
	condition := &slot.condition
	switch {
	case got.dscp != s.dscp:
		condition.RemarkedPackets++
		slot.dscp = got.dscp
	case condition.RemarkedPackets == 0:
		slot.dscp = got.dscp
	}
	if got.marked && got.dscpForward != s.dscp {
		condition.RemarkedForward++
		condition.DSCPForward = got.dscpForward
	}
	if reordered {
		return // it may have taken the way of before
	}
	if changed(&s.ttlForward, got.ttlForward) {
		condition.RouteChanges++
	}
	if changed(&s.ttlBackward, got.ttlBackward) {
		condition.RouteChanges++
	}
	condition.TTLForward, condition.TTLBackward = s.ttlForward, s.ttlBackward
}

// changed keeps a TTL and reports whether it is another than before. 0 tells nothing.
func changed(last *uint8, ttl uint8) bool {
	if ttl == 0 {
		return false
	}
	before := *last
	*last = ttl
	return before != 0 && before != ttl
}

// noteClocks takes what an answer tells of the two clocks. The reflector's is ahead of
// ours by some offset; as neither way takes less than nothing, that lies between
// forward - rtt and forward, for every packet.
func (t *tally) noteClocks(got *answer, rtt time.Duration) {
	if t.received == 1 {
		t.offsetMost, t.offsetLeast = math.MaxInt64, math.MinInt64
	}
	t.offsetMost = min(t.offsetMost, got.forward)
	t.offsetLeast = max(t.offsetLeast, got.forward-rtt)
	t.condition.ClockErrorUs = max(t.condition.ClockErrorUs, uint32(min(got.clockError.Microseconds(), math.MaxUint32)))
	if !got.synchronised {
		t.unsynchronised = true
	}
}

// judgeClocks ends the tally: where no offset of the clocks can be that of all packets,
// one of them was set meanwhile.
func (t *tally) judgeClocks(slot time.Duration) {
	if t.received > 0 && t.offsetLeast > t.offsetMost+clockWander+slot/clockWanderShare {
		t.condition.ClockSteps++
	}
}

// synchronised says whether the one-way delays mean something: both ends called their
// clocks synchronised in all answers, neither was set, and they do not differ by more
// than they say they err.
func (t *tally) synchronised() bool {
	bound := time.Duration(t.condition.ClockErrorUs)*time.Microsecond + clockTolerance
	return t.received > 0 && !t.unsynchronised && t.condition.ClockSteps == 0 && t.offsetLeast <= bound && t.offsetMost >= -bound
}

// noteLosses takes the sequences of an answered packet, in order of sequence, and counts
// on which way the packets since the answer before were lost.
func (s *stream) noteLosses(answered *packet) {
	forward, backward, known := s.directions.next(answered.sequence, answered.reflected)
	if slot := s.tally(answered.slot); slot != nil && known {
		slot.lostForward += forward
		slot.lostBackward += backward
		if s.directions.stateful {
			slot.condition.Stateful = 1
		}
	}
}

// clockSet records that this machine's clock was set: what open slots know of one-way
// delays rests on the clock of before, or on both.
func (s *stream) clockSet() {
	s.tally(s.sending)
	for _, slot := range s.open {
		slot.condition.ClockSteps++
	}
}

// undelivered records that ICMP says a packet could not be delivered.
func (s *stream) undelivered() {
	if slot := s.tally(s.sending); slot != nil {
		slot.condition.Undelivered++
	}
}
