package fleet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// mostStreams is how many devices of a site send over TCP, at most.
	mostStreams = 64
	// streamTime is how long it may take to connect, or to write a line.
	streamTime = time.Second
)

// stream is a device's connection to its appliance (RFC 6587, octet counting).
type stream struct {
	from       address
	connection *net.TCPConn // nil while there is none
}

// send sends a line, over a new connection where the old one has ended.
func (s *stream) send(ctx context.Context, text string, to netip.AddrPort) error {
	if s.connection != nil && hasEnded(s.connection) {
		s.close()
	}
	if s.connection == nil {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: s.from[:]}, Timeout: streamTime}
		connection, err := dialer.DialContext(ctx, "tcp4", to.String())
		if err != nil {
			return err
		}
		s.connection = connection.(*net.TCPConn)
	}
	_ = s.connection.SetWriteDeadline(time.Now().Add(streamTime))
	if _, err := fmt.Fprintf(s.connection, "%d %s", len(text), text); err != nil {
		s.close()
		return err
	}
	return nil
}

func (s *stream) close() {
	if s.connection != nil {
		s.connection.Close()
		s.connection = nil
	}
}

// hasEnded says whether the other side has closed a connection, which a write would not
// tell: nobody answers a sender of syslog.
func hasEnded(connection *net.TCPConn) bool {
	raw, err := connection.SyscallConn()
	if err != nil {
		return true
	}
	return control(raw, func(fd int) error {
		_, _, err := unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		if err == unix.EAGAIN {
			return nil
		}
		return unix.ECONNRESET
	}) != nil
}
