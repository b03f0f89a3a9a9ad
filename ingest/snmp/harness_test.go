package snmp

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

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
	health     sample.Health
	sensors    sample.HealthIdentities
	outcomes   sample.Outcomes
	voice      sample.Voice
	voiceSlots []int64
	paths      sample.Paths
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
	case *sample.Health:
		target = &c.health
	case *sample.HealthIdentities:
		target = &c.sensors
	case *sample.Outcomes:
		target = &c.outcomes
	case *sample.Voice:
		target = &c.voice
		for range rows.Len() {
			c.voiceSlots = append(c.voiceSlots, slot)
		}
	case *sample.Paths:
		target = &c.paths
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
	for _, rows := range []sample.Rows{&c.interfaces, &c.keyframes, &c.identities, &c.uptimes, &c.devices, &c.health, &c.sensors, &c.outcomes, &c.voice, &c.paths} {
		sample.Truncate(rows, 0)
	}
	c.voiceSlots = nil
	c.slots = nil
}

func quickConfig() Config {
	cfg := DefaultConfig()
	cfg.Timeout = 200 * time.Millisecond
	cfg.HealthInterval = 0 // the tests of health ask for it
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
