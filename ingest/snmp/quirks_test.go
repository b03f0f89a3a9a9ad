package snmp

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
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

func TestMisreadRepetitions(t *testing.T) {
	for name, c := range map[string]struct {
		read   func(repetitions int) int
		refuse bool
	}{
		"as negative":  {read: func(n int) int { return max(0, int(int8(n))) }},
		"as one":       {read: func(int) int { return 1 }},
		"not at all":   {refuse: true},
		"as it should": {read: func(n int) int { return n }},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := quickConfig()
			cfg.Timeout = 5 * time.Second
			cfg.MaxRepetitions, cfg.AnswerBytes = 200, 60_000
			s := newSingle(t, cfg)
			table := newLargeTable(300)
			table.columns = []column{ifName, ifHCInOctets, ifHCOutOctets}
			s.agent.change(func() {
				s.agent.large = table
				s.agent.distort = func(r *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
					if r.repetitions <= safeRepetitions || c.refuse {
						return v
					}
					return v[:min(len(v), 1+c.read(r.repetitions)*(len(r.oids)-1))]
				}
				s.agent.refuse = func(r *request) gosnmp.SNMPError {
					if c.refuse && r.repetitions > safeRepetitions {
						return gosnmp.GenErr
					}
					return gosnmp.NoError
				}
			})
			for range 3 {
				s.agent.asked()
				s.poll()
				s.wantResult(resultOK)
			}
			if s.interfaces.Len() != 300 {
				t.Errorf("%d rows, want 300", s.interfaces.Len())
			}
			most := 0
			for _, asked := range s.agent.asked() {
				most = max(most, asked.repetitions)
			}
			switch sound := name == "as it should"; {
			case sound && (most != 200 || s.fault(faultMisread) != 0):
				t.Errorf("up to %d repetitions are asked, %v faults", most, s.fault(faultMisread))
			case !sound && (most > safeRepetitions || s.fault(faultMisread) != 1):
				t.Errorf("up to %d repetitions are asked, %v faults", most, s.fault(faultMisread))
			}
		})
	}
}

func TestPace(t *testing.T) {
	p := newPace(100)
	p.fell(100)
	p.fell(50)
	if p.repetitions != 25 {
		t.Errorf("%d repetitions after two answers that failed, want 25", p.repetitions)
	}
	for range 100 {
		p.full(p.repetitions)
		if p.repetitions >= 50 {
			t.Fatalf("%d repetitions, though 50 had failed just before", p.repetitions)
		}
	}
	if p.repetitions != 49 {
		t.Errorf("%d repetitions after many answers, want 49", p.repetitions)
	}
	for range probeAfter + 10*growAfter {
		p.full(p.repetitions)
	}
	if p.repetitions != 100 {
		t.Errorf("%d repetitions after more, want 100", p.repetitions)
	}
	p.full(5) // the end of a table
	if p.fell(100); p.repetitions != 50 {
		t.Errorf("%d repetitions, want 50", p.repetitions)
	}
}

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

// Long texts make for fewer rows in an answer.
func TestAnswersStayShort(t *testing.T) {
	cfg := quickConfig()
	cfg.MaxRepetitions = 127
	s := newSingle(t, cfg)
	ports := manyPorts(60)
	for i := range ports {
		ports[i].name = strings.Repeat("x", 200) + strconv.Itoa(i)
	}
	s.agent.tables(true, ports...)
	s.poll()
	longest := 0
	s.agent.change(func() {
		s.agent.distort = func(_ *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			size := 0
			for _, variable := range v {
				size += 20
				if text, ok := variable.Value.(string); ok {
					size += len(text)
				}
			}
			longest = max(longest, size)
			return v
		}
	})
	for range 2 {
		s.poll()
	}
	if s.interfaces.Len() != 60 || longest == 0 || longest > cfg.AnswerBytes*5/4 {
		t.Errorf("%d rows, answers of up to %d octets", s.interfaces.Len(), longest)
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
