package fleet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// receiveBuffer is asked for each socket that hears for the whole fleet, octets.
const receiveBuffer = 8 << 20

// controlSize holds the control messages of a packet.
const controlSize = 128

// binding is what a socket that hears for the whole fleet is bound to.
type binding struct {
	port     uint16
	loopback bool // it hears nothing that did not come by the loopback interface
}

// anyPort leaves the choice of the port to the kernel.
const anyPort = 0

// listenEverywhere listens on a UDP port of all addresses. What it receives says in
// a control message to which address it was sent.
// The options are further ones of the level IPPROTO_IP to switch on.
func listenEverywhere(ctx context.Context, to binding, options ...int) (*net.UDPConn, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return control(raw, func(fd int) error {
			if to.loopback {
				if err := unix.BindToDevice(fd, loopbackName); err != nil {
					return fmt.Errorf("bind it to %s, so that nothing reaches it from outside: %w; it takes Linux 5.7 or CAP_NET_RAW", loopbackName, err)
				}
			}
			for _, option := range append(options, unix.IP_PKTINFO) {
				if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, option, 1); err != nil {
					return err
				}
			}
			return nil
		})
	}}
	connection, err := config.ListenPacket(ctx, "udp4", fmt.Sprintf("0.0.0.0:%d", to.port))
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		return nil, fmt.Errorf("%w; another program has the port, perhaps another fleet: end it", err)
	case errors.Is(err, unix.EACCES):
		return nil, fmt.Errorf("%w; ports below 1024 need root, in the fleet's own network namespace", err)
	case err != nil:
		return nil, err
	}
	udp := connection.(*net.UDPConn)
	enlarge(udp)
	return udp, nil
}

// enlarge gives a socket a large receive buffer, as large as the kernel lets it be.
func enlarge(connection interface {
	syscall.Conn
	SetReadBuffer(int) error
}) {
	raw, err := connection.SyscallConn()
	if err == nil {
		err = control(raw, func(fd int) error {
			return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer)
		})
	}
	if err != nil {
		// Only a smaller buffer: what it loses, the pollers ask again.
		_ = connection.SetReadBuffer(receiveBuffer)
	}
}

// stampArrivals has the kernel say when each packet came.
func stampArrivals(connection syscall.Conn) error {
	raw, err := connection.SyscallConn()
	if err != nil {
		return err
	}
	return control(raw, func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	})
}

func control(raw syscall.RawConn, set func(fd int) error) error {
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = set(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// envelope is what the kernel says of a packet received.
type envelope struct {
	to      address
	ok      bool      // to is known
	arrived time.Time // zero where the socket was not told to say
	tos     byte
	ttl     byte
}

// open reads a packet's control messages.
func open(messages []byte) (e envelope) {
	for len(messages) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(messages)
		if err != nil {
			return e
		}
		messages = rest
		switch {
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
			copy(e.to[:], data[4:8])
			e.ok = true
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_TOS && len(data) >= 1:
			e.tos = data[0]
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_TTL && len(data) >= 4:
			e.ttl = byte(binary.NativeEndian.Uint32(data))
		case header.Level == unix.SOL_SOCKET && header.Type == unix.SO_TIMESTAMPNS && len(data) >= 16:
			e.arrived = time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
		}
	}
	return e
}

// appendSource appends the control message that makes a packet come from an
// address.
func appendSource(to []byte, from address) []byte {
	begin := len(to)
	to = append(to, make([]byte, unix.CmsgSpace(unix.SizeofInet4Pktinfo))...)
	message := to[begin:]
	putControlHeader(message, unix.IP_PKTINFO, unix.SizeofInet4Pktinfo)
	copy(message[unix.CmsgLen(0)+4:], from[:])
	return to
}

// appendTOS appends the control message that sets a packet's DSCP and ECN octet.
func appendTOS(to []byte, tos byte) []byte {
	begin := len(to)
	to = append(to, make([]byte, unix.CmsgSpace(4))...)
	message := to[begin:]
	putControlHeader(message, unix.IP_TOS, 4)
	binary.NativeEndian.PutUint32(message[unix.CmsgLen(0):], uint32(tos))
	return to
}

func putControlHeader(message []byte, kind, size int) {
	length := uint64(unix.CmsgLen(size))
	if unix.SizeofCmsghdr == 12 {
		binary.NativeEndian.PutUint32(message, uint32(length))
	} else {
		binary.NativeEndian.PutUint64(message, length)
	}
	binary.NativeEndian.PutUint32(message[unix.SizeofCmsghdr-8:], unix.IPPROTO_IP)
	binary.NativeEndian.PutUint32(message[unix.SizeofCmsghdr-4:], uint32(kind))
}

// failure returns why a socket failed, and nothing where it was closed because the
// context ended.
func failure(ctx context.Context, doing string, err error) error {
	if ctx.Err() == nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// register registers the collectors, or says which could not be.
func register(registerer prometheus.Registerer, collectors ...prometheus.Collector) error {
	var problems []error
	for _, collector := range collectors {
		problems = append(problems, registerer.Register(collector))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("register the fleet's metrics: %w", err)
	}
	return nil
}
