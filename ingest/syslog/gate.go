package syslog

import (
	"net/netip"
	"sync"
)

// gate bounds how many are inside at a time: in all, from one address, and from addresses
// that are not the inventory's.
type gate struct {
	most, mostEach, mostStrangers int

	lock           sync.Mutex
	all, strangers int
	each           map[netip.Addr]int
}

// newGate lets a quarter of those that may be inside come from one address, so that one
// sender gone wrong leaves the others room, and keeps a quarter for the inventory.
func newGate(most int) *gate {
	return &gate{most: most, mostEach: max(1, most/4), mostStrangers: most - most/4, each: map[netip.Addr]int{}}
}

// enter lets one in, who has to leave again, or says why not. A stranger's address is
// none of the inventory.
func (g *gate) enter(address netip.Addr, stranger bool) (refused refusal) {
	g.lock.Lock()
	defer g.lock.Unlock()
	switch {
	case g.all >= g.most || stranger && g.strangers >= g.mostStrangers:
		return refusedFull
	case g.each[address] >= g.mostEach:
		return refusedAddress
	}
	g.count(1, stranger)
	g.each[address]++
	return ""
}

// leave takes what enter was given.
func (g *gate) leave(address netip.Addr, stranger bool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.count(-1, stranger)
	if g.each[address]--; g.each[address] == 0 {
		delete(g.each, address)
	}
}

func (g *gate) count(more int, stranger bool) {
	g.all += more
	if stranger {
		g.strangers += more
	}
}
