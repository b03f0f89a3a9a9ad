package fleet

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"mimamori/ingest/sample"
)

// address is an IPv4 address as it stands in a packet.
type address = [4]byte

// device is a simulated device while the fleet runs.
type device struct {
	*Device
	id        sample.ID
	site      int
	address   address
	community []byte
	view      []*object // what its agent has, in the order of the MIB
	rows      [rowSets]sensorRows
	engineID  []byte
	objectID  []byte // sysObjectID, encoded
	location  string

	reachable atomic.Bool
	state     atomic.Pointer[deviceState] // replaced as a whole, so a response is of one state
	lastEcho  atomic.Int64                // when it last answered a ping, Unix nanoseconds
	lastAsked atomic.Int64                // when its agent last answered
}

// deviceState is what an incident can change about a device. It is not changed once
// it is in use.
type deviceState struct {
	boot        float64 // when sysUpTime was 0, seconds since the fleet's start
	engineBoots uint32
	tableChange uint32   // ifTableLastChange, hundredths of a second of sysUpTime
	indexes     []uint32 // ifIndex of the rows of ifTable, ascending
	rows        []int    // which interface each row is
	interfaces  []interfaceState
	sensors     []Level // as the plan's
}

type interfaceState struct {
	in, out       Flow
	first         counterSet // the counters when they were last set
	inAt, outAt   float64    // octets that had passed then
	discontinuity uint32     // ifCounterDiscontinuityTime
}

// counterSet is the counters of IF-MIB that the fleet keeps.
type counterSet struct {
	inOctets, outOctets       uint64
	inUcast, outUcast         uint64
	inMulticast, outMulticast uint64
	inBroadcast, outBroadcast uint64
	inErrors, outErrors       uint64
	inDiscards, outDiscards   uint64
}

// Octets in a packet, on average, and between two packets of the rarer kinds.
const (
	meanInPacket  = 700
	meanOutPacket = 500
)

// counters returns what the counters show at a time, seconds since the start.
func (s *interfaceState) counters(at float64) counterSet {
	// An answer under way while the counters were reset may be of a moment before.
	in := uint64(max(0, s.in.Octets(at)-s.inAt))
	out := uint64(max(0, s.out.Octets(at)-s.outAt))
	return counterSet{
		inOctets: s.first.inOctets + in, outOctets: s.first.outOctets + out,
		inUcast: s.first.inUcast + in/meanInPacket, outUcast: s.first.outUcast + out/meanOutPacket,
		inMulticast: s.first.inMulticast + in/50_000, outMulticast: s.first.outMulticast + out/80_000,
		inBroadcast: s.first.inBroadcast + in/90_000, outBroadcast: s.first.outBroadcast + out/120_000,
		inErrors: s.first.inErrors + in/500_000_000, outErrors: s.first.outErrors + out/900_000_000,
		inDiscards: s.first.inDiscards + in/300_000_000, outDiscards: s.first.outDiscards + out/200_000_000,
	}
}

// reset returns the interface with its counters at 0 from then on.
func (s interfaceState) reset(at float64) interfaceState {
	s.first = counterSet{}
	s.inAt, s.outAt = s.in.Octets(at), s.out.Octets(at)
	return s
}

// followHours has the traffic of a device follow the hours of a week. It comes before anybody asks it.
func (d *device) followHours(start time.Time) {
	next := d.state.Load().copied()
	for i := range next.interfaces {
		flows := &next.interfaces[i]
		flows.in, flows.out = flows.in.atHours(start), flows.out.atHours(start)
	}
	d.state.Store(next)
}

// uptime returns sysUpTime, hundredths of a second; it rolls over after 497 days.
func (s *deviceState) uptime(at float64) uint32 {
	return uint32(uint64(max(0, at-s.boot) * 100))
}

// copied returns a state that may be changed.
func (s *deviceState) copied() *deviceState {
	next := *s
	next.indexes = slices.Clone(s.indexes)
	next.rows = slices.Clone(s.rows)
	next.interfaces = slices.Clone(s.interfaces)
	next.sensors = slices.Clone(s.sensors)
	return &next
}

func newDeviceState(plan *Device) *deviceState {
	state := &deviceState{boot: -plan.uptime.Seconds(), engineBoots: 3}
	for i := range plan.Interfaces {
		planned := &plan.Interfaces[i]
		state.indexes = append(state.indexes, planned.index)
		state.rows = append(state.rows, i)
		state.interfaces = append(state.interfaces, interfaceState{in: planned.In, out: planned.Out, first: planned.counters})
	}
	for i := range plan.Sensors {
		state.sensors = append(state.sensors, plan.Sensors[i].Level)
	}
	return state
}

func newRuntimeDevice(site *Site, siteNumber, number int) *device {
	planned := &site.Devices[number]
	running := &device{
		Device: planned, id: site.deviceID(number), site: siteNumber,
		address: planned.Address.As4(), community: []byte(site.Community), view: viewOf(planned), rows: rowsOf(planned),
	}
	running.objectID = encodeOID(parseOID(planned.SysObjectID))
	running.location = site.Name + ", Japan"
	// RFC 3411: enterprise, then format 5 (octets) and octets of our choice.
	running.engineID = binary.BigEndian.AppendUint64([]byte{0x80, 0, 0, 9, 5}, running.id)
	running.reachable.Store(true)
	running.state.Store(newDeviceState(planned))
	return running
}

// shuffled returns the state with every interface at another ifIndex: names,
// counters and all stay with the interface.
func (s *deviceState) shuffled(at float64) *deviceState {
	next := s.copied()
	for row := range next.rows {
		next.rows[row] = s.rows[(row+1)%len(s.rows)]
	}
	next.tableChange = s.uptime(at)
	return next
}

// since returns a time as seconds since the fleet's start.
func since(start, at time.Time) float64 {
	return float64(at.UnixNano()-start.UnixNano()) / 1e9
}

func addrPort(to address, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4(to), port)
}
