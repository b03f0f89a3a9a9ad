package datagram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
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

// Socket is a UDP socket that is listened on. It never blocks, and the runtime's poller
// does not know of it: that would wake up for every datagram.
type Socket struct {
	config     Config
	local      net.Addr
	descriptor int
	wake       int    // an eventfd that ends waiting, once and for all
	lost       uint32 // the kernel's count of datagrams it had no room for

	closing chan struct{} // closed when the socket is
	lock    sync.Mutex
	users   int // of the descriptors
}

// Listen opens the socket. The error says what to do about an address that cannot be
// listened on.
func Listen(ctx context.Context, config Config) (*Socket, error) {
	listener := net.ListenConfig{Control: config.options}
	connection, err := listener.ListenPacket(ctx, "udp", config.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for %s on UDP %s: %w; %s: %s", config.What, config.Address, err, Remedy(err), config.Setting)
	}
	defer connection.Close()
	s := &Socket{config: config, local: connection.LocalAddr(), closing: make(chan struct{})}
	if s.descriptor, err = detach(connection.(*net.UDPConn)); err != nil {
		return nil, fmt.Errorf("listen for %s on UDP %s: %w", config.What, config.Address, err)
	}
	if s.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		_ = unix.Close(s.descriptor)
		return nil, fmt.Errorf("listen for %s on UDP %s: %w", config.What, config.Address, err)
	}
	return s, nil
}

// detach returns another descriptor of a socket, which stays when the connection is
// closed.
func detach(connection *net.UDPConn) (descriptor int, err error) {
	raw, err := connection.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = raw.Control(func(of uintptr) { descriptor, failed = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) })
	if err != nil {
		return 0, err
	}
	return descriptor, failed
}

// options asks for the receive buffer, past the system's limit where that is allowed.
func (c Config) options(_, _ string, connection syscall.RawConn) error {
	var failed error
	err := connection.Control(func(descriptor uintptr) {
		socket := int(descriptor)
		if unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, c.BufferBytes) != nil {
			failed = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, c.BufferBytes)
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
func (s *Socket) LocalAddr() net.Addr { return s.local }

// Send sends a datagram from the socket.
func (s *Socket) Send(datagram []byte, to netip.AddrPort) error {
	if err := s.acquire(); err != nil {
		return fmt.Errorf("send %s to %s: %w", s.config.What, to, err)
	}
	defer s.release()
	if err := unix.Sendto(s.descriptor, datagram, 0, s.address(to)); err != nil {
		return fmt.Errorf("send %s to %s: %w", s.config.What, to, err)
	}
	return nil
}

// address is an address as the socket takes it: one of IPv6 has those of IPv4 mapped.
func (s *Socket) address(to netip.AddrPort) unix.Sockaddr {
	if s.local.(*net.UDPAddr).IP.To4() != nil {
		return &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().Unmap().As4()}
	}
	zone, _ := strconv.ParseUint(to.Addr().Zone(), 10, 32) // as batch.from gives it, 0 where there is none
	return &unix.SockaddrInet6{Port: int(to.Port()), ZoneId: uint32(zone), Addr: to.Addr().As16()}
}

// Close closes the socket; Receive ends with an error then.
func (s *Socket) Close() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.isClosed() {
		return net.ErrClosed
	}
	close(s.closing)
	s.interrupt()
	return s.letGo()
}

// acquire keeps the descriptors from being closed until release.
func (s *Socket) acquire() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.isClosed() {
		return net.ErrClosed
	}
	s.users++
	return nil
}

func (s *Socket) release() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.users--
	_ = s.letGo() // whoever has closed the socket is gone
}

// letGo closes the descriptors once nobody uses them and the socket is closed.
func (s *Socket) letGo() error {
	if s.users > 0 || !s.isClosed() {
		return nil
	}
	return errors.Join(unix.Close(s.descriptor), unix.Close(s.wake))
}

// interruptOpen ends waiting, if the socket is still open: the end of a context may be told
// so late that the descriptor is somebody else's by then.
func (s *Socket) interruptOpen() {
	if s.acquire() == nil {
		s.interrupt()
		s.release()
	}
}

// interrupt ends waiting.
func (s *Socket) interrupt() {
	_, _ = unix.Write(s.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // fails only where it was written to before
}
