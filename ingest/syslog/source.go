package syslog

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mimamori/ingest/datagram"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
)

const (
	// mostStrangers is how many addresses outside of the inventory are kept apart; all
	// others are one crowd. So a flood from made-up addresses takes no memory.
	mostStrangers = 65536
	// sweepEvery is how often room is made for other strangers, at most.
	sweepEvery = 10 * time.Second
)

// sender is what is kept of somebody who sends: a device, an address that is none's, or
// the crowd.
type sender struct {
	device sample.ID // 0 where it is none of the inventory
	crowd  bool
	bucket bucket
	last   lastLine
	left   leftOut // under the lock of the limits
}

// source is where a message came from and, as far as its way tells, who sent it.
type source struct {
	*sender
	address string
	relay   bool    // one of the inventory's relays: the line says whose it is
	own     *sender // the device a relay is itself, nil where it is none
	relayed bool    // the line named the sender
}

// sources tells who messages came from. It is safe for concurrent use.
type sources struct {
	devices []inventory.StationDevice
	senders []*sender // of the devices
	relays  map[netip.Addr]*sender
	every   time.Duration // between look-ups of host names
	logger  *slog.Logger
	metrics *metrics
	limits  *limits

	known atomic.Pointer[known]

	lock      sync.Mutex
	strangers map[netip.Addr]source
	swept     time.Time
	crowd     *sender
}

// known is what the inventory and the look-up of its host names say.
type known struct {
	*directory
	sources map[netip.Addr]source
}

// newSources returns the sources of a station, whose host names are not known until
// renew is called.
func newSources(config Config, station inventory.Station, limits *limits, logger *slog.Logger, metrics *metrics) *sources {
	s := &sources{
		devices: station.Devices, senders: make([]*sender, len(station.Devices)), relays: map[netip.Addr]*sender{},
		every: config.ResolveEvery, limits: limits, logger: logger, metrics: metrics,
		strangers: map[netip.Addr]source{}, crowd: &sender{crowd: true},
	}
	for i := range s.devices {
		s.senders[i] = &sender{device: s.devices[i].ID}
	}
	for _, relay := range station.Appliance.Syslog.Relays {
		if address, err := netip.ParseAddr(relay); err == nil {
			s.relays[datagram.Plain(address)] = &sender{}
		}
	}
	s.know(make([]datagram.Found, len(s.devices)))
	return s
}

// know makes the addresses that were found the known ones.
func (s *sources) know(found []datagram.Found) {
	now := &known{directory: newDirectory(s.devices, s.senders, found), sources: map[netip.Addr]source{}}
	for address, device := range now.addresses {
		if device != nil {
			now.sources[address] = source{sender: device, address: address.String()}
		}
	}
	for address, relay := range s.relays {
		now.sources[address] = source{sender: relay, address: address.String(), relay: true, own: now.addresses[address]}
	}
	s.known.Store(now)
}

// renew looks up the host names of the inventory until the context ends, since what
// they stand for moves. It calls ready after the first time.
func (s *sources) renew(ctx context.Context, ready func()) {
	names, last := 0, make([]datagram.Found, len(s.devices))
	for i := range s.devices {
		if _, err := netip.ParseAddr(s.devices[i].Address); err != nil {
			names++
		}
	}
	if names == 0 {
		ready()
		return
	}
	said := make([]bool, len(s.devices)) // of each that it has no address: once until it has
	schedule.Renew(ctx, s.every, 1, func(int) bool {
		found, all := datagram.LookUp(ctx, s.devices), true
		if ctx.Err() != nil {
			ready()
			return false
		}
		for i := range found {
			device := &s.devices[i]
			if found[i].Err == nil {
				if said[i] {
					s.logger.Info("the syslog of a device is told by its source again", "device", device.Name, "address", device.Address)
				}
				said[i] = false
				continue
			}
			all = false
			s.metrics.unresolved.Inc()
			if !said[i] {
				s.logger.Warn("syslog of a device cannot be told by its source: its name does not resolve; give the inventory an IP address",
					"device", device.Name, "address", device.Address, "error", found[i].Err)
			}
			said[i] = true
			// What it stood for last is better than nothing.
			found[i].Addresses = last[i].Addresses
		}
		last = found
		s.know(found)
		ready()
		return all
	})
}

// of returns who sends from an address.
func (s *sources) of(from netip.Addr) source {
	if known, ok := s.known.Load().sources[datagram.Plain(from)]; ok {
		return known
	}
	return s.stranger(from.Unmap())
}

// knows says whether an address is a device's or a relay's.
func (s *sources) knows(address netip.Addr) bool {
	_, known := s.known.Load().sources[datagram.Plain(address)]
	return known
}

// ofPeer returns who sends from an address with a certificate that was verified to be of
// one of the names. The name of a device stands above the address, but a relay is a
// relay.
func (s *sources) ofPeer(from netip.Addr, names []string) source {
	by := s.of(from)
	if by.relay {
		return by
	}
	for _, name := range names {
		if owner, _ := s.known.Load().named(name); owner != nil {
			return source{sender: owner, address: by.address}
		}
	}
	return by
}

// stranger returns who sends from an address that is no device's.
func (s *sources) stranger(address netip.Addr) source {
	s.lock.Lock()
	defer s.lock.Unlock()
	if known, ok := s.strangers[address]; ok {
		return known
	}
	if len(s.strangers) >= mostStrangers {
		s.sweep(time.Now())
		if len(s.strangers) >= mostStrangers {
			return source{sender: s.crowd, address: address.String()}
		}
	}
	stranger := source{sender: &sender{}, address: address.String()}
	s.strangers[address] = stranger
	return stranger
}

// sweep forgets the strangers who have not sent more than they may for a while.
func (s *sources) sweep(now time.Time) {
	if now.Sub(s.swept) < sweepEvery {
		return
	}
	s.swept = now
	for address, stranger := range s.strangers {
		if s.limits.idle(&stranger.bucket, now) {
			delete(s.strangers, address)
		}
	}
}

// tells says whether its way alone tells who sent a message.
func (s source) tells() bool { return s.device != 0 && !s.relay }

// named returns the source of a line whose way does not tell who sent it: the device
// that it says it is of, else the one that a relay says it came from, else as it was.
func (s *sources) named(from source, line *Line) source {
	known := s.known.Load()
	owner, ambiguous := known.named(line.Hostname)
	if owner == nil && !ambiguous && line.Relay != line.Hostname {
		owner, ambiguous = known.named(line.Relay)
		if owner == from.own {
			owner = nil // the relay passes on what is of somebody it cannot name
		}
	}
	if ambiguous {
		s.metrics.ambiguous.Inc()
	}
	if owner == nil {
		return from
	}
	return source{sender: owner, address: from.address, relay: from.relay, own: from.own, relayed: owner != from.own}
}

// relayedFlag is the row's Relayed.
func (s source) relayedFlag() uint8 {
	if s.relayed {
		return 1
	}
	return 0
}
