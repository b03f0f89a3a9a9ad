package fleet

import "time"

// When the storm is over, and how many devices stay down after it.
const (
	stormLasts = 150 * time.Second
	stormStays = 30
)

// Hub returns the customer, the site and the device through which a storm's other sites are reached: the
// firewall of the first site. It takes nothing else of its own site with it.
func (p *Plan) Hub() (customer, site, device string) {
	first := &p.Sites[0]
	return first.Customer, first.Name, first.Devices[p.hub()].Name
}

func (p *Plan) hub() int {
	for i := range p.Sites[0].Devices {
		if p.Sites[0].Devices[i].role == roleFirewall {
			return i
		}
	}
	return 0 // not reached: each site has one
}

// storm cuts the hub and with it all other sites, each at its edge router. Of the last site some devices fail
// meanwhile and stay down.
func (p *Plan) storm() []Incident {
	from, to := p.Config.ScriptStart, p.Config.ScriptStart+p.Config.inItsTime(stormLasts)
	cut := func(kind Kind, site, device int, entity string) Incident {
		return Incident{Kind: kind, Customer: p.Sites[site].Customer, Site: p.Sites[site].Name, Entity: entity, From: from, To: to, site: site, device: device}
	}
	all := []Incident{cut(DeviceOutage, 0, p.hub(), p.Sites[0].Devices[p.hub()].Name)}
	for i := range p.Sites[1:] {
		all = append(all, cut(SiteOutage, i+1, 0, p.Sites[i+1].Name))
	}
	last := len(p.Sites) - 1
	for i := len(p.Sites[last].Devices) - 1; i > 0 && len(all) < len(p.Sites)+stormStays; i-- {
		if device := &p.Sites[last].Devices[i]; device.role > roleAccess {
			stays := cut(DeviceOutage, last, i, device.Name)
			stays.From, stays.To = from+p.Config.inItsTime(10*time.Second), to+time.Hour
			all = append(all, stays)
		}
	}
	return all
}
