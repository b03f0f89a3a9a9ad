package snmp

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

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
	s.agent.change(func() { s.agent.distort = nil })
	if s.interfaces.Len() != 60 || longest == 0 || longest > cfg.AnswerBytes*5/4 {
		t.Errorf("%d rows, answers of up to %d octets", s.interfaces.Len(), longest)
	}
}

func TestWalkOfAnAgentThatMisreadsRepetitions(t *testing.T) {
	a := newAgent(t)
	table := newLargeTable(300)
	a.change(func() {
		a.large = table
		a.distort = func(r *request, v []gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
			if r.repetitions > safeRepetitions {
				return v[:1]
			}
			return v
		}
	})
	cfg := quickConfig()
	cfg.MaxRepetitions = 200
	found := 0
	err := Walk(t.Context(), cfg, stationOf(a.port()).Devices[0].Device, columnPrefix[ifName], func(Variable) error {
		found++
		return nil
	})
	if err != nil || found != 300 {
		t.Errorf("%d names, want 300: %v", found, err)
	}
}
