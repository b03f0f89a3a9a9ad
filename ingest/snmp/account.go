package snmp

import (
	"hash/maphash"
	"math"
	"slices"

	"mimamori/ingest/sample"
)

// counter is one of the counters of an interface row, in the order of
// sample.Counters.
type counter uint8

const (
	inOctets counter = iota
	outOctets
	inUcastPkts
	outUcastPkts
	inMulticastPkts
	outMulticastPkts
	inBroadcastPkts
	outBroadcastPkts
	inErrors
	outErrors
	inDiscards
	outDiscards
	counterCount
)

// sources are the columns a counter may come from, the best first. Packets have
// 32-bit counters where octets have 64-bit ones on interfaces from 20 to 650 Mb/s
// (RFC 2863, 3.1.6), so each counter chooses for itself. ifIn/OutNUcastPkts counts
// broadcasts as well; it stands in where multicasts alone are not counted.
var sources = [counterCount][]column{
	inOctets:         {ifHCInOctets, ifInOctets},
	outOctets:        {ifHCOutOctets, ifOutOctets},
	inUcastPkts:      {ifHCInUcastPkts, ifInUcastPkts},
	outUcastPkts:     {ifHCOutUcastPkts, ifOutUcastPkts},
	inMulticastPkts:  {ifHCInMulticastPkts, ifInMulticastPkts, ifInNUcastPkts},
	outMulticastPkts: {ifHCOutMulticastPkts, ifOutMulticastPkts, ifOutNUcastPkts},
	inBroadcastPkts:  {ifHCInBroadcastPkts, ifInBroadcastPkts},
	outBroadcastPkts: {ifHCOutBroadcastPkts, ifOutBroadcastPkts},
	inErrors:         {ifInErrors},
	outErrors:        {ifOutErrors},
	inDiscards:       {ifInDiscards},
	outDiscards:      {ifOutDiscards},
}

// origin says which column a counter was read from and how wide it was; 0 means
// that it was not there.
type origin uint8

const wideOrigin origin = 0x80

// counters are the absolute counters of an interface.
type counters struct {
	values  [counterCount]uint64
	origins [counterCount]origin
	stuck   bool // the 64-bit counters were left out for it
}

// readCounters chooses the counters of a row.
func readCounters(r *row, c *counters) {
	c.stuck = r.stuck()
	for i := range counterCount {
		c.values[i], c.origins[i] = 0, 0
		for at, source := range sources[i] {
			if !r.present.has(source) || c.stuck && r.wide.has(source) && r.hasAny(sources[i][at+1:]) {
				continue
			}
			c.values[i], c.origins[i] = r.values[source], origin(source)+1
			if r.wide.has(source) {
				c.origins[i] |= wideOrigin
			}
			break
		}
	}
	// Both directions are to have one width: an interface with only one of its
	// 64-bit counters is read from the 32-bit ones.
	if c.origins[inOctets]&wideOrigin != c.origins[outOctets]&wideOrigin &&
		r.present.has(ifInOctets) && r.present.has(ifOutOctets) {
		c.values[inOctets], c.origins[inOctets] = r.values[ifInOctets], origin(ifInOctets)+1
		c.values[outOctets], c.origins[outOctets] = r.values[ifOutOctets], origin(ifOutOctets)+1
	}
}

// stuck says whether the 64-bit octet counters stand at 0 where the 32-bit ones have
// counted: there is firmware that has them and never moves them.
func (r *row) stuck() bool {
	const counted = 1 << 16 // octets that cannot have passed between the reading of the two
	return r.wide.has(ifHCInOctets) && r.values[ifHCInOctets] == 0 && r.values[ifInOctets] >= counted && r.present.has(ifOutOctets) ||
		r.wide.has(ifHCOutOctets) && r.values[ifHCOutOctets] == 0 && r.values[ifOutOctets] >= counted && r.present.has(ifInOctets)
}

// hasAny says whether the row has any of the columns.
func (r *row) hasAny(columns []column) bool { return slices.ContainsFunc(columns, r.present.has) }

// width returns the bits of the octet counters.
func (c *counters) width() uint8 {
	if c.origins[inOctets]&c.origins[outOctets]&wideOrigin != 0 {
		return 64
	}
	return 32
}

// comparable says whether the octets were read from the same counters.
func (c *counters) comparable(earlier *counters) bool {
	return c.origins[inOctets] == earlier.origins[inOctets] && c.origins[outOctets] == earlier.origins[outOctets]
}

// fell says whether a 64-bit octet counter is lower than before.
func (c *counters) fell(earlier *counters) bool {
	for i := inOctets; i <= outOctets; i++ {
		if c.origins[i]&wideOrigin != 0 && c.values[i] < earlier.values[i] {
			return true
		}
	}
	return false
}

// gained returns what a counter gained modulo its width, 0 where it was not there
// at both ends.
func (c *counters) gained(earlier *counters, i counter) uint64 {
	switch {
	case c.origins[i] == 0 || c.origins[i] != earlier.origins[i]:
		return 0
	case c.origins[i]&wideOrigin != 0:
		return c.values[i] - earlier.values[i]
	}
	return uint64(uint32(c.values[i]) - uint32(earlier.values[i]))
}

// resetEvidence are the bits after which counters have begun anew.
const resetEvidence = sample.EvidenceDiscontinuity | sample.EvidenceUptimeReset | sample.EvidenceCountersFell

// account compares the rows of one poll with what is kept of their interfaces,
// and appends what the poll has to say of them. Paged means that they are not all
// that the device has. It returns whether any interface is new or has another ifIndex
// than before.
func (w *worker) account(d *device, rows []row, now *clocks, paged bool, slot int64) (moved bool) {
	for i := range rows {
		w.find(d, &rows[i])
	}
	if paged {
		moved = d.distinguishPaged(rows)
	} else {
		d.shared = nil
		moved = w.distinguish(d, rows)
	}
	for i := range rows {
		r := &rows[i]
		if r.state == nil {
			continue
		}
		state := r.state
		if state.visited == d.pass.number {
			w.fault(faultDuplicateName)
			continue
		}
		state.visited = d.pass.number
		if !state.known || state.index != r.index {
			moved = true
		}
		state.index = r.index
		d.pass.yielded++
		w.compare(d, state, r, now, slot)
	}
	return moved
}

// find sets the state of a row by its name, and leaves a row without one where
// nothing can be said of it.
func (w *worker) find(d *device, r *row) {
	r.state = nil
	name := r.name()
	if len(name) == 0 {
		w.fault(faultNoName)
		return
	}
	// Without both octet counters a row would say that nothing passed where nobody
	// knows.
	octets := r.present.has(ifHCInOctets) && r.present.has(ifHCOutOctets) || r.present.has(ifInOctets) && r.present.has(ifOutOctets)
	if !octets {
		w.fault(faultNoOctets)
		return
	}
	r.state = d.interfaceOf(name)
	if r.state.found == d.pass.number {
		r.state.duplicate = d.pass.number
		w.fault(faultDuplicateName)
	}
	r.state.found = d.pass.number
}

// compare appends what a row says of its interface and keeps it for the next poll.
func (w *worker) compare(d *device, state *interfaceState, r *row, now *clocks, slot int64) {
	current := &w.counters
	readCounters(r, current)
	if current.stuck && (!state.known || !state.counters.stuck) {
		w.fault(faultStuck)
	}
	offset := offsetMs(r.wall, slot)
	if state.undated {
		// The agent's own clock must confirm how long ago that was.
		state.known = state.hasUpTime && r.hasUpTime && continuous(state.sysUpTime, r.sysUpTime, r.at-state.at)
		state.undated = false
	}
	var evidence sample.Evidence
	measured := r.at-state.at <= math.MaxUint32 // 49 days, the longest interval of a row
	if state.known && measured && current.comparable(&state.counters) {
		evidence = w.evidence(state, r, current, now)
		w.appendInterface(d, state, r, current, evidence, offset)
	} else {
		state.known = false
	}
	if !state.known || evidence&resetEvidence != 0 || state.keyframe != d.refreshes {
		state.keyframe = d.refreshes
		w.appendKeyframe(d, state, r, current, offset)
	}
	state.known = true
	state.at, state.sysUpTime, state.hasUpTime = r.at, r.sysUpTime, r.hasUpTime
	state.discontinuity, state.hasDiscontinuity = r.values[ifCounterDiscontinuityTime], r.present.has(ifCounterDiscontinuityTime)
	state.counters = *current
	state.clocks = now
}

func (w *worker) evidence(state *interfaceState, r *row, current *counters, now *clocks) sample.Evidence {
	var evidence sample.Evidence
	if state.hasDiscontinuity && r.present.has(ifCounterDiscontinuityTime) && state.discontinuity != r.values[ifCounterDiscontinuityTime] {
		evidence |= sample.EvidenceDiscontinuity
	}
	// An answer without sysUpTime has that of the poll.
	reset := now.restartedSince(state.clocks)
	if state.hasUpTime && r.hasUpTime {
		reset = restarted(state.sysUpTime, r.sysUpTime, r.at-state.at)
	}
	if reset {
		evidence |= sample.EvidenceUptimeReset
		if now.restartedSince(state.clocks) && now.outlived(state.clocks) {
			evidence |= sample.EvidenceAgentRestart
		}
	}
	if current.fell(&state.counters) {
		evidence |= sample.EvidenceCountersFell
	}
	return evidence
}

func (w *worker) appendInterface(d *device, state *interfaceState, r *row, current *counters, evidence sample.Evidence, offset uint32) {
	t := &w.interfaces
	t.Device = append(t.Device, d.inventory.ID)
	t.Interface = append(t.Interface, state.id)
	t.OffsetMs = append(t.OffsetMs, offset)
	t.IntervalMs = append(t.IntervalMs, uint32(min(max(r.at-state.at, 1), math.MaxUint32)))
	t.SpeedBps = append(t.SpeedBps, r.speed())
	t.AdminStatus = append(t.AdminStatus, r.status(ifAdminStatus))
	t.OperStatus = append(t.OperStatus, r.status(ifOperStatus))
	t.Width = append(t.Width, current.width())
	t.Evidence = append(t.Evidence, evidence)
	t.UptimeStart = append(t.UptimeStart, state.sysUpTime)
	t.UptimeEnd = append(t.UptimeEnd, r.sysUpTime)
	for i, column := range t.CounterColumns() {
		*column = append(*column, current.gained(&state.counters, counter(i)))
	}
}

func (w *worker) appendKeyframe(d *device, state *interfaceState, r *row, current *counters, offset uint32) {
	t := &w.keyframes
	t.Device = append(t.Device, d.inventory.ID)
	t.Interface = append(t.Interface, state.id)
	t.OffsetMs = append(t.OffsetMs, offset)
	t.Width = append(t.Width, current.width())
	t.UptimeEnd = append(t.UptimeEnd, r.sysUpTime)
	for i, column := range t.CounterColumns() {
		*column = append(*column, current.values[i])
	}
}

var identitySeed = maphash.MakeSeed()

// identity is what identifies an interface beside its name.
type identity struct {
	index, kind, mtu   uint32
	speed              uint64
	alias, descr, phys string
}

// identify appends the identities that are new or have changed, of the interfaces that
// were accounted for in the same poll.
func (w *worker) identify(d *device, rows []row, visited map[uint32]*interfaceState) {
	for i := range rows {
		r := &rows[i]
		state := visited[r.index]
		if state == nil || state.base != readable(r.name()) {
			continue // it has no counters, or came or moved after they were read
		}
		found := identity{
			index: r.index, kind: uint32(r.values[ifType]), mtu: uint32(r.values[ifMtu]), speed: r.speed(),
			alias: readable(r.texts[textAlias]), descr: readable(r.texts[textDescr]), phys: physAddress(r.texts[textPhysAddress]),
		}
		hash := maphash.Comparable(identitySeed, found) | 1
		if hash == state.identity {
			continue
		}
		state.identity = hash
		t := &w.identities
		t.Device = append(t.Device, d.inventory.ID)
		t.Interface = append(t.Interface, state.id)
		t.IfIndex = append(t.IfIndex, found.index)
		t.IfType = append(t.IfType, found.kind)
		t.MTU = append(t.MTU, found.mtu)
		t.Name = append(t.Name, state.name)
		t.Alias = append(t.Alias, found.alias)
		t.Description = append(t.Description, found.descr)
		t.PhysAddress = append(t.PhysAddress, found.phys)
		t.SpeedBps = append(t.SpeedBps, found.speed)
	}
}

// offsetMs returns milliseconds after the slot; 0 where the clock was set back
// before it.
func offsetMs(wall, slot int64) uint32 {
	return uint32(min(max(wall-slot, 0), math.MaxUint32))
}
