package voice

import (
	"math"
	"slices"
	"time"

	"mimamori/ingest/sample"
)

// decisionGrace is added to the timeout before a packet is given up: a busy kernel may
// take so long from stamping an answer to handing it to the socket.
const decisionGrace = 100 * time.Millisecond

// maxOpenSlots bounds the slots of a stream that wait to be reported.
const maxOpenSlots = 8

// fate is what has become of a packet.
type fate uint8

const (
	unsent fate = iota
	pending
	answered
	lost
)

// packet is one packet of a stream, kept until its place in the ring is needed.
type packet struct {
	sequence  uint32
	reflected uint32 // the reflector's own sequence, of an answered packet
	fate      fate
	doubled   bool  // sent twice: its second answer is no duplicate of the path's making
	slot      int64 // number of the slot it was due in, counted from the Unix epoch
	t1        Timestamp
	sent      time.Time
}

// tally is what the packets of one slot have met.
type tally struct {
	slot           int64
	sent           uint32
	received       uint32
	duplicates     uint32
	reordered      uint32
	minRTTUs       uint32
	sumRTTUs       uint64
	jitterUs       float64
	unsynchronised bool
	sumForwardUs   int64
	dscp           uint8
	lossRuns       uint32
	bursts         Bursts
	lostForward    uint32
	lostBackward   uint32
	condition      sample.Condition
	offsetLeast    time.Duration // bounds of the reflector's clock's lead over ours
	offsetMost     time.Duration
	delays         []uint32 // packets by delay bucket
	runLengths     []uint32 // pairs of length and count, lengths ascending
}

// answer is what a reply says of the packet it answers.
type answer struct {
	elapsed      time.Duration // T4 - T1
	processing   time.Duration // T3 - T2
	forward      time.Duration // T2 - T1
	synchronised bool
	clockError   time.Duration // of both clocks together, 0 where an end does not say
	reflected    uint32        // the reflector's own sequence
	dscp         uint8         // with which it came
	marked       bool          // dscpForward means something
	dscpForward  uint8         // with which the packet came to the reflector
	ttlForward   uint8         // left to the packet at the reflector, 0 where it does not say
	ttlBackward  uint8         // left to the answer
}

// verdict says how a reply was counted.
type verdict uint8

const (
	inTime verdict = iota
	late
	duplicate
	stranger  // answers nothing this stream has sent
	forged    // has no HMAC made with the path's key
	malformed // no test packet
	verdicts
)

// stream counts what the packets of one path meet. Slots are numbered from the Unix
// epoch; a packet belongs to the slot it was due in. It knows no clock and no
// socket, and is not safe for concurrent use.
//
// A slot is complete a timeout after its end, when each of its packets is answered or
// given up. The run of losses at its end is followed into the next slot and counted
// with its whole length; a run that outlasts that slot too is cut at its end, and the
// rest is a run of the slot after it. Bursts are followed in the same way, but no
// further than maxBurstTail packets. So a row waits for a slot at most.
type stream struct {
	slot    time.Duration
	timeout time.Duration
	dscp    uint8 // of the packets sent

	packets []packet // ring, indexed by sequence
	next    uint32   // sequence of the next packet
	decided uint32   // all packets before this sequence are answered or lost
	sending int64    // slot of the next packet to be sent

	highest  uint32 // highest sequence answered
	jitterUs float64
	rttUs    float64 // of the last answer
	heard    bool    // highest and rttUs mean something

	ttlForward, ttlBackward uint8 // last seen
	level                   level
	directions              directions

	run     uint32 // length of the loss run under way
	runSlot int64  // slot it began in
	burst   slotBurst

	reportFrom int64 // earlier slots are not reported: a part of them was not measured
	open       []*tally
	spare      []*tally
	dropped    int // slots begun and never reported
}

// newStream returns a stream for packets that are an interval apart and bear a DSCP.
func newStream(slot, interval, timeout time.Duration, dscp uint8) *stream {
	// Room for what may be undecided, and as much again to recognise late answers
	// and duplicates.
	size := 64
	for time.Duration(size)*interval < 2*(timeout+decisionGrace)+maxLateness {
		size *= 2
	}
	return &stream{slot: slot, timeout: timeout, dscp: dscp, packets: make([]packet, size)}
}

// begin forgets what is under way and reports slots from the given one on.
func (s *stream) begin(from int64) {
	s.reportFrom = from
	s.dropped += len(s.open)
	s.spare = append(s.spare, s.open...)
	s.open = s.open[:0]
	for i := range s.packets {
		s.packets[i].fate = unsent
	}
	s.decided = s.next
	s.run, s.heard, s.jitterUs = 0, false, 0
	s.burst = slotBurst{}
	s.level, s.ttlForward, s.ttlBackward = level{}, 0, 0
	s.directions.forget()
	s.sending = 0
}

// send records that the next packet, due at a time in Unix nanoseconds, is sent now,
// and returns its sequence. nextDue is when the packet after it is due.
func (s *stream) send(due, nextDue int64, now time.Time, t1 Timestamp) uint32 {
	place := &s.packets[s.next%uint32(len(s.packets))]
	if s.next-s.decided >= uint32(len(s.packets)) {
		// Nobody collects, or answers are not read: the oldest must be given up.
		if place.fate == pending {
			place.fate = lost
		}
		s.decide(place.sent)
	}
	*place = packet{sequence: s.next, fate: pending, slot: floorDivide(due, int64(s.slot)), t1: t1, sent: now}
	if slot := s.tally(place.slot); slot != nil {
		slot.sent++
	}
	s.sending = floorDivide(nextDue, int64(s.slot))
	s.next++
	return place.sequence
}

// find returns the packet a reply answers, nil when there is none: the sequence and
// the timestamp must both be those of a packet sent not long ago.
func (s *stream) find(sequence uint32, t1 Timestamp) *packet {
	place := &s.packets[sequence%uint32(len(s.packets))]
	if place.fate == unsent || place.sequence != sequence || place.t1 != t1 {
		return nil
	}
	return place
}

// receive counts the reply to a packet that find returned.
func (s *stream) receive(to *packet, got answer) verdict {
	slot := s.tally(to.slot)
	switch {
	case to.fate == answered && to.doubled:
		to.doubled = false
		return duplicate
	case to.fate == answered:
		if slot != nil {
			slot.duplicates++
		}
		return duplicate
	case to.fate == lost:
		return late
	case got.elapsed > s.timeout:
		to.fate = lost
		return late
	}
	to.fate, to.reflected = answered, got.reflected
	rttUs := float64((got.elapsed - got.processing).Nanoseconds()) / 1000
	reordered := s.heard && int32(to.sequence-s.highest) < 0
	if s.heard {
		// RFC 3550, A.8: the transit time of a packet that comes back is its
		// round-trip time.
		s.jitterUs += (math.Abs(rttUs-s.rttUs) - s.jitterUs) / 16
	}
	if !reordered {
		s.highest = to.sequence
	}
	s.rttUs, s.heard = rttUs, true
	if slot == nil {
		return inTime
	}
	whole := uint32(rttUs)
	if slot.received == 0 || whole < slot.minRTTUs {
		slot.minRTTUs = whole
	}
	slot.received++
	slot.sumRTTUs += uint64(whole)
	slot.delays[sample.DelayBucket(whole)]++
	slot.sumForwardUs += got.forward.Microseconds()
	slot.jitterUs = s.jitterUs
	if reordered {
		slot.reordered++
	}
	if step := s.level.add(to.sent.UnixNano(), s.slot, whole); step != 0 {
		slot.condition.StepUs = step
	}
	slot.noteClocks(&got, got.elapsed-got.processing)
	s.noteWay(slot, &got, reordered)
	return inTime
}

// decide gives up packets that were not answered in time and follows the loss runs,
// in order of sequence. All answers that came until read have been received.
func (s *stream) decide(read time.Time) {
	for ; s.decided != s.next; s.decided++ {
		oldest := &s.packets[s.decided%uint32(len(s.packets))]
		if oldest.fate == pending {
			if read.Sub(oldest.sent) <= s.timeout+decisionGrace {
				return
			}
			oldest.fate = lost
		}
		if oldest.fate == answered || s.run > 0 && oldest.slot > s.runSlot+1 {
			s.endRun()
		}
		if oldest.fate == answered {
			s.noteLosses(oldest)
		}
		if oldest.fate == lost {
			if s.run == 0 {
				s.runSlot = oldest.slot
			}
			s.run++
		}
		s.follow(oldest.slot, oldest.fate == lost)
	}
}

func (s *stream) endRun() {
	if s.run == 0 {
		return
	}
	if slot := s.tally(s.runSlot); slot != nil {
		slot.lossRuns++
		slot.countRun(s.run)
	}
	s.run = 0
}

func (t *tally) countRun(length uint32) {
	at := 0
	for at < len(t.runLengths) && t.runLengths[at] < length {
		at += 2
	}
	if at < len(t.runLengths) && t.runLengths[at] == length {
		t.runLengths[at+1]++
		return
	}
	t.runLengths = slices.Insert(t.runLengths, at, length, 1)
}

// collect calls report for each slot that is complete, oldest first. The tally is
// valid during the call. All answers that came until read have been received.
func (s *stream) collect(read time.Time, report func(*tally)) {
	s.decide(read)
	edge := s.sending // all packets of earlier slots are decided
	if s.decided != s.next {
		edge = s.packets[s.decided%uint32(len(s.packets))].slot
	}
	if s.run > 0 && edge > s.runSlot+1 {
		s.endRun()
	}
	// A slot stays open for as long as its last packet could be answered, for the
	// sake of duplicates.
	closed := floorDivide(read.UnixNano()-int64(s.timeout+decisionGrace), int64(s.slot))
	complete := 0
	for _, slot := range s.open {
		followed := s.run > 0 && slot.slot >= s.runSlot || s.burst.lost > 0 && slot.slot >= s.burst.slot
		if followed || slot.slot >= min(edge, closed) {
			break
		}
		slot.judgeClocks(s.slot)
		report(slot)
		s.reportFrom = slot.slot + 1
		complete++
	}
	s.spare = append(s.spare, s.open[:complete]...)
	s.open = slices.Delete(s.open, 0, complete)
}

// tally returns the tally of an open slot, opening it if it is new, and nil for a
// slot that is not or no longer reported.
func (s *stream) tally(number int64) *tally {
	for _, slot := range s.open {
		if slot.slot == number {
			return slot
		}
	}
	if number < s.reportFrom || len(s.open) > 0 && number < s.open[len(s.open)-1].slot {
		return nil
	}
	if len(s.open) == maxOpenSlots {
		s.reportFrom = s.open[0].slot + 1
		s.spare = append(s.spare, s.open[0])
		s.open = slices.Delete(s.open, 0, 1)
		s.dropped++
	}
	slot := &tally{delays: make([]uint32, sample.DelayBucket(uint32(s.timeout.Microseconds()))+1)}
	if last := len(s.spare) - 1; last >= 0 {
		slot, s.spare = s.spare[last], s.spare[:last]
		clear(slot.delays)
	}
	*slot = tally{slot: number, delays: slot.delays, runLengths: slot.runLengths[:0]}
	s.open = append(s.open, slot)
	return slot
}

// floorDivide divides rounding down, also below zero.
func floorDivide(dividend, divisor int64) int64 {
	quotient := dividend / divisor
	if dividend%divisor < 0 {
		quotient--
	}
	return quotient
}
