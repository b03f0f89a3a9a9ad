package syslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"mimamori/ingest/datagram"
)

// A handshake of TLS has so much time, and only so many are under way at once: who
// connects and says nothing takes no connection from others.
const (
	handshakeTime = 10 * time.Second
	handshakesMax = 128
)

// acceptPause is how long nothing is accepted after the system could make no connection,
// because it has no descriptors left, say.
const acceptPause = 100 * time.Millisecond

// keepAlive finds out in two minutes that a sender is no more.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// streams takes the connections of a receiver, from all its listeners.
type streams struct {
	*Receiver
	connections *gate
	handshakes  *gate
	notices     notices
}

func newStreams(r *Receiver) *streams {
	return &streams{Receiver: r, connections: newGate(r.config.MaxConnections), handshakes: newGate(handshakesMax)}
}

// listenStream opens a listener. The error says what to do about an address that cannot
// be listened on.
func listenStream(ctx context.Context, address, setting string) (net.Listener, error) {
	config := net.ListenConfig{KeepAliveConfig: keepAlive}
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for syslog on TCP %s: %w; %s: %s", address, err, datagram.Remedy(err), setting)
	}
	return listener, nil
}

// accept takes connections until the context ends and what they brought until then has
// been taken; it returns nil. The handshake makes a connection ready to be read from, and
// is nil where there is nothing to do.
func (s *streams) accept(ctx context.Context, listener net.Listener, over transport, handshake handshake) error {
	var serving sync.WaitGroup
	defer serving.Wait()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	for {
		connection, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = connection.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept syslog on %s: %w", listener.Addr(), err)
		case err != nil:
			s.metrics.streams.fail(endedAccept)
			if s.notices.due(netip.Addr{}, string(endedAccept), time.Now()) {
				s.logger.Warn("a syslog connection cannot be accepted", "address", listener.Addr().String(), "error", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
		default:
			s.admit(ctx, connection, over, handshake, &serving)
		}
	}
}

// handshake makes a connection ready to be read from, and returns the names its sender
// has proven to have.
type handshake func(ctx context.Context, connection net.Conn) (ready net.Conn, names []string, err error)

// admit serves a connection, unless there are too many.
func (s *streams) admit(ctx context.Context, raw net.Conn, over transport, handshake handshake, serving *sync.WaitGroup) {
	address := addressOf(raw)
	stranger := !s.sources.knows(address)
	gate := s.connections
	if handshake != nil {
		gate = s.handshakes
	}
	if refused := gate.enter(address, stranger); refused != "" {
		if handshake != nil {
			refused = refusedHandshakes
		}
		s.refuse(raw, address, refused)
		return
	}
	serving.Go(func() {
		connection, names := newGathering(raw), []string(nil)
		if handshake != nil {
			var err error
			connection, names, err = shake(ctx, connection, handshake)
			s.handshakes.leave(address, stranger)
			if err != nil {
				_ = raw.Close()
				if ctx.Err() == nil {
					s.failed(address, endedHandshake, err)
				}
				return
			}
			if refused := s.connections.enter(address, stranger); refused != "" {
				s.refuse(connection, address, refused)
				return
			}
		}
		defer s.connections.leave(address, stranger)
		defer connection.Close()
		s.serve(ctx, connection, over, address, names)
	})
}

// shake gives a handshake its time.
func shake(ctx context.Context, connection net.Conn, handshake handshake) (net.Conn, []string, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	return handshake(ctx, connection)
}

func (s *streams) refuse(connection net.Conn, address netip.Addr, reason refusal) {
	_ = connection.Close()
	s.metrics.streams.refuse(reason)
	if s.notices.due(address, string(reason), time.Now()) {
		s.logger.Warn("a syslog connection was refused; "+reason.remedy(),
			"sender", address.String(), "reason", string(reason), "max_connections", s.config.MaxConnections)
	}
}

// failed counts a connection that ended otherwise than it should.
func (s *streams) failed(address netip.Addr, reason ending, err error) {
	s.metrics.streams.fail(reason)
	if s.notices.due(address, string(reason), time.Now()) {
		s.logger.Warn("a syslog connection ended", "sender", address.String(), "reason", string(reason), "error", err)
	}
}

// serve takes what a connection brings until it ends.
func (s *streams) serve(ctx context.Context, connection net.Conn, over transport, address netip.Addr, names []string) {
	s.metrics.streams.connections.WithLabelValues(string(over)).Inc()
	open := s.metrics.streams.open.WithLabelValues(string(over))
	open.Inc()
	defer open.Dec()
	s.logger.LogAttrs(ctx, slog.LevelDebug, "a syslog connection", slog.String("sender", address.String()), slog.Any("names", names))
	stream := &stream{
		Receiver: s.Receiver, connection: connection, address: address, names: names,
		framer: newFramer(s.config.MaxMessageBytes), intake: &intake{Receiver: s.Receiver, patient: true},
	}
	if reason, err := stream.run(ctx); reason != "" {
		s.failed(address, reason, err)
	}
}

// addressOf is the address of a connection's sender.
func addressOf(connection net.Conn) netip.Addr {
	if remote, ok := connection.RemoteAddr().(*net.TCPAddr); ok {
		return remote.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// endingOf says how a connection ended of which an error was read.
func endingOf(err error) ending {
	switch {
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return endedReset
	case errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return endedUnreachable
	}
	return endedFailed
}
