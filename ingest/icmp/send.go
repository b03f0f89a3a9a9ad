package icmp

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// tick is how often the poller looks at its queue and its sockets at most: what
	// became due meanwhile leaves together, and what came is read together. A person
	// who waits is served sooner.
	tick     = 10 * time.Millisecond
	onceTick = time.Millisecond

	// maxSleep bounds how long a clock that was set goes unnoticed.
	maxSleep = time.Second

	// maxClockStep is how far the clock may be set before the schedule is made anew.
	maxClockStep = time.Second

	// patience is what a round gets beyond its timeout when its end comes late: the
	// machine was busy then, and replies may wait to be read.
	patience = 50 * time.Millisecond

	// grace is what a round gets beyond its timeout at least: replies are read a little
	// after they came.
	grace = 2 * tick

	never = int64(1<<63 - 1)
)

// plan gives each device the turn of its next round.
func (p *Poller) plan(now time.Time) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.turns == nil {
		p.turns = make(queue, len(p.targets))
	}
	p.pace.reset()
	p.awaited = 0
	for i := range p.targets {
		target := &p.targets[i]
		target.active = false
		if p.once() {
			p.turns[i] = turn{when: now.UnixNano() + int64(target.offset), target: int32(i)}
			continue
		}
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

// run gives each device its turn, in the order they are due, and reads what comes.
func (p *Poller) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	tick := tick
	if p.once() {
		tick = onceTick
	}
	reference := time.Now()
	p.plan(reference)
	for {
		now := time.Now()
		// Both clocks of Go tell the same time unless one was set.
		stepped := now.Round(0).Sub(reference.Round(0)) - now.Sub(reference)
		if stepped.Abs() > maxClockStep && !p.once() {
			p.logger.Warn("the clock was set: pings are scheduled anew", "by", stepped)
			p.metrics.replans.Inc()
			p.plan(now)
			reference = now
		}
		// What came is counted before the rounds end that it belongs to.
		if err := p.receive(); err != nil {
			return err
		}
		wait := time.Duration(0)
		for wait == 0 && ctx.Err() == nil {
			at := time.Now().UnixNano()
			if p.once() { // timed by the clock that nobody sets
				at = reference.UnixNano() + int64(time.Since(reference))
			}
			wait = p.sendDue(ctx, at)
		}
		if p.awaited > 0 {
			wait = 0 // answers may come; what comes beside them can wait for the next turn
		}
		timer.Reset(min(max(wait, tick), maxSleep))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
	}
}

// sendDue gives those their turn that are due, and sends the packets of as many as one
// system call takes. It returns how long the next one has to wait.
func (p *Poller) sendDue(ctx context.Context, now int64) (wait time.Duration) {
	p.mutex.Lock()
	defer p.unlock()
	wait = p.gather(now)
	for _, writer := range []*writer{p.write4, p.write6} {
		if writer != nil && writer.count > 0 {
			p.flush(ctx, writer)
		}
	}
	return wait
}

// gather gives those their turn that are due, until a batch is full. It returns how long
// the next one has to wait. The mutex is held.
func (p *Poller) gather(now int64) time.Duration {
	for room := writeBatch; room > 0; room-- {
		due := p.turns[0]
		if due.when > now {
			return time.Duration(due.when - now)
		}
		if pause := p.pace.pause(now); pause > 0 {
			return pause
		}
		p.turns.postpone(p.turn(&p.targets[due.target], due, now))
	}
	return 0
}

// turn does what is next for a device and returns when its next turn is. The mutex is
// held.
func (p *Poller) turn(target *target, due turn, now int64) int64 {
	tardy := time.Duration(now - due.when)
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
			return now + int64(patience)
		}
		p.awaited -= target.sent - target.heard
		p.metrics.rounds.Inc()
		p.keep(target)
		if target.heard != 0 || int(target.attempt) == p.config.Attempts {
			return p.finish(target)
		}
		p.begin(target, target.attempt+1)
	}
	if p.pace.take(now, due.when) {
		p.metrics.paced.Inc()
	}
	p.addNext(target, due.target)
	if target.next == p.config.Packets {
		return now + int64(p.config.Timeout+grace)
	}
	return now + int64(p.config.Spacing)
}

// begin starts an attempt of a device's round. The mutex is held.
func (p *Poller) begin(target *target, attempt uint8) {
	target.begin(attempt, p.sequence)
	p.sequence += uint16(p.config.Packets)
}

// finish ends a device's round and returns when the next one is due. The mutex is held.
func (p *Poller) finish(target *target) int64 {
	target.active = false
	if p.once() {
		if p.left--; p.left == 0 {
			p.ended()
		}
		return never
	}
	target.slot += int64(p.config.Interval)
	return target.slot + int64(target.offset)
}

// addNext lets the next packet of a device's round wait to be sent with others. The
// mutex is held.
func (p *Poller) addNext(target *target, index int32) {
	writer := p.write4
	if target.to.Is6() {
		writer = p.write6
	}
	place := target.next
	target.next++
	writer.add(turnOfPacket{target, index, place}, target.to, target.zone, target.first+uint16(place),
		cookie{secret: p.secret, target: uint32(index), round: target.round})
}

// maxShare is how long sending one packet of many takes at most.
const maxShare = 50 * time.Microsecond

// share is how long each packet of a system call took. When that is too long, this
// machine was busy with something else, nobody knows whether before or after the packets
// left: they are taken to have left at once, as a round trip is rather told too long than
// too short.
func share(took time.Duration, packets int) time.Duration {
	if each := took / time.Duration(max(packets, 1)); each <= maxShare {
		return each
	}
	return 0
}

// flush sends what waits. The mutex is held, so that no reply is counted before it is
// noted when its request left: that is told by the time the system call took, which
// all packets of it share evenly.
func (p *Poller) flush(ctx context.Context, w *writer) {
	defer func() { w.count = 0 }()
	for from := 0; from < w.count; {
		began := time.Since(p.epoch)
		done, err := w.send(from)
		each := share(time.Since(p.epoch)-began, done)
		for i, whose := range w.whose[from : from+done] {
			whose.target.left(whose.place, began+time.Duration(i)*each)
		}
		p.awaited += done
		p.metrics.requests.Add(float64(done))
		from += done
		switch {
		case err == nil:
		case errors.Is(err, unix.EAGAIN):
			p.unlock()
			_ = p.receive() // a queued error would end the wait at once; what is wrong will be so at the next tick
			w.socket.untilWritable()
			p.mutex.Lock()
			if ctx.Err() != nil {
				return
			}
		default:
			// What never left says nothing of the device.
			p.metrics.sendErrors.Inc()
			p.refused(w.whose[from], err)
			from++
		}
	}
}
