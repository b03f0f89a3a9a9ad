package impairment

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// maxWaiting bounds the packets on their way.
const maxWaiting = 100_000

// nap is how long the relay sleeps at a time while packets wait. The runtime's timers
// are up to a millisecond late, which would be a fault of its own.
const nap = 100 * time.Microsecond

// Relay passes packets between one probe and one reflector.
type Relay struct {
	there, back *passage
	target      netip.AddrPort
	front, rear *socket // the probe's side, the reflector's side
	wake        chan struct{}

	mutex   sync.Mutex
	probe   netip.AddrPort
	waiting schedule
	done    [2]Passed
}

// Passed is what the relay did to the packets of one direction.
type Passed struct {
	Came       int // packets that came to the relay
	Lost       int // of these
	Duplicated int // of these
	Sent       int // copies sent on
	Refused    int // copies that could not be sent on: an error of the relay

	Delayed  time.Duration // sum of the delays that were given, of copies sent
	Lateness time.Duration // sum of what the relay added to them
	Latest   time.Duration // the most it added to one
	Behind   int           // copies it added more than a millisecond to: the machine was busy
}

// Listen returns a relay to a reflector, on a free port of 127.0.0.1. The seed makes its
// choices those of any relay with that seed.
func Listen(ctx context.Context, target netip.AddrPort, there, back Way, seed uint64) (*Relay, error) {
	if err := errors.Join(there.validate(), back.validate()); err != nil {
		return nil, fmt.Errorf("set up the impaired path: %w", err)
	}
	front, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the probe: %w", err)
	}
	rear, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a socket towards the reflector: %w", err), front.Close())
	}
	return &Relay{
		there: newPassage(there, seed, outward), back: newPassage(back, seed, homeward),
		target: target, front: front, rear: rear, wake: make(chan struct{}, 1),
	}, nil
}

// Address is where the probe sends to.
func (r *Relay) Address() netip.AddrPort { return r.front.LocalAddr().(*net.UDPAddr).AddrPort() }

// Passed returns what was done so far to packets on their way there and back.
func (r *Relay) Passed() (there, back Passed) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.done[0], r.done[1]
}

// Run passes packets until the context ends.
func (r *Relay) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, func() { _, _ = r.front.Close(), r.rear.Close() })
	defer stop()
	group.Go(func() error { return r.receive(r.front, r.there, 0) })
	group.Go(func() error { return r.receive(r.rear, r.back, 1) })
	group.Go(func() error { r.send(ctx); return nil })
	return group.Wait()
}

// receive takes the packets of one direction and puts them on their way.
func (r *Relay) receive(from *socket, way *passage, direction int) error {
	buffer := make([]byte, 1<<16)
	for {
		got, err := from.read(buffer)
		if errors.Is(err, net.ErrClosed) { // at the end of the context
			return nil
		}
		if err != nil {
			return fmt.Errorf("read packets to relay: %w", err)
		}
		r.mutex.Lock()
		done := &r.done[direction]
		done.Came++
		if direction == 0 {
			r.probe = got.from
		}
		delays := way.next()
		switch {
		case len(delays) == 0:
			done.Lost++
		case len(delays) > 1:
			done.Duplicated++
		}
		for _, delay := range delays {
			r.put(&got, way, delay, direction)
		}
		r.mutex.Unlock()
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// put schedules a copy. The mutex is held.
func (r *Relay) put(got *packet, way *passage, delay time.Duration, direction int) {
	if len(r.waiting) >= maxWaiting {
		r.done[direction].Refused++
		return
	}
	copied := &copied{
		octets: append([]byte(nil), got.octets...), due: got.came.Add(delay), delay: delay,
		direction: direction, tos: got.tos, ttl: got.ttl,
	}
	if way.Remark != nil {
		copied.tos = *way.Remark<<2 | got.tos&3
	}
	if way.TTL != 0 {
		copied.ttl = way.TTL
	}
	heap.Push(&r.waiting, copied)
}

// send sends the copies when they are due.
func (r *Relay) send(ctx context.Context) {
	for ctx.Err() == nil {
		r.mutex.Lock()
		idle := len(r.waiting) == 0
		for len(r.waiting) > 0 && !r.waiting[0].due.After(time.Now()) {
			r.sendOne(heap.Pop(&r.waiting).(*copied))
		}
		r.mutex.Unlock()
		if !idle {
			rest := unix.NsecToTimespec(int64(nap))
			_ = unix.Nanosleep(&rest, nil)
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
		}
	}
}

// sendOne sends a copy. The mutex is held.
func (r *Relay) sendOne(due *copied) {
	out, to := r.rear, r.target
	if due.direction == 1 {
		out, to = r.front, r.probe
	}
	done := &r.done[due.direction]
	late := time.Since(due.due)
	if out.write(due.octets, to, due.tos, due.ttl) != nil {
		done.Refused++
		return
	}
	done.Sent++
	done.Delayed += due.delay
	done.Lateness += late
	done.Latest = max(done.Latest, late)
	if late > time.Millisecond {
		done.Behind++
	}
}

// copied is a packet on its way.
type copied struct {
	octets    []byte
	due       time.Time
	delay     time.Duration
	direction int
	tos, ttl  uint8
}

// schedule is a heap of packets by when they are due.
type schedule []*copied

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].due.Before(s[j].due) }
func (s schedule) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(each any)     { *s = append(*s, each.(*copied)) }
func (s *schedule) Pop() any {
	last := len(*s) - 1
	each := (*s)[last]
	*s = (*s)[:last]
	return each
}
