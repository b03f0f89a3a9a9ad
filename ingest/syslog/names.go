package syslog

import (
	"net/netip"
	"strings"

	"mimamori/ingest/datagram"
	"mimamori/ingest/inventory"
)

// directory says whose the addresses and the names of a station are. It is not changed
// once it is made.
type directory struct {
	addresses map[netip.Addr]*sender // nil where two host names resolve to it
	names     map[string]*sender     // as the inventory has them
	folded    map[string]*sender     // in lower case, whole; nil where two devices have it
	labels    map[string]*sender     // the first label of names that have more; likewise
}

// newDirectory makes a directory of devices, the senders that stand for them, and the
// addresses that were found of them, in the same order.
func newDirectory(devices []inventory.StationDevice, senders []*sender, found []datagram.Found) *directory {
	d := &directory{
		addresses: map[netip.Addr]*sender{}, names: map[string]*sender{},
		folded: map[string]*sender{}, labels: map[string]*sender{},
	}
	for i := range devices {
		name := devices[i].Name
		d.names[name] = senders[i]
		d.alias(name, senders[i])
		if _, err := netip.ParseAddr(devices[i].Address); err != nil {
			d.alias(devices[i].Address, senders[i])
			for _, address := range found[i].Addresses {
				enter(d.addresses, address, senders[i])
			}
		}
	}
	// An address of the inventory stands above one that a name resolves to.
	for i := range devices {
		if address, err := netip.ParseAddr(devices[i].Address); err == nil {
			d.addresses[datagram.Plain(address)] = senders[i]
		}
	}
	return d
}

// alias enters what a device is called in the lines of those who do not keep to its
// spelling or its domain.
func (d *directory) alias(name string, of *sender) {
	name = fold(name)
	enter(d.folded, name, of)
	if label, _, more := strings.Cut(name, "."); more {
		enter(d.labels, label, of)
	}
}

func enter[K comparable](in map[K]*sender, key K, of *sender) {
	if other, taken := in[key]; taken && other != of {
		of = nil
	}
	in[key] = of
}

func fold(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// named returns the device that a line's host field names, nil for none. ambiguous says
// that it might be several. syslog-ng writes "device/relay", or "source@device", where
// it chains host names.
func (d *directory) named(host string) (owner *sender, ambiguous bool) {
	for host != "" {
		name, others, _ := strings.Cut(host, "/")
		name = name[strings.LastIndexByte(name, '@')+1:]
		owner, known := d.called(name)
		if known {
			return owner, owner == nil
		}
		host = others
	}
	return nil, false
}

// called returns the device of a single name: an address, or a name as it stands, else
// in any case, else without its domain where the inventory has none, or the other way
// round. known says that the name means somebody, if only one of several.
func (d *directory) called(name string) (owner *sender, known bool) {
	if owner, known = d.names[name]; known {
		return owner, true
	}
	if address, err := netip.ParseAddr(name); err == nil {
		owner, known = d.addresses[datagram.Plain(address)]
		return owner, known
	}
	name = fold(name)
	if owner, known = d.folded[name]; known {
		return owner, true
	}
	label, _, more := strings.Cut(name, ".")
	if more {
		owner, known = d.folded[label]
	} else {
		owner, known = d.labels[label]
	}
	return owner, known
}
