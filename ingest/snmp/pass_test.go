package snmp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
)

// largeTable is an interface table of many rows, whose values are made when they are
// asked for.
type largeTable struct {
	ports   []largePort // in the order of ifIndex
	columns []column    // in the order of OIDs
}

type largePort struct {
	index       uint32
	name, descr string
	in, out     uint64
}

func newLargeTable(n int) *largeTable {
	t := &largeTable{columns: []column{
		ifDescr, ifType, ifMtu, ifSpeed, ifPhysAddress, ifAdminStatus, ifOperStatus,
		ifName, ifHCInOctets, ifHCOutOctets, ifHighSpeed, ifAlias, ifCounterDiscontinuityTime,
	}}
	for i := range n {
		name := "port-" + strconv.Itoa(i)
		t.ports = append(t.ports, largePort{uint32(i + 1), name, "Slot " + name, uint64(i) << 20, uint64(i) << 21})
	}
	return t
}

// next returns what follows an OID, unless that is not for the interface tables to say.
func (t *largeTable) next(oid string) (gosnmp.SnmpPDU, bool) {
	for i, c := range t.columns {
		prefix := columnPrefix[c]
		if oid == prefix[:len(prefix)-1] {
			return t.first(i)
		}
		if index, ok := instance(oid, c); ok {
			place, _ := slices.BinarySearchFunc(t.ports, uint32(index)+1, func(p largePort, index uint32) int { return int(p.index) - int(index) })
			if place < len(t.ports) {
				return t.value(c, place), true
			}
			return t.first(i + 1)
		}
	}
	if strings.HasPrefix(oid, ".1.3.6.1.2.1.2.2.") || strings.HasPrefix(oid, ".1.3.6.1.2.1.31.") {
		for i, c := range t.columns { // a column it does not have
			if compareOIDs(columnPrefix[c], oid) > 0 {
				return t.first(i)
			}
		}
		return gosnmp.SnmpPDU{Name: oid, Type: gosnmp.EndOfMibView}, true
	}
	return gosnmp.SnmpPDU{}, false
}

func (t *largeTable) first(column int) (gosnmp.SnmpPDU, bool) {
	if column == len(t.columns) || len(t.ports) == 0 {
		return gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.31.9.1.0", Type: gosnmp.Integer, Value: 0}, true
	}
	return t.value(t.columns[column], 0), true
}

func (t *largeTable) value(c column, place int) gosnmp.SnmpPDU {
	p := &t.ports[place]
	found := gosnmp.SnmpPDU{Name: columnPrefix[c] + strconv.FormatUint(uint64(p.index), 10)}
	switch c {
	case ifDescr:
		found.Type, found.Value = gosnmp.OctetString, p.descr
	case ifName:
		found.Type, found.Value = gosnmp.OctetString, p.name
	case ifAlias:
		found.Type, found.Value = gosnmp.OctetString, ""
	case ifPhysAddress:
		found.Type, found.Value = gosnmp.OctetString, []byte{2, 0, 0, 0, 0, 1}
	case ifSpeed, ifHighSpeed:
		found.Type, found.Value = gosnmp.Gauge32, uint(1000)
	case ifHCInOctets:
		found.Type, found.Value = gosnmp.Counter64, p.in
	case ifHCOutOctets:
		found.Type, found.Value = gosnmp.Counter64, p.out
	case ifCounterDiscontinuityTime:
		found.Type, found.Value = gosnmp.TimeTicks, uint32(0)
	default:
		found.Type, found.Value = gosnmp.Integer, 1
	}
	return found
}

// ledger adds up what was said of each interface since its first keyframe.
type ledger map[sample.ID]*[2]uint64

func (l ledger) add(s *single) {
	for i, id := range s.keyframes.Interface {
		if l[id] == nil {
			l[id] = &[2]uint64{s.keyframes.InOctets[i], s.keyframes.OutOctets[i]}
		}
	}
	for i, id := range s.interfaces.Interface {
		if sums := l[id]; sums != nil {
			sums[0] += s.interfaces.InOctets[i]
			sums[1] += s.interfaces.OutOctets[i]
		}
	}
}

// want compares the sums with what the agent counted.
func (l ledger) want(t *testing.T, s *single, ports []largePort) {
	t.Helper()
	wrong := 0
	for _, p := range ports {
		sums := l[s.id(p.name)]
		if sums == nil || *sums != [2]uint64{p.in, p.out} {
			if wrong++; wrong < 5 {
				t.Errorf("%s: the rows add up to %v, the agent counted %d and %d", p.name, sums, p.in, p.out)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d interfaces do not add up", wrong, len(ports))
	}
}

func (t *largeTable) count(by uint64) {
	for i := range t.ports {
		t.ports[i].in += by + uint64(i)
		t.ports[i].out += 2*by + uint64(i)
	}
}

func pagedConfig(perPoll int) Config {
	cfg := quickConfig()
	cfg.Interval, cfg.Deadline, cfg.Timeout = 4*time.Minute, 2*time.Minute, 10*time.Second
	cfg.MaxRepetitions, cfg.AnswerBytes, cfg.InterfacesPerPoll = 127, 30_000, perPoll
	return cfg
}

// What 20,000 interfaces counted adds up, though each poll reads a part of them only.
func TestManyInterfaces(t *testing.T) {
	const interfaces = 20_000
	s := newSingle(t, pagedConfig(6000))
	table := newLargeTable(interfaces)
	s.agent.change(func() { s.agent.large = table })
	sums, identities := ledger{}, map[sample.ID]int{}
	poll := func() {
		s.poll()
		s.wantResult(resultOK)
		sums.add(s)
		for i, id := range s.identities.Interface {
			identities[id]++
			if want := "Slot " + s.identities.Name[i]; s.identities.Description[i] != want {
				t.Errorf("%s is described %q", s.identities.Name[i], s.identities.Description[i])
			}
		}
	}
	const perPass = 4
	for round := range 3 * perPass {
		s.agent.change(func() { table.count(uint64(1000 + round)) })
		poll()
		read := s.interfaces.Len()
		if round < perPass {
			read = s.keyframes.Len()
		}
		if read > 6200 || read < 1000 {
			t.Errorf("poll %d read %d interfaces", round, read)
		}
		if round >= perPass && s.keyframes.Len()+s.identities.Len() > 0 {
			t.Errorf("poll %d has %d keyframes and %d identities of known interfaces", round, s.keyframes.Len(), s.identities.Len())
		}
	}
	for range perPass { // nothing moves any more: all is read
		poll()
	}
	sums.want(t, s, table.ports)
	if len(identities) != interfaces {
		t.Errorf("%d identities, want %d", len(identities), interfaces)
	}
	if got := metric(t, s.registry, "mimamori_snmp_paged_polls_total", ""); got != 4*(perPass-1) {
		t.Errorf("%v polls left a part to the next, want %d", got, 4*(perPass-1))
	}
	if s.device.passPolls != perPass || s.device.expected != interfaces {
		t.Errorf("a pass takes %d polls for %d interfaces", s.device.passPolls, s.device.expected)
	}
	for i, interval := range s.interfaces.IntervalMs {
		if interval == 0 {
			t.Fatalf("row %d has no interval", i)
		}
	}
	// What is gone is forgotten after the second pass without it.
	s.agent.change(func() { table.ports = table.ports[:interfaces/2] })
	for range 3 * perPass {
		poll()
	}
	if len(s.device.interfaces) != interfaces/2 {
		t.Errorf("%d interfaces are kept, want %d", len(s.device.interfaces), interfaces/2)
	}
}

// A poll ends in time with what it has, and the next goes on from there.
func TestPagesByTime(t *testing.T) {
	cfg := pagedConfig(maxInterfaces)
	cfg.Deadline, cfg.MaxRepetitions = 100*time.Millisecond, 5
	s := newSingle(t, cfg)
	table := newLargeTable(8000)
	s.agent.change(func() { s.agent.large = table })
	sums := ledger{}
	polls, inTime := 0, 0
	pass := func() {
		for begun := s.device.pass.number; ; {
			s.poll()
			sums.add(s)
			if s.device.result == resultOK && s.device.pass.reached != beforeFirst {
				inTime++
			}
			if polls++; polls > 2000 {
				t.Fatalf("no pass ends: %+v", s.device.pass)
			}
			if s.device.pass.reached == beforeFirst && s.device.pass.number > begun && s.device.expected > 0 {
				return
			}
		}
	}
	pass()
	if s.device.passPolls < 2 {
		t.Skipf("the machine read %d interfaces in %s", len(table.ports), cfg.Deadline)
	}
	s.agent.change(func() { table.count(77) })
	pass()
	if inTime == 0 {
		t.Errorf("none of %d polls ended in time", polls)
	}
	sums.want(t, s, table.ports)
}

// Interfaces that change places while a pass goes on are never credited with what
// another counted.
func TestReshuffleWithinAPass(t *testing.T) {
	const interfaces, step = 1000, 7
	for _, reboot := range []bool{false, true} {
		t.Run(fmt.Sprintf("reboot %v", reboot), func(t *testing.T) {
			s := newSingle(t, pagedConfig(300))
			table := newLargeTable(interfaces)
			for i := range table.ports {
				table.ports[i].in, table.ports[i].out = uint64(i)<<40, uint64(i)<<32
			}
			s.agent.change(func() { s.agent.large = table })
			polls, rows := 0, 0
			poll := func() {
				s.poll()
				s.wantResult(resultOK)
				polls++
				rows += s.interfaces.Len()
				for i, in := range s.interfaces.InOctets {
					if in%step != 0 || in > uint64(polls*step) || s.interfaces.OutOctets[i] != in {
						t.Fatalf("poll %d: an interface gained %d and %d octets", polls, in, s.interfaces.OutOctets[i])
					}
				}
				s.agent.change(func() {
					for i := range table.ports {
						table.ports[i].in += step
						table.ports[i].out += step
					}
				})
			}
			for range 6 {
				poll()
			}
			s.agent.change(func() {
				if reboot {
					s.agent.put(oidSysUpTime, gosnmp.TimeTicks, uint32(100))
				}
				for i, j := 0, len(table.ports)-1; i < j; i, j = i+1, j-1 {
					a, b := &table.ports[i], &table.ports[j]
					*a, *b = largePort{a.index, b.name, b.descr, b.in, b.out}, largePort{b.index, a.name, a.descr, a.in, a.out}
				}
			})
			for range 24 {
				poll()
			}
			if rows < 3*interfaces {
				t.Errorf("only %d rows came", rows)
			}
			rows = 0
			for range s.device.passPolls {
				poll()
			}
			if rows != interfaces {
				t.Errorf("%d rows in the last pass, want %d", rows, interfaces)
			}
		})
	}
}

// Two interfaces of one name that no poll reads together are told apart nevertheless.
func TestNamesThatRepeatInAnotherPage(t *testing.T) {
	s := newSingle(t, pagedConfig(300))
	table := newLargeTable(1000)
	table.ports[50] = largePort{51, "eth", "slot 1", 1000, 1000}
	table.ports[900] = largePort{901, "eth", "slot 2", 900_000, 900_000}
	s.agent.change(func() { s.agent.large = table })
	sums := ledger{}
	for range 24 {
		s.agent.change(func() { table.ports[50].in++; table.ports[900].in += 2 })
		s.poll()
		s.wantResult(resultOK)
		sums.add(s)
		for i, id := range s.interfaces.Interface {
			if id == s.id("eth") || s.interfaces.InOctets[i] > 100 {
				t.Fatalf("a row of %x gained %d", id, s.interfaces.InOctets[i])
			}
		}
	}
	for range 4 {
		s.poll()
		sums.add(s)
	}
	table.ports[50].name, table.ports[900].name = "eth (slot 1)", "eth (slot 2)"
	sums.want(t, s, []largePort{table.ports[50], table.ports[900]})
}

// A restart of the agent begins a new pass: its rows need not be those any more of which
// the present one has read a part.
func TestARestartBeginsANewPass(t *testing.T) {
	s := newSingle(t, pagedConfig(100))
	s.agent.change(func() { s.agent.large = newLargeTable(300) })
	s.poll()
	read := s.keyframes.Len()
	if s.poll(); s.device.pass.number != 1 || s.device.pass.rows <= read {
		t.Fatalf("pass %d has read %d rows, %d of them by its first poll", s.device.pass.number, s.device.pass.rows, read)
	}
	s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(3))
	s.poll()
	if s.device.pass.number != 2 || s.device.pass.rows > read || s.interfaces.Len() == 0 {
		t.Errorf("pass %d has read %d rows after the restart, and %d interfaces have gained", s.device.pass.number, s.device.pass.rows, s.interfaces.Len())
	}
	for i, evidence := range s.interfaces.Evidence {
		if evidence&sample.EvidenceUptimeReset == 0 {
			t.Fatalf("row %d has no evidence of the restart", i)
		}
	}
}

func TestMoreInterfacesThanAreRead(t *testing.T) {
	s := newSingle(t, pagedConfig(maxInterfaces))
	table := newLargeTable(maxInterfaces + 500)
	table.columns = []column{ifName, ifHCInOctets, ifHCOutOctets}
	s.agent.change(func() { s.agent.large = table })
	s.poll()
	s.wantResult(resultIncomplete)
	if s.fault(faultTooManyRows) != 1 || s.keyframes.Len() < maxInterfaces || s.keyframes.Len() > maxInterfaces+200 {
		t.Errorf("%v faults, %d keyframes", s.fault(faultTooManyRows), s.keyframes.Len())
	}
}
