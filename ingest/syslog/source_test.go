package syslog

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/dns/dnsmessage"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// whose is what a row says of its sender.
type whose struct {
	device  sample.ID
	source  string
	relayed uint8
}

func (s *site) expectSenders(t *testing.T, want ...whose) {
	t.Helper()
	rows := s.wait(t, len(want))
	for i := range want {
		if got := (whose{rows.Device[i], rows.Source[i], rows.Relayed[i]}); got != want[i] {
			t.Errorf("row %d, %q: %+v, want %+v", i, rows.Message[i]+rows.Raw[i], got, want[i])
		}
	}
}

// TestALineBehindARelay sends through a relay that is a device itself, from an address
// of nobody, and from a device whose lines name another.
func TestALineBehindARelay(t *testing.T) {
	s := runStation(t, DefaultConfig(), inventory.Station{
		Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{UDP: "127.0.0.1:0", Relays: []string{"127.0.0.5", "127.0.0.6"}}},
		Devices: []inventory.StationDevice{
			{ID: 1, Device: inventory.Device{Name: "router", Address: "192.168.1.1"}},
			{ID: 2, Device: inventory.Device{Name: "switch", Address: "127.0.0.2"}},
			{ID: 5, Device: inventory.Device{Name: "relay", Address: "127.0.0.5"}},
			{ID: 7, Device: inventory.Device{Name: "ROUTER", Address: "192.168.1.7"}},
		},
	})
	lines := []struct {
		source, text string
		want         whose
	}{
		{"127.0.0.5", "<13>Oct 11 22:14:15 router app: by its name", whose{1, "127.0.0.5", 1}},
		{"127.0.0.5", "<13>Oct 11 22:14:15 192.168.1.1 app: by its address", whose{1, "127.0.0.5", 1}},
		{"127.0.0.5", "<13>1 2025-10-11T22:14:15Z switch.example.com app - - - with a domain", whose{2, "127.0.0.5", 1}},
		{"127.0.0.5", "<189>45: router: *Oct 11 22:14:15.003: %SYS-5-CONFIG_I: by its origin", whose{1, "127.0.0.5", 1}},
		{"127.0.0.5", "<189>Oct 11 22:14:15 192.168.1.1 45: *Oct 11 22:14:15.003: %SYS-5-CONFIG_I: by the header of a relay", whose{1, "127.0.0.5", 1}},
		{"127.0.0.5", "<189>Oct 11 22:14:15 192.168.1.1 45: an-origin: *Oct 11 22:14:15.003: %SYS-5-CONFIG_I: its origin is nobody's", whose{1, "127.0.0.5", 1}},
		{"127.0.0.5", "<189>Oct 11 22:14:15 relay 45: an-origin: *Oct 11 22:14:15.003: %SYS-5-CONFIG_I: by an origin that is nobody", whose{0, "127.0.0.5", 0}},
		{"127.0.0.5", "<13>Oct 11 22:14:15 relay app: the relay's own", whose{5, "127.0.0.5", 0}},
		{"127.0.0.5", "<13>Oct 11 22:14:15 stranger app: of nobody", whose{0, "127.0.0.5", 0}},
		{"127.0.0.5", "<13>Oct 11 22:14:15 Router app: of one of two", whose{0, "127.0.0.5", 0}},
		{"127.0.0.5", "<189>45: *Oct 11 22:14:15.003: %SYS-5-CONFIG_I: without a name", whose{0, "127.0.0.5", 0}},
		{"127.0.0.6", "<13>Oct 11 22:14:15 router app: of a relay that is no device", whose{1, "127.0.0.6", 1}},
		{"127.0.0.9", "<13>Oct 11 22:14:15 router app: of an address that is nobody's", whose{1, "127.0.0.9", 1}},
		{"127.0.0.9", "<13>Oct 11 22:14:15 stranger app: of nobody at all", whose{0, "127.0.0.9", 0}},
		{"127.0.0.2", "<13>Oct 11 22:14:15 router app: a device speaks for itself", whose{2, "127.0.0.2", 0}},
	}
	for _, line := range lines {
		s.send(t, line.source, line.text)
	}
	rows := s.wait(t, len(lines))
	for _, line := range lines {
		i := slices.IndexFunc(rows.Message, func(message string) bool {
			return strings.HasSuffix(line.text, ": "+message) || strings.HasSuffix(line.text, "- "+message)
		})
		if i < 0 {
			t.Errorf("%q is missing", line.text)
		} else if got := (whose{rows.Device[i], rows.Source[i], rows.Relayed[i]}); got != line.want {
			t.Errorf("%q: %+v, want %+v", line.text, got, line.want)
		}
	}
	for name, want := range map[string]float64{
		"mimamori_syslog_ambiguous_name_lines_total": 1,
		"mimamori_syslog_unknown_source_lines_total": 5,
	} {
		if got := s.metric(t, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// TestTheZoneOfAStation: a stamp without a zone is of the station's.
func TestTheZoneOfAStation(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	s := runStation(t, DefaultConfig(), inventory.Station{
		Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{UDP: "127.0.0.1:0", TimeZone: "Asia/Tokyo"}},
	})
	now := time.Now().Truncate(time.Second)
	s.send(t, "127.0.0.2", "<13>"+now.In(tokyo).Format(time.Stamp)+" host app: x")
	if rows := s.wait(t, 1); rows.StampedMs[0] != now.UnixMilli() {
		t.Errorf("stamped at %d, want %d", rows.StampedMs[0], now.UnixMilli())
	}
}

// TestTwoCustomersWithOneAddress: devices of the same name and address at two customers,
// each heard by the appliance of its own, over UDP and over TCP.
func TestTwoCustomersWithOneAddress(t *testing.T) {
	place := func(customer string) inventory.Customer {
		return inventory.Customer{Name: customer, Sites: []inventory.Site{{
			Name:      "head office",
			Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", Relays: []string{"127.0.0.5"}}},
			Devices:   []inventory.Device{{Name: "router", Address: "127.0.0.2"}},
		}}}
	}
	stations := inventory.Config{Customers: []inventory.Customer{place("Aoba"), place("Midori")}}.Stations()
	for i, station := range stations {
		other := stations[1-i]
		s := runStation(t, DefaultConfig(), station)
		beside := runStation(t, DefaultConfig(), other)
		s.send(t, "127.0.0.2", "<13>Oct 11 22:14:15 router app: for "+station.Customer)
		beside.send(t, "127.0.0.2", "<13>Oct 11 22:14:15 router app: for "+other.Customer)
		s.send(t, "127.0.0.5", "<13>Oct 11 22:14:15 router app: for "+station.Customer)
		beside.send(t, "127.0.0.5", "<13>Oct 11 22:14:15 router app: for "+other.Customer)
		for _, heard := range []struct {
			*site
			by inventory.Station
		}{{s, station}, {beside, other}} {
			device := heard.by.Devices[0].ID
			heard.wait(t, 2)
			write(t, connect(t, "127.0.0.2", heard.tcp), "<13>Oct 11 22:14:15 router app: for "+heard.by.Customer+"\n")
			heard.wait(t, 3)
			write(t, connect(t, "127.0.0.5", heard.tcp), "<13>Oct 11 22:14:15 router app: for "+heard.by.Customer+"\n")
			heard.expectSenders(t, whose{device, "127.0.0.2", 0}, whose{device, "127.0.0.5", 1}, whose{device, "127.0.0.2", 0}, whose{device, "127.0.0.5", 1})
			if want := "for " + heard.by.Customer; !slices.Equal(heard.rows.Message, []string{want, want, want, want}) {
				t.Errorf("at %s: %q", heard.by.Customer, heard.rows.Message)
			}
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}
	if stations[0].Devices[0].ID == stations[1].Devices[0].ID {
		t.Error("the devices of two customers have one id")
	}
}

// TestAHostNameThatMoves: a device that has its address from DHCP gets another one.
func TestAHostNameThatMoves(t *testing.T) {
	names := serveNames(t)
	names.set("phone.example.", "127.0.0.21")
	config := DefaultConfig()
	config.ResolveEvery = time.Second
	s := runStation(t, config, inventory.Station{
		Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{UDP: "127.0.0.1:0"}},
		Devices:   []inventory.StationDevice{{ID: 1, Device: inventory.Device{Name: "phone", Address: "phone.example"}}},
	})
	s.send(t, "127.0.0.21", "<13>first")
	s.expectSenders(t, whose{1, "127.0.0.21", 0})
	names.set("phone.example.", "127.0.0.22")
	for rows, deadline := 1, time.Now().Add(10*time.Second); ; rows++ {
		s.send(t, "127.0.0.22", "<13>again")
		if s.wait(t, rows+1).Device[rows] == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the device's new address is never found")
		}
		<-time.After(50 * time.Millisecond)
	}
	// An answer that fails leaves what was known.
	names.set("phone.example.", "")
	for deadline := time.Now().Add(10 * time.Second); s.metric(t, "mimamori_syslog_resolve_failures_total") == 0; {
		if time.Now().After(deadline) {
			t.Fatal("no look-up fails")
		}
		<-time.After(10 * time.Millisecond)
	}
	rows := s.count()
	s.send(t, "127.0.0.22", "<13>after a failure")
	s.send(t, "127.0.0.21", "<13>from where it was")
	if heard := s.wait(t, rows+2); heard.Device[rows] != 1 || heard.Device[rows+1] != 0 {
		t.Errorf("after a failed look-up: devices %d", heard.Device[rows:])
	}
}

func TestACertificateNamesItsDevice(t *testing.T) {
	metrics, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	s := newSources(DefaultConfig(), inventory.Station{
		Appliance: inventory.Appliance{Syslog: &inventory.Syslog{Relays: []string{"192.168.1.9"}}},
		Devices: []inventory.StationDevice{
			{ID: 1, Device: inventory.Device{Name: "router", Address: "192.168.1.1"}},
			{ID: 2, Device: inventory.Device{Name: "switch", Address: "192.168.1.2"}},
		},
	}, newLimits(DefaultConfig().RateLimit, metrics), nil, metrics)
	for _, test := range []struct {
		from  string
		names []string
		want  sample.ID
		relay bool
	}{
		{"192.168.1.77", []string{"unknown", "switch.example.com"}, 2, false},
		{"192.168.1.1", []string{"switch"}, 2, false},
		{"192.168.1.1", []string{"192.168.1.2"}, 2, false},
		{"192.168.1.1", []string{"*.example.com"}, 1, false},
		{"192.168.1.1", nil, 1, false},
		{"192.168.1.77", []string{"nobody"}, 0, false},
		{"192.168.1.9", []string{"switch"}, 0, true}, // whose a line is, is told by the line
	} {
		got := s.ofPeer(netip.MustParseAddr(test.from), test.names)
		if got.device != test.want || got.relay != test.relay || got.address != test.from {
			t.Errorf("%s with %q: device %d at %s, a relay %v; want %d, %v", test.from, test.names, got.device, got.address, got.relay, test.want, test.relay)
		}
	}
}

// TestAFloodOfAddresses: more addresses than are kept apart take no more memory, those
// who are idle make room, and who sends too much is not forgotten for it.
func TestAFloodOfAddresses(t *testing.T) {
	metrics, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	limits := newLimits(RateLimit{MessagesPerSecond: 1, Burst: 3600}, metrics)
	s := newSources(DefaultConfig(), inventory.Station{Appliance: inventory.Appliance{Syslog: &inventory.Syslog{}}}, limits, nil, metrics)
	address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	busy := s.of(address(0))
	for range 100 {
		limits.take(&busy.bucket, time.Now(), false)
	}
	for i := range mostStrangers {
		limits.take(&s.of(address(i)).bucket, time.Now().Add(-10*time.Second), false)
	}
	s.swept = time.Now()
	for i := mostStrangers; i < 2*mostStrangers; i++ {
		if got := s.of(address(i)); got.sender != s.crowd || got.address != address(i).String() {
			t.Fatalf("address %d of %d is kept apart", i, mostStrangers)
		}
	}
	if len(s.strangers) != mostStrangers {
		t.Errorf("%d addresses are kept", len(s.strangers))
	}
	s.swept = time.Time{}
	if got := s.of(address(3 * mostStrangers)); got.sender == s.crowd {
		t.Error("an address finds no room that idle ones have left")
	}
	if s.of(address(0)).sender != busy.sender || len(s.strangers) > 2 {
		t.Errorf("who sends too much is forgotten, or others are not: %d are kept", len(s.strangers))
	}
}

// nameServer is a name server for the length of a test.
type nameServer struct {
	lock      sync.Mutex
	addresses map[string]string
}

func (n *nameServer) set(name, address string) {
	n.lock.Lock()
	defer n.lock.Unlock()
	n.addresses[name] = address
}

// serveNames has this process ask a name server of its own.
func serveNames(t *testing.T) *nameServer {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nameServer{addresses: map[string]string{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		question := make([]byte, 512)
		for {
			size, from, err := socket.ReadFrom(question)
			if err != nil {
				return
			}
			if answer := n.answer(question[:size]); answer != nil {
				_, _ = socket.WriteTo(answer, from)
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		socket.Close()
		<-done
	})
	return n
}

// answer answers a question, with a failure where no address is set.
func (n *nameServer) answer(question []byte) []byte {
	var message dnsmessage.Message
	if message.Unpack(question) != nil || len(message.Questions) != 1 {
		return nil
	}
	asked := message.Questions[0]
	message.Response, message.Additionals = true, nil
	n.lock.Lock()
	address, err := netip.ParseAddr(n.addresses[asked.Name.String()])
	n.lock.Unlock()
	switch {
	case err != nil:
		message.RCode = dnsmessage.RCodeNameError
	case asked.Type == dnsmessage.TypeA:
		message.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: asked.Name, Class: asked.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: address.As4()},
		}}
	}
	packed, err := message.Pack()
	if err != nil {
		return nil
	}
	return packed
}
