package datagram

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// A socket that is told to stop reads what the kernel holds for it already: until
// nothing has come for drainIdle, but no longer than drainTime.
const (
	drainIdle = 20 * time.Millisecond
	drainTime = time.Second
)

// Config says what is listened on and what is counted.
type Config struct {
	What        string             // that is received, as it stands in errors: syslog
	Address     string             // host:port
	Setting     string             // where the address comes from, for errors: syslog of appliance "a"
	BufferBytes int                // that the kernel is to keep of datagrams not yet read
	MaxBytes    int                // of a datagram that are read, one more where it is longer
	Dropped     prometheus.Counter // datagrams the kernel had no room for
	Failed      prometheus.Counter // failed attempts to read
}

// Handler is who takes what is received. One goroutine calls its functions.
type Handler struct {
	// Take takes a datagram, whose memory is used again.
	Take func(datagram []byte, from netip.AddrPort, now time.Time)
	// Due is when Flush is to be called, the zero time for not at all.
	Due func() time.Time
	// Flush hands on what was gathered. It is called last when the socket stops.
	Flush func()
}

// Socket is a UDP socket that is listened on.
type Socket struct {
	config     Config
	connection *net.UDPConn
	lost       uint32 // the kernel's count of datagrams it had no room for
}

// Listen opens the socket. The error says what to do about an address that cannot be
// listened on.
func Listen(ctx context.Context, config Config) (*Socket, error) {
	listener := net.ListenConfig{Control: config.options}
	connection, err := listener.ListenPacket(ctx, "udp", config.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for %s on UDP %s: %w; %s: %s", config.What, config.Address, err, Remedy(err), config.Setting)
	}
	return &Socket{config: config, connection: connection.(*net.UDPConn)}, nil
}

// options asks for the receive buffer, past the system's limit where that is allowed,
// and for the kernel's count of datagrams it dropped.
func (c Config) options(_, _ string, connection syscall.RawConn) error {
	var failed error
	err := connection.Control(func(descriptor uintptr) {
		socket := int(descriptor)
		if unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, c.BufferBytes) != nil {
			failed = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, c.BufferBytes)
		}
		if failed == nil {
			failed = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
		}
	})
	if err != nil {
		return err
	}
	return failed
}

// Remedy says what to do about an address that cannot be listened on.
func Remedy(err error) string {
	switch {
	case errors.Is(err, syscall.EACCES):
		return "a port below 1024 needs CAP_NET_BIND_SERVICE (setcap cap_net_bind_service+ep, or root): give it to the program, or listen on a higher port and have it sent there"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "listen on an address that an interface of this machine has"
	}
	return "stop what else listens there, or give another address"
}

// LocalAddr is what the socket listens on.
func (s *Socket) LocalAddr() net.Addr { return s.connection.LocalAddr() }

// Send sends a datagram from the socket.
func (s *Socket) Send(datagram []byte, to netip.AddrPort) error {
	_, err := s.connection.WriteToUDPAddrPort(datagram, to)
	return err
}

// Close closes the socket; Receive ends with an error then.
func (s *Socket) Close() error { return s.connection.Close() }

// Receive hands what comes to the handler until the context ends and what the kernel
// held then has been taken; it returns nil. An error says that the socket is no more.
func (s *Socket) Receive(ctx context.Context, handler Handler) error {
	wake := context.AfterFunc(ctx, func() { _ = s.connection.SetReadDeadline(time.Now()) })
	defer wake()
	buffer := make([]byte, s.config.MaxBytes+1)
	control := make([]byte, 64)
	var deadline, stopBy time.Time
	for {
		// Set before the context is looked at, so that an end in between is not missed.
		if due := handler.Due(); due != deadline {
			deadline = due
			_ = s.connection.SetReadDeadline(deadline)
		}
		draining := ctx.Err() != nil
		if draining {
			now := time.Now()
			if stopBy.IsZero() {
				stopBy = now.Add(drainTime)
			}
			_ = s.connection.SetReadDeadline(now.Add(drainIdle))
		}
		size, controlSize, _, from, err := s.connection.ReadMsgUDPAddrPort(buffer, control)
		now := time.Now()
		if err == nil {
			s.countDropped(control[:controlSize])
			handler.Take(buffer[:size], from, now)
		}
		stopping := draining && (err != nil || now.After(stopBy))
		if due := handler.Due(); stopping || !due.IsZero() && !now.Before(due) {
			handler.Flush()
		}
		if stopping {
			return nil
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("receive %s on %s: %w", s.config.What, s.connection.LocalAddr(), err)
			}
			// An ICMP error that an answer caused, a lack of memory: the socket itself is
			// good.
			s.config.Failed.Inc()
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

// countDropped reads the count that the kernel attaches to a datagram once it has
// dropped any. It is 32 bits wide and wraps.
func (s *Socket) countDropped(control []byte) {
	for len(control) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
			lost := binary.NativeEndian.Uint32(data)
			s.config.Dropped.Add(float64(lost - s.lost))
			s.lost = lost
		}
		control = rest
	}
}
