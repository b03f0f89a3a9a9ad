package notification

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

// resolveTime bounds the look-up of all host names of the inventory at the start.
const resolveTime = 5 * time.Second

// plain is an address as devices are found by: without a zone, IPv4 as such.
func plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

// devicesByAddress maps the addresses of a station's devices to the devices. A host name
// that cannot be resolved is said once; notifications of that device have no device then.
func devicesByAddress(ctx context.Context, devices []inventory.StationDevice, logger *slog.Logger) map[netip.Addr]sample.ID {
	known := make(map[netip.Addr]sample.ID, len(devices))
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	var lock sync.Mutex
	var lookups errgroup.Group
	lookups.SetLimit(8)
	for _, device := range devices {
		if address, err := netip.ParseAddr(device.Address); err == nil {
			lock.Lock()
			known[plain(address)] = device.ID
			lock.Unlock()
			continue
		}
		lookups.Go(func() error {
			addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", device.Address)
			if err != nil {
				logger.Warn("SNMP notifications of a device cannot be told by their source: its name does not resolve; give the inventory an IP address",
					"device", device.Name, "address", device.Address, "error", err)
			}
			lock.Lock()
			defer lock.Unlock()
			for _, address := range addresses {
				known[plain(address)] = device.ID
			}
			return nil
		})
	}
	_ = lookups.Wait() // the look-ups report by themselves
	return known
}

// deviceOf returns the device that a notification is about: that of the address it says
// where the inventory has that address, which lets relays through; else that of its
// source.
func deviceOf(devices map[netip.Addr]sample.ID, source, agent netip.Addr) sample.ID {
	if agent.IsValid() {
		if device, ok := devices[plain(agent)]; ok {
			return device
		}
	}
	return devices[source]
}
