package fleet

import (
	"fmt"
	"net/url"
	"strings"

	"mimamori/ingest/inventory"
)

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
			Contact: site.contact(i), Runbook: site.runbook(i),
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

// keepers answer the telephone at the sites, by turns.
var keepers = [...]string{"Sato Hanako, facilities", "Front desk", "Suzuki Ken, IT", "Tanaka Yui, branch manager"}

// contact is whom to call about the site with that number. At every fifth nobody was
// entered yet. The numbers and addresses are nobody's (RFC 2606).
func (s *Site) contact(number int) inventory.Contact {
	if number%5 == 4 {
		return inventory.Contact{}
	}
	contact := inventory.Contact{
		Name: keepers[number%len(keepers)], Phone: fmt.Sprintf("+81 3 5550 %04d", 100+number),
		Mail: fmt.Sprintf("%s@%s.example", strings.ReplaceAll(strings.ToLower(s.Name), " ", "-"), s.Community[:strings.Index(s.Community, "-")]),
	}
	if number%2 == 0 {
		contact.Hours = fmt.Sprintf("Mon-Fri 08:30-18:00; at other times the guard, +81 3 5550 %04d", 900+number)
	}
	return contact
}

// runbook says what to do at the site with that number: some have a page of their own,
// some a note, some nothing.
func (s *Site) runbook(number int) string {
	switch number % 3 {
	case 0:
		return "https://runbooks.example/" + url.PathEscape(strings.ToLower(s.Appliance))
	case 1:
		return "Power first: the rack shares a breaker with the cold room. Then ask the carrier for " + s.Appliance + "."
	}
	return ""
}
