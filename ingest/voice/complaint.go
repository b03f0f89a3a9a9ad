package voice

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Complaint is an ICMP error about a test packet.
type Complaint struct {
	From   netip.Addr // the router or host that sent it; zero for this machine or where the kernel does not say
	Reason string     // "port unreachable", "host unreachable" and so on
}

// watchComplaints asks the kernel to keep ICMP errors about what the socket sends.
func (s *socket) watchComplaints() error {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	if err := raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVERR, 1)
		// A socket of IPv4 alone does not have it.
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	}); err != nil {
		return err
	}
	return os.NewSyscallError("setsockopt IP_RECVERR", refused)
}

// complaints takes what the kernel has kept since the last call.
func (s *socket) complaints() []Complaint {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return nil
	}
	var found []Complaint
	_ = raw.Control(func(fd uintptr) {
		var packet [1]byte
		control := make([]byte, 512)
		for {
			_, size, _, _, err := unix.Recvmsg(int(fd), packet[:], control, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			if err != nil {
				return
			}
			messages, err := unix.ParseSocketControlMessage(control[:size])
			if err != nil {
				continue
			}
			for _, message := range messages {
				if complaint, ok := readComplaint(message); ok {
					found = append(found, complaint)
				}
			}
		}
	})
	return found
}

// extendedError reads a control message of the error queue: struct sock_extended_err, and
// behind it the address of who sent it.
func extendedError(level, kind int32, data []byte) (said unix.SockExtendedErr, offender []byte, ok bool) {
	ipv4 := level == unix.IPPROTO_IP && kind == unix.IP_RECVERR
	ipv6 := level == unix.IPPROTO_IPV6 && kind == unix.IPV6_RECVERR
	size := int(unsafe.Sizeof(said))
	if !ipv4 && !ipv6 || len(data) < size {
		return said, nil, false
	}
	return *(*unix.SockExtendedErr)(unsafe.Pointer(&data[0])), data[size:], true
}

// readComplaint reads a control message of the error queue.
func readComplaint(message unix.SocketControlMessage) (Complaint, bool) {
	said, offender, ok := extendedError(message.Header.Level, message.Header.Type, message.Data)
	if !ok {
		return Complaint{}, false
	}
	complaint := Complaint{Reason: reasonOf(said)}
	switch said.Origin {
	case unix.SO_EE_ORIGIN_ICMP, unix.SO_EE_ORIGIN_ICMP6:
		complaint.From = addressOf(offender)
	case unix.SO_EE_ORIGIN_LOCAL:
	default:
		return Complaint{}, false // a timestamp, which is no complaint
	}
	return complaint, true
}

// addressOf reads a struct sockaddr; a socket of IPv6 has IPv4 addresses in its own form.
func addressOf(socket []byte) netip.Addr {
	if len(socket) < unix.SizeofSockaddrInet4 {
		return netip.Addr{}
	}
	switch family := binary.NativeEndian.Uint16(socket); {
	case family == unix.AF_INET:
		return netip.AddrFrom4([4]byte(socket[4:8]))
	case family == unix.AF_INET6 && len(socket) >= unix.SizeofSockaddrInet6-4:
		return netip.AddrFrom16([16]byte(socket[8:24])).Unmap()
	}
	return netip.Addr{}
}

// reasonOf names an error in words of RFC 792 and RFC 4443.
func reasonOf(said unix.SockExtendedErr) string {
	kind := [3]uint8{said.Origin, said.Type, said.Code}
	switch kind {
	case [3]uint8{unix.SO_EE_ORIGIN_ICMP, 3, 3}, [3]uint8{unix.SO_EE_ORIGIN_ICMP6, 1, 4}:
		return "port unreachable"
	case [3]uint8{unix.SO_EE_ORIGIN_ICMP, 3, 9}, [3]uint8{unix.SO_EE_ORIGIN_ICMP, 3, 10}, [3]uint8{unix.SO_EE_ORIGIN_ICMP, 3, 13}, [3]uint8{unix.SO_EE_ORIGIN_ICMP6, 1, 1}:
		return "administratively prohibited"
	case [3]uint8{unix.SO_EE_ORIGIN_ICMP, 3, 0}, [3]uint8{unix.SO_EE_ORIGIN_ICMP6, 1, 0}:
		return "network unreachable"
	case [3]uint8{unix.SO_EE_ORIGIN_ICMP, 11, 0}, [3]uint8{unix.SO_EE_ORIGIN_ICMP6, 3, 0}:
		return "TTL exceeded"
	}
	switch errno := syscall.Errno(said.Errno); errno {
	case unix.EHOSTUNREACH:
		return "host unreachable"
	case unix.EMSGSIZE:
		return "packet too big"
	default:
		return errno.Error()
	}
}

// complained reports whether an error of the socket is an ICMP error that came for an
// earlier packet: the kernel tells it with the next call, whatever that asks for.
func complained(err error) bool {
	for _, each := range []error{unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EACCES, unix.EPROTO, unix.EMSGSIZE, unix.ENOPROTOOPT, unix.EHOSTDOWN, unix.EOPNOTSUPP} {
		if errors.Is(err, each) {
			return true
		}
	}
	return false
}
