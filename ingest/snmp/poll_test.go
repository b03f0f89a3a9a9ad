package snmp

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// collector keeps what a poller emits.
type collector struct {
	mu         sync.Mutex
	interfaces sample.Interfaces
	keyframes  sample.Keyframes
	identities sample.InterfaceIdentities
	uptimes    sample.Uptimes
	devices    sample.Devices
	slots      map[sample.ID][]int64 // of the uptime rows by device
}

func (c *collector) emit(slot int64, rows sample.Rows) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var target sample.Rows
	switch rows := rows.(type) {
	case *sample.Interfaces:
		target = &c.interfaces
	case *sample.Keyframes:
		target = &c.keyframes
	case *sample.InterfaceIdentities:
		target = &c.identities
	case *sample.Uptimes:
		target = &c.uptimes
		if c.slots == nil {
			c.slots = map[sample.ID][]int64{}
		}
		c.slots[rows.Device[0]] = append(c.slots[rows.Device[0]], slot)
	case *sample.Devices:
		target = &c.devices
	default:
		panic(fmt.Sprintf("unexpected %s", rows.Kind()))
	}
	if err := sample.Append(target, rows); err != nil {
		panic(err)
	}
}

func (c *collector) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, rows := range []sample.Rows{&c.interfaces, &c.keyframes, &c.identities, &c.uptimes, &c.devices} {
		sample.Truncate(rows, 0)
	}
	c.slots = nil
}

func quickConfig() Config {
	cfg := DefaultConfig()
	cfg.Timeout = 200 * time.Millisecond
	return cfg
}

func stationOf(ports ...uint16) inventory.Station {
	station := inventory.Station{Customer: "acme", Site: "tokyo"}
	for i, port := range ports {
		name := fmt.Sprintf("device-%d", i+1)
		station.Devices = append(station.Devices, inventory.StationDevice{
			ID: sample.DeviceID("acme", "tokyo", name),
			Device: inventory.Device{
				Name: name, Address: "127.0.0.1", SNMP: &inventory.SNMP{Port: port, Community: "public"},
			},
		})
	}
	return station
}

// single is a poller of one device whose polls the test calls for.
type single struct {
	*collector
	t        *testing.T
	agent    *agent
	worker   *worker
	device   *device
	registry *prometheus.Registry
}

func newSingle(t *testing.T, cfg Config) *single {
	t.Helper()
	a := newAgent(t)
	return newSingleAt(t, cfg, a, a.port())
}

func newSingleAt(t *testing.T, cfg Config, a *agent, port uint16) *single {
	t.Helper()
	c, registry := new(collector), prometheus.NewRegistry()
	p, err := New(cfg, stationOf(port), c.emit, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	return &single{collector: c, t: t, agent: a, worker: &worker{Poller: p}, device: p.devices[0], registry: registry}
}

// poll polls once; the collector holds the rows of this poll alone.
func (s *single) poll() {
	s.t.Helper()
	s.clear()
	s.worker.poll(s.t.Context(), s.device, time.Now().Add(-time.Second).UnixMilli())
}

func (s *single) wantResult(want result) {
	s.t.Helper()
	if s.device.result != want {
		s.t.Errorf("the poll ended %s, want %s", s.device.result, want)
	}
}

// metric returns the value of a counter or gauge, by the value of its only label
// where it has one.
func metric(t *testing.T, registry *prometheus.Registry, name, label string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			if label == "" || metric.GetLabel()[0].GetValue() == label {
				return metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("there is no metric %s %s", name, label)
	return 0
}

func (s *single) fault(fault string) float64 {
	return metric(s.t, s.registry, "mimamori_snmp_agent_faults_total", fault)
}

// gained is what a row says in short.
type gained struct {
	in, out  uint64
	evidence sample.Evidence
}

func (s *single) id(name string) sample.ID {
	return sample.InterfaceID(s.device.inventory.ID, name)
}

// wantRows checks that there is one interface row for each name, and no other.
func (s *single) wantRows(want map[string]gained) {
	s.t.Helper()
	if got := s.interfaces.Len(); got != len(want) {
		s.t.Errorf("%d interface rows, want %d", got, len(want))
	}
	for name, w := range want {
		i := slices.Index(s.interfaces.Interface, s.id(name))
		if i < 0 {
			s.t.Errorf("no row of %s", name)
			continue
		}
		got := gained{s.interfaces.InOctets[i], s.interfaces.OutOctets[i], s.interfaces.Evidence[i]}
		if got != w {
			s.t.Errorf("%s: %+v, want %+v", name, got, w)
		}
	}
}

func (s *single) wantKeyframes(names ...string) {
	s.t.Helper()
	if got := s.keyframes.Len(); got != len(names) {
		s.t.Errorf("%d keyframes, want %d", got, len(names))
	}
	for _, name := range names {
		if !slices.Contains(s.keyframes.Interface, s.id(name)) {
			s.t.Errorf("no keyframe of %s", name)
		}
	}
}

func (s *single) wantIdentities(want map[string]uint32) {
	s.t.Helper()
	got := map[string]uint32{}
	for i, name := range s.identities.Name {
		got[name] = s.identities.IfIndex[i]
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("identities %v, want %v", got, want)
	}
}

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
	a, b := port{index: 4, name: "eth", in: 100}, port{index: 9, name: "eth", in: 200}
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
	if len(s.device.interfaces) != 1 {
		t.Errorf("%d interfaces are kept, want 1", len(s.device.interfaces))
	}
}

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
			cfg := quickConfig()
			cfg.Timeout, cfg.Retries = 50*time.Millisecond, 0
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

func TestSilentDevice(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(true, manyPorts(2)...)
	s.poll()
	s.agent.change(func() { s.agent.deaf = true })
	s.agent.asked()
	s.poll()
	s.wantResult(resultTimeout)
	if n := len(s.agent.asked()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
	if s.uptimes.Len()+s.interfaces.Len() != 0 {
		t.Error("there are rows of a device that did not answer")
	}
	s.poll()
	if n := len(s.agent.asked()); n != 1 {
		t.Errorf("a silent device was asked %d times, want 1", n)
	}
	s.agent.change(func() { s.agent.deaf = false })
	s.poll()
	s.wantResult(resultOK)
	s.wantRows(map[string]gained{"port-1": {}, "port-2": {}})
	if got := metric(t, s.registry, "mimamori_snmp_silent_devices", ""); got != 0 {
		t.Errorf("%v silent devices, want 0", got)
	}
}

func TestOtherFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*agent)
		want   result
	}{
		{"nothing listens", func(a *agent) { _ = a.conn.Close() }, resultRefused},
		{"error status", func(a *agent) { a.status = gosnmp.GenErr }, resultAgentError},
		{"garbage", func(a *agent) { a.garbage = true }, resultError},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			s.agent.change(func() { c.change(s.agent) })
			s.poll()
			s.wantResult(c.want)
		})
	}
}

func TestRefresh(t *testing.T) {
	s := newSingle(t, quickConfig())
	p := port{index: 1, name: "a", alias: "old"}
	s.agent.tables(true, p)
	s.poll()
	p.alias = "new"
	s.agent.tables(true, p)
	s.agent.set(oidSysName, gosnmp.OctetString, "edge-2")
	s.poll()
	s.wantIdentities(nil)
	s.device.refreshAt = s.worker.clock(time.Now())
	s.poll()
	s.wantKeyframes("a")
	s.wantRows(map[string]gained{"a": {}})
	if s.identities.Len() != 1 || s.identities.Alias[0] != "new" || s.devices.Len() != 1 || s.devices.SysName[0] != "edge-2" {
		t.Errorf("identities %+v, devices %+v", s.identities, s.devices)
	}
	if due := s.device.refreshAt - s.worker.clock(time.Now()); due < 3_500_000 || due > 3_600_000 {
		t.Errorf("the next is due in %d ms, want an hour", due)
	}
}

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
	for oid, want := range map[string]uint32{
		".1.3.6.1.2.1.2.2.1.10.7":           7,
		".1.3.6.1.2.1.2.2.1.10.4294967295":  math.MaxUint32,
		".1.3.6.1.2.1.2.2.1.10.4294967296":  0,
		".1.3.6.1.2.1.2.2.1.10.42949672951": 0,
		".1.3.6.1.2.1.2.2.1.10.0":           0,
		".1.3.6.1.2.1.2.2.1.10.":            0,
		".1.3.6.1.2.1.2.2.1.10":             0,
		".1.3.6.1.2.1.2.2.1.10.7.1":         0,
		".1.3.6.1.2.1.2.2.1.11.7":           0,
		".1.3.6.1.2.1.2.2.1.1.7":            0,
	} {
		if index, ok := instance(oid, ifInOctets); ok != (want != 0) || ok && index != want {
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
