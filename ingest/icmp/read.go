package icmp

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	readBatch   = 64   // packets read by one system call
	packetRoom  = 1500 // octets kept of a packet; errors quote at most 1280
	controlRoom = 256  // what the kernel says beside a packet: at most 5 things

	extendedErrorSize = 16 // of struct sock_extended_err

	// stampSlack is how far the kernel's timestamp of a packet is believed to precede
	// the reading before, which left none: beyond, the clock was set in between.
	stampSlack = 100 * time.Millisecond
)

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
	socket     *socket
	headers    [readBatch]multipleMessages
	vectors    [readBatch]unix.Iovec
	sources    [readBatch]unix.RawSockaddrInet6
	packets    [readBatch][packetRoom]byte
	controls   [readBatch][controlRoom]byte
	messages   []received
	overflowed uint32
	emptied    time.Time // when there was last nothing left to read
}

func newReader(s *socket) *reader {
	r := &reader{socket: s, messages: make([]received, 0, readBatch), emptied: time.Now()}
	for i := range r.headers {
		r.vectors[i].Base = &r.packets[i][0]
		r.vectors[i].SetLen(packetRoom)
	}
	return r
}

// receive fills the reader's buffers and returns how many packets there were.
func (r *reader) receive(flags uintptr) (int, error) {
	for i := range r.headers {
		header := &r.headers[i].header
		*header = unix.Msghdr{
			Name: (*byte)(unsafe.Pointer(&r.sources[i])), Namelen: unix.SizeofSockaddrInet6,
			Iov: &r.vectors[i], Control: &r.controls[i][0],
		}
		header.SetIovlen(1)
		header.SetControllen(controlRoom)
	}
	count, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(r.socket.fd), uintptr(unsafe.Pointer(&r.headers[0])), readBatch, flags|unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(count), nil
}

// read returns what the packets say that have come, in that order, and how many more the
// kernel has dropped since the last call; or, from the queue of errors that an
// unprivileged socket has, those. more says that there may be others. The answer is valid
// until the next call.
func (r *reader) read(queued bool) (messages []received, overflows uint32, more bool, err error) {
	flags := uintptr(0)
	if queued {
		flags = unix.MSG_ERRQUEUE
	}
	began := time.Now()
	count, err := r.receive(flags)
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		return nil, 0, false, err
	}
	now := time.Now()
	oldest := now.Sub(r.emptied) + stampSlack
	if count < readBatch && !queued {
		r.emptied = began
	}
	r.messages = r.messages[:0]
	before := r.overflowed
	for i := range count {
		octets := r.packets[i][:min(r.headers[i].size, packetRoom)]
		control := r.controls[i][:r.headers[i].header.Controllen]
		beside := readControl(control, now, oldest)
		if beside.hasOverflow {
			r.overflowed = beside.overflowed
		}
		r.messages = append(r.messages, received{r.parse(octets, i, beside, queued), beside.at})
	}
	return r.messages, r.overflowed - before, count == readBatch, nil
}

func (r *reader) parse(octets []byte, i int, beside beside, queued bool) message {
	source := netip.AddrFrom16(r.sources[i].Addr)
	if !r.socket.ipv6 {
		ipv4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&r.sources[i]))
		source = netip.AddrFrom4(ipv4.Addr)
	}
	switch {
	case queued:
		// The queue gives the request as it was sent, and the address it was sent to.
		request := byte(typeEchoRequest)
		if r.socket.ipv6 {
			request = typeEchoRequestV6
		}
		if beside.fault.Type == 0 {
			return message{}
		}
		return parseQuoted(octets, request, source, beside.fault)
	case r.socket.raw && !r.socket.ipv6:
		return parseIPv4Packet(octets)
	}
	var found message
	if r.socket.ipv6 {
		found = parseICMPv6(octets, source)
	} else {
		found = parseICMPv4(octets, source)
	}
	if found.meaning == meansReply {
		found.ttl, found.tos = beside.ttl, beside.tos
	}
	return found
}

// beside is what the kernel says beside a packet.
type beside struct {
	at          time.Time
	overflowed  uint32
	hasOverflow bool
	ttl, tos    uint8
	fault       Fault // from the queue of errors
}

// readControl reads what the kernel says beside a packet that was read now, and came no
// longer ago than oldest.
func readControl(control []byte, now time.Time, oldest time.Duration) beside {
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
			if lag := time.Duration(now.UnixNano() - stamp.Nano()); lag > 0 && lag < oldest {
				found.at = now.Add(-lag)
			}
		case header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
			found.overflowed, found.hasOverflow = binary.NativeEndian.Uint32(data), true
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_RECVERR,
			header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_RECVERR:
			found.fault = readExtendedError(data)
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_TTL && len(data) >= 4,
			header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_HOPLIMIT && len(data) >= 4:
			found.ttl = uint8(binary.NativeEndian.Uint32(data))
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_TOS && len(data) >= 1:
			found.tos = data[0]
		case header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_TCLASS && len(data) >= 4:
			found.tos = uint8(binary.NativeEndian.Uint32(data))
		}
	}
	return found
}

// readExtendedError reads struct sock_extended_err, behind which the address of who
// sent the ICMP error stands. Its type is 0 for what is no such error.
func readExtendedError(data []byte) Fault {
	if len(data) < extendedErrorSize {
		return Fault{}
	}
	origin, kind, code := data[4], data[5], data[6]
	var fault Fault
	known := false
	switch origin {
	case unix.SO_EE_ORIGIN_ICMP:
		fault, known = faultOfIPv4(kind, code)
	case unix.SO_EE_ORIGIN_ICMP6:
		fault, known = faultOfIPv6(kind, code)
	}
	if !known {
		return Fault{}
	}
	if fault.tooBig() {
		fault.MTU = binary.NativeEndian.Uint32(data[8:])
	}
	switch offender := data[extendedErrorSize:]; {
	case origin == unix.SO_EE_ORIGIN_ICMP && len(offender) >= unix.SizeofSockaddrInet4:
		fault.From = netip.AddrFrom4([4]byte(offender[4:8]))
	case origin == unix.SO_EE_ORIGIN_ICMP6 && len(offender) >= unix.SizeofSockaddrInet6:
		fault.From = netip.AddrFrom16([16]byte(offender[8:24]))
	}
	return fault
}
