package snmp

import (
	"math"
	"testing"

	"github.com/gosnmp/gosnmp"
)

func TestWrongTypes(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(true, port{index: 1, name: "a\xff\x00 ", in: 1}, port{index: 2, name: "b"})
	s.agent.set(columnPrefix[ifInErrors]+"1", gosnmp.OctetString, "many")
	s.agent.set(columnPrefix[ifOperStatus]+"1", gosnmp.Integer, -5)
	s.agent.set(columnPrefix[ifHighSpeed]+"1", gosnmp.Gauge32, uint(math.MaxUint32))
	s.agent.set(columnPrefix[ifHCInOctets]+"2", gosnmp.Counter32, uint(7))
	s.agent.set(oidSysUpTime, gosnmp.OctetString, "a while")
	s.agent.set(oidSysName, gosnmp.Integer, 5)
	s.poll()
	s.poll()
	s.wantResult(resultOK)
	s.wantRows(map[string]gained{"a\uFFFD": {}, "b": {}})
	if s.fault(faultMalformed) == 0 {
		t.Error("malformed values were not counted")
	}
	if s.interfaces.OperStatus[0] != 0 || s.interfaces.Width[1] != 32 || s.uptimes.Len() != 0 {
		t.Errorf("rows %+v", s.interfaces)
	}
}

func TestValuesOutOfRange(t *testing.T) {
	for _, c := range []struct {
		column column
		value  gosnmp.SnmpPDU
		want   bool
	}{
		{ifInOctets, gosnmp.SnmpPDU{Type: gosnmp.Counter32, Value: uint(math.MaxUint32)}, true},
		{ifInOctets, gosnmp.SnmpPDU{Type: gosnmp.Counter32, Value: uint(math.MaxUint32 + 1)}, false},
		{ifHCInOctets, gosnmp.SnmpPDU{Type: gosnmp.Counter64, Value: uint64(math.MaxUint64)}, true},
		{ifHCInOctets, gosnmp.SnmpPDU{Type: gosnmp.Counter64}, false},
		{ifMtu, gosnmp.SnmpPDU{Type: gosnmp.Integer, Value: -1}, false},
		{ifName, gosnmp.SnmpPDU{Type: gosnmp.Integer, Value: 1}, false},
		{ifName, gosnmp.SnmpPDU{Type: gosnmp.OctetString, Value: []byte("eth0")}, true},
	} {
		if got := new(row).set(c.column, c.value); got != c.want {
			t.Errorf("column %d takes %+v: %v, want %v", c.column, c.value, got, c.want)
		}
	}
}

func TestInstance(t *testing.T) {
	const none = -1
	for oid, want := range map[string]int64{
		".1.3.6.1.2.1.2.2.1.10.7":           7,
		".1.3.6.1.2.1.2.2.1.10.4294967295":  math.MaxUint32,
		".1.3.6.1.2.1.2.2.1.10.0":           0,
		".1.3.6.1.2.1.2.2.1.10.4294967296":  none,
		".1.3.6.1.2.1.2.2.1.10.42949672951": none,
		".1.3.6.1.2.1.2.2.1.10.":            none,
		".1.3.6.1.2.1.2.2.1.10":             none,
		".1.3.6.1.2.1.2.2.1.10.7.1":         none,
		".1.3.6.1.2.1.2.2.1.11.7":           none,
		".1.3.6.1.2.1.2.2.1.1.7":            none,
	} {
		if index, ok := instance(oid, ifInOctets); ok != (want != none) || ok && index != want {
			t.Errorf("%s: %d, %v, want %d", oid, index, ok, want)
		}
	}
}

func TestSpeed(t *testing.T) {
	for _, c := range []struct{ ifSpeed, ifHighSpeed, want uint64 }{
		{1_544_000, 2, 1_544_000}, // ifHighSpeed is rounded
		{math.MaxUint32, 10_000, 10_000_000_000},
		{1_410_065_408, 10_000, 10_000_000_000}, // what is left of it in 32 bits
		{0, 100, 100_000_000},
		{64_000, 0, 64_000},
		{0, 0, 0},
		{math.MaxUint32, 0, 0},
	} {
		r := new(row)
		r.values[ifSpeed], r.values[ifHighSpeed] = c.ifSpeed, c.ifHighSpeed
		if got := r.speed(); got != c.want {
			t.Errorf("ifSpeed %d and ifHighSpeed %d: %d, want %d", c.ifSpeed, c.ifHighSpeed, got, c.want)
		}
	}
}
