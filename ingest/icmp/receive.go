package icmp

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// receive counts all that came to the sockets. The kernel has noted when: nothing is lost
// by reading it a little later, many at a time.
func (p *Poller) receive() error {
	for _, reader := range []*reader{p.read4, p.read6} {
		if reader == nil {
			continue
		}
		if err := p.drain(reader, false); err != nil {
			return err
		}
		if reader.socket.raw {
			continue
		}
		if err := p.drain(reader, true); err != nil {
			return err
		}
	}
	return nil
}

// maxFailures is how often reading may fail until it waits for the next tick.
const maxFailures = 16

// broken says that an error is of the socket itself, and will be so again.
func broken(err error) bool {
	return slices.ContainsFunc([]error{unix.EBADF, unix.ENOTSOCK, unix.EFAULT, unix.EINVAL}, func(fatal error) bool { return errors.Is(err, fatal) })
}

// drain counts all that came to a socket, or to its queue of errors.
func (p *Poller) drain(reader *reader, queued bool) error {
	var counts [verdicts]int
	failures := 0
	for more := true; more; {
		var messages []received
		var overflows uint32
		var err error
		messages, overflows, more, err = reader.read(queued)
		switch {
		case broken(err):
			return fmt.Errorf("read replies to pings: %w", err)
		case err != nil:
			// Of a packet sent earlier, or of the network: replies may wait behind it.
			p.metrics.receiveErrors.Inc()
			failures++
			more = failures < maxFailures
		}
		if overflows > 0 {
			p.metrics.overflows.Add(float64(overflows))
		}
		if len(messages) == 0 {
			continue
		}
		malformed := p.count(messages, reader.socket.id, &counts)
		p.metrics.malformed.Add(float64(malformed))
		for verdict, count := range counts {
			if count > 0 {
				p.metrics.results[verdict].Add(float64(count))
			}
		}
	}
	return nil
}

// count counts messages and fills in how many were of each verdict.
func (p *Poller) count(messages []received, id uint16, counts *[verdicts]int) (malformed int) {
	*counts = [verdicts]int{}
	p.mutex.Lock()
	defer p.unlock()
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
	target := &p.targets[got.carried.target]
	verdict := target.reply(&got.message, got.at.Sub(p.epoch), p.config.Timeout)
	if verdict == inTime {
		p.awaited--
	}
	if p.once() {
		p.noteReply(int(got.carried.target), got, verdict)
	}
	return verdict
}

func (p *Poller) countError(got *received) verdict {
	for _, index := range p.byAddress[got.asked] {
		if !p.targets[index].icmpError(&got.message) {
			continue
		}
		if p.once() {
			p.noteFault(int(index), got)
		}
		if got.fault.Type == typeRedirect {
			return redirected
		}
		return errorOfRound
	}
	return foreign
}
