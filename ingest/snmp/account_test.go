package snmp

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
)

func TestHighCapacityCounters(t *testing.T) {
	s := newSingle(t, quickConfig())
	a := port{index: 1, name: "ge-0/0/0", alias: "uplink", in: 1 << 40, out: 1 << 41, inPackets: 4000, outPackets: 8000, inErrors: math.MaxUint32}
	b := port{index: 2, name: "ge-0/0/1", in: math.MaxUint64 - 99}
	s.agent.tables(true, a, b)
	s.poll()
	s.wantResult(resultOK)
	s.wantRows(nil)
	s.wantKeyframes(a.name, b.name)
	s.wantIdentities(map[string]uint32{a.name: 1, b.name: 2})
	if s.keyframes.InOctets[0] != 1<<40 || s.keyframes.Width[0] != 64 || s.keyframes.UptimeEnd[0] != 1_000_000 {
		t.Errorf("keyframe %+v", s.keyframes)
	}
	if got := s.identities; got.Alias[0] != "uplink" || got.Description[0] != "Port ge-0/0/0" || got.PhysAddress[0] != "02:00:00:00:00:01" || got.MTU[0] != 1500 || got.IfType[0] != 6 {
		t.Errorf("identity %+v", got)
	}
	if s.devices.Len() != 1 || s.devices.SysName[0] != "edge-1" || s.devices.SysObjectID[0] != "1.3.6.1.4.1.32473.1" || s.devices.SysDescr[0] != "A router" {
		t.Errorf("device %+v", s.devices)
	}
	if s.uptimes.Len() != 1 || s.uptimes.SysUpTime[0] != 1_000_000 || s.uptimes.Presence[0] != 0 || s.uptimes.OffsetMs[0] < 1000 {
		t.Errorf("uptime %+v", s.uptimes)
	}

	a.in, a.out, a.inPackets, a.outPackets, a.inErrors = a.in+5000, a.out+7000, a.inPackets+400, a.outPackets+800, 6
	b.in += 50
	s.agent.tables(true, a, b)
	s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(1_000_050))
	s.agent.asked()
	s.poll()
	s.wantRows(map[string]gained{a.name: {5000, 7000, 0}, b.name: {50, 0, 0}})
	s.wantKeyframes()
	s.wantIdentities(nil)
	got := s.interfaces
	if got.InUcastPkts[0] != 400 || got.OutUcastPkts[0] != 800 || got.InMulticastPkts[0] != 20 || got.OutBroadcastPkts[0] != 20 || got.InErrors[0] != 7 {
		t.Errorf("row %+v", got)
	}
	if got.Width[0] != 64 || got.SpeedBps[0] != 1_000_000_000 || got.AdminStatus[0] != 1 || got.OperStatus[0] != 2 {
		t.Errorf("row %+v", got)
	}
	if got.UptimeStart[0] != 1_000_000 || got.UptimeEnd[0] != 1_000_050 || got.IntervalMs[0] == 0 || got.IntervalMs[0] > 60_000 || got.OffsetMs[0] < 1000 {
		t.Errorf("row %+v", got)
	}
	if s.devices.Len() != 0 {
		t.Error("a device that has not changed was handed on again")
	}
	// A known device is asked for its clocks and for what is of use of its tables,
	// in one request: rows that it had and one more.
	asked := s.agent.asked()
	if len(asked) != 2 || asked[1].repetitions != 3 || len(asked[1].oids) != 1+18 {
		t.Errorf("requests %+v", asked)
	}
}

func TestCounters32(t *testing.T) {
	s := newSingle(t, quickConfig())
	a := port{index: 1, descr: "Ethernet0", in: math.MaxUint32 - 99, out: 5, inPackets: 1000}
	s.agent.tables(false, a)
	s.poll()
	s.wantKeyframes("Ethernet0")
	s.wantIdentities(map[string]uint32{"Ethernet0": 1})
	a.in, a.out, a.inPackets = a.in+300, 4, 1500 // both have gone over their end
	s.agent.tables(false, a)
	s.poll()
	s.wantRows(map[string]gained{"Ethernet0": {300, math.MaxUint32, 0}})
	if got := s.interfaces; got.Width[0] != 32 || got.InUcastPkts[0] != 500 || got.InMulticastPkts[0] != 50 || got.InBroadcastPkts[0] != 0 {
		t.Errorf("row %+v", got)
	}
}

// An agent may have 64-bit counters for its fast interfaces alone, and 64-bit
// octets without 64-bit packets.
func TestMixedWidths(t *testing.T) {
	s := newSingle(t, quickConfig())
	fast := port{index: 1, name: "fast", in: 1 << 40, inPackets: 10}
	slow := port{index: 2, name: "slow", in: 500, inPackets: 20}
	load := func() {
		s.agent.tables(true, fast, slow)
		s.agent.remove(columnPrefix[ifHCInUcastPkts])
		s.agent.remove(columnPrefix[ifHCInOctets] + "2")
		s.agent.remove(columnPrefix[ifHCOutOctets] + "2")
	}
	load()
	s.poll()
	s.wantKeyframes("fast", "slow")
	for range 2 {
		fast.in, fast.inPackets, slow.in = fast.in+10, fast.inPackets+3, slow.in+20
		load()
		s.poll()
		s.wantRows(map[string]gained{"fast": {10, 0, 0}, "slow": {20, 0, 0}})
		if s.interfaces.Width[0] != 64 || s.interfaces.Width[1] != 32 || s.interfaces.InUcastPkts[0] != 3 {
			t.Errorf("rows %+v", s.interfaces)
		}
	}
	// When 64-bit counters appear, what passed meanwhile cannot be known.
	fast.inPackets += 1000
	s.agent.tables(true, fast, slow)
	s.device.refreshAt = 0
	s.device.clocks = nil // all columns are asked again
	s.poll()
	s.wantRows(map[string]gained{"fast": {0, 0, 0}})
	if s.interfaces.InUcastPkts[0] != 0 {
		t.Errorf("%d packets are the difference of two counters", s.interfaces.InUcastPkts[0])
	}
	if !slices.Contains(s.keyframes.Width, 64) || slices.Contains(s.keyframes.Width, 32) {
		t.Errorf("keyframes %+v", s.keyframes)
	}
}

func TestResets(t *testing.T) {
	const start = 1_000_000
	fell := uint64(10)
	fell -= 1 << 40
	for _, c := range []struct {
		name   string
		change func(*single, *port)
		want   gained
	}{
		{"counters fell", func(_ *single, p *port) { p.in = 10 },
			gained{fell, 0, sample.EvidenceCountersFell}},
		{"discontinuity", func(_ *single, p *port) { p.in += 7; p.discontinuity = 500 },
			gained{7, 0, sample.EvidenceDiscontinuity}},
		{"reboot", func(s *single, p *port) {
			p.in = 10
			s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(200))
			s.agent.set(oidHrSystemUptime, gosnmp.TimeTicks, uint32(200))
			s.agent.set(oidEngineBoots, gosnmp.Integer, 8)
			s.agent.set(oidEngineTime, gosnmp.Integer, 2)
		}, gained{fell, 0, sample.EvidenceCountersFell | sample.EvidenceUptimeReset}},
		{"agent restart by hrSystemUptime", func(s *single, p *port) {
			p.in += 9
			s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(200))
			s.agent.set(oidEngineBoots, gosnmp.Integer, 8)
			s.agent.set(oidEngineTime, gosnmp.Integer, 2)
		}, gained{9, 0, sample.EvidenceUptimeReset | sample.EvidenceAgentRestart}},
		{"agent restart by snmpEngineTime", func(s *single, p *port) {
			p.in += 9
			s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(200))
			s.agent.remove(oidHrSystemUptime)
		}, gained{9, 0, sample.EvidenceUptimeReset | sample.EvidenceAgentRestart}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(start))
			s.agent.set(oidHrSystemUptime, gosnmp.TimeTicks, uint32(5_000_000))
			s.agent.set(oidEngineBoots, gosnmp.Integer, 7)
			s.agent.set(oidEngineTime, gosnmp.Integer, 10_000)
			p := port{index: 3, name: "wan", in: 1 << 40}
			s.agent.tables(true, p)
			s.poll()
			if s.uptimes.Presence[0] != sample.HasHrSystemUptime|sample.HasEngineTime || s.uptimes.EngineBoots[0] != 7 || s.uptimes.EngineTime[0] != 10_000 {
				t.Errorf("uptime %+v", s.uptimes)
			}
			c.change(s, &p)
			s.agent.tables(true, p)
			s.agent.set(oidSysDescr, gosnmp.OctetString, "A router with new software")
			s.poll()
			s.wantRows(map[string]gained{"wan": c.want})
			s.wantKeyframes("wan")
			s.wantIdentities(nil)
			if restarted := c.want.evidence&sample.EvidenceUptimeReset != 0; restarted != (s.devices.Len() == 1) {
				t.Errorf("restarted %v, devices %+v", restarted, s.devices)
			}
			p.in += 30
			s.agent.tables(true, p)
			s.poll()
			s.wantRows(map[string]gained{"wan": {30, 0, 0}})
			s.wantKeyframes()
		})
	}
}

// A restart is seen in the clocks where the answer with the counters has no sysUpTime.
func TestRestartOfAnAgentWithoutUptimeInItsTables(t *testing.T) {
	s := newSingle(t, quickConfig())
	uptime := uint32(5_000_000)
	s.agent.change(func() {
		s.agent.before = func(r *request) {
			if r.kind == gosnmp.GetBulkRequest {
				delete(s.agent.objects, oidSysUpTime)
				s.agent.order = nil
				return
			}
			s.agent.put(oidSysUpTime, gosnmp.TimeTicks, uptime)
		}
	})
	s.agent.tables(false, port{index: 1, descr: "wan", in: 4_000_000_000})
	s.poll()
	s.agent.tables(false, port{index: 1, descr: "wan", in: 4_000_000_100})
	s.poll()
	s.wantRows(map[string]gained{"wan": {100, 0, 0}})
	s.agent.change(func() { uptime = 3 })
	s.agent.tables(false, port{index: 1, descr: "wan", in: 10})
	s.poll()
	if s.interfaces.Len() != 1 || s.interfaces.Evidence[0]&sample.EvidenceUptimeReset == 0 || s.interfaces.UptimeEnd[0] != 0 {
		t.Errorf("rows %+v", s.interfaces)
	}
}

// What was counted over more time than a row can say is credited to no interval.
func TestAnIntervalThatIsTooLong(t *testing.T) {
	s := newSingle(t, quickConfig())
	p := port{index: 1, name: "wan", in: 5}
	s.agent.tables(true, p)
	s.poll()
	s.device.interfaces["wan"].at -= math.MaxUint32 + 1
	p.in = 6
	s.agent.tables(true, p)
	s.poll()
	s.wantRows(nil)
	s.wantKeyframes("wan")
}

// TestAnInterfaceOfOlderKindComes: a tunnel in ifTable alone appears at a device that is
// asked for the columns of ifXTable, and has figures two polls later, not with the next
// refresh.
func TestAnInterfaceOfOlderKindComes(t *testing.T) {
	s := newSingle(t, quickConfig())
	old := port{index: 1, name: "Gi0/1", descr: "GigabitEthernet0/1", in: 1 << 40, out: 1 << 41}
	s.agent.tables(true, old)
	s.poll()
	s.poll()
	if slices.Contains(s.device.columns, ifInOctets) {
		t.Fatal("32-bit counters are asked where there are 64-bit ones")
	}
	tunnel := port{index: 2, name: "Tu0", descr: "Tunnel0", in: 1000, out: 2000}
	s.agent.change(func() {
		s.agent.putTables(true, old, tunnel)
		for _, c := range []column{ifName, ifHCInOctets, ifHCOutOctets} {
			delete(s.agent.objects, columnPrefix[c]+"2")
		}
		s.agent.order = nil
	})
	s.poll()
	for polls := 2; len(s.interfaces.Device) < 2; polls++ {
		if polls > 4 {
			t.Fatal("the tunnel has no figures after 4 polls")
		}
		s.poll()
	}
	learnt := s.device.pass.learning
	s.poll()
	if s.device.pass.learning && learnt {
		t.Error("all columns are asked again and again")
	}
}

func TestUptimeRollsOver(t *testing.T) {
	s := newSingle(t, quickConfig())
	p := port{index: 1, name: "wan", in: 5}
	s.agent.tables(true, p)
	s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(math.MaxUint32-9))
	s.poll()
	p.in = 6
	s.agent.tables(true, p)
	s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(20))
	s.poll()
	s.wantRows(map[string]gained{"wan": {1, 0, 0}})
	s.wantKeyframes()
}

// A reboot between the question for the clocks and the one for the counters is
// seen in the answer that holds the counters.
func TestRebootWithinAPoll(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(false, port{index: 1, descr: "wan", in: 4_000_000_000})
	s.poll()
	s.agent.change(func() {
		s.agent.before = func(r *request) {
			if r.kind == gosnmp.GetBulkRequest {
				s.agent.put(oidSysUpTime, gosnmp.TimeTicks, uint32(3))
				s.agent.putTables(false, port{index: 1, descr: "wan", in: 10})
			}
		}
	})
	s.poll()
	if s.interfaces.Len() != 1 || s.interfaces.Evidence[0]&sample.EvidenceUptimeReset == 0 {
		t.Errorf("rows %+v", s.interfaces)
	}
}

func TestReshuffle(t *testing.T) {
	for _, reboot := range []bool{false, true} {
		t.Run(fmt.Sprintf("reboot %v", reboot), func(t *testing.T) {
			s := newSingle(t, quickConfig())
			a, b, c := port{index: 1, name: "a", in: 1000}, port{index: 2, name: "b", in: 2000}, port{index: 3, name: "c", in: 3000}
			s.agent.tables(true, a, b, c)
			s.poll()
			a.index, b.index, c.index = 3, 1, 2
			evidence := sample.Evidence(0)
			if reboot {
				evidence = sample.EvidenceUptimeReset
				s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(100))
			}
			a.in, b.in, c.in = a.in+1, b.in+2, c.in+3
			s.agent.tables(true, a, b, c)
			s.poll()
			s.wantRows(map[string]gained{"a": {1, 0, evidence}, "b": {2, 0, evidence}, "c": {3, 0, evidence}})
			s.wantIdentities(map[string]uint32{"a": 3, "b": 1, "c": 2})
		})
	}
}

// Interfaces that change places between two answers of one poll are taken by the
// name in each answer.
func TestReshuffleWithinAPoll(t *testing.T) {
	cfg := quickConfig()
	cfg.MaxRepetitions = 2
	s := newSingle(t, cfg)
	ports := []port{{index: 1, name: "a", in: 100}, {index: 2, name: "b", in: 200}, {index: 3, name: "c", in: 300}, {index: 4, name: "d", in: 400}}
	s.agent.tables(true, ports...)
	s.poll()
	bulks := 0
	s.agent.change(func() {
		s.agent.before = func(r *request) {
			if r.kind != gosnmp.GetBulkRequest {
				return
			}
			if bulks++; bulks == 2 { // a and b have been read: they change places with c and d
				for i := range ports {
					ports[i].index = (ports[i].index+1)%4 + 1
				}
				s.agent.putTables(true, ports...)
			}
		}
	})
	for range 3 {
		s.poll()
		for i := range s.interfaces.Interface {
			if s.interfaces.InOctets[i] != 0 {
				t.Errorf("a row gained %d of another interface", s.interfaces.InOctets[i])
			}
		}
	}
	s.wantRows(map[string]gained{"a": {}, "b": {}, "c": {}, "d": {}})
}

// The same where a row takes several answers: its parts are held together by name.
func TestReshuffleWithinARow(t *testing.T) {
	s := newSingle(t, quickConfig())
	ports := []port{{index: 1, name: "a"}, {index: 2, name: "b", inErrors: 1000}}
	s.agent.tables(true, ports...)
	s.agent.change(func() { s.agent.truncateAt = 9 })
	s.poll()
	s.wantResult(resultOK)
	swapped := false
	s.agent.change(func() {
		s.agent.before = func(r *request) {
			if swapped || !slices.ContainsFunc(r.oids, func(oid string) bool { return oid+"." == columnPrefix[ifInErrors] }) {
				return
			}
			swapped = true
			ports[0].index, ports[1].index = 2, 1
			s.agent.putTables(true, ports...)
		}
	})
	for range 4 {
		s.poll()
		if slices.ContainsFunc(s.interfaces.InErrors, func(errors uint64) bool { return errors != 0 }) {
			t.Errorf("errors %v: one interface has those of another", s.interfaces.InErrors)
		}
	}
	if !swapped || s.fault(faultMoved) == 0 {
		t.Error("the rows that changed places were not noticed")
	}
	s.wantRows(map[string]gained{"a": {}, "b": {}})
}

func TestHoles(t *testing.T) {
	cfg := quickConfig()
	cfg.MaxRepetitions = 3
	s := newSingle(t, cfg)
	var ports []port
	want := map[string]gained{}
	for i := range 10 {
		ports = append(ports, port{index: 1 + 7*i, name: fmt.Sprintf("p%d", i), in: uint64(i), inPackets: 100})
		want[ports[i].name] = gained{uint64(i) * 10, 0, 0}
	}
	load := func() {
		s.agent.tables(true, ports...)
		s.agent.remove(columnPrefix[ifInErrors] + "8")
		s.agent.remove(columnPrefix[ifHCInUcastPkts] + "15")
		s.agent.remove(columnPrefix[ifInUcastPkts] + "15")
		s.agent.remove(columnPrefix[ifOperStatus] + "64")
		for i := range 9 { // a column with its last instance alone
			s.agent.remove(fmt.Sprintf("%s%d", columnPrefix[ifHCInMulticastPkts], 1+7*i))
		}
		s.agent.remove(columnPrefix[ifHighSpeed]) // and one without any
		// Neither a counter nor a name: no row.
		s.agent.set(columnPrefix[ifName]+"200", gosnmp.OctetString, "null0")
		s.agent.set(columnPrefix[ifHCInOctets]+"201", gosnmp.Counter64, uint64(1))
		s.agent.set(columnPrefix[ifHCOutOctets]+"201", gosnmp.Counter64, uint64(1))
	}
	load()
	s.poll()
	s.wantResult(resultOK)
	for i := range ports {
		ports[i].in += uint64(i) * 10
		ports[i].inPackets += 20
	}
	load()
	s.poll()
	s.wantRows(want)
	s.wantResult(resultOK)
	for name, packets := range map[string]uint64{"p1": 20, "p2": 0, "p3": 20, "p9": 20} {
		i := slices.Index(s.interfaces.Interface, s.id(name))
		if got := s.interfaces.InUcastPkts[i]; got != packets {
			t.Errorf("%s: %d packets, want %d", name, got, packets)
		}
	}
	if i := slices.Index(s.interfaces.Interface, s.id("p9")); s.interfaces.InMulticastPkts[i] != 1 || s.interfaces.OperStatus[i] != 0 || s.interfaces.SpeedBps[i] != 1_000_000_000 {
		t.Errorf("rows %+v", s.interfaces)
	}
	if s.fault(faultNoOctets) == 0 || s.fault(faultNoName) == 0 {
		t.Error("rows that were left out were not counted")
	}
}

func TestNamesThatRepeat(t *testing.T) {
	s := newSingle(t, quickConfig())
	a, b := port{index: 4, name: "eth", in: 100, phys: 7}, port{index: 9, name: "eth", in: 200, phys: 7}
	s.agent.tables(true, a, b)
	s.poll()
	s.wantKeyframes("eth #4", "eth #9")
	s.wantIdentities(map[string]uint32{"eth #4": 4, "eth #9": 9})
	a.in, b.in = 101, 202
	s.agent.tables(true, a, b)
	s.poll() // all columns once more, as interfaces were new
	s.wantRows(map[string]gained{"eth #4": {1, 0, 0}, "eth #9": {2, 0, 0}})
	s.wantIdentities(nil)
	if s.fault(faultDuplicateName) == 0 {
		t.Error("names that repeat were not counted")
	}
	// The one that is left does not inherit what the two counted.
	s.agent.tables(true, b)
	s.poll()
	s.wantRows(nil)
	s.wantKeyframes("eth")
}

// Interfaces that share a name are told apart by what a reboot leaves as it is: each
// keeps its id when indexes change places, and none is credited with another's traffic.
func TestNamesThatRepeatAreReshuffled(t *testing.T) {
	for _, c := range []struct {
		by   string
		hc   bool
		a, b port
		want [2]string
	}{
		{"ifDescr", true, port{descr: "slot 1"}, port{descr: "slot 2"}, [2]string{"eth (slot 1)", "eth (slot 2)"}},
		{"ifAlias", true, port{alias: "north", phys: 7}, port{alias: "south", phys: 7}, [2]string{"eth (north)", "eth (south)"}},
		{"ifPhysAddress", true, port{alias: "both", phys: 7}, port{alias: "both", phys: 8}, [2]string{"eth (02:00:00:00:00:07)", "eth (02:00:00:00:00:08)"}},
		{"one by ifAlias, one by ifPhysAddress", true, port{alias: "north", phys: 7}, port{phys: 8}, [2]string{"eth (north)", "eth (02:00:00:00:00:08)"}},
		{"ifPhysAddress where there is no ifName", false, port{descr: "eth", phys: 7}, port{descr: "eth", phys: 8}, [2]string{"eth (02:00:00:00:00:07)", "eth (02:00:00:00:00:08)"}},
	} {
		t.Run(c.by, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			a, b := c.a, c.b
			a.index, a.name, a.in = 4, "eth", 1000
			b.index, b.name, b.in = 9, "eth", 900_000
			other := port{index: 5, name: "other", descr: "other", in: 5}
			s.agent.tables(c.hc, a, b, other)
			s.poll()
			otherName := "other"
			s.wantKeyframes(c.want[0], c.want[1], otherName)
			s.wantIdentities(map[string]uint32{c.want[0]: 4, c.want[1]: 9, otherName: 5})
			for poll := range uint64(3) {
				a.in, b.in, other.in = a.in+1, b.in+2, other.in+3
				a.index, b.index, other.index = b.index, other.index, a.index
				s.agent.set(oidSysUpTime, gosnmp.TimeTicks, uint32(100+poll*100))
				s.agent.tables(c.hc, a, b, other)
				s.poll()
				evidence := sample.Evidence(0)
				if poll == 0 {
					evidence = sample.EvidenceUptimeReset
				}
				s.wantRows(map[string]gained{c.want[0]: {1, 0, evidence}, c.want[1]: {2, 0, evidence}, otherName: {3, 0, evidence}})
				s.wantIdentities(map[string]uint32{c.want[0]: uint32(a.index), c.want[1]: uint32(b.index), otherName: uint32(other.index)})
			}
		})
	}
}

// What tells them apart is asked as soon as a name comes twice; until then nothing is
// said of either.
func TestANameBeginsToRepeat(t *testing.T) {
	s := newSingle(t, quickConfig())
	a, b := port{index: 4, name: "eth", in: 1000, alias: "north", phys: 7}, port{index: 9, name: "eth", in: 900_000, alias: "south", phys: 7}
	s.agent.tables(true, a)
	s.poll()
	s.poll() // what is of use is learnt
	s.wantRows(map[string]gained{"eth": {}})
	s.agent.tables(true, a, b)
	s.poll()
	s.wantRows(nil)
	s.poll()
	s.wantRows(nil)
	s.wantKeyframes("eth (north)", "eth (south)")
	for range 3 {
		a.in, b.in = a.in+1, b.in+2
		a.index, b.index = b.index, a.index
		s.agent.tables(true, a, b)
		s.poll()
		s.wantRows(map[string]gained{"eth (north)": {1, 0, 0}, "eth (south)": {2, 0, 0}})
	}
}

func TestIdentitiesHaveTheSpeed(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(true, port{index: 1, name: "a"})
	s.poll()
	if got := s.identities.SpeedBps; len(got) != 1 || got[0] != 1_000_000_000 {
		t.Errorf("speeds %v, want 1 Gbit/s", got)
	}
}

// Nor does it where the table that had both could not be read to its end.
func TestNamesThatRepeatInAnIncompleteTable(t *testing.T) {
	cfg := quickConfig()
	cfg.MaxRepetitions = 3
	s := newSingle(t, cfg)
	s.agent.tables(true, port{index: 1, name: "eth", in: 100})
	s.poll()
	s.agent.tables(true, append(manyPorts(9)[2:], port{index: 1, name: "eth", in: 200}, port{index: 2, name: "eth", in: 9000})...)
	s.agent.change(func() { s.agent.descending = true })
	s.poll()
	s.wantResult(resultIncomplete)
	s.agent.tables(true, port{index: 2, name: "eth", in: 9100})
	s.agent.change(func() { s.agent.descending = false })
	s.poll()
	s.wantRows(nil)
	s.wantKeyframes("eth")
}

func TestInterfacesComeAndGo(t *testing.T) {
	s := newSingle(t, quickConfig())
	a, b := port{index: 1, name: "a", in: 100}, port{index: 2, name: "b", in: 200}
	s.agent.tables(true, a)
	s.poll()
	s.agent.tables(true, a, b)
	s.poll()
	s.wantRows(map[string]gained{"a": {}})
	s.wantKeyframes("b")
	s.wantIdentities(map[string]uint32{"b": 2})
	s.agent.tables(true, a)
	s.poll()
	s.wantRows(map[string]gained{"a": {}})
	if len(s.device.interfaces) != 2 {
		t.Errorf("%d interfaces are kept, want 2: an agent may have left one out", len(s.device.interfaces))
	}
	s.poll()
	s.wantRows(map[string]gained{"a": {}})
	if len(s.device.interfaces) != 1 {
		t.Errorf("%d interfaces are kept, want 1", len(s.device.interfaces))
	}
}
