package icmp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"golang.org/x/sys/unix"
)

// receiveBuffer is what the kernel is asked to keep of packets not yet read, bytes.
const receiveBuffer = 4 << 20

// errNotAllowed says that neither kind of socket may be opened.
var errNotAllowed = errors.New(`neither a raw nor an unprivileged ICMP socket is allowed: give the program CAP_NET_RAW (setcap cap_net_raw+ep, or run it as root), or its group the right to ping (sysctl -w net.ipv4.ping_group_range="0 2147483647")`)

// socket is an ICMP socket for all devices of one IP version. It never blocks, and the
// runtime's poller does not know of it: that would wake up for every reply.
type socket struct {
	ipv6 bool
	raw  bool
	id   uint16 // identifier of its echo messages
	fd   int
}

// options are what a socket's requests are to be like.
type options struct {
	source netip.Addr // zero: left to the routes
	dscp   DSCP
	ttl    uint8 // 0: left to the system
}

// openSocket opens a raw socket, or an unprivileged one where that is not allowed or
// not wanted.
func openSocket(ipv6, unprivileged bool, options options) (*socket, error) {
	s := &socket{ipv6: ipv6, raw: !unprivileged}
	family, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	if ipv6 {
		family, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	const flags = unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
	fd, err := -1, error(unix.EPERM)
	if s.raw {
		fd, err = unix.Socket(family, unix.SOCK_RAW|flags, protocol)
	}
	if denied(err) {
		s.raw = false
		fd, err = unix.Socket(family, unix.SOCK_DGRAM|flags, protocol)
	}
	switch {
	case denied(err):
		return nil, errNotAllowed
	case err != nil:
		return nil, fmt.Errorf("open an ICMP socket: %w", err)
	}
	if err := s.configure(fd, options); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	s.fd = fd
	return s, nil
}

func denied(err error) bool { return errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) }

func (s *socket) configure(fd int, options options) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	for _, option := range s.settings(options) {
		if err := unix.SetsockoptInt(fd, option.level, option.name, option.value); err != nil {
			return fmt.Errorf("set option %d of level %d of an ICMP socket: %w", option.name, option.level, err)
		}
	}
	if options.source.IsValid() || !s.raw {
		if err := s.bind(fd, options.source); err != nil {
			return err
		}
	}
	if s.raw {
		s.id = uint16(1 + rand.N(1<<16-1))
		return attachFilter(fd, s.ipv6, s.id)
	}
	// The kernel chooses the identifier and filters by it.
	bound, err := unix.Getsockname(fd)
	if err != nil {
		return fmt.Errorf("ask for the identifier of an ICMP socket: %w", err)
	}
	switch bound := bound.(type) {
	case *unix.SockaddrInet4:
		s.id = uint16(bound.Port)
	case *unix.SockaddrInet6:
		s.id = uint16(bound.Port)
	}
	return nil
}

// bind makes an address of this machine the source of all requests.
func (s *socket) bind(fd int, source netip.Addr) error {
	var address unix.Sockaddr = &unix.SockaddrInet4{}
	switch {
	case s.ipv6 && source.IsValid():
		address = &unix.SockaddrInet6{Addr: source.As16(), ZoneId: zoneIndex(source.Zone())}
	case s.ipv6:
		address = &unix.SockaddrInet6{}
	case source.IsValid():
		address = &unix.SockaddrInet4{Addr: source.As4()}
	}
	err := unix.Bind(fd, address)
	switch {
	case err != nil && source.IsValid():
		return fmt.Errorf("ping from %s: %w: give an address that an interface of this machine has", source, err)
	case err != nil:
		return fmt.Errorf("bind an ICMP socket: %w", err)
	}
	return nil
}

// setting is an option of a socket.
type setting struct{ level, name, value int }

// settings are a socket's options: what the kernel is to say beside each packet, and what
// requests are to be like. Nobody may fragment them, and what the kernel has learned of a
// path is not asked: each request finds out.
func (s *socket) settings(options options) []setting {
	all := []setting{
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1},
		{unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1},
	}
	if s.ipv6 {
		all = append(all, setting{unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1}, setting{unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS, 1},
			setting{unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE}, setting{unix.IPPROTO_IPV6, unix.IPV6_DONTFRAG, 1})
		if !s.raw {
			all = append(all, setting{unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1}) // errors have a queue of their own
		}
		if options.dscp != 0 {
			all = append(all, setting{unix.IPPROTO_IPV6, unix.IPV6_TCLASS, int(options.dscp) << 2})
		}
		if options.ttl != 0 {
			all = append(all, setting{unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, int(options.ttl)})
		}
		return all
	}
	all = append(all, setting{unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE})
	if !s.raw { // a raw socket gives the IP header, which says both
		all = append(all, setting{unix.IPPROTO_IP, unix.IP_RECVTTL, 1}, setting{unix.IPPROTO_IP, unix.IP_RECVTOS, 1},
			setting{unix.IPPROTO_IP, unix.IP_RECVERR, 1})
	}
	if options.dscp != 0 {
		all = append(all, setting{unix.IPPROTO_IP, unix.IP_TOS, int(options.dscp) << 2})
	}
	if options.ttl != 0 {
		all = append(all, setting{unix.IPPROTO_IP, unix.IP_TTL, int(options.ttl)})
	}
	return all
}

// close closes the socket, which nobody may use then.
func (s *socket) close() error { return unix.Close(s.fd) }

// untilWritable waits until the kernel takes packets again, or a moment has passed.
func (s *socket) untilWritable() {
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}, int(tick.Milliseconds()))
}
