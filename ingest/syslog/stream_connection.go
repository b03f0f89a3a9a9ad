package syslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"time"
)

// frameTime is how long the rest of a message may take to come. It is for senders that
// stop in the middle of one, and for lines without an end.
const frameTime = 5 * time.Minute

// A connection that is told to stop is read for what the kernel holds already: until
// nothing has come for drainIdle, but no longer than drainTime.
const (
	drainIdle = 20 * time.Millisecond
	drainTime = time.Second
)

// stream is one connection. It belongs to one goroutine.
type stream struct {
	*Receiver
	connection net.Conn
	address    netip.Addr // of the sender
	names      []string   // that the sender has proven to have
	framer     *framer
	intake     *intake

	deadline time.Time // of the next read; zero when it has passed
	heard    time.Time // when something came last
	begun    time.Time // when the message began that has not ended; zero without one
	from     source    // of what came last
}

// run takes messages until the connection or the context ends. It returns why the
// connection ended, unless that was after a whole message or by the context.
func (s *stream) run(ctx context.Context) (ending, error) {
	wake := context.AfterFunc(ctx, func() { _ = s.connection.SetReadDeadline(time.Now()) })
	defer wake()
	defer s.intake.flush()
	defer func() { s.metrics.streams.skippedBytes.Add(float64(s.framer.taken.skipped)) }()
	s.heard = time.Now()
	var stopBy time.Time
	for {
		s.waitForRoom(ctx)
		s.pause(ctx)
		// Set before the context is looked at, so that an end in between is not missed.
		s.expect(s.nextDeadline())
		draining := ctx.Err() != nil
		if draining {
			now := time.Now()
			if stopBy.IsZero() {
				stopBy = now.Add(drainTime)
			}
			s.setDeadline(now.Add(drainIdle))
		}
		octets, err := s.connection.Read(s.framer.space())
		now := time.Now()
		if octets > 0 {
			s.heard = now
			if wrong := s.take(octets, now); wrong != nil {
				return endedLength, wrong
			}
		}
		if !s.intake.due.IsZero() && !now.Before(s.intake.due) {
			s.intake.flush()
		}
		waited := errors.Is(err, os.ErrDeadlineExceeded)
		early := waited && now.Before(s.deadline) // woken by the end of the context
		if waited {
			s.deadline = time.Time{}
		}
		switch {
		case early:
		case draining && (err != nil || now.After(stopBy)):
			s.takeRest(now, "cut off: the receiver was stopped")
			return "", nil
		case !s.begun.IsZero() && now.Sub(s.begun) >= frameTime:
			s.takeRest(now, fmt.Sprintf("cut off: the rest did not come within %s", frameTime))
			return endedSlow, errors.New("the rest of a message did not come in time")
		case waited && now.Sub(s.heard) >= s.config.IdleTimeout:
			s.takeRest(now, fmt.Sprintf("cut off: nothing came for %s", s.config.IdleTimeout))
			return endedIdle, fmt.Errorf("nothing came for %s (ingest.syslog.idle_timeout)", s.config.IdleTimeout)
		case err != nil && !waited:
			return s.ended(err, now)
		}
	}
}

// take cuts what came into messages and takes them.
func (s *stream) take(octets int, now time.Time) error {
	s.framer.came(octets)
	// Asked anew, since a connection may last longer than what host names stand for.
	s.from = s.sources.ofPeer(s.address, s.names)
	taken := false
	for {
		message, found, err := s.framer.next()
		if err != nil {
			return err
		}
		if !found {
			break
		}
		taken = true
		s.intake.take(message, s.from, now)
	}
	switch {
	case !s.framer.begun():
		s.begun = time.Time{}
	case taken || s.begun.IsZero():
		s.begun = now
	}
	return nil
}

// takeRest takes a message that has not ended, with the reason as its complaint.
func (s *stream) takeRest(now time.Time, reason string) {
	if rest := s.framer.rest(); len(rest) > 0 {
		s.intake.takeCutOff(rest, s.from, now, reason)
	}
}

// ended says how the connection ended, and takes what came of its last message.
func (s *stream) ended(err error, now time.Time) (ending, error) {
	inside := s.framer.begun()
	s.takeRest(now, "cut off: the connection ended")
	switch {
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return endingOf(err), err
	case inside:
		return endedCutOff, errors.New("it ended in the middle of a message")
	}
	return "", nil
}

// waitForRoom waits while what is emitted has no room. The sender has to keep what it
// has to say for that long, and is not late by it.
func (s *stream) waitForRoom(ctx context.Context) {
	if s.room == nil {
		return
	}
	waited := s.room(ctx)
	if waited == 0 {
		return
	}
	s.metrics.streams.waits.Inc()
	s.metrics.streams.waitSeconds.Add(waited.Seconds())
	s.excuse(waited)
}

// pause keeps a sender waiting who sent more than it may.
func (s *stream) pause(ctx context.Context) {
	pause := s.intake.pause
	if pause == 0 {
		return
	}
	s.intake.pause = 0
	if pause > batchLinger {
		s.intake.flush()
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	s.metrics.pauses.Add(pause.Seconds())
	s.excuse(pause)
}

// excuse leaves time in which nothing was read out of what a sender may take.
func (s *stream) excuse(unread time.Duration) {
	s.heard = s.heard.Add(unread)
	if !s.begun.IsZero() {
		s.begun = s.begun.Add(unread)
	}
}

// nextDeadline is when something is to be done although nothing came.
func (s *stream) nextDeadline() time.Time {
	next := s.heard.Add(s.config.IdleTimeout)
	if due := s.intake.due; !due.IsZero() && due.Before(next) {
		next = due
	}
	if !s.begun.IsZero() {
		if late := s.begun.Add(frameTime); late.Before(next) {
			next = late
		}
	}
	return next
}

// expect makes the next read return by a time. It may return earlier, for nothing: a
// deadline set before is left as it is, so that a busy connection need not set one for
// each read.
func (s *stream) expect(next time.Time) {
	if s.deadline.IsZero() || next.Before(s.deadline) {
		s.setDeadline(next)
	}
}

func (s *stream) setDeadline(deadline time.Time) {
	s.deadline = deadline
	_ = s.connection.SetReadDeadline(deadline)
}
