package datagram

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// resolveTime bounds the look-up of all host names of the inventory.
const resolveTime = 5 * time.Second

// Plain is an address as devices are found by: without a zone, IPv4 as such.
func Plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

// DevicesByAddress maps the Plain addresses of a station's devices to the devices. A host
// name that cannot be resolved is logged once; what that device sends has no device then.
func DevicesByAddress(ctx context.Context, what string, devices []inventory.StationDevice, logger *slog.Logger) map[netip.Addr]sample.ID {
	known := make(map[netip.Addr]sample.ID, len(devices))
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	var lock sync.Mutex
	add := func(device sample.ID, addresses ...netip.Addr) {
		lock.Lock()
		defer lock.Unlock()
		for _, address := range addresses {
			known[Plain(address)] = device
		}
	}
	var lookups errgroup.Group
	lookups.SetLimit(8)
	for _, device := range devices {
		if address, err := netip.ParseAddr(device.Address); err == nil {
			add(device.ID, address)
			continue
		}
		lookups.Go(func() error {
			addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", device.Address)
			if err != nil {
				logger.Warn(what+" of a device cannot be told by its source: its name does not resolve; give the inventory an IP address",
					"device", device.Name, "address", device.Address, "error", err)
			}
			add(device.ID, addresses...)
			return nil
		})
	}
	_ = lookups.Wait() // the look-ups report by themselves
	return known
}
