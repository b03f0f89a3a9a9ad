package fleet

import "mimamori/ingest/inventory"

// wrongCommunity is one that no agent of the fleet knows.
const wrongCommunity = "changed-last-week"

// Inventory returns what the pollers are to be configured with. uplink gives the
// broker address of the appliance with that name.
func (p *Plan) Inventory(uplink func(appliance string) string) inventory.Config {
	var config inventory.Config
	for i := range p.Sites {
		site := &p.Sites[i]
		if i == 0 || site.Customer != p.Sites[i-1].Customer {
			config.Customers = append(config.Customers, inventory.Customer{Name: site.Customer})
		}
		customer := &config.Customers[len(config.Customers)-1]
		place := inventory.Site{
			Name: site.Name,
			Appliance: inventory.Appliance{
				Name: site.Appliance, Uplink: uplink(site.Appliance), Syslog: site.syslog(),
				Notifications: &inventory.Notifications{Listen: site.Notifications.String(), Communities: []string{site.Community}},
			},
		}
		for _, device := range site.Devices {
			community := site.Community
			if device.Locked {
				community = wrongCommunity
			}
			place.Devices = append(place.Devices, inventory.Device{
				Name: device.Name, Address: device.Address.String(), Behind: device.Behind,
				NoPing: p.Config.NoPing, SNMP: &inventory.SNMP{Port: p.Config.AgentPort, Community: community},
			})
		}
		for _, path := range site.Paths {
			place.Paths = append(place.Paths, inventory.Path{
				Name: path.Name, Target: path.Target.String(), Codec: "G.711",
			})
		}
		customer.Sites = append(customer.Sites, place)
	}
	return config
}

// syslog says how the appliance of the site receives.
func (s *Site) syslog() *inventory.Syslog {
	receives := &inventory.Syslog{UDP: s.Syslog.String()}
	if s.Streams {
		receives.TCP = s.Syslog.String()
	}
	if s.Relay.IsValid() {
		receives.Relays = []string{s.Relay.String()}
	}
	return receives
}
