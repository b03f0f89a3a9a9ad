package icmp

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// writeBatch is how many packets leave by one system call at most: few enough that they
// are no burst, and that the time between the first and the last is short.
const writeBatch = 16

// writer sends on a socket, many packets by one system call. It belongs to one
// goroutine.
type writer struct {
	socket  *socket
	size    int // of a payload, octets
	headers [writeBatch]multipleMessages
	vectors [writeBatch]unix.Iovec
	to      [writeBatch]unix.RawSockaddrInet6
	packets [writeBatch][]byte
	whose   [writeBatch]turnOfPacket
	count   int // packets that wait
}

// turnOfPacket says which packet of whose round is sent.
type turnOfPacket struct {
	target *target
	index  int32 // of the target
	place  int
}

func newWriter(s *socket, size int) *writer {
	w := &writer{socket: s, size: size}
	for i := range w.headers {
		w.packets[i] = make([]byte, 0, echoHeaderSize+w.size)
		header := &w.headers[i].header
		header.Name = (*byte)(unsafe.Pointer(&w.to[i]))
		header.Namelen = unix.SizeofSockaddrInet4
		if s.ipv6 {
			header.Namelen = unix.SizeofSockaddrInet6
		}
		header.Iov = &w.vectors[i]
		header.SetIovlen(1)
	}
	return w
}

// add lets a request wait to be sent. There must be room.
func (w *writer) add(whose turnOfPacket, to netip.Addr, zone uint32, sequence uint16, carried cookie) {
	i := w.count
	w.count++
	w.whose[i] = whose
	w.packets[i] = appendRequest(w.packets[i][:0], w.socket.ipv6, w.socket.id, sequence, carried, w.size)
	w.vectors[i].Base = &w.packets[i][0]
	w.vectors[i].SetLen(len(w.packets[i]))
	if w.socket.ipv6 {
		w.to[i] = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: to.As16(), Scope_id: zone}
		return
	}
	*(*unix.RawSockaddrInet4)(unsafe.Pointer(&w.to[i])) = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: to.As4()}
}

// send sends what waits, from one packet on, as far as the kernel takes it. When it
// takes none the error says why the first was refused.
func (w *writer) send(from int) (sent int, err error) {
	for try := 0; ; try++ {
		done, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(w.socket.fd), uintptr(unsafe.Pointer(&w.headers[from])), uintptr(w.count-from), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == 0:
			return int(done), nil
		case errno == unix.EAGAIN || w.socket.raw || try == 1:
			return 0, errno
		}
		// Where errors are queued, the error of an earlier packet fails the next
		// call, once.
	}
}
