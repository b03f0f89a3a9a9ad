package fleet

import (
	"slices"
	"sort"
)

// object is a scalar or a column of the MIB.
type object struct {
	arcs  []uint32 // without the instance
	raw   []byte   // the same, encoded
	rows  rowSet   // what its instances are
	has   func(*Device) bool
	value variable
}

// moment is a device at the time of one answer: all values of a response are of one
// moment. A worker uses one for all its answers.
type moment struct {
	device   *device
	state    *deviceState
	at       float64 // seconds since the fleet's start
	counters []counterSet
	known    []bool // which counters were computed for this moment
}

func (m *moment) become(device *device, at float64) {
	m.device, m.state, m.at = device, device.state.Load(), at
	interfaces := len(m.state.interfaces)
	m.counters = slices.Grow(m.counters[:0], interfaces)[:interfaces]
	m.known = slices.Grow(m.known[:0], interfaces)[:interfaces]
	clear(m.known)
}

func (m *moment) planned(row int) *Interface { return &m.device.Interfaces[m.state.rows[row]] }

func (m *moment) set(row int) *counterSet {
	i := m.state.rows[row]
	if !m.known[i] {
		m.counters[i] = m.state.interfaces[i].counters(m.at)
		m.known[i] = true
	}
	return &m.counters[i]
}

// Values of IF-MIB that are the same for all interfaces.
const (
	statusUp      = 1
	lastChange    = 1523 // hundredths of a second after the boot
	ethernetMTU   = 1500
	truth         = 1 // TruthValue true
	truthNot      = 2
	unknownBigger = 1<<32 - 1 // ifSpeed of an interface too fast for it
)

// variable appends the encoded value of an instance of an object. The row is
// meaningless for a scalar.
type variable func(to []byte, moment *moment, row int) []byte

func text(of func(*moment, int) string) variable {
	return func(to []byte, m *moment, row int) []byte { return appendString(to, tagOctetString, of(m, row)) }
}

func number(tag byte, of func(*moment, int) uint64) variable {
	return func(to []byte, m *moment, row int) []byte { return appendUnsigned(to, tag, of(m, row)) }
}

func constant(tag byte, value uint64) variable {
	return func(to []byte, _ *moment, _ int) []byte { return appendUnsigned(to, tag, value) }
}

// adder adds an object to the MIB: which devices have it, and its arcs below
// 1.3.6.1.
type adder func(has func(*Device) bool, rows rowSet, value variable, arcs ...uint32)

// mib is every object of every agent, in order.
var mib = buildMIB()

func buildMIB() []*object {
	var objects []*object
	add := func(has func(*Device) bool, rows rowSet, value variable, arcs ...uint32) {
		arcs = append([]uint32{1, 3, 6, 1}, arcs...)
		objects = append(objects, &object{arcs: arcs, raw: encodeOID(arcs), rows: rows, has: has, value: value})
	}
	everywhere := func(*Device) bool { return true }
	wide := func(d *Device) bool { return !d.Only32Bit }
	host := func(d *Device) bool { return d.HostUptime }
	engine := func(d *Device) bool { return d.EngineTime }

	counter32 := func(of func(*counterSet) uint64) variable {
		return func(to []byte, m *moment, row int) []byte {
			return appendUnsigned(to, tagCounter32, of(m.set(row))&(1<<32-1))
		}
	}
	counter64 := func(of func(*counterSet) uint64) variable {
		return func(to []byte, m *moment, row int) []byte { return appendUnsigned(to, tagCounter64, of(m.set(row))) }
	}
	uptime := number(tagTimeTicks, func(m *moment, _ int) uint64 { return uint64(m.state.uptime(m.at)) })

	// SNMPv2-MIB, system.
	system := func(value variable, column uint32) {
		add(everywhere, noRows, value, 2, 1, 1, column)
	}
	system(text(func(m *moment, _ int) string { return m.device.SysDescr }), 1)
	system(func(to []byte, m *moment, _ int) []byte { return appendString(to, tagOID, m.device.objectID) }, 2)
	system(uptime, 3)
	system(text(func(*moment, int) string { return "noc@example.net" }), 4)
	system(text(func(m *moment, _ int) string { return m.device.Name }), 5)
	system(text(func(m *moment, _ int) string { return m.device.location }), 6)
	system(constant(tagInteger, 78), 7)

	// IF-MIB, ifNumber and ifTable.
	add(everywhere, noRows, number(tagInteger, func(m *moment, _ int) uint64 { return uint64(len(m.state.rows)) }), 2, 1, 2, 1)
	ifTable := func(value variable, column uint32) {
		add(everywhere, interfaceRows, value, 2, 1, 2, 2, 1, column)
	}
	ifTable(number(tagInteger, func(m *moment, row int) uint64 { return uint64(m.state.indexes[row]) }), 1)
	ifTable(text(func(m *moment, row int) string { return m.planned(row).Description }), 2)
	ifTable(number(tagInteger, func(m *moment, row int) uint64 { return uint64(m.planned(row).kind) }), 3)
	ifTable(constant(tagInteger, ethernetMTU), 4)
	ifTable(number(tagGauge32, func(m *moment, row int) uint64 { return min(m.planned(row).SpeedBps, unknownBigger) }), 5)
	ifTable(func(to []byte, m *moment, row int) []byte {
		return appendString(to, tagOctetString, m.planned(row).physAddress[:])
	}, 6)
	ifTable(constant(tagInteger, statusUp), 7)
	ifTable(constant(tagInteger, statusUp), 8)
	ifTable(constant(tagTimeTicks, lastChange), 9)
	ifTable(counter32(func(c *counterSet) uint64 { return c.inOctets }), 10)
	ifTable(counter32(func(c *counterSet) uint64 { return c.inUcast }), 11)
	ifTable(counter32(func(c *counterSet) uint64 { return c.inMulticast + c.inBroadcast }), 12)
	ifTable(counter32(func(c *counterSet) uint64 { return c.inDiscards }), 13)
	ifTable(counter32(func(c *counterSet) uint64 { return c.inErrors }), 14)
	ifTable(constant(tagCounter32, 0), 15)
	ifTable(counter32(func(c *counterSet) uint64 { return c.outOctets }), 16)
	ifTable(counter32(func(c *counterSet) uint64 { return c.outUcast }), 17)
	ifTable(counter32(func(c *counterSet) uint64 { return c.outMulticast + c.outBroadcast }), 18)
	ifTable(counter32(func(c *counterSet) uint64 { return c.outDiscards }), 19)
	ifTable(counter32(func(c *counterSet) uint64 { return c.outErrors }), 20)
	ifTable(constant(tagGauge32, 0), 21)

	// HOST-RESOURCES-MIB, hrSystemUptime.
	add(host, noRows, uptime, 2, 1, 25, 1, 1)

	addHostTables(add)

	// IF-MIB, ifXTable and ifTableLastChange.
	ifXTable := func(value variable, column uint32) {
		add(wide, interfaceRows, value, 2, 1, 31, 1, 1, 1, column)
	}
	ifXTable(text(func(m *moment, row int) string { return m.planned(row).Name }), 1)
	ifXTable(counter32(func(c *counterSet) uint64 { return c.inMulticast }), 2)
	ifXTable(counter32(func(c *counterSet) uint64 { return c.inBroadcast }), 3)
	ifXTable(counter32(func(c *counterSet) uint64 { return c.outMulticast }), 4)
	ifXTable(counter32(func(c *counterSet) uint64 { return c.outBroadcast }), 5)
	ifXTable(counter64(func(c *counterSet) uint64 { return c.inOctets }), 6)
	ifXTable(counter64(func(c *counterSet) uint64 { return c.inUcast }), 7)
	ifXTable(counter64(func(c *counterSet) uint64 { return c.inMulticast }), 8)
	ifXTable(counter64(func(c *counterSet) uint64 { return c.inBroadcast }), 9)
	ifXTable(counter64(func(c *counterSet) uint64 { return c.outOctets }), 10)
	ifXTable(counter64(func(c *counterSet) uint64 { return c.outUcast }), 11)
	ifXTable(counter64(func(c *counterSet) uint64 { return c.outMulticast }), 12)
	ifXTable(counter64(func(c *counterSet) uint64 { return c.outBroadcast }), 13)
	ifXTable(constant(tagInteger, truth), 14)
	ifXTable(number(tagGauge32, func(m *moment, row int) uint64 { return m.planned(row).SpeedBps / 1e6 }), 15)
	ifXTable(constant(tagInteger, truthNot), 16)
	ifXTable(constant(tagInteger, truth), 17)
	ifXTable(text(func(m *moment, row int) string { return m.planned(row).Alias }), 18)
	ifXTable(number(tagTimeTicks, func(m *moment, row int) uint64 {
		return uint64(m.state.interfaces[m.state.rows[row]].discontinuity)
	}), 19)
	add(wide, noRows, number(tagTimeTicks, func(m *moment, _ int) uint64 { return uint64(m.state.tableChange) }), 2, 1, 31, 1, 5)

	addEntityTables(add)

	// SNMP-FRAMEWORK-MIB, snmpEngine.
	snmpEngine := func(value variable, column uint32) {
		add(engine, noRows, value, 6, 3, 10, 2, 1, column)
	}
	snmpEngine(func(to []byte, m *moment, _ int) []byte { return appendString(to, tagOctetString, m.device.engineID) }, 1)
	snmpEngine(number(tagInteger, func(m *moment, _ int) uint64 { return uint64(m.state.engineBoots) }), 2)
	snmpEngine(number(tagInteger, func(m *moment, _ int) uint64 { return uint64(max(0, m.at-m.state.boot)) }), 3)
	snmpEngine(constant(tagInteger, maxResponse), 4)

	if !slices.IsSortedFunc(objects, func(a, b *object) int { return slices.Compare(a.arcs, b.arcs) }) {
		panic("fleet: the objects of mib.go are not in order")
	}
	return objects
}

// viewOf returns the objects a device has.
func viewOf(device *Device) []*object {
	var view []*object
	for _, object := range mib {
		if object.has(device) {
			view = append(view, object)
		}
	}
	return view
}

// cursor is a place in a device's view: an instance of an object.
type cursor struct {
	object int
	row    int
}

// find returns where the instance with that very name is.
func (m *moment) find(name []uint32) (at cursor, exception byte) {
	i := m.objectsUpTo(name) - 1
	if i < 0 || !isPrefix(m.device.view[i].arcs, name) {
		return at, tagNoSuchObject
	}
	instance := name[len(m.device.view[i].arcs):]
	if len(instance) != 1 {
		return at, tagNoSuchInstance
	}
	if m.device.view[i].rows == noRows {
		if instance[0] != 0 {
			return at, tagNoSuchInstance
		}
		return cursor{object: i}, 0
	}
	row, found := slices.BinarySearch(m.indexes(m.device.view[i].rows), instance[0])
	if !found {
		return at, tagNoSuchInstance
	}
	return cursor{i, row}, 0
}

// after returns the first instance whose name comes after the name; false at the
// end.
func (m *moment) after(name []uint32) (cursor, bool) {
	i := m.objectsUpTo(name)
	if i == 0 || !isPrefix(m.device.view[i-1].arcs, name) {
		return m.enter(i)
	}
	i--
	instance := name[len(m.device.view[i].arcs):]
	switch {
	case len(instance) == 0:
		return m.enter(i)
	case m.device.view[i].rows == noRows:
		return m.enter(i + 1)
	}
	// More arcs than one make a name that comes after the instance of the first.
	indexes := m.indexes(m.device.view[i].rows)
	row := sort.Search(len(indexes), func(row int) bool { return indexes[row] > instance[0] })
	if row == len(indexes) {
		return m.enter(i + 1)
	}
	return cursor{i, row}, true
}

// next returns the instance after another.
func (m *moment) next(at cursor) (cursor, bool) {
	if rows := m.device.view[at.object].rows; rows != noRows && at.row+1 < len(m.indexes(rows)) {
		at.row++
		return at, true
	}
	return m.enter(at.object + 1)
}

func (m *moment) enter(object int) (cursor, bool) {
	return cursor{object: object}, object < len(m.device.view)
}

// objectsUpTo counts the objects whose name is not after the name.
func (m *moment) objectsUpTo(name []uint32) int {
	return sort.Search(len(m.device.view), func(i int) bool { return slices.Compare(m.device.view[i].arcs, name) > 0 })
}

func isPrefix(prefix, name []uint32) bool {
	return len(prefix) <= len(name) && slices.Equal(prefix, name[:len(prefix)])
}

// instance returns the last arc of an instance's name.
func (m *moment) instance(at cursor) uint32 {
	if rows := m.device.view[at.object].rows; rows != noRows {
		return m.indexes(rows)[at.row]
	}
	return 0
}
