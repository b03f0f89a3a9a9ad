package datagram

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	batchSize   = 64 // datagrams read by one system call
	controlRoom = 64 // octets of what the kernel says beside a datagram
)

// multipleMessages is struct mmsghdr of recvmmsg(2).
type multipleMessages struct {
	header unix.Msghdr
	size   uint32
}

// batch is what one system call reads. It belongs to one goroutine.
type batch struct {
	headers  [batchSize]multipleMessages
	vectors  [batchSize]unix.Iovec
	sources  [batchSize]unix.RawSockaddrInet6 // room for either family
	controls [batchSize][controlRoom]byte
	room     int // octets kept of a datagram
	octets   []byte
	count    int // datagrams read
	used     int // headers the kernel has written to
}

func newBatch(room int) *batch {
	b := &batch{room: room, octets: make([]byte, batchSize*room), used: batchSize}
	for i := range b.headers {
		b.vectors[i].Base = &b.octets[i*room]
		b.vectors[i].SetLen(room)
		header := &b.headers[i].header
		header.Name = (*byte)(unsafe.Pointer(&b.sources[i]))
		header.Iov = &b.vectors[i]
		header.SetIovlen(1)
		header.Control = &b.controls[i][0]
	}
	return b
}

// read reads what there is, without waiting for more.
func (b *batch) read(descriptor int) error {
	for i := range b.used {
		header := &b.headers[i].header
		header.Namelen = unix.SizeofSockaddrInet6
		header.SetControllen(controlRoom)
	}
	b.count, b.used = 0, batchSize
	count, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(descriptor), uintptr(unsafe.Pointer(&b.headers[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return errno
	}
	b.count, b.used = int(count), min(int(count)+1, batchSize)
	return nil
}

// datagram returns what one of those read holds.
func (b *batch) datagram(i int) []byte {
	begin := i * b.room
	return b.octets[begin : begin+min(int(b.headers[i].size), b.room)]
}

// from returns who sent one of those read.
func (b *batch) from(i int) netip.AddrPort {
	source := &b.sources[i]
	port := (*[2]byte)(unsafe.Pointer(&source.Port))
	number := binary.BigEndian.Uint16(port[:])
	if source.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(source)).Addr), number)
	}
	address := netip.AddrFrom16(source.Addr)
	if source.Scope_id != 0 {
		address = address.WithZone(strconv.FormatUint(uint64(source.Scope_id), 10))
	}
	return netip.AddrPortFrom(address, number)
}

// dropped returns how many datagrams the kernel has dropped since the socket was opened,
// which it says beside each once there are any. The count wraps.
func (b *batch) dropped() (total uint32, said bool) {
	for i := range b.count {
		control := b.controls[i][:b.headers[i].header.Controllen]
		for len(control) >= unix.SizeofCmsghdr {
			header, data, rest, err := unix.ParseOneSocketControlMessage(control)
			if err != nil {
				break
			}
			if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
				total, said = binary.NativeEndian.Uint32(data), true
			}
			control = rest
		}
	}
	return total, said
}
