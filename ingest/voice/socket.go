package voice

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// receiveBuffer is what the kernel is asked to keep of packets not yet read, bytes.
const receiveBuffer = 4 << 20

// maxPacketSize is the largest UDP payload.
const maxPacketSize = 1 << 16

// maxReadLag bounds how far a packet's kernel timestamp is believed to precede the
// reading of it; beyond, the clock has been set in between.
const maxReadLag = 10 * time.Second

// socket is a UDP socket, IPv4 and IPv6, that learns of each packet when it came and
// with which header.
type socket struct {
	conn    *net.UDPConn
	control []byte
}

// datagram is a packet that was read. The octets are valid until the next read.
type datagram struct {
	octets      []byte
	from        netip.AddrPort
	to          netip.Addr // local address it was sent to, where the kernel says so
	link        uint32     // index of the interface it came in by, for IPv6
	at          time.Time  // when it came, as the kernel stamped it
	dscp, ttl   uint8
	ecn         uint8
	overflowed  uint32 // packets the kernel has dropped on this socket so far; 0 where none were
	hasOverflow bool
}

// listen opens a socket on an address, "" for any, whose packets bear the DSCP.
func listen(ctx context.Context, address string, dscp uint8) (*socket, error) {
	var refused error
	config := net.ListenConfig{Control: func(network, _ string, conn syscall.RawConn) error {
		if err := conn.Control(func(fd uintptr) { refused = setOptions(int(fd), network == "udp6", dscp) }); err != nil {
			return err
		}
		return refused
	}}
	if address == "" {
		address = ":0"
	}
	conn, err := config.ListenPacket(ctx, "udp", address)
	if err != nil {
		return nil, err
	}
	return &socket{conn: conn.(*net.UDPConn), control: make([]byte, 512)}, nil
}

// setOptions asks for what a datagram says beside its octets. What IPv6 alone has is
// set where it can be: an IPv6 socket carries IPv4 too.
func setOptions(fd int, ipv6 bool, dscp uint8) error {
	for _, option := range []struct{ level, name, value int }{
		{unix.IPPROTO_IP, unix.IP_TOS, int(dscp) << 2},
		{unix.IPPROTO_IP, unix.IP_RECVTOS, 1},
		{unix.IPPROTO_IP, unix.IP_RECVTTL, 1},
		{unix.IPPROTO_IP, unix.IP_PKTINFO, 1},
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1},
		{unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1},
	} {
		if err := unix.SetsockoptInt(fd, option.level, option.name, option.value); err != nil {
			return fmt.Errorf("set socket option %d/%d: %w", option.level, option.name, err)
		}
	}
	if ipv6 {
		for _, option := range []struct{ name, value int }{
			{unix.IPV6_TCLASS, int(dscp) << 2},
			{unix.IPV6_UNICAST_HOPS, 255},
			{unix.IPV6_RECVTCLASS, 1},
			{unix.IPV6_RECVHOPLIMIT, 1},
			{unix.IPV6_RECVPKTINFO, 1},
		} {
			_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, option.name, option.value)
		}
	}
	// RFC 8762, section 4.3: the TTL a reflector sees tells the number of hops only
	// where the sender starts at 255.
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TTL, 255)
	// Beyond the system's limit where that is allowed, else up to it.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	return nil
}

func (s *socket) close() error { return s.conn.Close() }

// read waits for a datagram. The buffer should have maxPacketSize octets.
func (s *socket) read(buffer []byte) (datagram, error) {
	n, controlSize, _, from, err := s.conn.ReadMsgUDPAddrPort(buffer, s.control)
	if err != nil {
		return datagram{}, err
	}
	got := datagram{
		octets: buffer[:n],
		from:   netip.AddrPortFrom(from.Addr().Unmap(), from.Port()),
		at:     time.Now(),
	}
	got.readControl(s.control[:controlSize], maxReadLag)
	return got, nil
}

// readControl takes what the kernel says beside the octets of a packet that came no longer
// ago than oldest. What is missing or odd is left as it is.
func (d *datagram) readControl(control []byte, oldest time.Duration) {
	for len(control) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return
		}
		control = rest
		switch header.Level {
		case unix.SOL_SOCKET:
			switch {
			case header.Type == unix.SO_TIMESTAMPNS && len(data) >= int(unsafe.Sizeof(unix.Timespec{})):
				stamp := *(*unix.Timespec)(unsafe.Pointer(&data[0]))
				if lag := time.Duration(d.at.UnixNano() - stamp.Nano()); lag > 0 && lag < oldest {
					d.at = d.at.Add(-lag)
				}
			case header.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
				d.overflowed, d.hasOverflow = binary.NativeEndian.Uint32(data), true
			}
		case unix.IPPROTO_IP:
			switch {
			case header.Type == unix.IP_TOS && len(data) >= 1:
				d.dscp, d.ecn = data[0]>>2, data[0]&3
			case header.Type == unix.IP_TTL && len(data) >= 4:
				d.ttl = uint8(binary.NativeEndian.Uint32(data))
			case header.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
				d.to = netip.AddrFrom4([4]byte(data[4:8])) // ipi_spec_dst
			}
		case unix.IPPROTO_IPV6:
			switch {
			case header.Type == unix.IPV6_TCLASS && len(data) >= 4:
				class := uint8(binary.NativeEndian.Uint32(data))
				d.dscp, d.ecn = class>>2, class&3
			case header.Type == unix.IPV6_HOPLIMIT && len(data) >= 4:
				d.ttl = uint8(binary.NativeEndian.Uint32(data))
			case header.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo && !d.to.Is4():
				d.to = netip.AddrFrom16([16]byte(data[:16])).Unmap()
				d.link = binary.NativeEndian.Uint32(data[16:])
			}
		}
	}
}

// write sends a packet with the socket's DSCP.
func (s *socket) write(packet []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(packet, to)
	return err
}

// answer sends a packet back to where a datagram came from: from the address the
// datagram was sent to and with its DSCP. control is scratch memory.
func (s *socket) answer(packet []byte, to *datagram, control []byte) ([]byte, error) {
	control = control[:0]
	switch {
	case to.from.Addr().Is4():
		control = appendControl(control, unix.IPPROTO_IP, unix.IP_TOS, uint32(to.dscp)<<2)
		if to.to.Is4() {
			address := to.to.As4()
			control = appendControl(control, unix.IPPROTO_IP, unix.IP_PKTINFO, unix.Inet4Pktinfo{Spec_dst: address})
		}
	default:
		control = appendControl(control, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, uint32(to.dscp)<<2)
		if to.to.Is6() {
			control = appendControl(control, unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, unix.Inet6Pktinfo{Addr: to.to.As16(), Ifindex: to.link})
		}
	}
	_, _, err := s.conn.WriteMsgUDPAddrPort(packet, control, to.from)
	return control, err
}

// appendControl appends a control message whose data is a fixed-size value.
func appendControl[T any](to []byte, level, kind int32, value T) []byte {
	size := int(unsafe.Sizeof(value))
	start := len(to)
	to = append(to, zeros[:unix.CmsgSpace(size)]...)
	header := (*unix.Cmsghdr)(unsafe.Pointer(&to[start]))
	header.Level, header.Type = level, kind
	header.SetLen(unix.CmsgLen(size))
	*(*T)(unsafe.Pointer(&to[start+unix.CmsgLen(0)])) = value
	return to
}
