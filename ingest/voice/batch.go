package voice

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	batchSize   = 64   // packets of one system call
	packetRoom  = 2048 // octets kept of a reply: test packets are shorter, what is longer is padding
	controlRoom = 256  // what the kernel says beside a packet: at most 6 things

	// stampSlack is how far the kernel's timestamp of a packet is believed to precede
	// the reading before, which left none: beyond, the clock was set in between.
	stampSlack = 100 * time.Millisecond
)

// multipleMessages is struct mmsghdr of sendmmsg(2) and recvmmsg(2).
type multipleMessages struct {
	header unix.Msghdr
	size   uint32
}

// batch is a UDP socket for all paths, IPv4 and IPv6, that sends and reads many packets
// by one system call. It never blocks, and the runtime's poller does not know of it:
// that would wake up for every reply. It belongs to one goroutine.
type batch struct {
	fd   int
	ipv6 bool

	sending struct {
		headers [batchSize]multipleMessages
		vectors [batchSize]unix.Iovec
		targets [batchSize]unix.RawSockaddrInet6
		count   int
	}
	reading struct {
		headers  [batchSize]multipleMessages
		vectors  [batchSize]unix.Iovec
		sources  [batchSize]unix.RawSockaddrInet6
		packets  [batchSize][packetRoom]byte
		controls [batchSize][controlRoom]byte
		found    []datagram
	}
	overflowed uint32    // packets the kernel has dropped so far
	emptied    time.Time // when there was last nothing left to read
}

// openBatch opens a socket on a port of the kernel's choice, whose packets bear the DSCP.
// Where the machine has no IPv6 it is one of IPv4 alone.
func openBatch(dscp uint8) (*batch, error) {
	const flags = unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
	b := &batch{ipv6: true}
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|flags, 0)
	if err == nil && unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0) != nil {
		_ = unix.Close(fd)
		err = unix.EAFNOSUPPORT
	}
	if errors.Is(err, unix.EAFNOSUPPORT) {
		b.ipv6 = false
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|flags, 0)
	}
	if err != nil {
		return nil, err
	}
	if err := b.configure(fd, dscp); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	b.fd, b.emptied = fd, time.Now()
	return b, nil
}

func (b *batch) configure(fd int, dscp uint8) error {
	if err := setOptions(fd, b.ipv6, dscp); err != nil {
		return err
	}
	// Routers' word that a packet could not be delivered is queued, and read beside the
	// replies.
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1); err != nil {
		return fmt.Errorf("ask for ICMP errors: %w", err)
	}
	var address unix.Sockaddr = &unix.SockaddrInet4{}
	if b.ipv6 {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
		address = &unix.SockaddrInet6{}
	}
	if err := unix.Bind(fd, address); err != nil {
		return fmt.Errorf("bind to a free port: %w", err)
	}
	r := &b.reading
	r.found = make([]datagram, 0, batchSize)
	for i := range r.vectors {
		r.vectors[i].Base = &r.packets[i][0]
		r.vectors[i].SetLen(packetRoom)
	}
	return nil
}

func (b *batch) close() error { return unix.Close(b.fd) }

// add puts a packet into the batch, which must have room. The octets are read when the
// batch is sent.
func (b *batch) add(packet []byte, to netip.AddrPort) {
	s := &b.sending
	i := s.count
	s.count++
	s.vectors[i].Base = &packet[0]
	s.vectors[i].SetLen(len(packet))
	s.headers[i].header = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&s.targets[i])), Namelen: b.setAddress(&s.targets[i], to), Iov: &s.vectors[i]}
	s.headers[i].header.SetIovlen(1)
}

// full reports whether there is no room for another packet, sent twice.
func (b *batch) full() bool { return b.sending.count > batchSize-2 }

// send sends the packets of the batch from the one at an index on, as many as the kernel
// takes, and returns how many it took. An error is of the packet behind these, or an
// earlier one's that was reported to the socket meanwhile.
func (b *batch) send(from int) (int, error) {
	count := b.sending.count - from
	if count == 0 {
		return 0, nil
	}
	sent, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(b.fd), uintptr(unsafe.Pointer(&b.sending.headers[from])), uintptr(count), unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(sent), nil
}

// untilWritable waits until the kernel takes packets again, or a moment has passed.
func (b *batch) untilWritable() {
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(b.fd), Events: unix.POLLOUT}}, 10)
}

// read returns the packets that have come, in that order, and how many more the kernel
// has dropped since the last call. more says that there may be others. The answer is
// valid until the next call.
func (b *batch) read() (found []datagram, dropped uint32, more bool, err error) {
	r := &b.reading
	began := time.Now()
	count, err := b.receive(0)
	if err != nil {
		if errors.Is(err, unix.EAGAIN) {
			b.emptied, err = began, nil
		}
		return nil, 0, false, err
	}
	now := time.Now()
	oldest := now.Sub(b.emptied) + stampSlack
	if count < batchSize {
		b.emptied = began
	}
	before := b.overflowed
	r.found = r.found[:0]
	for i := range count {
		got := datagram{octets: r.packets[i][:r.headers[i].size], from: b.address(&r.sources[i]), at: now}
		got.readControl(r.controls[i][:r.headers[i].header.Controllen], oldest)
		if got.hasOverflow {
			b.overflowed = got.overflowed
		}
		r.found = append(r.found, got)
	}
	return r.found, b.overflowed - before, count == batchSize, nil
}

// undelivered is a packet of ours that ICMP says could not be delivered.
type undelivered struct {
	octets []byte // as much of it as was quoted
	to     netip.AddrPort
}

// readUndelivered calls report for each packet that ICMP says could not be delivered:
// there is no way, or nobody listens.
func (b *batch) readUndelivered(report func(undelivered)) {
	r := &b.reading
	for {
		count, err := b.receive(unix.MSG_ERRQUEUE)
		if err != nil {
			return // EAGAIN, there is none
		}
		for i := range count {
			if isUndelivered(r.controls[i][:r.headers[i].header.Controllen]) {
				report(undelivered{r.packets[i][:r.headers[i].size], b.address(&r.sources[i])})
			}
		}
		if count < batchSize {
			return
		}
	}
}

// isUndelivered reports whether a message of the error queue is of a destination that
// cannot be reached.
func isUndelivered(control []byte) bool {
	for len(control) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return false
		}
		control = rest
		said, _, ok := extendedError(header.Level, header.Type, data)
		if ok && (said.Origin == unix.SO_EE_ORIGIN_ICMP && said.Type == 3 || said.Origin == unix.SO_EE_ORIGIN_ICMP6 && said.Type == 1) {
			return true
		}
	}
	return false
}

// receive fills the buffers and returns how many packets there were.
func (b *batch) receive(flags uintptr) (int, error) {
	r := &b.reading
	for i := range r.headers {
		header := &r.headers[i].header
		*header = unix.Msghdr{
			Name: (*byte)(unsafe.Pointer(&r.sources[i])), Namelen: unix.SizeofSockaddrInet6,
			Iov: &r.vectors[i], Control: &r.controls[i][0],
		}
		header.SetIovlen(1)
		header.SetControllen(controlRoom)
	}
	count, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(b.fd), uintptr(unsafe.Pointer(&r.headers[0])), batchSize, flags|unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(count), nil
}
