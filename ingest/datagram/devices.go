package datagram

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// resolveTime bounds the look-up of all host names of the inventory.
const resolveTime = 5 * time.Second

// Plain is an address as devices are found by: without a zone, IPv4 as such.
func Plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

// Found is what the look-up of a device gave.
type Found struct {
	Addresses []netip.Addr // Plain
	Err       error        // why its host name could not be resolved
}

// LookUp returns the addresses of each of the devices, those that are host names by
// asking for them all at once. It takes some seconds at most.
func LookUp(ctx context.Context, devices []inventory.StationDevice) []Found {
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	found := make([]Found, len(devices))
	var lookups errgroup.Group
	lookups.SetLimit(8)
	for i := range devices {
		if address, err := netip.ParseAddr(devices[i].Address); err == nil {
			found[i].Addresses = []netip.Addr{Plain(address)}
			continue
		}
		lookups.Go(func() error {
			addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", devices[i].Address)
			for _, address := range addresses {
				found[i].Addresses = append(found[i].Addresses, Plain(address))
			}
			found[i].Err = err
			return nil
		})
	}
	_ = lookups.Wait() // each says by itself what went wrong
	return found
}

// DevicesByAddress maps the Plain addresses of a station's devices to the devices. A host
// name that cannot be resolved is logged once; what that device sends has no device then.
func DevicesByAddress(ctx context.Context, what string, devices []inventory.StationDevice, logger *slog.Logger) map[netip.Addr]sample.ID {
	known := make(map[netip.Addr]sample.ID, len(devices))
	for i, found := range LookUp(ctx, devices) {
		if found.Err != nil {
			logger.Warn(what+" of a device cannot be told by its source: its name does not resolve; give the inventory an IP address",
				"device", devices[i].Name, "address", devices[i].Address, "error", found.Err)
		}
		for _, address := range found.Addresses {
			known[address] = devices[i].ID
		}
	}
	return known
}
