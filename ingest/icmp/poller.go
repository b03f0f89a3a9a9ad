package icmp

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
)

const (
	emitEvery = 150 * time.Millisecond

	// maxWaitingRows bounds the rows that wait for emit to return.
	maxWaitingRows = sample.MaxRows
)

// Poller pings the devices of a station. One goroutine sends and receives, one emits, one
// looks up names.
type Poller struct {
	config       Config
	emit         func(slot int64, rows sample.Rows)
	logger       *slog.Logger
	metrics      *metrics
	secret       uint64
	unprivileged bool // do not even try a raw socket

	ipv4, ipv6     *socket // nil where no device needs it
	write4, write6 *writer
	read4, read6   *reader
	awaited        int // requests of rounds under way that were not answered
	sequence       uint16
	turns          queue
	pace           pace
	epoch          time.Time // what the times of packets are counted from

	// Of a poller that pings once, see once.go.
	watch func(Event)
	left  int    // rounds that have not ended
	ended func() // called when none is left

	mutex     sync.Mutex // guards targets, byAddress and waiting
	targets   []target
	byAddress map[netip.Addr][]int32
	waiting   []*slotRows
	rows      int     // in waiting
	news      []Event // for watch
}

// slotRows are the rows of one slot.
type slotRows struct {
	slot int64 // Unix milliseconds
	rows sample.Pings
}

// New returns a poller of the station's devices that are to be pinged. emit is given
// the rows of finished rounds, sample.Pings of one slot at a time, and must copy what
// it keeps; slot is in Unix milliseconds. It is an error when the configured rate is too
// low for the devices.
func New(config Config, station inventory.Station, emit func(slot int64, rows sample.Rows), logger *slog.Logger, registerer prometheus.Registerer) (*Poller, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	var targets []target
	for _, device := range station.Devices {
		if !device.NoPing {
			targets = append(targets, target{StationDevice: device, offset: schedule.Offset(device.ID, config.Interval)})
		}
	}
	rate, err := config.rate(len(targets))
	if err != nil {
		return nil, err
	}
	return newPoller(config, targets, rate, emit, logger, registerer)
}

func newPoller(config Config, targets []target, rate float64, emit func(slot int64, rows sample.Rows), logger *slog.Logger, registerer prometheus.Registerer) (*Poller, error) {
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	packets := make([]packet, len(targets)*config.Packets)
	for i := range targets {
		targets[i].packets, packets = packets[:config.Packets:config.Packets], packets[config.Packets:]
		targets[i].round = rand.Uint32()
	}
	return &Poller{
		config: config, emit: emit, logger: logger, metrics: metrics,
		secret: rand.Uint64(), sequence: uint16(rand.Uint32()), pace: newPace(rate), epoch: time.Now(),
		targets: targets, byAddress: make(map[netip.Addr][]int32),
	}, nil
}

// Run pings until the context ends. Rounds under way then are not reported. It is an
// error when no ICMP socket may be opened.
func (p *Poller) Run(ctx context.Context) error {
	if len(p.targets) == 0 {
		<-ctx.Done()
		return nil
	}
	if err := p.openSockets(); err != nil {
		return err
	}
	defer p.close()
	p.takeAddresses()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { p.resolve(ctx); return nil })
	group.Go(func() error { return p.run(ctx) })
	group.Go(func() error { p.report(ctx); return nil })
	return group.Wait()
}

// openSockets opens the sockets that the devices' addresses need.
func (p *Poller) openSockets() error {
	need4, need6, may6 := false, false, false
	for i := range p.targets {
		address, err := netip.ParseAddr(p.targets[i].Address)
		switch {
		case err != nil:
			need4, may6 = true, true
		case address.Unmap().Is4():
			need4 = true
		default:
			need6 = true
		}
	}
	var err error
	if need4 {
		if p.ipv4, err = p.openSocket(false); err != nil {
			return fmt.Errorf("ping devices: %w", err)
		}
		p.write4, p.read4 = newWriter(p.ipv4, p.config.Size), newReader(p.ipv4)
	}
	if need6 || may6 {
		p.ipv6, err = p.openSocket(true)
		switch {
		case err == nil:
			p.write6, p.read6 = newWriter(p.ipv6, p.config.Size), newReader(p.ipv6)
		case need6:
			p.close()
			return fmt.Errorf("ping devices by IPv6: %w", err)
		default:
			p.ipv6 = nil // names are looked up for IPv4 alone
		}
	}
	return nil
}

// close closes the sockets.
func (p *Poller) close() {
	for _, socket := range []*socket{p.ipv4, p.ipv6} {
		if socket != nil {
			_ = socket.close()
		}
	}
}

// openSocket opens the socket of an IP version as it is configured.
func (p *Poller) openSocket(ipv6 bool) (*socket, error) {
	source := p.config.SourceIPv4
	if ipv6 {
		source = p.config.SourceIPv6
	}
	options := options{dscp: p.config.DSCP, ttl: p.config.TTL}
	if source != "" {
		var err error
		if options.source, err = netip.ParseAddr(source); err != nil {
			return nil, fmt.Errorf("ping from %s: %w", source, err)
		}
	}
	return openSocket(ipv6, p.unprivileged, options)
}

// keep adds the row of a finished attempt to those that wait to be emitted. The mutex
// is held.
func (p *Poller) keep(target *target) {
	if p.once() {
		return
	}
	if p.rows == maxWaitingRows {
		p.metrics.droppedRows.Inc()
		return
	}
	slot := time.Duration(target.slot).Milliseconds()
	for _, waiting := range p.waiting {
		if waiting.slot == slot {
			target.appendTo(&waiting.rows, p.config)
			p.rows++
			return
		}
	}
	fresh := &slotRows{slot: slot}
	target.appendTo(&fresh.rows, p.config)
	p.rows++
	p.waiting = append(p.waiting, fresh)
}

// report emits what was kept, several times a second.
func (p *Poller) report(ctx context.Context) {
	ticker := time.NewTicker(emitEvery)
	defer ticker.Stop()
	for running := true; running; {
		select {
		case <-ctx.Done():
			running = false
		case <-ticker.C:
		}
		p.mutex.Lock()
		ready := p.waiting
		p.waiting, p.rows = nil, 0
		p.mutex.Unlock()
		for _, slot := range ready {
			p.emit(slot.slot, &slot.rows)
		}
	}
}
