package icmp

import "time"

// pace keeps packets from leaving faster than a rate. It is the generic cell rate
// algorithm: each packet moves the time at which the mean rate would let the next one
// go, and that may not run ahead of the clock by more than a slack.
type pace struct {
	gap  int64 // between two packets at the mean rate, nanoseconds
	next int64 // when the mean rate lets the next packet go, Unix nanoseconds
	held int64 // when a packet was last held up, Unix nanoseconds
}

// paceSlack lets what became due between two looks at the queue leave together.
const paceSlack = 2 * tick

func newPace(rate float64) pace { return pace{gap: int64(float64(time.Second) / rate)} }

// pause is how long the next packet has to wait, 0 when it may go.
func (p *pace) pause(now int64) time.Duration {
	if p.next-now <= int64(paceSlack) {
		return 0
	}
	p.held = now
	return time.Duration(p.next - now - int64(paceSlack))
}

// reset forgets what was let go, because the clock was set.
func (p *pace) reset() { p.next, p.held = 0, 0 }

// take lets a packet go that was due at a time, and reports whether it was held up.
func (p *pace) take(now, due int64) (late bool) {
	p.next = max(p.next, now) + p.gap
	return due <= p.held
}
