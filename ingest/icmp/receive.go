package icmp

import (
	"context"
	"fmt"
	"time"
)

// linger is how long the receiver lets messages gather before it reads them.
const linger = 10 * time.Millisecond

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
		// The kernel notes when a packet came, so nothing is lost by reading many at
		// a time.
		if len(messages) > 0 && len(messages) < readBatch {
			time.Sleep(linger)
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
