package datagram

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many datagrams one system call reads.
const batchSize = 64

// multipleMessages is struct mmsghdr of recvmmsg(2).
type multipleMessages struct {
	header unix.Msghdr
	size   uint32
}

// batch is what one system call reads. It belongs to one goroutine.
type batch struct {
	headers [batchSize]multipleMessages
	vectors [batchSize]unix.Iovec
	sources [batchSize]unix.RawSockaddrInet6 // room for either family
	room    int                              // octets kept of a datagram
	octets  []byte
	count   int // datagrams read
}

func newBatch(room int) *batch {
	b := &batch{room: room, octets: make([]byte, batchSize*room)}
	for i := range b.headers {
		b.vectors[i].Base = &b.octets[i*room]
		b.vectors[i].SetLen(room)
		header := &b.headers[i].header
		header.Name = (*byte)(unsafe.Pointer(&b.sources[i]))
		header.Iov = &b.vectors[i]
		header.SetIovlen(1)
	}
	return b
}

// read reads what there is, without waiting for more.
func (b *batch) read(descriptor int) error {
	for i := range b.headers {
		b.headers[i].header.Namelen = unix.SizeofSockaddrInet6
	}
	b.count = 0
	count, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(descriptor), uintptr(unsafe.Pointer(&b.headers[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return errno
	}
	b.count = int(count)
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
