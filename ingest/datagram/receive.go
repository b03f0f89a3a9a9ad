package datagram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A socket that is told to stop reads what the kernel holds for it already: until
// nothing has come for drainIdle, but no longer than drainTime.
const (
	drainIdle = 20 * time.Millisecond
	drainTime = time.Second
)

// What has come is read again after these: between them, where more is expected soon, and
// after a failed attempt.
const (
	leastGather  = time.Millisecond
	mostGather   = 16 * time.Millisecond
	failurePause = 10 * time.Millisecond
)

// Datagrams are left to the kernel for longer while fewer than fewGathered come meanwhile,
// so that each costs little of the waking up; and for less while manyGathered do, which is
// about what the processor's caches hold.
const (
	fewGathered  = 256
	manyGathered = 1024
)

// countEvery is how often the kernel is asked what it dropped while it always has more.
const countEvery = 100 * time.Millisecond

// Handler is who takes what is received. One goroutine calls its functions.
type Handler struct {
	// Take takes a datagram, whose memory is used again. Those that were read together
	// have the same time.
	Take func(datagram []byte, from netip.AddrPort, now time.Time)
	// Due is when Flush is to be called, the zero time for not at all.
	Due func() time.Time
	// Flush hands on what was gathered. It is called last when the socket stops.
	Flush func()
}

// Receive hands what comes to the handler until the context ends and what the kernel
// held then has been taken; it returns nil. An error says that the socket is no more.
//
// Many datagrams are read by one system call, and where the kernel has room for them
// those that follow are left to it for a while: to be woken up for each would take
// longer than to take it.
func (s *Socket) Receive(ctx context.Context, handler Handler) error {
	if err := s.acquire(); err != nil {
		return fmt.Errorf("receive %s on %s: %w", s.config.What, s.local, err)
	}
	defer s.release()
	defer context.AfterFunc(ctx, s.interruptOpen)()
	batch := newBatch(s.config.MaxBytes + 1)
	most := s.gatherTime()
	gather, gathered := min(most, leastGather), 0
	pause := time.NewTimer(0)
	defer pause.Stop()
	var stopBy, countBy time.Time
	for idle := true; ; {
		draining := ctx.Err() != nil
		if idle {
			s.await(patience(draining, handler.Due()), !draining)
		}
		err := batch.read(s.descriptor)
		now := time.Now()
		for i := range batch.count {
			handler.Take(batch.datagram(i), batch.from(i), now)
		}
		gathered += batch.count
		if batch.count < batchSize || now.After(countBy) {
			s.countDropped()
			countBy = now.Add(countEvery)
		}
		if draining && stopBy.IsZero() {
			stopBy = now.Add(drainTime)
		}
		stopping := draining && (idle && batch.count == 0 || now.After(stopBy))
		if due := handler.Due(); stopping || !due.IsZero() && !now.Before(due) {
			handler.Flush()
		}
		idle = batch.count == 0 || batch.count < batchSize && gather == 0
		switch {
		case stopping:
			return nil
		case s.isClosed():
			return fmt.Errorf("receive %s on %s: %w", s.config.What, s.local, net.ErrClosed)
		case err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			// An ICMP error that an answer caused, a lack of memory: the socket itself is
			// good.
			s.config.Failed.Inc()
			s.rest(ctx, pause, failurePause)
		case !idle && batch.count < batchSize:
			gather = nextGather(gather, most, gathered)
			gathered = 0
			s.rest(ctx, pause, gather)
		}
	}
}

// nextGather is how long datagrams are left to the kernel after so many came during the
// last time.
func nextGather(last, most time.Duration, gathered int) time.Duration {
	switch {
	case gathered < fewGathered:
		return min(2*last, most)
	case gathered > manyGathered:
		return max(last/2, leastGather)
	}
	return last
}

// patience is how long a datagram is waited for.
func patience(draining bool, due time.Time) time.Duration {
	switch {
	case draining:
		return drainIdle
	case due.IsZero():
		return forever
	}
	return max(0, time.Until(due))
}

// forever is longer than anybody waits.
const forever = time.Duration(1<<63 - 1)

// await waits for a datagram, and for an interrupt where it is asked for.
func (s *Socket) await(period time.Duration, interrupt bool) {
	awaited := []unix.PollFd{{Fd: int32(s.descriptor), Events: unix.POLLIN}, {Fd: int32(s.wake), Events: unix.POLLIN}}
	if !interrupt {
		awaited = awaited[:1]
	}
	var timeout *unix.Timespec
	if period != forever {
		until := unix.NsecToTimespec(int64(period))
		timeout = &until
	}
	_, _ = unix.Ppoll(awaited, timeout, nil) // what has come is found by reading
}

// rest leaves the socket alone for a while. The runtime waits, and not the kernel: it
// takes a thread in a system call for busy, and watches it.
func (s *Socket) rest(ctx context.Context, timer *time.Timer, period time.Duration) {
	timer.Reset(period)
	select {
	case <-ctx.Done():
	case <-s.closing:
	case <-timer.C:
	}
}

// countDropped counts what the kernel has dropped since it was last asked.
func (s *Socket) countDropped() {
	// The index of the count in what SO_MEMINFO tells (include/uapi/linux/sock_diag.h).
	const drops = 8
	var values [drops + 1]uint32
	size := uint32(unsafe.Sizeof(values))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.descriptor), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&values)), uintptr(unsafe.Pointer(&size)), 0)
	if lost := values[drops]; errno == 0 && lost != s.lost {
		s.config.Dropped.Add(float64(lost - s.lost)) // the count wraps
		s.lost = lost
	}
}

func (s *Socket) isClosed() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// gatherTime is how long datagrams may be left to the kernel: for as long as they fill no
// more than a quarter of its buffer, however fast they come. Where that is too short to
// gain anything it is 0.
func (s *Socket) gatherTime() time.Duration {
	room, err := unix.GetsockoptInt(s.descriptor, unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil {
		return 0
	}
	const fastest = 1 << 30 // octets a second, the kernel's overhead included: a million datagrams
	gather := time.Duration(float64(room) / 4 / fastest * float64(time.Second))
	if gather < leastGather {
		return 0
	}
	return min(gather, mostGather)
}
