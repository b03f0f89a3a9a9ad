package voice

// gmin is the number of packets received in a row that ends a burst (RFC 3611, 4.7.2).
const gmin = 16

// maxBurstTail is how many packets beyond its slot a burst is followed, so that a path
// that loses all the time does not hold its rows back.
const maxBurstTail = 256

// burst is the loss under way and what may still come to belong to it. A lost packet
// alone is none: it lies in a gap.
type burst struct {
	slot     int64  // slot it began in
	lost     uint32 // 0: none is under way
	packets  uint32 // from the first to the last lost one, both included
	received uint32 // in a row since the last lost one
	tail     uint32 // packets of later slots
}

// next takes the next packet in order of sequence and reports whether it ends the
// burst.
func (b *burst) next(isLost bool) (ended bool) {
	if !isLost {
		b.received++
		return b.received == gmin
	}
	b.lost++
	b.packets += b.received + 1
	b.received = 0
	return false
}

// cut reports whether the burst must end before a packet of a slot.
func (b *burst) cut(slot int64) bool { return slot > b.slot+1 || b.tail >= maxBurstTail }

// follow gives the next packet, in order of sequence, to the burst under way; a lost
// one may begin a burst.
func (s *stream) follow(slot int64, isLost bool) {
	if s.burst.lost > 0 && s.burst.cut(slot) {
		s.endBurst()
	}
	if s.burst.lost == 0 {
		if !isLost {
			return
		}
		s.burst.slot = slot
	}
	if slot != s.burst.slot {
		s.burst.tail++
	}
	if s.burst.next(isLost) {
		s.endBurst()
	}
}

func (s *stream) endBurst() {
	if slot := s.tally(s.burst.slot); slot != nil && s.burst.lost > 1 {
		slot.bursts++
		slot.burstPackets += s.burst.packets
		slot.burstLost += s.burst.lost
	}
	s.burst = burst{}
}
