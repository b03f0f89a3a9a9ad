package notification

import (
	"net/netip"

	"mimamori/ingest/datagram"
	"mimamori/ingest/sample"
)

// deviceOf returns the device that a notification is about: that of the address it says
// where the inventory has that address, which lets relays through; else that of its
// source.
func deviceOf(devices map[netip.Addr]sample.ID, source, agent netip.Addr) sample.ID {
	if agent.IsValid() {
		if device, ok := devices[datagram.Plain(agent)]; ok {
			return device
		}
	}
	return devices[source]
}
