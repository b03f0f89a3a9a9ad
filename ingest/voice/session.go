package voice

import (
	"net/netip"
	"time"
)

// Fate is what became of a test packet.
type Fate uint8

// The fates.
const (
	Missing Fate = iota // never answered
	InTime              // answered within the timeout
	Overdue             // answered, but later than the timeout
	Unsent              // this machine's kernel refused to send it: it counts nowhere
)

// Exchange is one test packet of a session and its first answer. Without an answer only
// Sent means anything.
type Exchange struct {
	Sent         time.Time // when it was sent, T1
	Fate         Fate
	Copies       int           // answers beyond the first
	DoubledThere int           // of these, doubled on the way there by a stateful reflector's count
	RTT          time.Duration // (T4-T1)-(T3-T2): without the reflector's processing
	Forward      time.Duration // T2-T1: the difference of two clocks
	// Backward is T4-T3: the difference of two clocks.
	Backward   time.Duration
	Processing time.Duration // T3-T2: the reflector's own clock; 0 where it does not tell
	DSCP       uint8         // of the answer as it came here
	TTL        uint8         // of the answer as it came here, 0 where the kernel does not say
	DSCPThere  *uint8        // of the packet as it came to the reflector, where that says so (RFC 8972)
	TTLThere   uint8         // of the packet as it came to the reflector, by its word
	Reflected  uint32        // the reflector's own sequence
	Odd        bool          // the reflector's times make no sense: its processing is taken as zero
	Clocks     bool          // both ends call their clocks synchronised

	t1 Timestamp
}

// Session is what the packets of one measurement met.
type Session struct {
	Address    netip.AddrPort // of the reflector
	PacketSize int            // UDP payload, octets
	Exchanges  []Exchange     // in the order sent, which is that of their sequence
	Arrivals   []int          // the packets answered in time, in the order of the answers

	Strangers  int // datagrams from the reflector that answer nothing that was sent
	Forged     int // answers that are not made with the key; they count nowhere else
	Elsewhere  int // answers that came from another address than was asked
	From       netip.AddrPort
	Overflowed int           // answers the kernel dropped because they were not read in time
	UnsentWhy  error         // why the kernel refused to send the last packet that is Unsent
	Stalls     int           // times the machine stood still and the schedule was put off
	Stepped    time.Duration // by how much this machine's clock was set meanwhile
	Complaints map[Complaint]int

	LocalClock  ErrorEstimate // of this machine
	RemoteClock ErrorEstimate // of the reflector, as its last answer has it

	recounted recount
}

// Count returns how many packets had a fate.
func (s *Session) Count(fate Fate) int {
	n := 0
	for i := range s.Exchanges {
		if s.Exchanges[i].Fate == fate {
			n++
		}
	}
	return n
}

// Sent returns how many packets were sent: those missing, in time and overdue.
func (s *Session) Sent() int { return len(s.Exchanges) - s.Count(Unsent) }

// Duplicates returns how many answers came beyond the first of each packet.
func (s *Session) Duplicates() int {
	n := 0
	for i := range s.Exchanges {
		n += s.Exchanges[i].Copies
	}
	return n
}

// Reordered returns how many answers came after that of a packet sent later (RFC 4737).
func (s *Session) Reordered() int {
	n, highest := 0, -1
	for _, sequence := range s.Arrivals {
		if sequence < highest {
			n++
		}
		highest = max(highest, sequence)
	}
	return n
}

// Synchronised reports whether both ends called their clocks synchronised in all
// answers, and this one was not set meanwhile: then the one-way delays mean something.
func (s *Session) Synchronised() bool {
	for _, sequence := range s.Arrivals {
		if !s.Exchanges[sequence].Clocks {
			return false
		}
	}
	return len(s.Arrivals) > 0 && s.Stepped == 0
}

// Offset estimates by how much the reflector's clock is ahead of this one's, from the
// packet with the shortest round trip (RFC 5905): it is right where both ways take as
// long, and off by half the round trip at most. False without an answer.
func (s *Session) Offset() (time.Duration, bool) {
	best := -1
	for _, sequence := range s.Arrivals {
		if best < 0 || s.Exchanges[sequence].RTT < s.Exchanges[best].RTT {
			best = sequence
		}
	}
	if best < 0 {
		return 0, false
	}
	quickest := &s.Exchanges[best]
	return (quickest.Forward - quickest.Backward) / 2, true
}
