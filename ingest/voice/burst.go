package voice

// Gmin is the number of packets received in a row that ends a burst (RFC 3611, 4.7.2).
const Gmin = 16

// maxBurstTail is how many packets beyond its slot a burst is followed, so that a path
// that loses all the time does not hold its rows back.
const maxBurstTail = 256

// Bursts are the bursts of loss of RFC 3611: stretches of packets that begin and end
// with a lost one, hold two at least, and in which fewer than Gmin in a row came
// through. A lost packet alone lies in a gap.
type Bursts struct {
	Count   uint32
	Packets uint32 // from the first to the last lost one of each, both included
	Lost    uint32
}

// CountBursts counts the bursts of a sequence of packets: which of them were lost.
func CountBursts(lost []bool) Bursts {
	var bursts Bursts
	var under burst
	for _, isLost := range lost {
		if under.next(isLost) {
			bursts.add(&under)
		}
	}
	bursts.add(&under)
	return bursts
}

// add counts a burst that has ended, unless it is none.
func (b *Bursts) add(ended *burst) {
	if ended.lost > 1 {
		b.Count++
		b.Packets += ended.packets
		b.Lost += ended.lost
	}
	*ended = burst{}
}

// burst is the loss under way and what may still come to belong to it. The zero value
// is none.
type burst struct {
	lost     uint32
	packets  uint32 // from the first to the last lost one, both included
	received uint32 // in a row since the last lost one
}

// next takes the next packet in order of sequence and reports whether it ends the
// burst.
func (b *burst) next(isLost bool) (ended bool) {
	switch {
	case isLost:
		b.lost++
		b.packets += b.received + 1
		b.received = 0
		return false
	case b.lost == 0:
		return false
	}
	b.received++
	return b.received == Gmin
}

// slotBurst is the burst under way in a stream. It belongs to the slot it began in.
type slotBurst struct {
	burst
	slot int64
	tail uint32 // packets of later slots
}

// cut reports whether the burst must end before a packet of a slot.
func (b *slotBurst) cut(slot int64) bool { return slot > b.slot+1 || b.tail >= maxBurstTail }

// follow gives the next packet, in order of sequence, to the burst under way; a lost
// one may begin a burst.
func (s *stream) follow(slot int64, isLost bool) {
	if s.burst.lost > 0 && s.burst.cut(slot) {
		s.endBurst()
	}
	if s.burst.lost == 0 {
		s.burst = slotBurst{slot: slot}
	}
	if slot != s.burst.slot {
		s.burst.tail++
	}
	if s.burst.next(isLost) {
		s.endBurst()
	}
}

func (s *stream) endBurst() {
	if s.burst.lost == 0 {
		return
	}
	if slot := s.tally(s.burst.slot); slot != nil {
		slot.bursts.add(&s.burst.burst)
	}
	s.burst = slotBurst{}
}
