package snmp

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
)

// keptText is what a poller keeps, as another moment would have it.
func keptText(t *testing.T, s *single) []byte {
	t.Helper()
	text, err := s.worker.Keep()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// restartedFrom returns a poller of the same agent that took over what was kept.
func restartedFrom(t *testing.T, s *single, text []byte) *single {
	t.Helper()
	next := newSingleAt(t, quickConfig(), s.agent, s.agent.port())
	if interfaces, err := next.worker.Restore(text); err != nil || interfaces != len(s.device.interfaces) {
		t.Fatalf("took over %d interfaces: %v", interfaces, err)
	}
	return next
}

func TestTheFirstPollAfterARestartMakesADifference(t *testing.T) {
	s := newSingle(t, quickConfig())
	a, b := port{index: 1, name: "a", in: 1 << 40, out: 7, discontinuity: 1}, port{index: 2, name: "b", in: 1 << 30}
	s.agent.tables(true, a, b)
	s.poll()
	text := keptText(t, s)
	a.in, a.out, b.in, b.discontinuity = a.in+5000, a.out+70, b.in+3, 9
	a.index, b.index = 2, 1 // moved meanwhile
	s.agent.tables(true, a, b)
	s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(1_000_050))
	next := restartedFrom(t, s, text)
	next.poll()
	next.wantRows(map[string]gained{"a": {5000, 70, 0}, "b": {3, 0, sample.EvidenceDiscontinuity}})
	next.wantKeyframes("a", "b")
	next.wantIdentities(map[string]uint32{"a": 2, "b": 1})
	got := next.interfaces
	if got.UptimeStart[0] != 1_000_000 || got.UptimeEnd[0] != 1_000_050 || got.IntervalMs[0] == 0 || got.IntervalMs[0] > 60_000 {
		t.Errorf("%+v", got)
	}
}

func TestAResetWhileThePollerWasAwayIsNoticed(t *testing.T) {
	s := newSingle(t, quickConfig())
	p := port{index: 1, name: "a", in: 1 << 40}
	s.agent.tables(true, p)
	s.poll()
	text := keptText(t, s)
	p.in = 1<<40 + 5
	s.agent.tables(true, p)
	s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(1))
	next := restartedFrom(t, s, text)
	next.poll()
	next.wantRows(map[string]gained{"a": {5, 0, sample.EvidenceUptimeReset}})
}

// On another start of the machine the clock of the wall alone says how long ago the
// counters were read, and it may have been set: the agent's clock must confirm it.
func TestCountersOfAnotherBootNeedTheAgentsClock(t *testing.T) {
	for _, c := range []struct {
		name      string
		sysUpTime uint32
		rows      map[string]gained
	}{
		{"confirmed", 1_000_100, map[string]gained{"a": {5, 0, 0}}},
		{"an hour apart", 1_360_000, nil},
		{"fell", 100, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			p := port{index: 1, name: "a", in: 1 << 40}
			s.agent.tables(true, p)
			s.poll()
			all, err := readKept(keptText(t, s))
			if err != nil {
				t.Fatal(err)
			}
			all.Boot = "another"
			text, err := writeKept(all)
			if err != nil {
				t.Fatal(err)
			}
			p.in += 5
			s.agent.tables(true, p)
			s.agent.set(oidSysUpTime, gosnmp.TimeTicks, c.sysUpTime)
			next := restartedFrom(t, s, text)
			next.poll()
			next.wantRows(c.rows)
			next.wantKeyframes("a")
		})
	}
}

func TestCountersThatAreOfNoUse(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(true, port{index: 1, name: "a"})
	s.poll()
	text := keptText(t, s)
	change := func(change func(*kept)) []byte {
		all, err := readKept(text)
		if err != nil {
			t.Fatal(err)
		}
		change(&all)
		changed, err := writeKept(all)
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	for name, text := range map[string][]byte{
		"empty":       nil,
		"cut off":     text[:len(text)-1],
		"old":         change(func(k *kept) { k.SinceBoot -= 2 * time.Hour }),
		"old by wall": change(func(k *kept) { k.Boot = ""; k.WallMs -= 7_200_000 }),
		"ahead":       change(func(k *kept) { k.Boot = ""; k.WallMs += 60_000 }),
	} {
		next := newSingleAt(t, quickConfig(), s.agent, s.agent.port())
		if interfaces, err := next.worker.Restore(text); !errors.Is(err, errUnusable) || interfaces != 0 {
			t.Errorf("%s: %d, %v", name, interfaces, err)
		}
	}
	for at := range text {
		broken := []byte(strings.Clone(string(text)))
		broken[at] ^= 4
		next := newSingleAt(t, quickConfig(), s.agent, s.agent.port())
		if _, err := next.worker.Restore(broken); !errors.Is(err, errUnusable) {
			t.Fatalf("byte %d changed: %v", at, err)
		}
	}
	// A device at another address is another device.
	next := newSingleAt(t, quickConfig(), s.agent, s.agent.port())
	interfaces, err := next.worker.Restore(change(func(k *kept) { k.Devices[0].Address = "192.0.2.1" }))
	if interfaces != 0 || err != nil {
		t.Errorf("%d, %v", interfaces, err)
	}
}
