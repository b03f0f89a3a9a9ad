package voice

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// client is the sender's end of a socket.
type client struct {
	*socket
	t  *testing.T
	to netip.AddrPort
}

func dial(t *testing.T, to netip.AddrPort, dscp uint8) client {
	t.Helper()
	socket, err := listen(t.Context(), "", dscp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.close() })
	return client{socket, t, to}
}

func (c client) ask(packet []byte) datagram {
	c.t.Helper()
	if err := c.write(packet, c.to); err != nil {
		c.t.Fatal(err)
	}
	return c.next()
}

func (c client) next() datagram {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	got, err := c.read(make([]byte, maxPacketSize))
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

func TestReflectorAnswers(t *testing.T) {
	for _, test := range []struct{ listen, to string }{
		{"127.0.0.1:0", "127.0.0.1"}, {"0.0.0.0:0", "127.3.4.5"}, {"[::]:0", "127.3.4.6"}, {"[::1]:0", "::1"}, {":0", "::1"},
	} {
		t.Run(test.listen, func(t *testing.T) {
			bound, _ := startReflector(t, test.listen)
			to := netip.AddrPortFrom(netip.MustParseAddr(test.to), bound.Port())
			client := dial(t, to, 34)
			sent := AppendPadding((&SenderPacket{Sequence: 9, T1: 0x0123456789abcdef, Error: 0x8801, SSID: 0x1234}).Marshal(nil), 128)
			before := time.Now()
			if err := client.write(sent, to); err != nil {
				missing(t, "a way to %s: %v", to, err)
			}
			got := client.next()
			if got.from != to {
				t.Errorf("answered from %s, want the address asked, %s", got.from, to)
			}
			if got.dscp != 34 || len(got.octets) != 172 {
				t.Errorf("answered %d octets with DSCP %d", len(got.octets), got.dscp)
			}
			var reply ReflectorPacket
			if err := reply.Unmarshal(got.octets); err != nil {
				t.Fatal(err)
			}
			if reply.Sequence != 0 || reply.SenderSequence != 9 || reply.SSID != 0x1234 || reply.T1 != 0x0123456789abcdef ||
				reply.SenderError != 0x8801 || reply.TTL != 255 || !reply.Error.Valid() || reply.Error.PTP() {
				t.Errorf("answered %+v", reply)
			}
			t2, t3 := reply.T2.UnixNano(false), reply.T3.UnixNano(false)
			if t2 < before.UnixNano() || t3 < t2 || t3 > time.Now().UnixNano() {
				t.Errorf("asked at %d, answered with T2 %d, T3 %d", before.UnixNano(), t2, t3)
			}
			if want := append([]byte{0, 1, 0, 124}, zeros[:124]...); !bytes.Equal(got.octets[PacketSize:], want) {
				t.Errorf("extensions answered: %x", got.octets[PacketSize:])
			}
		})
	}
}

// The reflector tells how a packet was marked when it came, and marks its answer as it is
// asked to.
func TestReflectorTellsTheMarks(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		to, _ := startReflector(t, address)
		client := dial(t, to, 0)
		raw, err := client.conn.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		if err := raw.Control(func(fd uintptr) {
			const class = 26<<2 | 2 // AF31, and ECN 2
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TOS, class)
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_TCLASS, class)
		}); err != nil {
			t.Fatal(err)
		}
		for requested, want := range map[uint8]ClassOfService{
			46: {Requested: 46, Received: 26, ECN: 2},
			0:  {Requested: 0, Received: 26, ECN: 2},
			56: {Requested: 56, Received: 26, ECN: 2, Refused: true},
		} {
			requests, answers := newRequestEncoder(172, requested, nil), newAnswerDecoder(nil)
			got := client.ask(requests.append(nil, &SenderPacket{Sequence: 1}))
			marked := requested
			if want.Refused {
				marked = 26
			}
			if told, found := answers.classOfService(got.octets); !found || told != want || got.dscp != marked || got.ecn != 0 {
				t.Errorf("%s: told %+v (%t) with DSCP %d, ECN %d; want %+v with %d", address, told, found, got.dscp, got.ecn, want, marked)
			}
		}
	}
}

func TestReflectorCountsEachSession(t *testing.T) {
	to, _ := startReflector(t, "127.0.0.1:0")
	first, second := dial(t, to, 0), dial(t, to, 0)
	ask := func(client client, sequence uint32, ssid uint16) uint32 {
		t.Helper()
		got := client.ask((&SenderPacket{Sequence: sequence, SSID: ssid}).Marshal(nil))
		var reply ReflectorPacket
		if err := reply.Unmarshal(got.octets); err != nil || reply.SenderSequence != sequence {
			t.Fatalf("answered %+v (%v)", reply, err)
		}
		return reply.Sequence
	}
	for i, step := range []struct {
		client         client
		sequence, want uint32
		ssid           uint16
	}{
		{first, 10, 0, 1}, {first, 11, 1, 1}, {first, 12, 0, 2}, {second, 13, 0, 1}, {first, 15, 2, 1}, {second, 14, 1, 1}, {first, 13, 1, 2},
	} {
		if got := ask(step.client, step.sequence, step.ssid); got != step.want {
			t.Errorf("step %d: sequence %d, want %d", i, got, step.want)
		}
	}
}

func TestReflectorOutlivesGarbage(t *testing.T) {
	to, reflector := startReflector(t, "127.0.0.1:0")
	client := dial(t, to, 0)
	for _, octets := range [][]byte{{}, {1}, zeros[:13], bytes.Repeat([]byte{0xff}, 13)} {
		if err := client.write(octets, to); err != nil {
			t.Fatal(err)
		}
	}
	// TWAMP Light, noise, the largest datagram there is: answered in its size, but at
	// least as TWAMP Light does.
	for _, octets := range [][]byte{zeros[:14], zeros[:40], zeros[:41], zeros[:42], zeros[:43], zeros[:44], bytes.Repeat([]byte{0xff}, 48), bytes.Repeat([]byte{0x80}, 65507)} {
		if got := client.ask(octets); len(got.octets) != max(len(octets), 41) {
			t.Errorf("%d octets answered with %d", len(octets), len(got.octets))
		}
	}
	if short, answered := valueOf(reflector.metrics.short), valueOf(reflector.metrics.answered); short != 4 || answered < 7 {
		t.Errorf("counted %g malformed, %g answered", short, answered)
	}
	if sessions := valueOf(reflector.metrics.sessions); sessions != 3 {
		t.Errorf("%g sessions, want one for each SSID", sessions)
	}
}

// A forged sender sets two reflectors on each other: the first that hears of its own
// answer stops.
func TestReflectorsDoNotTalkToEachOther(t *testing.T) {
	for name, keys := range map[string][]string{"unauthenticated": nil, "authenticated": {testKey}} {
		t.Run(name, func(t *testing.T) {
			config := DefaultReflectorConfig()
			config.Listen, config.AuthenticationKeys = "127.0.0.1:0", keys
			to, reflector := startReflectorOf(t, config)
			other, err := NewReflector(config, quiet, prometheus.NewRegistry())
			if err != nil {
				t.Fatal(err)
			}
			client := dial(t, to, 0)
			requests := newRequestEncoder(172, 0, nil)
			if keys != nil {
				requests = newRequestEncoder(172, 0, keyOf(t, testKey))
			}
			answer := client.ask(requests.append(nil, &SenderPacket{Sequence: 1}))
			again := other.reflect(&answer)
			if again == nil {
				t.Fatal("the other reflector took an answer of ours for one of its own")
			}
			if err := client.write(again, to); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the loop to be seen", func() bool { return valueOf(reflector.metrics.loop) == 1 })
			if answered := valueOf(reflector.metrics.answered); answered != 1 {
				t.Errorf("answered %g times, want once", answered)
			}
		})
	}
}

func TestReflectorDoesNotTalkToItself(t *testing.T) {
	config := DefaultReflectorConfig()
	config.Listen = "127.0.0.1:0"
	reflector, err := NewReflector(config, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	to, err := reflector.Bind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run(t, reflector.Run)
	// From its own socket: nothing else has that address.
	if err := reflector.socket.write((&SenderPacket{}).Marshal(nil), to); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the packet to be counted", func() bool { return valueOf(reflector.metrics.loop) == 1 })
	if answered := valueOf(reflector.metrics.answered); answered != 0 {
		t.Errorf("answered %g times", answered)
	}
}

// Routers are senders on the port of reflectors.
func TestReflectorAnswersSendersOnItsPort(t *testing.T) {
	to, _ := startReflector(t, "127.0.0.1:0")
	socket, err := listen(t.Context(), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.9"), to.Port()).String(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.close()
	if got := (client{socket, t, to}).ask((&SenderPacket{Sequence: 3}).Marshal(nil)); len(got.octets) != PacketSize {
		t.Errorf("answered %d octets", len(got.octets))
	}
}

func TestReflectorTableIsBounded(t *testing.T) {
	config := DefaultReflectorConfig()
	config.Listen, config.MaxSessions, config.SessionIdle = "127.0.0.1:0", 2, time.Minute
	reflector, err := NewReflector(config, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0)
	key := func(ssid uint16) sessionKey { return sessionKey{netip.MustParseAddrPort("127.0.0.1:5000"), ssid} }
	for i, step := range []struct {
		ssid          uint16
		senders, want uint32
		later         time.Duration
	}{
		{1, 40, 0, 0}, {2, 50, 0, 0}, {1, 41, 1, 0},
		{3, 77, 77, 0}, {4, 78, 78, 0}, // full: the sender's own
		{1, 42, 2, 40 * time.Second},
		{3, 79, 0, 40 * time.Second}, // 2 was silent for long enough
		{1, 43, 3, 0},
		{1, 44, 0, 2 * time.Minute}, // begins anew
	} {
		now = now.Add(step.later)
		if got := reflector.sequence(key(step.ssid), step.senders, now); got != step.want {
			t.Errorf("step %d: sequence %d, want %d", i, got, step.want)
		}
		if len(reflector.sessions) > 2 {
			t.Errorf("step %d: %d sessions", i, len(reflector.sessions))
		}
	}
}

// Forged senders fill the table, and no more: who is in it is still counted, and the
// others are answered.
func TestReflectorUnderForgedLoad(t *testing.T) {
	config := DefaultReflectorConfig()
	config.Listen, config.MaxSessions = "127.0.0.1:0", 64
	reflector, err := NewReflector(config, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ask := func(from netip.AddrPort, sequence uint32) uint32 {
		t.Helper()
		packet := datagram{octets: (&SenderPacket{Sequence: sequence}).Marshal(nil), from: from, at: now}
		var reply ReflectorPacket
		if err := reply.Unmarshal(reflector.reflect(&packet)); err != nil {
			t.Fatal(err)
		}
		return reply.Sequence
	}
	honest := netip.MustParseAddrPort("192.0.2.1:5000")
	ask(honest, 1000)
	for i := range uint32(10_000) {
		now = now.Add(time.Millisecond)
		forged := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 5000)
		want := i
		if i < 63 {
			want = 0
		}
		if got := ask(forged, i); got != want {
			t.Fatalf("forged packet %d is answered with sequence %d, want %d", i, got, want)
		}
		if i%1000 == 0 {
			if got, want := ask(honest, 1001+i), 1+i/1000; got != want {
				t.Errorf("the honest sender is answered with sequence %d, want %d", got, want)
			}
		}
	}
	if sessions, stateless := valueOf(reflector.metrics.sessions), valueOf(reflector.metrics.stateless); len(reflector.sessions) != 64 || sessions != 64 || stateless != 10_000-63 {
		t.Errorf("%d sessions, %g counted, %g answered without", len(reflector.sessions), sessions, stateless)
	}
}

func TestNewReflectorNeedsAnAddress(t *testing.T) {
	if _, err := NewReflector(DefaultReflectorConfig(), quiet, prometheus.NewRegistry()); err == nil {
		t.Error("a reflector without an address is accepted")
	}
}

func TestReflectorPortTaken(t *testing.T) {
	to, _ := startReflector(t, "127.0.0.1:0")
	config := DefaultReflectorConfig()
	config.Listen = to.String()
	reflector, err := NewReflector(config, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := reflector.Run(t.Context()); err == nil {
		t.Error("two reflectors share a port")
	}
}

func BenchmarkReflect(b *testing.B) {
	b.ReportAllocs()
	config := DefaultReflectorConfig()
	config.Listen = "127.0.0.1:0"
	reflector, err := NewReflector(config, quiet, prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	requests := newRequestEncoder(172, 46, nil)
	request := datagram{
		octets: requests.append(nil, &SenderPacket{Sequence: 1, SSID: 1}),
		from:   netip.MustParseAddrPort("127.0.0.1:5000"), at: time.Now(),
	}
	for b.Loop() {
		reflector.reflect(&request)
	}
}

func BenchmarkReflectAuthenticated(b *testing.B) {
	b.ReportAllocs()
	config := DefaultReflectorConfig()
	config.Listen, config.AuthenticationKeys = "127.0.0.1:0", []string{testKey}
	reflector, err := NewReflector(config, quiet, prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	requests := newRequestEncoder(172, 46, keyOf(b, testKey))
	request := datagram{
		octets: requests.append(nil, &SenderPacket{Sequence: 1, SSID: 1}),
		from:   netip.MustParseAddrPort("127.0.0.1:5000"), at: time.Now(),
	}
	for b.Loop() {
		if reflector.reflect(&request) == nil {
			b.Fatal("no answer")
		}
	}
}
