package syslog

import (
	"encoding/binary"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketOptions asks for the receive buffer, past the system's limit where that is
// allowed, and for the kernel's count of messages it dropped.
func (r *Receiver) socketOptions(_, _ string, connection syscall.RawConn) error {
	var failed error
	err := connection.Control(func(descriptor uintptr) {
		socket := int(descriptor)
		if unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, r.config.ReceiveBufferBytes) != nil {
			failed = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, r.config.ReceiveBufferBytes)
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

// countKernelDrops reads the count the kernel attaches to a message once it has
// dropped any. It is 32 bits wide and wraps.
func (r *Receiver) countKernelDrops(control []byte) {
	for len(control) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
			lost := binary.NativeEndian.Uint32(data)
			r.metrics.kernelDrops.Add(float64(lost - r.lost))
			r.lost = lost
		}
		control = rest
	}
}
