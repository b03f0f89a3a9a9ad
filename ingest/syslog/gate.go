package syslog

import (
	"net/netip"
	"sync"
)

// gate bounds how many are inside at a time: in all, and from one address.
type gate struct {
	most, mostEach int

	lock sync.Mutex
	all  int
	each map[netip.Addr]int
}

// newGate lets a quarter of those that may be inside come from one address, so that one
// sender gone wrong leaves the others room.
func newGate(most int) *gate {
	return &gate{most: most, mostEach: max(1, most/4), each: map[netip.Addr]int{}}
}

// enter lets one in, who has to leave again, or says why not.
func (g *gate) enter(address netip.Addr) (refused refusal) {
	g.lock.Lock()
	defer g.lock.Unlock()
	switch {
	case g.all >= g.most:
		return refusedFull
	case g.each[address] >= g.mostEach:
		return refusedAddress
	}
	g.all++
	g.each[address]++
	return ""
}

func (g *gate) leave(address netip.Addr) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.all--
	if g.each[address]--; g.each[address] == 0 {
		delete(g.each, address)
	}
}
