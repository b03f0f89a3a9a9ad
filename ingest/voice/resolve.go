package voice

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"mimamori/ingest/schedule"
)

// lookupTimeout bounds one look-up.
const lookupTimeout = 10 * time.Second

// resolve finds the addresses of all targets, and again as often as configured; what
// failed is tried again soon. A path whose address was never found is not probed and
// not reported.
func (p *Prober) resolve(ctx context.Context) {
	schedule.Renew(ctx, p.config.ResolveEvery, len(p.paths), func(i int) bool {
		err := p.resolveOne(ctx, p.paths[i])
		if err != nil && ctx.Err() == nil {
			p.metrics.unresolved.Inc()
			p.logger.Warn("a voice path has no address", "path", p.paths[i].Name, "error", err)
		}
		return err == nil
	})
}

func (p *Prober) resolveOne(ctx context.Context, target *path) error {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	host, service, err := net.SplitHostPort(target.Target)
	if err != nil {
		return fmt.Errorf("read target %q: %w; write it as host:port", target.Target, err)
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "udp", service)
	if err != nil {
		return fmt.Errorf("look up the port of target %s: %w", target.Target, err)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return fmt.Errorf("look up target %s: %w; check the name and the appliance's DNS", target.Target, err)
	}
	if len(addresses) == 0 {
		return fmt.Errorf("look up target %s: the name has no address", target.Target)
	}
	for i := range addresses {
		addresses[i] = numberedZone(addresses[i].Unmap())
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	// A name that stands for several addresses does not move the path about.
	if target.address.IsValid() && target.address.Port() == uint16(port) && slices.Contains(addresses, target.address.Addr()) {
		return nil
	}
	if target.address.IsValid() {
		p.sources[target.address] = slices.DeleteFunc(p.sources[target.address], func(other *path) bool { return other == target })
	}
	target.address = netip.AddrPortFrom(addresses[0], uint16(port))
	p.sources[target.address] = append(p.sources[target.address], target)
	p.begin(target)
	return nil
}
