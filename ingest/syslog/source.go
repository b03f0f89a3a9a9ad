package syslog

import (
	"net/netip"

	"mimamori/ingest/datagram"
	"mimamori/ingest/sample"
)

// source is who a message came from.
type source struct {
	device  sample.ID // 0 where nobody of the inventory is known by the address
	address string
}

// sources tells who messages came from. It is made once and safe for concurrent use.
type sources struct {
	byAddress map[netip.Addr]source
}

func newSources(devices map[netip.Addr]sample.ID) *sources {
	s := &sources{byAddress: make(map[netip.Addr]source, len(devices))}
	for address, device := range devices {
		s.byAddress[address] = source{device, address.String()}
	}
	return s
}

// of returns who sends from an address.
func (s *sources) of(from netip.Addr) source {
	if known, ok := s.byAddress[datagram.Plain(from)]; ok {
		return known
	}
	return source{address: from.Unmap().String()}
}
