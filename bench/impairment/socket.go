package impairment

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

// maxReadLag bounds by how much a kernel's timestamp is believed to precede the reading.
const maxReadLag = time.Second

// socket is a UDP socket of IPv4 that reads and writes the DSCP and the TTL of each packet.
type socket struct {
	*net.UDPConn
	control []byte
}

// packet is what was read, with its header's fields.
type packet struct {
	octets   []byte
	from     netip.AddrPort
	came     time.Time
	tos, ttl uint8
}

func listen(ctx context.Context, address string) (*socket, error) {
	var refused error
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		if err := raw.Control(func(fd uintptr) { refused = setOptions(int(fd)) }); err != nil {
			return err
		}
		return refused
	}}
	conn, err := config.ListenPacket(ctx, "udp4", address)
	if err != nil {
		return nil, err
	}
	return &socket{UDPConn: conn.(*net.UDPConn), control: make([]byte, 256)}, nil
}

func setOptions(fd int) error {
	for _, option := range [][2]int{{unix.IPPROTO_IP, unix.IP_RECVTOS}, {unix.IPPROTO_IP, unix.IP_RECVTTL}, {unix.SOL_SOCKET, unix.SO_TIMESTAMPNS}} {
		if err := unix.SetsockoptInt(fd, option[0], option[1], 1); err != nil {
			return fmt.Errorf("set socket option %d/%d: %w", option[0], option[1], err)
		}
	}
	return nil
}

// read waits for a packet, whose octets are valid until the next one.
func (s *socket) read(buffer []byte) (packet, error) {
	n, size, _, from, err := s.ReadMsgUDPAddrPort(buffer, s.control)
	if err != nil {
		return packet{}, err
	}
	got := packet{octets: buffer[:n], from: from, came: time.Now()}
	messages, _ := unix.ParseSocketControlMessage(s.control[:size]) // as much as is known
	for _, message := range messages {
		switch kind := [2]int32{message.Header.Level, message.Header.Type}; {
		case kind == [2]int32{unix.IPPROTO_IP, unix.IP_TOS} && len(message.Data) >= 1:
			got.tos = message.Data[0]
		case kind == [2]int32{unix.IPPROTO_IP, unix.IP_TTL} && len(message.Data) >= 4:
			got.ttl = uint8(binary.NativeEndian.Uint32(message.Data))
		case kind == [2]int32{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS} && len(message.Data) >= int(unsafe.Sizeof(unix.Timespec{})):
			stamp := *(*unix.Timespec)(unsafe.Pointer(&message.Data[0]))
			if lag := time.Duration(got.came.UnixNano() - stamp.Nano()); lag > 0 && lag < maxReadLag {
				got.came = got.came.Add(-lag)
			}
		}
	}
	return got, nil
}

// write sends octets with a type of service and a TTL.
func (s *socket) write(octets []byte, to netip.AddrPort, tos, ttl uint8) error {
	control := appendInt(nil, unix.IP_TOS, uint32(tos))
	if ttl > 0 {
		control = appendInt(control, unix.IP_TTL, uint32(ttl))
	}
	_, _, err := s.WriteMsgUDPAddrPort(octets, control, to)
	return err
}

// appendInt appends a control message of IPv4.
func appendInt(to []byte, kind int32, value uint32) []byte {
	start := len(to)
	to = append(to, make([]byte, unix.CmsgSpace(4))...)
	header := (*unix.Cmsghdr)(unsafe.Pointer(&to[start]))
	header.Level, header.Type = unix.IPPROTO_IP, kind
	header.SetLen(unix.CmsgLen(4))
	binary.NativeEndian.PutUint32(to[start+unix.CmsgLen(0):], value)
	return to
}
