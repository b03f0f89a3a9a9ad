package snmp

import (
	"sync/atomic"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/profile"
)

// device is what the poller keeps of a device between two polls. Whoever set busy
// owns the rest.
type device struct {
	busy   atomic.Bool
	silent bool // it did not answer when last asked

	inventory  *inventory.StationDevice
	result     result
	described  description // as last handed on
	clocks     *clocks     // of the last poll that was answered
	clocksHad  []string    // OIDs of the clocks that an agent of version 1 has, none until it was asked
	memory     memory      // of the session before
	dating     dating      // of its answers
	interfaces map[string]*interfaceState
	poll       uint32 // number of the present poll

	refreshes uint32 // how often everything was read anew
	refreshAt int64  // when it is due again, milliseconds on the poller's clock
	due       reads  // what is still to be read anew

	profile *profile.Profile // what it is asked; Generic until it said what it is

	columns   []column  // of the interface tables, as far as they are of use
	broken    columnSet // columns the agent fails over, left out until everything is read anew
	displaced bool      // its answers do not hold the columns in their places
	expected  int       // rows the interface tables had, -1 unknown
	pace      pace      // rows that one request may ask for
	parts     int       // requests that one row takes
	pass      pass      // the way through the interface tables that it is on

	passPolls int                   // polls that the last complete pass took
	yielded   int                   // interfaces that it had figures of
	shared    map[string]*namesakes // by name, where the interfaces are read over several polls

	health     deviceHealth
	operations deviceOperations
	outcome    deviceOutcome
}

// reads are the things that are not read with every poll.
type reads struct {
	description bool
	columns     bool // which columns are of use
	identities  bool
}

// interfaceState is what is kept of an interface between two polls: its counters
// and what they have to be compared under.
type interfaceState struct {
	id    sample.ID
	name  string
	base  string // its name as the agent has it, which others may bear too
	index uint32

	known     bool   // the fields below hold an earlier poll
	undated   bool   // how long ago is known by a clock alone that may have been set
	found     uint32 // the pass that last had a row of this name
	duplicate uint32 // the pass that last had two
	visited   uint32 // the pass that was last accounted for
	keyframe  uint32 // the refresh its last keyframe belongs to, counted from 1
	identity  uint64 // hash of the identity last handed on

	at               int64 // milliseconds on the poller's clock
	sysUpTime        uint32
	hasUpTime        bool
	hasDiscontinuity bool
	discontinuity    uint64
	clocks           *clocks
	counters         counters
}

// interfaceOf returns the state kept under a name, a new one where there is none.
func (d *device) interfaceOf(name []byte) *interfaceState {
	if state, ok := d.interfaces[string(name)]; ok {
		return state
	}
	readable := readable(name)
	if state, ok := d.interfaces[readable]; ok {
		return state
	}
	state := &interfaceState{id: sample.InterfaceID(d.inventory.ID, readable), name: readable, base: readable}
	d.interfaces[readable] = state
	return state
}

// forget drops interfaces that are gone, once a pass has come to its end. Those that a
// complete pass did not have are kept for one more: an agent may have left them out, or
// moved them to where it had been read already. Where passes could not be completed
// they are kept longer.
func (d *device) forget(complete bool) (gone bool) {
	patience := uint32(10) // passes
	if complete || len(d.interfaces) > 2*maxInterfaces {
		patience = 1
	}
	for name, state := range d.interfaces {
		if d.pass.number-state.visited > patience {
			delete(d.interfaces, name)
			gone = gone || state.visited != 0
		}
	}
	return gone
}
