package impairment

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Way is what happens to packets in one direction. The zero value lets them pass.
type Way struct {
	Delay  time.Duration // of every packet
	Jitter time.Duration // by which the delay differs at most, evenly spread to both sides; up to Delay

	Loss    float64 // share of the packets lost at random, 0 to 1
	Gilbert         // loss in bursts, beside Loss

	Duplicate float64 // share of the packets sent twice, 0 to 1
	Hurry     float64 // share of the packets that are not delayed and so overtake others, 0 to 1

	Remark *uint8 // DSCP that packets are given
	TTL    uint8  // with which packets go on; 0: that with which they came

	Reroute Reroute
}

// Gilbert is the two-state model of loss: all packets are lost while it is in its bad
// state. The zero value loses nothing.
type Gilbert struct {
	Begin float64 // chance of each packet that a burst begins
	End   float64 // chance of each lost packet that the burst ends with it
}

// Reroute is another path that packets take from some time on. The zero value is none.
type Reroute struct {
	After int // packets take it that come after so many
	Delay time.Duration
	TTL   uint8
}

func (w Way) validate() error {
	for name, share := range map[string]float64{"loss": w.Loss, "begin": w.Begin, "end": w.End, "duplicate": w.Duplicate, "hurry": w.Hurry} {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("%s is %g: use 0 to 1", name, share)
		}
	}
	if w.Jitter < 0 || w.Jitter > w.Delay || w.Reroute.After > 0 && w.Jitter > w.Reroute.Delay {
		return errors.New("jitter is longer than the delay: no packet comes before it was sent")
	}
	return nil
}

// passage is a way with what it remembers of the packets so far.
type passage struct {
	Way
	chance *rand.Rand
	came   int
	losing bool
}

func newPassage(way Way, seed, direction uint64) *passage {
	return &passage{Way: way, chance: rand.New(rand.NewPCG(seed, direction))}
}

// next returns the delays of the copies of the next packet: none where it is lost.
func (p *passage) next() []time.Duration {
	p.came++
	if p.rerouted() {
		p.Delay, p.TTL = p.Reroute.Delay, p.Reroute.TTL
	}
	if p.losing {
		p.losing = p.chance.Float64() >= p.End
	} else {
		p.losing = p.chance.Float64() < p.Begin
	}
	// All is drawn for each packet, so that one fault more does not change the others.
	lost := p.chance.Float64() < p.Loss || p.losing
	twice := p.chance.Float64() < p.Duplicate
	first, second := p.delay(), p.delay()
	switch {
	case lost:
		return nil
	case twice:
		return []time.Duration{first, second}
	}
	return []time.Duration{first}
}

func (p *passage) rerouted() bool { return p.Reroute.After > 0 && p.came > p.Reroute.After }

func (p *passage) delay() time.Duration {
	spread := time.Duration((2*p.chance.Float64() - 1) * float64(p.Jitter))
	if p.chance.Float64() < p.Hurry {
		return 0
	}
	return p.Delay + spread
}

// Trip is what becomes of one packet on its way there and back.
type Trip struct {
	Lost        bool
	There, Back time.Duration
}

// Simulate returns what becomes of a number of packets by chance alone, as of the relay's
// with that seed where no packet overtakes another. Of packets doubled it has the first
// copy.
func Simulate(there, back Way, packets int, seed uint64) []Trip {
	out, home := newPassage(there, seed, outward), newPassage(back, seed, homeward)
	trips := make([]Trip, packets)
	for i := range trips {
		delays := out.next()
		if len(delays) == 0 {
			trips[i].Lost = true
			continue
		}
		trips[i].There = delays[0]
		for range delays[1:] {
			home.next()
		}
		delays = home.next()
		if trips[i].Lost = len(delays) == 0; !trips[i].Lost {
			trips[i].Back = delays[0]
		}
	}
	return trips
}

// The directions, as they are seeded.
const (
	outward  = 1
	homeward = 2
)
