package inventory

import "fmt"

// Listener is an address that an appliance receives on.
type Listener struct {
	Path      string // of its key, as in $.customers[0].sites[1].appliance.syslog.tcp
	Transport string // "udp" or "tcp"
	Address   string // IP address and port
	What      string // who it is, in words
	Customer  int    // index of its customer; -1 for what is no appliance's
	Site      int    // index of its site among the customer's
}

// Listeners returns what the appliances listen on, in the order of the configuration,
// with defaults filled in.
func (c Config) Listeners() []Listener {
	var all []Listener
	for i, customer := range c.Customers {
		for j, site := range customer.Sites {
			add := func(below, transport, address, what string) {
				if address == "" {
					return
				}
				all = append(all, Listener{
					Path:      fmt.Sprintf("$.customers[%d].sites[%d].appliance.%s", i, j, below),
					Transport: transport, Address: address, Customer: i, Site: j,
					What: fmt.Sprintf("%s of appliance %q (%s / %s)", what, site.Appliance.Name, customer.Name, site.Name),
				})
			}
			appliance := site.Appliance.resolved()
			if receives := appliance.Syslog; receives != nil {
				add("syslog.udp", "udp", receives.UDP, "syslog")
				add("syslog.tcp", "tcp", receives.TCP, "syslog over TCP")
				if receives.TLS != nil {
					add("syslog.tls.listen", "tcp", receives.TLS.Listen, "syslog over TLS")
				}
			}
			if appliance.Notifications != nil {
				add("notifications.listen", "udp", appliance.Notifications.Listen, "notifications")
			}
		}
	}
	return all
}
