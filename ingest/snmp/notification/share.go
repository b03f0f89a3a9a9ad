package notification

import (
	"net/netip"
	"time"
)

// mostStrangers is how many sources outside of the inventory have a share of their own;
// all others share one. So a flood from made-up addresses takes no memory, and drowns no
// device of the inventory.
const mostStrangers = 1024

// shares say how much of each source is taken: a bucket each that fills at a rate up to
// a burst, and that a datagram takes one out of.
type shares struct {
	rate, burst float64
	devices     map[netip.Addr]*bucket // of the inventory
	strangers   map[netip.Addr]*bucket
	others      bucket
	swept       time.Time
}

type bucket struct {
	level float64
	at    time.Time
}

func newShares(config Config) *shares {
	return &shares{
		rate: float64(config.SourceRate), burst: float64(config.SourceBurst),
		devices: map[netip.Addr]*bucket{}, strangers: map[netip.Addr]*bucket{},
	}
}

// take says whether one more of the source may be taken. Known sources are those of the
// inventory.
func (s *shares) take(source netip.Addr, known bool, now time.Time) bool {
	b := s.bucket(source, known, now)
	if b.at.IsZero() {
		b.level, b.at = s.burst, now
	}
	if passed := now.Sub(b.at); passed > 0 {
		b.level, b.at = min(s.burst, b.level+s.rate*passed.Seconds()), now
	}
	if b.level < 1 {
		return false
	}
	b.level--
	return true
}

func (s *shares) bucket(source netip.Addr, known bool, now time.Time) *bucket {
	of := s.strangers
	if known {
		of = s.devices
	}
	if b, ok := of[source]; ok {
		return b
	}
	if !known && len(of) >= mostStrangers {
		s.sweep(now)
		if len(of) >= mostStrangers {
			return &s.others
		}
	}
	b := &bucket{}
	of[source] = b
	return b
}

// sweep forgets the strangers whose bucket would be full again, once a second at most.
func (s *shares) sweep(now time.Time) {
	if now.Sub(s.swept) < time.Second {
		return
	}
	s.swept = now
	for source, b := range s.strangers {
		if b.level+s.rate*now.Sub(b.at).Seconds() >= s.burst {
			delete(s.strangers, source)
		}
	}
}
