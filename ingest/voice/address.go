package voice

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// numberedZone gives an address's zone, if it has one, as the number of the interface:
// so the kernel names it in the address of a reply.
func numberedZone(address netip.Addr) netip.Addr {
	if link, err := net.InterfaceByName(address.Zone()); address.Zone() != "" && err == nil {
		return address.WithZone(strconv.Itoa(link.Index))
	}
	return address
}

// zoneIndex is the number that numberedZone gave, 0 for none.
func zoneIndex(address netip.Addr) uint32 {
	if address.Zone() == "" {
		return 0
	}
	index, _ := strconv.ParseUint(address.Zone(), 10, 32)
	return uint32(index)
}

// networkOrder turns a port from or into the kernel's order of octets.
func networkOrder(port uint16) uint16 {
	var octets [2]byte
	binary.BigEndian.PutUint16(octets[:], port)
	return binary.NativeEndian.Uint16(octets[:])
}

// setAddress writes an address as the kernel has it and returns its size.
func (b *batch) setAddress(raw *unix.RawSockaddrInet6, to netip.AddrPort) uint32 {
	if !b.ipv6 {
		ipv4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		*ipv4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: networkOrder(to.Port())}
		if to.Addr().Is4() {
			ipv4.Addr = to.Addr().As4()
		}
		return unix.SizeofSockaddrInet4
	}
	*raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: networkOrder(to.Port()), Addr: to.Addr().As16(), Scope_id: zoneIndex(to.Addr())}
	return unix.SizeofSockaddrInet6
}

// address reads an address as the kernel has it.
func (b *batch) address(raw *unix.RawSockaddrInet6) netip.AddrPort {
	if !b.ipv6 {
		ipv4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		return netip.AddrPortFrom(netip.AddrFrom4(ipv4.Addr), networkOrder(ipv4.Port))
	}
	address := netip.AddrFrom16(raw.Addr).Unmap()
	if raw.Scope_id != 0 {
		address = address.WithZone(strconv.FormatUint(uint64(raw.Scope_id), 10))
	}
	return netip.AddrPortFrom(address, networkOrder(raw.Port))
}
