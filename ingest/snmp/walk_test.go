package snmp

import (
	"fmt"
	"testing"
	"time"
)

func manyPorts(n int) []port {
	ports := make([]port, n)
	for i := range ports {
		ports[i] = port{index: i + 1, name: fmt.Sprintf("port-%d", i+1), in: uint64(1000 * i)}
	}
	return ports
}

func TestAnswersTooBig(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit func(*agent)
		fault string
	}{
		{"tooBig", func(a *agent) { a.tooBigFrom = 60 }, faultTooBig},
		{"large answers are lost", func(a *agent) { a.loseFrom = 100 }, faultLostAnswer},
		{"truncated within a row", func(a *agent) { a.truncateAt = 50 }, ""},
		{"not one row fits", func(a *agent) { a.truncateAt = 9 }, faultRowTooBig},
		{"not one row fits, and tooBig", func(a *agent) { a.tooBigFrom = 12 }, faultRowTooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := quickConfig()
			cfg.Timeout, cfg.Retries = 5*time.Second, 0
			if c.fault == faultLostAnswer { // each is waited for
				cfg.Timeout = 500 * time.Millisecond
			}
			s := newSingle(t, cfg)
			ports := manyPorts(12)
			s.agent.tables(true, ports...)
			s.agent.change(func() { c.limit(s.agent) })
			s.poll()
			s.wantResult(resultOK)
			want := map[string]gained{}
			for i := range ports {
				ports[i].in += uint64(i)
				want[ports[i].name] = gained{uint64(i), 0, 0}
			}
			s.agent.tables(true, ports...)
			s.poll()
			s.wantRows(want)
			if c.fault != "" && s.fault(c.fault) == 0 {
				t.Errorf("%s was not counted", c.fault)
			}
			s.poll() // how much it can answer is found from below too
			counted := s.fault(faultTooBig) + s.fault(faultLostAnswer) + s.fault(faultRowTooBig)
			s.poll()
			s.wantResult(resultOK)
			if now := s.fault(faultTooBig) + s.fault(faultLostAnswer) + s.fault(faultRowTooBig); now != counted {
				t.Errorf("what the agent cannot answer was not learnt: %v faults after %v", now, counted)
			}
		})
	}
}

func TestLostAnswersAreAskedAgain(t *testing.T) {
	s := newSingle(t, quickConfig())
	ports := manyPorts(3)
	s.agent.tables(true, ports...)
	s.poll()
	s.agent.change(func() { s.agent.lose = 1 })
	s.poll()
	s.wantResult(resultOK)
	s.wantRows(map[string]gained{"port-1": {}, "port-2": {}, "port-3": {}})
	if got := metric(t, s.registry, "mimamori_snmp_retries_total", ""); got != 1 {
		t.Errorf("%v retries counted, want 1", got)
	}
}

func TestNonIncreasing(t *testing.T) {
	for name, fault := range map[string]func(*agent){
		"descending": func(a *agent) { a.descending = true },
		"stuck":      func(a *agent) { a.stuck = true },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := quickConfig()
			cfg.MaxRepetitions = 3
			s := newSingle(t, cfg)
			s.agent.tables(true, manyPorts(8)...)
			s.poll()
			s.agent.change(func() { fault(s.agent) })
			s.poll()
			s.wantResult(resultIncomplete)
			if s.fault(faultNonIncreasing) != 1 {
				t.Errorf("%v non-increasing OIDs counted, want 1", s.fault(faultNonIncreasing))
			}
			if s.uptimes.Len() != 1 || s.interfaces.Len() == 0 || s.interfaces.Len() == 8 {
				t.Errorf("%d uptimes and %d rows of a table that could be read in part", s.uptimes.Len(), s.interfaces.Len())
			}
			if len(s.device.interfaces) != 8 {
				t.Errorf("%d interfaces are kept: those that could not be read may still be there", len(s.device.interfaces))
			}
		})
	}
}

// TestAVariableIsPrintedAsByOthers holds what differs from text in quotes: what is empty.
func TestAVariableIsPrintedAsByOthers(t *testing.T) {
	for want, variable := range map[string]Variable{
		`.1.3.6.1 = ""`:                        {OID: ".1.3.6.1", Type: "STRING", Value: ""},
		`.1.3.6.1 = STRING: "a \"b\""`:         {OID: ".1.3.6.1", Type: "STRING", Value: `a "b"`},
		`.1.3.6.1 = Timeticks: (0) 0:00:00.00`: {OID: ".1.3.6.1", Type: "Timeticks", Value: uint64(0)},
	} {
		if got := variable.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
