package icmp

import (
	"encoding/hex"
	"net/netip"
	"testing"
	"time"
)

var (
	device4 = netip.MustParseAddr("127.1.2.3")
	device6 = netip.MustParseAddr("2001:db8::7")
	carried = cookie{secret: 0x0102030405060708, target: 9, round: 10}
)

func ipv4Header(source, destination netip.Addr) []byte {
	header := make([]byte, ipv4HeaderSize)
	header[0], header[9] = 0x45, protocolICMP
	copy(header[12:], source.AsSlice())
	copy(header[16:], destination.AsSlice())
	return header
}

// checked gives a message its checksum.
func checked(octets []byte) []byte {
	octets[2], octets[3] = 0, 0
	right := ^sum(octets)
	octets[2], octets[3] = byte(right>>8), byte(right)
	return octets
}

func replyPacket() []byte {
	octets := appendRequest(nil, false, 77, 5, carried, 0)
	octets[0] = typeEchoReply
	return append(ipv4Header(device4, netip.MustParseAddr("127.0.0.1")), checked(octets)...)
}

func errorPacket(kind byte) []byte {
	octets := []byte{kind, 1, 0, 0, 0, 0, 0, 0}
	octets = append(octets, ipv4Header(netip.MustParseAddr("127.0.0.1"), device4)...)
	octets = append(octets, appendRequest(nil, false, 77, 5, carried, 0)[:echoHeaderSize]...)
	return append(ipv4Header(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("127.0.0.1")), checked(octets)...)
}

func TestParseIPv4(t *testing.T) {
	reply := message{meaning: meansReply, asked: device4, id: 77, sequence: 5, carried: carried}
	if got := parseIPv4Packet(replyPacket()); got != reply {
		t.Errorf("reply: %+v", got)
	}
	if got := parseICMPv4(replyPacket()[ipv4HeaderSize:], device4); got != reply {
		t.Errorf("reply without IP header: %+v", got)
	}
	options := replyPacket()
	options = append(append(append([]byte{}, options[:ipv4HeaderSize]...), 1, 1, 1, 1), options[ipv4HeaderSize:]...)
	options[0] = 0x46
	if got := parseIPv4Packet(options); got != reply {
		t.Errorf("reply with an IP option: %+v", got)
	}
	for _, kind := range []byte{typeUnreachable, typeRedirect, typeTimeExceeded, typeParameterProblem} {
		want := message{meaning: meansError, asked: device4, id: 77, sequence: 5, fault: Fault{Type: kind, Code: 1, From: netip.MustParseAddr("10.0.0.1")}}
		if got := parseIPv4Packet(errorPacket(kind)); got != want {
			t.Errorf("error %d: %+v", kind, got)
		}
	}
	const sourceQuench = 4
	if got := parseIPv4Packet(errorPacket(sourceQuench)); got.meaning != meansNothing {
		t.Errorf("a source quench means %+v", got)
	}
	request := append(ipv4Header(device4, device4), appendRequest(nil, false, 77, 5, carried, 0)...)
	if got := parseIPv4Packet(request); got.meaning != meansNothing {
		t.Errorf("a request means %+v", got)
	}
	damaged := replyPacket()
	damaged[30]++
	if got := parseIPv4Packet(damaged); got.meaning != meansNothing {
		t.Errorf("a reply with a wrong checksum means %+v", got)
	}
	for _, packet := range [][]byte{replyPacket(), errorPacket(typeUnreachable)} {
		for size := range len(packet) {
			if got := parseIPv4Packet(packet[:size]); got.meaning != meansNothing {
				t.Errorf("the first %d octets mean %+v", size, got)
			}
		}
	}
}

func TestParseIPv6(t *testing.T) {
	octets := appendRequest(nil, true, 77, 5, carried, 0)
	octets[0] = typeEchoReplyV6
	if got := parseICMPv6(octets, device6); got != (message{meaning: meansReply, asked: device6, id: 77, sequence: 5, carried: carried}) {
		t.Errorf("reply: %+v", got)
	}
	for _, test := range []struct {
		kind, code byte
		want       Fault
	}{
		{typeUnreachableV6, 0, Fault{Type: typeUnreachable, Code: codeNetwork}},
		{typeUnreachableV6, 1, Fault{Type: typeUnreachable, Code: codeHostDenied}},
		{typeUnreachableV6, 3, Fault{Type: typeUnreachable, Code: codeHost}},
		{typeUnreachableV6, 4, Fault{Type: typeUnreachable, Code: codePort}},
		{typeUnreachableV6, 5, Fault{Type: typeUnreachable, Code: codeDenied}},
		{typeUnreachableV6, 6, Fault{Type: typeUnreachable, Code: codeDenied}},
		{typePacketTooBigV6, 0, Fault{Type: typeUnreachable, Code: codeTooBig, MTU: 1280}},
		{typeTimeExceededV6, 0, Fault{Type: typeTimeExceeded}},
		{typeParameterProblemV6, 0, Fault{Type: typeParameterProblem}},
		{typeParameterProblemV6, 1, Fault{Type: typeUnreachable, Code: codeProtocol}},
	} {
		octets := errorPacketV6(test.kind, test.code, protocolICMPv6)
		test.want.From = netip.IPv6Loopback()
		want := message{meaning: meansError, asked: device6, id: 77, sequence: 5, fault: test.want}
		if got := parseICMPv6(octets, netip.IPv6Loopback()); got != want {
			t.Errorf("error %d, %d: %+v", test.kind, test.code, got)
		}
		for size := range octets[:quotedOffset+ipv6HeaderSize+echoHeaderSize] {
			if got := parseICMPv6(octets[:size], netip.IPv6Loopback()); got.meaning != meansNothing {
				t.Errorf("the first %d octets mean %+v", size, got)
			}
		}
	}
	// None of ours has a hop-by-hop header.
	if got := parseICMPv6(errorPacketV6(typeTimeExceededV6, 0, 0), netip.IPv6Loopback()); got.meaning != meansNothing {
		t.Errorf("an error about what has an extension header means %+v", got)
	}
}

// errorPacketV6 is an ICMPv6 error about a request, or about a packet that begins with
// another header, with an MTU of 1280.
func errorPacketV6(kind, code, next byte) []byte {
	octets := append([]byte{kind, code, 0, 0, 0, 0, 5, 0}, make([]byte, ipv6HeaderSize)...)
	octets[8], octets[14] = 0x60, next
	copy(octets[32:], device6.AsSlice())
	return append(octets, appendRequest(nil, true, 77, 5, carried, 0)...)
}

func TestWordsOfFaults(t *testing.T) {
	for _, test := range []struct {
		kind, code byte
		want       string
	}{
		{typeUnreachable, 0, "network unreachable"}, {typeUnreachable, 1, "host unreachable"}, {typeUnreachable, 2, "protocol unreachable"},
		{typeUnreachable, 3, "port unreachable"}, {typeUnreachable, 4, "packet too big"}, {typeUnreachable, 5, "source route failed"},
		{typeUnreachable, 9, "administratively prohibited"}, {typeUnreachable, 10, "administratively prohibited"},
		{typeUnreachable, 13, "administratively prohibited"}, {typeUnreachable, 200, "host unreachable"},
		{typeTimeExceeded, 0, "TTL exceeded"}, {typeTimeExceeded, 1, "fragment reassembly time exceeded"},
		{typeParameterProblem, 0, "parameter problem"}, {typeRedirect, 1, "redirect"},
	} {
		if got := (Fault{Type: test.kind, Code: test.code}).String(); got != test.want {
			t.Errorf("type %d, code %d is %q, want %q", test.kind, test.code, got, test.want)
		}
	}
}

// A request as any implementation must write it: type 8, checksum by RFC 1071.
func TestRequestOctets(t *testing.T) {
	got := hex.EncodeToString(appendRequest(nil, false, 0x1234, 0x0001, cookie{secret: 0x0102030405060708, target: 1, round: 2}, 0))
	if want := "0800d5b31234000101020304050607080000000100000002"; got != want {
		t.Errorf("request is %s, want %s", got, want)
	}
}

func TestRoundCounts(t *testing.T) {
	device := target{address: device4, packets: make([]packet, 3)}
	device.begin(1, 0xfffe) // the sequence wraps within the round
	for place := range 3 {
		device.next++
		device.left(place, time.Second)
	}
	reply := func(sequence uint16, after time.Duration) *received {
		return &received{message{meaning: meansReply, asked: device4, sequence: sequence, ttl: 61, carried: cookie{round: device.round}}, time.Time{}.Add(time.Second + after)}
	}
	other := reply(0xfffe, 0)
	other.asked = device6
	old := reply(0xfffe, 0)
	old.carried.round--
	for i, step := range []struct {
		got  *received
		want verdict
	}{
		{reply(0xffff, 40*time.Millisecond), inTime},
		{reply(0xffff, 50*time.Millisecond), duplicate},
		{reply(0, 101*time.Millisecond), late},
		{reply(1, 0), foreign},
		{reply(0xfffd, 0), foreign},
		{other, foreign},
		{old, late},
		{reply(0xfffe, 100*time.Millisecond), inTime}, // after its successor
	} {
		if got := device.reply(&step.got.message, step.got.at.Sub(time.Time{}), 100*time.Millisecond); got != step.want {
			t.Errorf("step %d: verdict %d, want %d", i, got, step.want)
		}
	}
	if device.heard != 2 || device.packets[0].rttUs != 100000 || device.packets[1].rttUs != 40000 || device.packets[2].state != sent {
		t.Errorf("heard %d, %+v", device.heard, device.packets)
	}
	if device.duplicates != 1 || device.reordered != 1 || device.ttl != 61 {
		t.Errorf("%d duplicates, %d reordered, TTL %d", device.duplicates, device.reordered, device.ttl)
	}
	device.active = false
	if got := device.reply(&reply(0, 0).message, 0, time.Second); got != late {
		t.Errorf("after the end of the round: verdict %d", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(replyPacket())
	f.Add(errorPacket(typeUnreachable))
	f.Add(errorPacket(typeTimeExceeded))
	f.Add(errorPacket(typeRedirect))
	f.Add(errorPacketV6(typePacketTooBigV6, 0, protocolICMPv6))
	f.Add(errorPacketV6(typeParameterProblemV6, 1, 0))
	// A quote of the least length, followed by the extensions of RFC 4884.
	f.Add(append(errorPacket(typeTimeExceeded)[ipv4HeaderSize:], 0x20, 0, 0xdf, 0xff, 0, 8, 1, 1, 0, 1, 0x41, 1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, octets []byte) {
		for _, got := range []message{parseIPv4Packet(octets), parseICMPv4(octets, device4), parseICMPv6(octets, device6)} {
			switch got.meaning {
			case meansNothing:
				if got != (message{}) {
					t.Fatalf("%x means nothing and %+v", octets, got)
				}
			case meansError:
				if got.fault.String() == "" || !got.asked.IsValid() || !got.fault.From.IsValid() {
					t.Fatalf("%x means %+v", octets, got)
				}
			case meansReply:
				if len(octets) < requestSize || !got.asked.IsValid() {
					t.Fatalf("%x means %+v", octets, got)
				}
			}
		}
		readControl(octets, time.Now(), time.Second)
		readExtendedError(octets)
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	packet := replyPacket()
	for b.Loop() {
		if parseIPv4Packet(packet).meaning != meansReply {
			b.Fatal("not a reply")
		}
	}
}
