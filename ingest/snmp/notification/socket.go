package notification

import (
	"encoding/binary"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketOptions asks for the receive buffer, past the system's limit where that is
// allowed, and for the kernel's count of datagrams it dropped.
func (l *Listener) socketOptions(_, _ string, connection syscall.RawConn) error {
	var failed error
	err := connection.Control(func(descriptor uintptr) {
		socket := int(descriptor)
		if unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, l.config.ReceiveBufferBytes) != nil {
			failed = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, l.config.ReceiveBufferBytes)
		}
		if failed == nil {
			failed = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
		}
	})
	if err != nil {
		return err
	}
	return failed
}

// countKernelDrops reads the count that the kernel attaches to a datagram once it has
// dropped any. It is 32 bits wide and wraps.
func (l *Listener) countKernelDrops(control []byte) {
	for len(control) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
			lost := binary.NativeEndian.Uint32(data)
			l.metrics.dropped.WithLabelValues(kernelDropped).Add(float64(lost - l.lost))
			l.lost = lost
		}
		control = rest
	}
}
