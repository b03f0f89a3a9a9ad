package snmp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
	"mimamori/ingest/snmp/profile"
	"mimamori/ingest/snmp/wire"
)

// Poller polls the devices of one appliance by SNMP v1, v2c and v3.
type Poller struct {
	cfg     Config
	station inventory.Station
	emit    func(slot int64, rows sample.Rows)
	log     *slog.Logger
	metrics *metrics
	epoch   time.Time // where the poller's clock begins
	devices []*device
	started int64 // when it began to run, Unix milliseconds

	passwords wire.Passwords
	profiles  *profile.Set

	// Devices that keep silent wait in a queue of their own for workers of their
	// own, so that waiting for them takes no worker from those that answer.
	answering chan round
	silent    chan round
}

// round is one turn of one device. Whoever holds it owns the device.
type round struct {
	device *device
	slot   int64 // Unix milliseconds
}

// New returns a poller for the devices of the station that have snmp; Run makes it
// poll. emit receives the rows of one kind and poll, with the slot of the round in
// Unix milliseconds; it is called from several goroutines at once and must copy
// the rows, whose memory is used again. A nil registerer registers no metrics. An
// invalid configuration is an error.
func New(cfg Config, station inventory.Station, emit func(slot int64, rows sample.Rows), log *slog.Logger, registerer prometheus.Registerer) (*Poller, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure the SNMP poller: %w", err)
	}
	if emit == nil || log == nil {
		return nil, errors.New("configure the SNMP poller: it needs an emit function and a logger")
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	profiles, err := cfg.loadProfiles()
	if err != nil {
		return nil, fmt.Errorf("configure the SNMP poller: %w", err)
	}
	p := &Poller{cfg: cfg, station: station, emit: emit, log: log, metrics: metrics, epoch: time.Now(), profiles: profiles}
	for i := range station.Devices {
		if station.Devices[i].SNMP == nil {
			continue
		}
		chosen, err := initialProfile(profiles, station.Devices[i].SNMP.Profile)
		if err != nil {
			return nil, fmt.Errorf("configure the SNMP poller: device %s: %w", station.Devices[i].Name, err)
		}
		p.devices = append(p.devices, &device{
			inventory:  &station.Devices[i],
			profile:    chosen,
			interfaces: map[string]*interfaceState{},
			expected:   -1,
			memory:     memory{passwords: &p.passwords},
		})
	}
	p.answering = make(chan round, cfg.Concurrency)
	p.silent = make(chan round, len(p.devices))
	return p, nil
}

// Run says which devices there are, then polls until the context ends and the
// polls under way have been given up.
func (p *Poller) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.announce()
	var workers sync.WaitGroup
	workers.Go(func() { p.remind(ctx) })
	for range min(p.cfg.Concurrency, len(p.devices)) {
		workers.Go(func() { p.work(ctx, p.answering) })
	}
	for range min(max(1, p.cfg.Concurrency/4), len(p.devices)) {
		workers.Go(func() { p.work(ctx, p.silent) })
	}
	offsets := make([]time.Duration, len(p.devices))
	for i, d := range p.devices {
		offsets[i] = schedule.Offset(d.inventory.ID, p.cfg.Interval)
	}
	err := schedule.Run(ctx, p.cfg.Interval, offsets, p.fire, func(rounds int) {
		p.metrics.skipped.WithLabelValues(skipLate).Add(float64(rounds))
	})
	cancel()
	workers.Wait()
	if err != nil {
		return fmt.Errorf("schedule SNMP polls: %w", err)
	}
	return nil
}

// announce says which devices the appliance has, before any of them answers: a
// device that never does has a name nevertheless.
func (p *Poller) announce() {
	if len(p.station.Devices) == 0 {
		return
	}
	devices := new(sample.Devices)
	for i := range p.station.Devices {
		appendDevice(devices, &p.station.Devices[i], description{})
	}
	p.metrics.count(devices)
	// The slot before: what a device says of itself in this one must not be the
	// repeat of a row, of which the first counts.
	now := time.Now()
	slot := schedule.Slot(now, p.cfg.Interval).Add(-p.cfg.Interval).UnixMilli()
	p.emit(slot, devices)
	p.started = now.UnixMilli()
	expected := p.expect(slot)
	p.metrics.count(expected)
	p.emit(slot, expected)
}

// fire hands a round to the workers, or turns it down where the device or all
// workers are busy.
func (p *Poller) fire(due schedule.Round) {
	d := p.devices[due.Entity]
	if !d.busy.CompareAndSwap(false, true) {
		p.metrics.skipped.WithLabelValues(skipBusy).Inc()
		return
	}
	queue := p.answering
	if d.silent {
		queue = p.silent
	}
	select {
	case queue <- round{device: d, slot: due.Slot.UnixMilli()}:
	default:
		d.busy.Store(false)
		p.metrics.skipped.WithLabelValues(skipQueueFull).Inc()
	}
}

func (p *Poller) work(ctx context.Context, queue <-chan round) {
	w := &worker{Poller: p}
	for {
		select {
		case <-ctx.Done():
			return
		case next := <-queue:
			w.poll(ctx, next.device, next.slot)
			next.device.busy.Store(false)
		}
	}
}

// clock returns milliseconds on the poller's own clock, which no setting of the
// machine's clock moves. Differences of it add up without rounding.
func (p *Poller) clock(at time.Time) int64 { return at.Sub(p.epoch).Milliseconds() }
