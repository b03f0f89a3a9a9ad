package snmp

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

func TestIndexesOutOfRange(t *testing.T) {
	s := newSingle(t, quickConfig())
	ports := []port{{index: 0, name: "zero", in: 1, phys: 1}, {index: 7, name: "seven", in: 1}}
	s.agent.tables(true, ports...)
	s.poll()
	s.wantResult(resultOK)
	for i := range ports {
		ports[i].in += 9
	}
	s.agent.tables(true, ports...)
	s.poll()
	s.wantResult(resultOK)
	s.wantRows(map[string]gained{"zero": {9, 0, 0}, "seven": {9, 0, 0}})
	if s.fault(faultBadIndex) == 0 {
		t.Error("an ifIndex of 0 was not counted")
	}
	// The encoder of the test's agent ends at 2^31-1.
	var faults []string
	w := new(walk)
	w.start([]column{ifName}, 7, wholeTable, nil, func(fault string) { faults = append(faults, fault) })
	for _, index := range []int64{1 << 31, math.MaxUint32} {
		w.request()
		err := w.absorb([]gosnmp.SnmpPDU{
			{Name: oidSysUpTime, Type: gosnmp.TimeTicks, Value: uint32(1)},
			{Name: columnPrefix[ifName] + strconv.FormatInt(index, 10), Type: gosnmp.OctetString, Value: []byte("huge")},
		}, 0, 0)
		if err != nil || w.frontier != index || int64(w.rows[len(w.rows)-1].index) != index {
			t.Errorf("ifIndex %d: the walk stands at %d: %v", index, w.frontier, err)
		}
	}
	if w.request() != nil || !slices.Equal(faults, []string{faultBadIndex, faultBadIndex}) {
		t.Errorf("faults %v", faults)
	}
}

// Rows that ifTable has and ifXTable has not are read from ifTable.
func TestFewerRowsInIfXTable(t *testing.T) {
	s := newSingle(t, quickConfig())
	a, b, c := port{index: 1, name: "a", in: 1 << 40}, port{index: 2, descr: "b", in: 5}, port{index: 3, descr: "c", in: 7}
	load := func() {
		s.agent.tables(true, a, b, c)
		s.agent.change(func() {
			for oid := range s.agent.objects {
				if strings.HasPrefix(oid, ".1.3.6.1.2.1.31.") && !strings.HasSuffix(oid, ".1") {
					delete(s.agent.objects, oid)
				}
			}
			s.agent.order = nil
		})
	}
	load()
	s.poll()
	for range 2 {
		a.in, b.in, c.in = a.in+1, b.in+2, c.in+3
		load()
		s.poll()
		s.wantResult(resultOK)
		s.wantRows(map[string]gained{"a": {1, 0, 0}, "b": {2, 0, 0}, "c": {3, 0, 0}})
	}
	if !slices.Equal(s.interfaces.Width, []uint8{64, 32, 32}) {
		t.Errorf("widths %v", s.interfaces.Width)
	}
}

// Firmware is known whose 64-bit counters never move.
func TestStuckCounters(t *testing.T) {
	for _, start := range []uint64{0, 1 << 20} {
		t.Run(fmt.Sprintf("after %d octets", start), func(t *testing.T) {
			s := newSingle(t, quickConfig())
			p := port{index: 1, name: "a", in: start, out: start}
			load := func() {
				s.agent.tables(true, p)
				s.agent.set(columnPrefix[ifHCInOctets]+"1", gosnmp.Counter64, uint64(0))
				s.agent.set(columnPrefix[ifHCOutOctets]+"1", gosnmp.Counter64, uint64(0))
			}
			load()
			s.poll()
			p.in, p.out = p.in+1_000_000, p.out+2_000_000
			load()
			s.poll()
			if start > 0 {
				s.wantRows(map[string]gained{"a": {1_000_000, 2_000_000, 0}})
			} else {
				s.wantRows(nil) // the two counters cannot be compared
				s.wantKeyframes("a")
			}
			for range 2 {
				p.in, p.out = p.in+100, p.out+200
				load()
				s.poll()
				s.wantRows(map[string]gained{"a": {100, 200, 0}})
				if s.interfaces.Width[0] != 32 {
					t.Errorf("the width is %d", s.interfaces.Width[0])
				}
			}
			if s.fault(faultStuck) != 1 {
				t.Errorf("%v stuck counters, want 1", s.fault(faultStuck))
			}
			// New firmware: they count. All columns are asked again at the latest when
			// everything is.
			s.agent.tables(true, p)
			s.device.refreshAt = s.worker.clock(time.Now())
			s.poll()
			s.wantRows(nil)
			s.wantKeyframes("a")
			p.in += 3
			s.agent.tables(true, p)
			s.poll()
			s.wantRows(map[string]gained{"a": {3, 0, 0}})
			if s.interfaces.Width[0] != 64 {
				t.Errorf("the width is %d", s.interfaces.Width[0])
			}
		})
	}
}

// Values of a wrong type are missing, and never a figure.
func TestValuesOfWrongTypes(t *testing.T) {
	for name, value := range map[string]gosnmp.SnmpPDU{
		"text":              {Type: gosnmp.OctetString, Value: "12345"},
		"a negative number": {Type: gosnmp.Integer, Value: -12345},
		"an address":        {Type: gosnmp.IPAddress, Value: "192.0.2.1"},
		"an OID":            {Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1"},
		"an opaque float":   {Type: gosnmp.OpaqueFloat, Value: float32(1.5)},
		"nothing":           {Type: gosnmp.Null},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			p := port{index: 1, name: "a", in: 100, inErrors: 1}
			load := func() {
				s.agent.tables(true, p)
				for _, c := range []column{ifInErrors, ifHighSpeed, ifHCInUcastPkts, ifInUcastPkts} {
					s.agent.set(columnPrefix[c]+"1", value.Type, value.Value)
				}
			}
			load()
			s.poll()
			p.in += 5
			load()
			s.poll()
			s.wantResult(resultOK)
			s.wantRows(map[string]gained{"a": {5, 0, 0}})
			if s.interfaces.InErrors[0] != 0 || s.interfaces.InUcastPkts[0] != 0 || s.interfaces.SpeedBps[0] != 1_000_000_000 {
				t.Errorf("row %+v", s.interfaces)
			}
			if s.fault(faultMalformed) == 0 {
				t.Error("malformed values were not counted")
			}
		})
	}
}

// ifHighSpeed of 0 beside an ifSpeed that is right.
func TestSpeedWithoutIfHighSpeed(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(true, port{index: 1, name: "a", in: 1})
	s.agent.set(columnPrefix[ifHighSpeed]+"1", gosnmp.Gauge32, uint(0))
	s.agent.set(columnPrefix[ifSpeed]+"1", gosnmp.Gauge32, uint(64_000))
	for range 3 {
		s.poll()
	}
	if got := s.interfaces.SpeedBps; len(got) != 1 || got[0] != 64_000 {
		t.Errorf("speeds %v, want 64,000 bit/s", got)
	}
}
