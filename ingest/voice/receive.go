package voice

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// maxFailures is how often reading may fail until it waits for the next tick.
const maxFailures = 16

// broken says that an error is of the socket itself, and will be so again.
func broken(err error) bool {
	return slices.ContainsFunc([]error{unix.EBADF, unix.ENOTSOCK, unix.EFAULT, unix.EINVAL}, func(fatal error) bool { return errors.Is(err, fatal) })
}

// receive counts all that came. The kernel has noted when: nothing is lost by reading it a
// little later, many at a time.
func (p *Prober) receive(socket *batch) error {
	failures := 0
	for more := true; more; {
		var found []datagram
		var dropped uint32
		var err error
		found, dropped, more, err = socket.read()
		switch {
		case broken(err):
			return fmt.Errorf("read replies to voice probes: %w", err)
		case err != nil:
			// Of a packet sent earlier: replies may wait behind it.
			failures++
			more = failures < maxFailures
		}
		if dropped > 0 {
			p.metrics.overflows.Add(float64(dropped))
		}
		p.countAll(found)
	}
	p.readUndelivered(socket)
	return nil
}

// countAll counts packets that came.
func (p *Prober) countAll(found []datagram) {
	if len(found) == 0 {
		return
	}
	var counts [stranger + 1]int
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for i := range found {
		var reply ReflectorPacket
		if reply.Unmarshal(found[i].octets) != nil {
			p.metrics.malformed.Inc()
			continue
		}
		counts[p.count(&reply, &found[i])]++
	}
	for verdict, count := range counts {
		if count > 0 {
			p.metrics.replies[verdict].Add(float64(count))
		}
	}
}

// count finds the packet a reply answers and counts it. The mutex is held.
func (p *Prober) count(reply *ReflectorPacket, got *datagram) verdict {
	path, sent := p.find(reply, got)
	if sent == nil {
		return stranger
	}
	answer, sane := measure(reply, sent.sent, got.at)
	if !sane {
		p.metrics.odd.Inc()
	}
	answer.dscp = got.dscp
	return path.stream.receive(sent, answer)
}

// find returns the packet a reply answers and its path, nil where there is none. Several
// paths may lead to one reflector. A reflector without RFC 8972 returns no SSID: the
// sequence together with the timestamp tells them apart then. The mutex is held.
func (p *Prober) find(reply *ReflectorPacket, got *datagram) (*path, *packet) {
	if reply.SSID != 0 {
		if int(reply.SSID) > len(p.paths) || p.paths[reply.SSID-1].address != got.from {
			return nil, nil
		}
		path := p.paths[reply.SSID-1]
		return path, path.stream.find(reply.SenderSequence, reply.T1)
	}
	for _, path := range p.sources[got.from] {
		if sent := path.stream.find(reply.SenderSequence, reply.T1); sent != nil {
			return path, sent
		}
	}
	return nil, nil
}

// readUndelivered counts what ICMP says of packets that could not be delivered.
func (p *Prober) readUndelivered(socket *batch) {
	socket.readUndelivered(func(undelivered) { p.metrics.undelivered.Inc() })
}
