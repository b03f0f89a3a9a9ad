package icmp

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"mimamori/ingest/schedule"
)

// lookupTimeout bounds one look-up.
const lookupTimeout = 10 * time.Second

// takeAddresses sets the address of each device that is named by one.
func (p *Poller) takeAddresses() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for i := range p.targets {
		if address, err := netip.ParseAddr(p.targets[i].Address); err == nil {
			p.setAddress(i, address)
		}
	}
}

// setAddress sets the address a device's next round asks. The mutex is held.
func (p *Poller) setAddress(index int, address netip.Addr) {
	target := &p.targets[index]
	if target.address.IsValid() {
		p.byAddress[target.address] = slices.DeleteFunc(p.byAddress[target.address], func(other int32) bool { return other == int32(index) })
	}
	target.zone = zoneIndex(address.Zone())
	target.address = address.Unmap().WithZone("")
	p.byAddress[target.address] = append(p.byAddress[target.address], int32(index))
}

// zoneIndex is the index of the interface a zone names, 0 for none.
func zoneIndex(zone string) uint32 {
	if index, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(index)
	}
	if link, err := net.InterfaceByName(zone); err == nil {
		return uint32(link.Index)
	}
	return 0
}

// resolve looks up the devices that are named by a host name, one after another, and
// again as often as configured; what failed is tried again soon. A device whose name
// has no address is not pinged and has no rows.
func (p *Poller) resolve(ctx context.Context) {
	var named []int
	for i := range p.targets {
		if _, err := netip.ParseAddr(p.targets[i].Address); err != nil {
			named = append(named, i)
		}
	}
	said := make([]bool, len(named)) // of each that it has no address: once until it has
	schedule.Renew(ctx, p.config.ResolveEvery, len(named), func(i int) bool {
		err := p.resolveOne(ctx, named[i])
		if err != nil && ctx.Err() == nil {
			p.metrics.unresolved.Inc()
			if !said[i] {
				p.logger.Warn("a device has no address", "device", p.targets[named[i]].Name, "error", err)
			}
			said[i] = true
		}
		if err == nil && said[i] {
			p.logger.Info("a device has an address again", "device", p.targets[named[i]].Name)
			said[i] = false
		}
		return err == nil
	})
}

func (p *Poller) resolveOne(ctx context.Context, index int) error {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	network := "ip"
	if p.ipv6 == nil {
		network = "ip4"
	}
	host := p.targets[index].Address
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return fmt.Errorf("look up %s: %w; check the name and the appliance's DNS", host, err)
	}
	if len(addresses) == 0 {
		return fmt.Errorf("look up %s: the name has no address", host)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	// A name that stands for several addresses does not move the device about.
	current := p.targets[index].address
	if current.IsValid() && slices.ContainsFunc(addresses, func(found netip.Addr) bool { return found.Unmap().WithZone("") == current }) {
		return nil
	}
	p.setAddress(index, addresses[0])
	return nil
}
