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

	// maxSleep bounds how long a clock that was set goes unnoticed.
	maxSleep = time.Second

	// maxClockStep is how far the clock may be set before the schedule is made anew.
	maxClockStep = time.Second

	// patience is what a round gets beyond its timeout when its end comes late: the
	// machine was busy then, and replies may wait to be read.
	patience = 50 * time.Millisecond
)

// Poller pings the devices of a station. One goroutine sends, one for each socket
// receives, one emits, one looks up names.
type Poller struct {
	config       Config
	emit         func(slot int64, rows sample.Rows)
	logger       *slog.Logger
	metrics      *metrics
	secret       uint64
	unprivileged bool // do not even try a raw socket

	ipv4, ipv6     *socket // nil where no device needs it
	write4, write6 *writer
	sequence       uint16
	turns          queue

	mutex     sync.Mutex // guards targets, byAddress and waiting
	targets   []target
	byAddress map[netip.Addr][]int32
	waiting   []*slotRows
	rows      int // in waiting
}

// slotRows are the rows of one slot.
type slotRows struct {
	slot int64 // Unix milliseconds
	rows sample.Pings
}

// New returns a poller of the station's devices that are to be pinged. emit is given
// the rows of finished rounds, sample.Pings of one slot at a time, and must copy what
// it keeps; slot is in Unix milliseconds.
func New(config Config, station inventory.Station, emit func(slot int64, rows sample.Rows), logger *slog.Logger, registerer prometheus.Registerer) (*Poller, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	p := &Poller{
		config: config, emit: emit, logger: logger, metrics: metrics,
		secret: rand.Uint64(), sequence: uint16(rand.Uint32()),
		byAddress: make(map[netip.Addr][]int32),
	}
	for _, device := range station.Devices {
		if !device.NoPing {
			p.targets = append(p.targets, target{
				StationDevice: device, offset: schedule.Offset(device.ID, config.Interval),
				round: rand.Uint32(),
			})
		}
	}
	return p, nil
}

// Run pings until the context ends. Rounds under way then are not reported. It is an
// error when no ICMP socket may be opened.
func (p *Poller) Run(ctx context.Context) error {
	if len(p.targets) == 0 {
		<-ctx.Done()
		return nil
	}
	if err := p.open(); err != nil {
		return err
	}
	p.takeAddresses()
	group, ctx := errgroup.WithContext(ctx)
	for _, socket := range []*socket{p.ipv4, p.ipv6} {
		if socket != nil {
			context.AfterFunc(ctx, func() { _ = socket.close() })
			group.Go(func() error { return p.receive(ctx, socket) })
		}
	}
	group.Go(func() error { p.resolve(ctx); return nil })
	group.Go(func() error { p.send(ctx); return nil })
	group.Go(func() error { p.report(ctx); return nil })
	return group.Wait()
}

// open opens the sockets that the devices' addresses need.
func (p *Poller) open() error {
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
		if p.ipv4, err = openSocket(false, p.unprivileged); err != nil {
			return fmt.Errorf("ping devices: %w", err)
		}
		p.write4 = newWriter(p.ipv4)
	}
	if need6 || may6 {
		p.ipv6, err = openSocket(true, p.unprivileged)
		switch {
		case err == nil:
			p.write6 = newWriter(p.ipv6)
		case need6:
			if p.ipv4 != nil {
				_ = p.ipv4.close()
			}
			return fmt.Errorf("ping devices by IPv6: %w", err)
		default:
			p.ipv6 = nil // names are looked up for IPv4 alone
		}
	}
	return nil
}

// plan gives each device the turn of its next round.
func (p *Poller) plan(now time.Time) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.turns == nil {
		p.turns = make(queue, len(p.targets))
	}
	for i := range p.targets {
		target := &p.targets[i]
		target.active = false
		target.slot = slotOf(now.UnixNano(), p.config.Interval)
		if target.slot+int64(target.offset) < now.UnixNano() {
			target.slot += int64(p.config.Interval)
		}
		p.turns[i] = turn{when: target.slot + int64(target.offset), target: int32(i)}
	}
	p.turns.settle()
}

// slotOf is the start of the slot a time lies in, both in Unix nanoseconds.
func slotOf(now int64, interval time.Duration) int64 { return now - now%int64(interval) }

// send gives each device its turn, in the order they are due.
func (p *Poller) send(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	reference := time.Now()
	p.plan(reference)
	for {
		now := time.Now()
		// Both clocks of Go tell the same time unless one was set.
		stepped := now.Round(0).Sub(reference.Round(0)) - now.Sub(reference)
		if stepped.Abs() > maxClockStep {
			p.logger.Warn("the clock was set: pings are scheduled anew", "by", stepped)
			p.metrics.replans.Inc()
			p.plan(now)
			reference = now
		}
		wait := time.Duration(p.turns[0].when - now.UnixNano())
		if wait <= 0 {
			if ctx.Err() != nil {
				return
			}
			p.turns.postpone(p.turn(&p.targets[p.turns[0].target], p.turns[0], now))
			continue
		}
		timer.Reset(min(wait, maxSleep))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// turn does what is next for a device and returns when its next turn is.
func (p *Poller) turn(target *target, due turn, now time.Time) int64 {
	p.mutex.Lock()
	tardy := time.Duration(now.UnixNano() - due.when)
	switch {
	case !target.active:
		if tardy > p.config.Interval {
			p.metrics.lateRounds.Add(float64(tardy / p.config.Interval))
			target.slot += int64(tardy / p.config.Interval * p.config.Interval)
		}
		if !target.address.IsValid() {
			p.metrics.addressless.Inc()
			return p.finish(target)
		}
		p.begin(target, 1)
	case target.next == p.config.Packets:
		if tardy > patience && !target.patient {
			target.patient = true
			p.mutex.Unlock()
			return now.Add(patience).UnixNano()
		}
		p.metrics.rounds.Inc()
		p.keep(target)
		if target.heard != 0 || int(target.attempt) == p.config.Attempts {
			return p.finish(target)
		}
		p.begin(target, target.attempt+1)
	}
	p.sendNext(target, due.target) // unlocks
	if target.next == p.config.Packets {
		return time.Now().Add(p.config.Timeout).UnixNano()
	}
	return now.Add(p.config.Spacing).UnixNano()
}

// begin starts an attempt of a device's round. The mutex is held.
func (p *Poller) begin(target *target, attempt uint8) {
	target.begin(attempt, p.sequence)
	p.sequence += uint16(p.config.Packets)
}

// finish ends a device's round, unlocks, and returns when the next one is due.
func (p *Poller) finish(target *target) int64 {
	target.active = false
	target.slot += int64(p.config.Interval)
	p.mutex.Unlock()
	return target.slot + int64(target.offset)
}

// sendNext sends the next packet of a device's round. It unlocks.
func (p *Poller) sendNext(target *target, index int32) {
	place := target.next
	to, zone := target.to, target.zone
	sequence := target.first + uint16(place)
	carried := cookie{secret: p.secret, target: uint32(index), round: target.round}
	target.next++
	target.sent |= 1 << place
	target.sentAt[place] = time.Now()
	p.mutex.Unlock()

	writer := p.write4
	if to.Is6() {
		writer = p.write6
	}
	if err := writer.request(to, zone, sequence, carried); err == nil {
		p.metrics.requests.Inc()
		return
	}
	p.metrics.sendErrors.Inc()
	// What never left says nothing of the device.
	p.mutex.Lock()
	target.sent &^= 1 << place
	p.mutex.Unlock()
}

// keep adds the row of a finished attempt to those that wait to be emitted. The mutex
// is held.
func (p *Poller) keep(target *target) {
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

// receive counts what comes to a socket.
func (p *Poller) receive(ctx context.Context, socket *socket) error {
	reader := newReader(socket)
	var counts [verdicts]int
	for ctx.Err() == nil {
		messages, overflows, err := reader.read()
		if err != nil && ctx.Err() == nil { // the end of the context closes the socket
			return fmt.Errorf("read replies to pings: %w", err)
		}
		if overflows > 0 {
			p.metrics.overflows.Add(float64(overflows))
		}
		malformed := p.count(messages, socket.id, &counts)
		p.metrics.malformed.Add(float64(malformed))
		for verdict, count := range counts {
			p.metrics.results[verdict].Add(float64(count))
		}
	}
	return nil
}

// count counts messages and fills in how many were of each verdict.
func (p *Poller) count(messages []received, id uint16, counts *[verdicts]int) (malformed int) {
	*counts = [verdicts]int{}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for i := range messages {
		got := &messages[i]
		switch {
		case got.meaning == meansNothing:
			malformed++
		case got.id != id:
			counts[foreign]++
		case got.meaning == meansReply:
			counts[p.countReply(got)]++
		default:
			counts[p.countError(got)]++
		}
	}
	return malformed
}

func (p *Poller) countReply(got *received) verdict {
	if got.carried.secret != p.secret || uint64(got.carried.target) >= uint64(len(p.targets)) {
		return foreign
	}
	return p.targets[got.carried.target].reply(got, p.config.Timeout)
}

func (p *Poller) countError(got *received) verdict {
	for _, index := range p.byAddress[got.asked] {
		if p.targets[index].icmpError(got) {
			return errorOfRound
		}
	}
	return foreign
}
