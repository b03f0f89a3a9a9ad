package snmp

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// asks says whether a request is for the interface tables.
func (r *request) asks(c column) bool {
	return slices.ContainsFunc(r.oids, func(oid string) bool { return strings.HasPrefix(oid+".", columnPrefix[c]) })
}

// Agents answer the tables in ways of their own. What each counted is known
// nevertheless.
func TestAnswersOutOfPlace(t *testing.T) {
	of := func(variables []gosnmp.SnmpPDU, c column) func(gosnmp.SnmpPDU) bool {
		return func(variable gosnmp.SnmpPDU) bool { return strings.HasPrefix(variable.Name, columnPrefix[c]) }
	}
	for _, c := range []struct {
		name    string
		distort func(*request, []gosnmp.SnmpPDU) []gosnmp.SnmpPDU
		fault   string
	}{
		{"a column is left out", func(_ *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			return slices.DeleteFunc(v, of(v, ifHCInMulticastPkts))
		}, faultDisplaced},
		{"the first column comes last in each repetition", func(r *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			for at, n := 1, len(r.oids)-1; at+n <= len(v); at += n {
				first := v[at]
				copy(v[at:at+n-1], v[at+1:at+n])
				v[at+n-1] = first
			}
			return v
		}, faultDisplaced},
		{"by column and not by row", func(r *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			turned, n := v[:1:1], len(r.oids)-1
			for column := range n {
				for at := 1 + column; at < len(v); at += n {
					turned = append(turned, v[at])
				}
			}
			return turned
		}, faultDisplaced},
		{"each value twice", func(_ *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			var twice []gosnmp.SnmpPDU
			for _, variable := range v {
				twice = append(twice, variable, variable)
			}
			return twice
		}, faultDisplaced},
		{"without sysUpTime", func(_ *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU { return v[1:] }, faultDisplaced},
		{"cut off within a row", func(r *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			return v[:min(len(v), len(r.oids)+3)]
		}, ""},
		{"more than asked", func(r *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			if len(v) < len(r.oids) {
				return v
			}
			return append(v, v[len(v)-len(r.oids)+1:]...)
		}, faultSurplus},
		{"noSuchInstance for a value", func(_ *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			for i := range v {
				if v[i].Name == columnPrefix[ifInErrors]+"5" {
					v[i].Type, v[i].Value = gosnmp.NoSuchInstance, nil
				}
			}
			return v
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			ports := manyPorts(17)
			for i := range ports {
				ports[i].in, ports[i].out = uint64(i)<<33, uint64(i+1)<<34
			}
			s.agent.tables(true, ports...)
			s.agent.change(func() {
				s.agent.distort = func(r *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
					if r.kind != gosnmp.GetBulkRequest {
						return v
					}
					return c.distort(r, v)
				}
			})
			s.poll()
			if c.fault != faultSurplus {
				s.wantResult(resultOK)
			}
			for range 2 {
				want := map[string]gained{}
				for i := range ports {
					ports[i].in += uint64(i)
					ports[i].inErrors++
					want[ports[i].name] = gained{uint64(i), 0, 0}
				}
				s.agent.tables(true, ports...)
				s.poll()
				s.wantRows(want)
				for i, errors := range s.interfaces.InErrors {
					if hole := c.fault == "" && strings.HasPrefix(c.name, "noSuch") && s.interfaces.Interface[i] == s.id("port-5"); errors != 1 && !hole {
						t.Errorf("row %d gained %d errors, want 1", i, errors)
					}
				}
			}
			if c.fault != "" && s.fault(c.fault) == 0 {
				t.Errorf("%s was not counted", c.fault)
			}
			if c.fault != faultDisplaced && s.fault(faultDisplaced) != 0 {
				t.Errorf("%v answers were taken for displaced", s.fault(faultDisplaced))
			}
		})
	}
}

// A column that an agent cannot answer, or answers in circles, costs the others
// nothing: it is left out until everything is read anew.
func TestAColumnTheAgentFailsOver(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*agent)
		fault string
	}{
		{"genErr", func(a *agent) {
			a.refuse = func(r *request) gosnmp.SNMPError {
				if r.asks(ifOutDiscards) {
					return gosnmp.GenErr
				}
				return gosnmp.NoError
			}
		}, faultColumnRefused},
		{"genErr from the fifth row on", func(a *agent) {
			a.refuse = func(r *request) gosnmp.SNMPError {
				for _, oid := range r.oids {
					if index, ok := instance(oid, ifOutDiscards); ok && index+int64(r.repetitions) >= 5 {
						return gosnmp.GenErr
					}
				}
				return gosnmp.NoError
			}
		}, faultColumnRefused},
		{"the same instance for ever", func(a *agent) {
			a.distort = func(r *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
				for i := range v {
					if index, ok := instance(v[i].Name, ifOutDiscards); ok && index > 4 {
						v[i].Name = columnPrefix[ifOutDiscards] + "4"
					}
				}
				return v
			}
		}, faultNonIncreasing},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			ports := manyPorts(30)
			s.agent.tables(true, ports...)
			s.agent.change(func() { c.spoil(s.agent) })
			s.poll()
			s.wantResult(resultOK)
			s.poll()
			faults := s.fault(c.fault)
			if faults == 0 {
				t.Errorf("%s was not counted", c.fault)
			}
			if refused := c.fault == faultColumnRefused; refused != (s.fault(faultStatus) > 0) {
				t.Errorf("%v errors where rows were asked", s.fault(faultStatus))
			}
			want := map[string]gained{}
			for i := range ports {
				ports[i].in += 5
				want[ports[i].name] = gained{5, 0, 0}
			}
			s.agent.tables(true, ports...)
			s.agent.asked()
			s.poll()
			s.wantResult(resultOK)
			s.wantRows(want)
			if s.fault(c.fault) != faults {
				t.Errorf("the column was asked again: %v faults after %v", s.fault(c.fault), faults)
			}
			// Once everything is read anew it is tried again.
			s.agent.change(func() { s.agent.refuse, s.agent.distort = nil, nil })
			s.device.refreshAt = s.worker.clock(time.Now())
			s.poll()
			s.agent.asked()
			s.poll()
			if asked := s.agent.asked(); !asked[len(asked)-1].asks(ifOutDiscards) {
				t.Error("the column is not asked any more")
			}
		})
	}
}

// A name that the agent fails over leaves nothing to tell interfaces by.
func TestNamesTheAgentFailsOver(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(true, manyPorts(3)...)
	s.poll()
	s.agent.change(func() {
		s.agent.refuse = func(r *request) gosnmp.SNMPError {
			if r.asks(ifName) {
				return gosnmp.GenErr
			}
			return gosnmp.NoError
		}
	})
	s.poll()
	s.wantResult(resultAgentError)
	s.wantRows(nil)
	if len(s.device.interfaces) != 3 {
		t.Errorf("%d interfaces are kept, want 3", len(s.device.interfaces))
	}
}

// An agent that loops back to the start of the table is left there.
func TestTablesThatEndEarly(t *testing.T) {
	s := newSingle(t, quickConfig())
	ports := manyPorts(6)
	s.agent.tables(true, ports...)
	s.poll()
	s.agent.tables(true, ports[:3]...) // for one poll it has only half of them
	s.poll()
	s.wantResult(resultOK)
	for i := range ports {
		ports[i].in += 10
	}
	s.agent.tables(true, ports...)
	s.poll()
	want := map[string]gained{}
	for _, p := range ports {
		want[p.name] = gained{10, 0, 0}
	}
	s.wantRows(want)
	s.agent.tables(true)
	for range 2 {
		s.poll()
		s.wantResult(resultOK)
		s.wantRows(nil)
	}
	if len(s.device.interfaces) != 0 {
		t.Errorf("%d interfaces are kept of an empty table", len(s.device.interfaces))
	}
}

// Where an answer ends before all columns of one row the walk does not ask the same for
// ever: rows are asked in parts.
func TestARowThatIsCutOff(t *testing.T) {
	w := new(walk)
	w.start([]column{ifName, ifHCInOctets, ifHCOutOctets}, beforeFirst, wholeTable, nil, func(string) {})
	w.request()
	err := w.absorb([]gosnmp.SnmpPDU{
		{Name: oidSysUpTime, Type: gosnmp.TimeTicks, Value: uint32(1)},
		{Name: columnPrefix[ifName] + "1", Type: gosnmp.OctetString, Value: []byte("a")},
		{Name: columnPrefix[ifHCInOctets] + "1", Type: gosnmp.Counter64, Value: uint64(1)},
	}, 0, 0)
	if !errors.Is(err, errRowTooBig) || len(w.rows) != 0 || w.frontier != beforeFirst {
		t.Errorf("the walk stands at %d with %d rows: %v", w.frontier, len(w.rows), err)
	}
	w.cursors[0].ended, w.cursors[0].last = true, 7
	if w.exhausted(w.cursors[0]) {
		t.Error("a column is taken for exhausted whose last row is not complete")
	}
}
