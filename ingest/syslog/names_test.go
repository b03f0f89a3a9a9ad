package syslog

import (
	"errors"
	"net/netip"
	"testing"

	"mimamori/ingest/datagram"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

func TestWhoseAName(t *testing.T) {
	devices := []inventory.StationDevice{
		{ID: 1, Device: inventory.Device{Name: "rt-edge-1", Address: "192.168.1.1"}},
		{ID: 2, Device: inventory.Device{Name: "FW-1", Address: "fw.example.com"}},
		{ID: 3, Device: inventory.Device{Name: "sw-1.tokyo.example.com", Address: "2001:db8::1"}},
		{ID: 4, Device: inventory.Device{Name: "sv-1.tokyo.example.com", Address: "192.168.1.4"}},
		{ID: 5, Device: inventory.Device{Name: "sv-1.osaka.example.com", Address: "192.168.1.5"}},
		{ID: 6, Device: inventory.Device{Name: "Ap-1", Address: "192.168.1.6"}},
		{ID: 7, Device: inventory.Device{Name: "aP-1", Address: "192.168.1.7"}},
		{ID: 8, Device: inventory.Device{Name: "one", Address: "one.example.net"}},
		{ID: 9, Device: inventory.Device{Name: "other", Address: "other.example.net"}},
	}
	found := make([]datagram.Found, len(devices))
	senders := make([]*sender, len(devices))
	for i := range senders {
		senders[i] = &sender{device: devices[i].ID}
	}
	found[1].Addresses = []netip.Addr{netip.MustParseAddr("192.168.1.2"), netip.MustParseAddr("192.168.1.1")}
	found[7].Addresses = []netip.Addr{netip.MustParseAddr("192.168.1.8")}
	found[8] = datagram.Found{Addresses: found[7].Addresses, Err: errors.New("an answer that may be old")}
	directory := newDirectory(devices, senders, found)
	for _, test := range []struct {
		host      string
		device    sample.ID
		ambiguous bool
	}{
		{"rt-edge-1", 1, false},
		{"RT-Edge-1", 1, false},
		{"rt-edge-1.", 1, false},
		{"rt-edge-1.example.com", 1, false}, // its domain is not in the inventory
		{"192.168.1.1", 1, false},           // what the inventory says stands above a look-up
		{"::ffff:192.168.1.1", 1, false},
		{"192.168.1.2", 2, false},
		{"192.168.1.99", 0, false},
		{"fw.example.com", 2, false},
		{"FW", 2, false},
		{"sw-1", 3, false},
		{"sw-1.tokyo.example.com", 3, false},
		{"sw-1.osaka.example.com", 0, false}, // another domain is another device
		{"2001:DB8:0::1", 3, false},
		{"sv-1", 0, true},
		{"SV-1.osaka.example.com", 5, false},
		{"Ap-1", 6, false},
		{"aP-1", 7, false},
		{"ap-1", 0, true},
		{"192.168.1.8", 0, true}, // two names stand for it
		{"rt-edge-1/relay", 1, false},
		{"src_net@rt-edge-1", 1, false},
		{"10.0.0.9/rt-edge-1/relay", 1, false},
		{"nobody", 0, false},
		{"", 0, false},
		{"/", 0, false},
		{"@", 0, false},
		{".", 0, false},
	} {
		owner, ambiguous := directory.named(test.host)
		device := sample.ID(0)
		if owner != nil {
			device = owner.device
		}
		if device != test.device || ambiguous != test.ambiguous {
			t.Errorf("%q is of device %d, ambiguous %v; want %d, %v", test.host, device, ambiguous, test.device, test.ambiguous)
		}
	}
}
