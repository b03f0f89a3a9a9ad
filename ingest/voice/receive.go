package voice

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

const (
	// maxFailures is how often reading may fail until it waits for the next tick.
	maxFailures = 16

	// maxReads bounds what is read in one tick: a flood keeps no packet from being sent.
	maxReads = 32
)

// broken says that an error is of the socket itself, and will be so again.
func broken(err error) bool {
	return slices.ContainsFunc([]error{unix.EBADF, unix.ENOTSOCK, unix.EFAULT, unix.EINVAL}, func(fatal error) bool { return errors.Is(err, fatal) })
}

// receive counts all that came. The kernel has noted when: nothing is lost by reading it a
// little later, many at a time.
func (p *Prober) receive(socket *batch) error {
	failures := 0
	for reads, more := 0, true; more && reads < maxReads; reads++ {
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
	var counts [verdicts]int
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for i := range found {
		counts[p.count(&found[i])]++
	}
	for verdict, count := range counts {
		if count > 0 {
			p.metrics.replies[verdict].Add(float64(count))
		}
	}
}

// count finds the packet a reply answers and counts it. The mutex is held.
func (p *Prober) count(got *datagram) verdict {
	var reply ReflectorPacket
	if reply.Unmarshal(got.octets) != nil {
		return malformed
	}
	path, sent := p.find(got, &reply)
	if sent == nil {
		return stranger
	}
	if path.decoder.verify(got.octets) != nil {
		return forged
	}
	answer, sane := measure(&reply, sent.sent, got.at)
	if !sane {
		p.metrics.odd.Inc()
	}
	answer.dscp, answer.ttlBackward = got.dscp, got.ttl
	if class, ok := path.decoder.classOfService(got.octets); ok {
		answer.marked, answer.dscpForward = true, class.Received
	}
	return path.stream.receive(sent, answer)
}

// ssidOffsets are where the SSID stands in a packet of either mode.
var ssidOffsets = [...]int{14, 26}

// find returns the packet a reply answers and its path, nil where there is none, and
// reads the reply as that path's. The mutex is held.
func (p *Prober) find(got *datagram, reply *ReflectorPacket) (*path, *packet) {
	for _, offset := range ssidOffsets {
		ssid := int(binary.BigEndian.Uint16(got.octets[offset:]))
		if ssid == 0 || ssid > len(p.paths) || p.paths[ssid-1].address != got.from {
			continue
		}
		if sent := p.paths[ssid-1].find(got, reply); sent != nil {
			return p.paths[ssid-1], sent
		}
	}
	// Several paths may lead to one reflector. A reflector without RFC 8972 returns no
	// SSID: the sequence together with the timestamp tells them apart then.
	for _, path := range p.sources[got.from] {
		if sent := path.find(got, reply); sent != nil {
			return path, sent
		}
	}
	return nil, nil
}

// find returns the path's packet that a reply answers, and reads the reply.
func (p *path) find(got *datagram, reply *ReflectorPacket) *packet {
	if p.decoder.read(got.octets, reply) != nil || reply.SSID != 0 && reply.SSID != p.ssid {
		return nil
	}
	return p.stream.find(reply.SenderSequence, reply.T1)
}

// readUndelivered counts what ICMP says of packets that could not be delivered. Where too
// little of a packet is quoted to tell whose it was, it is that of all paths to there.
func (p *Prober) readUndelivered(socket *batch) {
	socket.readUndelivered(func(quoted undelivered) {
		p.metrics.undelivered.Inc()
		p.mutex.Lock()
		defer p.mutex.Unlock()
		for _, path := range p.sources[quoted.to] {
			if path.mayBe(quoted.octets) {
				path.stream.undelivered()
			}
		}
	})
}

// mayBe reports whether the quoted beginning of a packet can be of one of the path's.
func (p *path) mayBe(octets []byte) bool {
	offset := ssidOffsets[0]
	if p.decoder.by != nil {
		offset = ssidOffsets[1]
	}
	return len(octets) < offset+2 || binary.BigEndian.Uint16(octets[offset:]) == p.ssid
}
