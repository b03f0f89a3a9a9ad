package inventory

import (
	"fmt"
	"net/netip"
)

// Notifications says where an appliance receives SNMP notifications, and from whom it
// takes them.
type Notifications struct {
	// Listen is the host:port to receive on, UDP. Empty means 0.0.0.0:162.
	Listen string `yaml:"listen"`
	// Communities that versions 1 and 2c must bear one of. Empty means that any is
	// taken, which is counted.
	Communities []string `yaml:"communities"`
	// Users of version 3 that notifications are taken from. Empty means that none of
	// version 3 are.
	Users []SNMPUser `yaml:"users"`
}

// defaultNotifications is where notifications are sent to (RFC 3417, section 7).
const defaultNotifications = "0.0.0.0:162"

// receives says whether devices can tell the appliance something of their own accord.
func (a Appliance) receives() bool { return a.Syslog.Listens() || a.Notifications != nil }

// resolved returns the appliance with the defaults of its listeners filled in.
func (a Appliance) resolved() Appliance {
	a.Syslog = a.Syslog.resolved()
	if a.Notifications == nil {
		return a
	}
	from := *a.Notifications
	if from.Listen == "" {
		from.Listen = defaultNotifications
	}
	from.Users = nil
	for _, user := range a.Notifications.Users {
		from.Users = append(from.Users, user.Resolved())
	}
	a.Notifications = &from
	return a
}

// Problems returns what is wrong; each is a Problem whose path begins with the one
// given.
func (n *Notifications) Problems(at string) []error {
	var problems []error
	if n.Listen != "" {
		if _, err := netip.ParseAddrPort(n.Listen); err != nil {
			problems = append(problems, Problem{at + ".listen", fmt.Sprintf("%q is not an address and port: write it as %s", n.Listen, defaultNotifications)})
		}
	}
	for i, community := range n.Communities {
		if community == "" {
			problems = append(problems, Problem{fmt.Sprintf("%s.communities[%d]", at, i), "the community is empty: give it, or remove the list to take any"})
		}
	}
	known := names{}
	for i := range n.Users {
		here := fmt.Sprintf("%s.users[%d]", at, i)
		problems = append(problems, n.Users[i].Problems(here)...)
		if name := n.Users[i].Name; name != "" {
			if known[name] {
				problems = append(problems, Problem{here + ".name", fmt.Sprintf("there are two users %q: a message could not say which it is from; rename one", name)})
			}
			known[name] = true
		}
	}
	return problems
}
