package snmp

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
)

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, within time.Duration, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline.C:
			t.Fatalf("waited %s in vain: %s", within, what)
		case <-tick.C:
		}
	}
}

// deafPort returns a port that takes requests and answers nothing.
func deafPort(t *testing.T) uint16 {
	t.Helper()
	a := newAgent(t)
	a.change(func() { a.deaf = true })
	return a.port()
}

func TestSilentDevicesDelayNoOther(t *testing.T) {
	// One worker, four silent devices and two that answer: were the silent to take
	// the worker for their timeouts, the others would be polled late or not at all.
	cfg := DefaultConfig()
	cfg.Interval, cfg.Timeout, cfg.Retries, cfg.Concurrency = time.Second, 400*time.Millisecond, 0, 1
	first, second := newAgent(t), newAgent(t)
	first.tables(true, manyPorts(2)...)
	second.tables(true, manyPorts(2)...)
	station := stationOf(deafPort(t), first.port(), deafPort(t), second.port(), deafPort(t), deafPort(t))
	c, registry := new(collector), prometheus.NewRegistry()
	p, err := New(cfg, station, c.emit, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- p.Run(ctx) }()
	answering := []sample.ID{station.Devices[1].ID, station.Devices[3].ID}
	const rounds = 4
	eventually(t, "all that are silent are known to be", 20*time.Second, func() bool {
		return metric(t, registry, "mimamori_snmp_silent_devices", "") == 4
	})
	c.clear()
	eventually(t, "some rounds of the others have followed", 20*time.Second, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.slots[answering[0]]) > rounds && len(c.slots[answering[1]]) > rounds
	})
	begun := time.Now()
	cancel()
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 300*time.Millisecond {
		t.Errorf("it took %s to end: polls under way must be given up", took)
	}
	for _, id := range answering {
		slots := c.slots[id][1:]
		for i := 1; i < len(slots); i++ {
			if slots[i]-slots[i-1] != 1000 {
				t.Errorf("a device that answers was polled in the slots %v: a round is missing", slots)
			}
		}
	}
	// At their place in the interval, not after another's timeout.
	var late []uint32
	for i, id := range c.uptimes.Device {
		late = append(late, c.uptimes.OffsetMs[i]-uint32(schedule.Offset(id, cfg.Interval).Milliseconds()))
	}
	slices.Sort(late)
	if late[len(late)/2] > 200 {
		t.Errorf("devices that answer were polled late, by milliseconds: %v", late)
	}
}

func TestRoundsAreSkippedAndCounted(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Concurrency = 1
	registry := prometheus.NewRegistry()
	p, err := New(cfg, stationOf(1, 2, 3), func(int64, sample.Rows) {}, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	p.fire(schedule.Round{Entity: 0, Slot: time.UnixMilli(1000)}) // waits for the worker
	p.fire(schedule.Round{Entity: 0, Slot: time.UnixMilli(2000)}) // still waits
	p.fire(schedule.Round{Entity: 1, Slot: time.UnixMilli(2000)}) // finds the queue full
	p.devices[2].silent = true
	p.fire(schedule.Round{Entity: 2, Slot: time.UnixMilli(2000)}) // waits elsewhere
	for reason, want := range map[string]float64{skipBusy: 1, skipQueueFull: 1, skipLate: 0} {
		if got := metric(t, registry, "mimamori_snmp_rounds_skipped_total", reason); got != want {
			t.Errorf("%s: %v skipped, want %v", reason, got, want)
		}
	}
	if len(p.silent) != 1 || len(p.answering) != 1 || p.devices[1].busy.Load() {
		t.Errorf("%d silent and %d others wait, busy %v", len(p.silent), len(p.answering), p.devices[1].busy.Load())
	}
}

func TestRunWithoutDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		station := inventory.Station{Devices: []inventory.StationDevice{{ID: 7, Device: inventory.Device{Name: "printer", Address: "192.0.2.1"}}}}
		c := new(collector)
		p, err := New(DefaultConfig(), station, c.emit, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- p.Run(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		if len(c.devices.Name) != 1 || c.devices.Name[0] != "printer" {
			t.Errorf("devices %+v", c.devices)
		}
	})
}

func TestUnknownHostIsAnError(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.device.inventory.Address = "no-such-host.invalid"
	s.poll()
	if s.device.result == resultOK || s.device.result == "" {
		t.Errorf("the poll ended %q", s.device.result)
	}
}

// A poll under way ends with the poller and not with its timeout.
func TestPollsAreGivenUp(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Timeout = 30 * time.Second
	cfg.Interval, cfg.Deadline = time.Minute, time.Minute
	s := newSingle(t, cfg)
	s.agent.change(func() { s.agent.deaf = true })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		s.worker.poll(ctx, s.device, 0)
		close(ended)
	}()
	eventually(t, "the device is asked", 10*time.Second, func() bool { return len(s.agent.asked()) > 0 })
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the poll goes on")
	}
	if s.device.result != "" {
		t.Errorf("the end of the poller was taken for the device's: %s", s.device.result)
	}
}

func TestDeadlineOfADevice(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Timeout, cfg.Deadline = 30*time.Second, 200*time.Millisecond
	s := newSingle(t, cfg)
	s.agent.tables(true, manyPorts(3)...)
	s.agent.change(func() { s.agent.loseFrom = 1 }) // it answers for its clocks and nothing else
	begun := time.Now()
	s.poll()
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the poll took %s", took)
	}
	s.wantResult(resultTimeout)
	if s.uptimes.Len() != 1 || s.device.silent {
		t.Error("what the device did answer was lost")
	}
}
