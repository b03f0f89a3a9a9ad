package icmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	receiveBuffer = 4 << 20 // what the kernel is asked to keep of packets not yet read, bytes
	batchSize     = 64      // packets read by one system call
	packetRoom    = 1500    // octets kept of a packet; replies have 44, errors quote at most 1280
	controlRoom   = 128

	// maxReadLag bounds how far a packet's kernel timestamp is believed to precede
	// the reading of it; beyond, the clock has been set in between.
	maxReadLag = 10 * time.Second
)

// errNotAllowed says that neither kind of socket may be opened.
var errNotAllowed = errors.New(`neither a raw nor an unprivileged ICMP socket is allowed: give the program CAP_NET_RAW (setcap cap_net_raw+ep, or run it as root), or its group the right to ping (sysctl -w net.ipv4.ping_group_range="0 2147483647")`)

// socket is an ICMP socket for all devices of one IP version.
type socket struct {
	ipv6 bool
	raw  bool
	id   uint16 // identifier of its echo messages
	file *os.File
	conn syscall.RawConn
}

// openSocket opens a raw socket, or an unprivileged one where that is not allowed or
// not wanted.
func openSocket(ipv6, unprivileged bool) (*socket, error) {
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
	if err := s.configure(fd); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	s.file = os.NewFile(uintptr(fd), "icmp")
	if s.conn, err = s.file.SyscallConn(); err != nil {
		_ = s.file.Close()
		return nil, fmt.Errorf("open an ICMP socket: %w", err)
	}
	return s, nil
}

func denied(err error) bool { return errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) }

func (s *socket) configure(fd int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	for _, option := range []int{unix.SO_TIMESTAMPNS, unix.SO_RXQ_OVFL} {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, 1); err != nil {
			return fmt.Errorf("set option %d of an ICMP socket: %w", option, err)
		}
	}
	if s.raw {
		s.id = uint16(1 + rand.N(1<<16-1))
		return attachFilter(fd, s.ipv6, s.id)
	}
	// The kernel chooses the identifier, filters by it, and keeps errors in a queue
	// of their own.
	var address unix.Sockaddr = &unix.SockaddrInet4{}
	level, option := unix.IPPROTO_IP, unix.IP_RECVERR
	if s.ipv6 {
		address, level, option = &unix.SockaddrInet6{}, unix.IPPROTO_IPV6, unix.IPV6_RECVERR
	}
	if err := unix.Bind(fd, address); err != nil {
		return fmt.Errorf("bind an ICMP socket: %w", err)
	}
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
	if err := unix.SetsockoptInt(fd, level, option, 1); err != nil {
		return fmt.Errorf("ask for ICMP errors: %w", err)
	}
	return nil
}

// close ends a read that is under way.
func (s *socket) close() error { return s.file.Close() }

// writer sends on a socket. It belongs to one goroutine.
type writer struct {
	socket  *socket
	packet  []byte
	ipv4    unix.SockaddrInet4
	ipv6    unix.SockaddrInet6
	to      unix.Sockaddr
	attempt func(fd uintptr) bool
	err     error
}

func newWriter(s *socket) *writer {
	w := &writer{socket: s}
	w.to = &w.ipv4
	if s.ipv6 {
		w.to = &w.ipv6
	}
	w.attempt = func(fd uintptr) bool {
		w.err = unix.Sendto(int(fd), w.packet, 0, w.to)
		return !errors.Is(w.err, unix.EAGAIN)
	}
	return w
}

// request sends an echo request.
func (w *writer) request(to netip.Addr, zone uint32, sequence uint16, carried cookie) error {
	w.packet = appendRequest(w.packet[:0], w.socket.ipv6, w.socket.id, sequence, carried)
	if w.socket.ipv6 {
		w.ipv6.Addr, w.ipv6.ZoneId = to.As16(), zone
	} else {
		w.ipv4.Addr = to.As4()
	}
	err := w.try()
	if err != nil && !w.socket.raw {
		// Where errors are queued, the error of an earlier packet fails the next
		// call, once.
		err = w.try()
	}
	return err
}

func (w *writer) try() error {
	if err := w.socket.conn.Write(w.attempt); err != nil {
		return err
	}
	return w.err
}

// received is a message and when it came.
type received struct {
	message
	at time.Time
}

// multipleMessages is struct mmsghdr of recvmmsg(2).
type multipleMessages struct {
	header unix.Msghdr
	size   uint32
}

// reader reads from a socket, many packets by one system call. It belongs to one
// goroutine.
type reader struct {
	socket   *socket
	headers  [batchSize]multipleMessages
	vectors  [batchSize]unix.Iovec
	sources  [batchSize]unix.RawSockaddrInet6
	packets  [batchSize][packetRoom]byte
	controls [batchSize][controlRoom]byte
	attempt  func(fd uintptr) bool
	count    int
	queued   bool // what was read is from the queue of errors
	err      error

	messages   []received
	overflowed uint32
}

func newReader(s *socket) *reader {
	r := &reader{socket: s, messages: make([]received, 0, batchSize)}
	for i := range r.headers {
		r.vectors[i].Base = &r.packets[i][0]
		r.vectors[i].SetLen(packetRoom)
	}
	r.attempt = func(fd uintptr) bool {
		r.queued = false
		r.count, r.err = r.receive(fd, 0)
		if errors.Is(r.err, unix.EAGAIN) && !s.raw {
			r.queued = true
			r.count, r.err = r.receive(fd, unix.MSG_ERRQUEUE)
		}
		return !errors.Is(r.err, unix.EAGAIN)
	}
	return r
}

func (r *reader) receive(fd uintptr, flags uintptr) (int, error) {
	for i := range r.headers {
		header := &r.headers[i].header
		*header = unix.Msghdr{
			Name: (*byte)(unsafe.Pointer(&r.sources[i])), Namelen: unix.SizeofSockaddrInet6,
			Iov: &r.vectors[i], Control: &r.controls[i][0],
		}
		header.SetIovlen(1)
		header.SetControllen(controlRoom)
	}
	count, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.headers[0])), batchSize, flags|unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(count), nil
}

// read waits for packets and returns what they say, in the order they came, and how
// many more the kernel has dropped since the last call. The answer is valid until the
// next call.
func (r *reader) read() (messages []received, overflows uint32, err error) {
	if err := r.socket.conn.Read(r.attempt); err != nil {
		return nil, 0, err
	}
	if r.err != nil {
		if !r.socket.raw || errors.Is(r.err, unix.EINTR) {
			return nil, 0, nil // the error of a packet sent earlier, which is queued too
		}
		return nil, 0, r.err
	}
	now := time.Now()
	r.messages = r.messages[:0]
	before := r.overflowed
	for i := range r.count {
		octets := r.packets[i][:min(r.headers[i].size, packetRoom)]
		control := r.controls[i][:r.headers[i].header.Controllen]
		beside := readControl(control, now)
		if beside.hasOverflow {
			r.overflowed = beside.overflowed
		}
		r.messages = append(r.messages, received{r.parse(octets, i, beside), beside.at})
	}
	return r.messages, r.overflowed - before, nil
}

func (r *reader) parse(octets []byte, i int, beside beside) message {
	source := netip.AddrFrom16(r.sources[i].Addr)
	if !r.socket.ipv6 {
		ipv4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&r.sources[i]))
		source = netip.AddrFrom4(ipv4.Addr)
	}
	switch {
	case r.queued:
		// The queue gives the request as it was sent, and the address it was sent to.
		request := byte(typeEchoRequest)
		if r.socket.ipv6 {
			request = typeEchoRequestV6
		}
		if beside.errorKind == 0 {
			return message{}
		}
		return parseQuoted(octets, request, source, beside.errorKind)
	case r.socket.ipv6:
		return parseICMPv6(octets, source)
	case r.socket.raw:
		return parseIPv4Packet(octets)
	}
	return parseICMPv4(octets, source)
}

// beside is what the kernel says beside a packet.
type beside struct {
	at          time.Time
	overflowed  uint32
	hasOverflow bool
	errorKind   uint8 // of RFC 792, from the queue of errors
}

func readControl(control []byte, now time.Time) beside {
	found := beside{at: now}
	for len(control) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return found
		}
		control = rest
		switch {
		case header.Level == unix.SOL_SOCKET && header.Type == unix.SO_TIMESTAMPNS && len(data) >= int(unsafe.Sizeof(unix.Timespec{})):
			stamp := *(*unix.Timespec)(unsafe.Pointer(&data[0]))
			if lag := time.Duration(now.UnixNano() - stamp.Nano()); lag > 0 && lag < maxReadLag {
				found.at = now.Add(-lag)
			}
		case header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
			found.overflowed, found.hasOverflow = binary.NativeEndian.Uint32(data), true
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_RECVERR,
			header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_RECVERR:
			found.errorKind = readExtendedError(data)
		}
	}
	return found
}

// readExtendedError reads struct sock_extended_err and returns the type of the ICMP
// error in the numbers of RFC 792, 0 for what is no such error.
func readExtendedError(data []byte) uint8 {
	if len(data) < 8 {
		return 0
	}
	origin, kind := data[4], data[5]
	switch {
	case origin == unix.SO_EE_ORIGIN_ICMP && (kind == typeUnreachable || kind == typeTimeExceeded):
		return kind
	case origin == unix.SO_EE_ORIGIN_ICMP6 && kind == typeUnreachableV6:
		return typeUnreachable
	case origin == unix.SO_EE_ORIGIN_ICMP6 && kind == typeTimeExceededV6:
		return typeTimeExceeded
	}
	return 0
}
