package voice

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// tick is how finely the packets of the paths are spread over the packet interval:
	// those of one tick leave by one system call, and what came is read with each.
	tick = time.Millisecond

	// maxLateness is how far the sender may fall behind its schedule, or find it ahead,
	// before it takes the machine to have stood still and begins anew.
	maxLateness = time.Second

	// readEvery is how often what came is read at least.
	readEvery = 20 * time.Millisecond

	// lateSend is how far behind its schedule a packet is counted as late: half of the
	// packet interval of telephony.
	lateSend = 10 * time.Millisecond

	// maxAttempts is how often the kernel is asked again to send a packet it refuses.
	maxAttempts = 4

	// complainEvery is how often the log says that packets are refused; all are counted.
	complainEvery = time.Minute
)

// timetable says which packet is next. It is fixed to the Unix epoch and knows no drift:
// what is late is sent at once.
type timetable struct {
	start int64 // of the packet interval under way, Unix nanoseconds
	next  int   // path whose turn it is
}

// timetableFrom begins with the packet interval after the present one, so that no path is
// late at the start.
func (p *Prober) timetableFrom(now time.Time) timetable {
	interval := int64(p.config.PacketInterval)
	return timetable{start: (floorDivide(now.UnixNano(), interval) + 1) * interval}
}

// due is when the next packet is due, Unix nanoseconds.
func (p *Prober) due(s *timetable) int64 { return s.start + int64(p.paths[s.next].phase) }

// advance goes on to the next path.
func (p *Prober) advance(s *timetable) {
	if s.next++; s.next == len(p.paths) {
		s.next = 0
		s.start += int64(p.config.PacketInterval)
	}
}

// probe sends each packet when it is due and reads what came, until the context ends.
func (p *Prober) probe(ctx context.Context, socket *batch) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	turns := p.timetableFrom(time.Now())
	for {
		if err := p.receive(socket); err != nil {
			return err
		}
		wait := p.sendDue(ctx, socket, &turns)
		timer.Reset(min(wait, readEvery))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
	}
}

// sendDue sends what is due and returns how long the next packet has to wait.
func (p *Prober) sendDue(ctx context.Context, socket *batch, turns *timetable) time.Duration {
	for {
		wait := p.gather(socket, turns)
		if socket.sending.count == 0 || ctx.Err() != nil {
			return wait
		}
		p.flush(ctx, socket)
	}
}

// gather puts packets that are due into the batch until it is full, and returns how long
// the next one has to wait.
func (p *Prober) gather(socket *batch, turns *timetable) time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	now, step := p.watch.look()
	p.read = socket.emptied
	if behind := now.Add(-maxLateness); p.read.Before(behind) {
		p.read = behind // a flood holds no row up for longer
	}
	if step != 0 {
		p.clockSet(turns, step)
	}
	for ; ; now = time.Now() {
		due := p.due(turns)
		early := time.Duration(due - now.UnixNano())
		if early < -maxLateness || early > p.config.PacketInterval+maxLateness {
			p.logger.Warn("voice probes begin anew: the clock was set or the machine stood still", "off_by", -early)
			p.metrics.restarts.Inc()
			p.beginAll()
			*turns = p.timetableFrom(now)
			continue
		}
		if early > 0 || socket.full() {
			return max(early, 0)
		}
		path := p.paths[turns.next]
		p.advance(turns)
		if path.address.IsValid() {
			p.add(socket, path, due, now)
		}
	}
}

// clockSet follows a clock that was set: what was under way is of no use for one-way
// delays, round trips are not touched. The packets keep their pace, unless the clock was
// set so far that the schedule is made anew. The mutex is held.
func (p *Prober) clockSet(turns *timetable, step time.Duration) {
	p.logger.Warn("the clock was set: one-way voice delays measured meanwhile are void", "by", step)
	p.metrics.clockSteps.Inc()
	p.lastT1 = 0 // may lie ahead of what comes
	for _, path := range p.paths {
		path.stream.clockSet()
	}
	if step.Abs() <= maxLateness {
		turns.start += int64(step)
	}
}

// add puts the next packet of a path into the batch. The mutex is held.
func (p *Prober) add(socket *batch, path *path, due int64, now time.Time) {
	if now.UnixNano()-due > int64(lateSend) {
		p.metrics.lateSends.Inc()
	}
	packet := SenderPacket{T1: max(NTPTimestamp(now.UnixNano()), p.lastT1+1), Error: p.clock.errorEstimate(now), SSID: path.ssid}
	p.lastT1 = packet.T1
	packet.Sequence = path.stream.send(due, due+int64(p.config.PacketInterval), now, packet.T1)
	p.put(socket, path, &packet)
	if packet.Sequence == 0 {
		p.double(socket, path, &packet)
	}
}

// double sends the first packet of a session once more, as a path may double any. A
// reflector that counts for itself differs from one that returns the sender's sequence
// from the next answer on: then it is known on which way packets are lost also where all
// are lost on the way back.
func (p *Prober) double(socket *batch, path *path, packet *SenderPacket) {
	path.stream.find(packet.Sequence, packet.T1).doubled = true
	p.put(socket, path, packet)
}

func (p *Prober) put(socket *batch, path *path, packet *SenderPacket) {
	leaving := &p.leaving[socket.sending.count]
	leaving.path = path
	leaving.octets = path.encoder.append(leaving.octets[:0], packet)
	socket.add(leaving.octets, path.address)
}

// flush sends the batch.
func (p *Prober) flush(ctx context.Context, socket *batch) {
	began := time.Now()
	attempts := 0 // in vain, with the packet whose turn it is
	for from := 0; from < socket.sending.count; {
		done, err := socket.send(from)
		p.metrics.sent.Add(float64(done))
		from += done
		switch {
		case err == nil:
			attempts = 0
		case errors.Is(err, unix.EAGAIN):
			socket.untilWritable()
			if ctx.Err() != nil {
				socket.sending.count = 0
				return
			}
		case attempts < maxAttempts:
			// It may be an earlier packet's, reported to the socket meanwhile: then the
			// next attempt succeeds.
			attempts++
			p.readUndelivered(socket)
		default:
			p.refused(p.leaving[from].path, err)
			attempts = 0
			from++
		}
	}
	socket.sending.count = 0
	p.metrics.sendSeconds.Add(time.Since(began).Seconds())
}

// refused gives up the slot of a path whose packet the kernel did not send: what never
// left says nothing of the path.
func (p *Prober) refused(path *path, why error) {
	p.metrics.sendErrors.Inc()
	if now := time.Now(); now.Sub(p.complained) >= complainEvery {
		p.complained = now
		p.logger.Warn("a voice probe could not be sent, its path's slot is not reported; check the route to it and the firewall of this machine", "path", path.Name, "address", path.address.String(), "error", why)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.begin(path)
}
