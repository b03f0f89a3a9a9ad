package snmp

import (
	"bytes"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/replay"
)

// An agent of version 1 has neither GETBULK nor Counter64: a request asks for one row,
// and its parts where the answer would be too big.
func TestInterfacesByVersion1(t *testing.T) {
	const interfaces = 5
	load := func(walk *replay.Walk, gained uint32) {
		for i := range uint32(interfaces) {
			for c, value := range map[column]replay.Value{
				ifDescr: replay.String(fmt.Sprintf("Ethernet%d", i)), ifType: replay.Integer(6), ifSpeed: replay.Gauge32(10_000_000),
				ifAdminStatus: replay.Integer(1), ifOperStatus: replay.Integer(1),
				ifInOctets: replay.Counter32(4_000_000_000 + i + gained), ifOutOctets: replay.Counter32(i + 2*gained),
				ifInUcastPkts: replay.Counter32(i), ifOutUcastPkts: replay.Counter32(i), ifInErrors: replay.Counter32(i), ifOutErrors: replay.Counter32(i),
			} {
				if err := walk.Put(columnPrefix[c]+strconv.Itoa(int(3*i+1)), value); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, most := range []int{0, 200} {
		t.Run(fmt.Sprintf("answers of up to %d octets", most), func(t *testing.T) {
			walk := replay.NewWalk()
			if err := walk.Put(oidSysUpTime, replay.TimeTicks(1_000_000)); err != nil {
				t.Fatal(err)
			}
			load(walk, 0)
			agent, _ := runAgent(t, replay.Config{Walk: walk, Versions: []string{"1"}, Quirks: replay.Quirks{MaxAnswerBytes: most}})
			s := newSingleAt(t, quickConfig(), nil, agent.Addr().Port())
			s.device.inventory.SNMP.Version = inventory.SNMPv1
			s.poll()
			s.wantResult(resultOK)
			s.poll() // for what is of use alone
			later := walk.Clone()
			load(later, 500_000_000) // over the end of 32 bits
			agent.SetWalk(later)
			before := agent.Counts()
			s.poll()
			s.wantResult(resultOK)
			want := map[string]gained{}
			for i := range interfaces {
				want[fmt.Sprintf("Ethernet%d", i)] = gained{500_000_000, 1_000_000_000, 0}
			}
			s.wantRows(want)
			if asked := agent.Counts().Requests - before.Requests; most == 0 && asked > interfaces+6 {
				t.Errorf("%d requests for %d rows", asked, interfaces)
			}
			if (most > 0) != (s.fault(faultRowTooBig) > 0) {
				t.Errorf("%v rows were too big", s.fault(faultRowTooBig))
			}
		})
	}
}

// An agent that is asked by version 1 for the object after ifHCInOctets must pass over
// every Counter64 it has: it is not asked.
func TestVersion1AsksFor32BitCountersAlone(t *testing.T) {
	agent, _ := runAgent(t, replay.Config{Walk: walkOf(t, 0)})
	wide, narrow := []byte{0x2b, 6, 1, 2, 1, 31, 1, 1, 1, 6}, []byte{0x2b, 6, 1, 2, 1, 2, 2, 1, 10}
	for version, want := range map[string]bool{inventory.SNMPv1: false, inventory.SNMPv2c: true} {
		var askedWide, askedNarrow atomic.Bool
		m := newMeddler(t, agent.Addr(), func(request, answer []byte) [][]byte {
			askedWide.Store(askedWide.Load() || bytes.Contains(request, wide))
			askedNarrow.Store(askedNarrow.Load() || bytes.Contains(request, narrow))
			return [][]byte{answer}
		})
		s := newSingleAt(t, quickConfig(), nil, m.port())
		s.device.inventory.SNMP.Version = version
		s.poll()
		s.wantResult(resultOK)
		if askedWide.Load() != want || !askedNarrow.Load() {
			t.Errorf("version %s: ifHCInOctets is asked: %t, ifInOctets: %t", version, askedWide.Load(), askedNarrow.Load())
		}
	}
}
