package voice

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// fuzzed are two reflectors that are never served, for both modes.
func fuzzed(f *testing.F, keys []string) (first, second *Reflector) {
	config := DefaultReflectorConfig()
	config.Listen, config.MaxSessions, config.AuthenticationKeys = "127.0.0.1:0", 4, keys
	var made [2]*Reflector
	for i := range made {
		reflector, err := NewReflector(config, quiet, prometheus.NewRegistry())
		if err != nil {
			f.Fatal(err)
		}
		made[i] = reflector
	}
	return made[0], made[1]
}

func seed(f *testing.F, key []byte) {
	packet := SenderPacket{Sequence: 7, T1: NTPTimestamp(vectorT1), Error: 0x8801, SSID: 1}
	for _, size := range []int{0, 14, 40, 41, 44, 52, 112, 140, 172} {
		requests := newRequestEncoder(size, 46, key)
		octets := requests.append(nil, &packet)
		f.Add(octets[:min(max(size, 14), len(octets))], uint16(40000))
		f.Add(append(octets, octetsOf(f, "80020002abcd 8004000328 80080010")...), uint16(862))
	}
	f.Add(octetsOf(f, authenticatedReflector), uint16(862))
}

// FuzzReflect: whatever comes, an answer is no longer than what it answers, but for the
// packets of TWAMP Light that are shorter than any answer; the table of sessions has its
// bound; and two reflectors never keep each other busy.
func FuzzReflect(f *testing.F) {
	seed(f, nil)
	first, second := fuzzed(f, nil)
	f.Fuzz(func(t *testing.T, octets []byte, port uint16) {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
		asked := datagram{octets: bytes.Clone(octets), from: from, at: time.Now(), dscp: 46, ecn: 1, ttl: 64}
		answer := bytes.Clone(first.reflect(&asked))
		if !bytes.Equal(asked.octets, octets) {
			t.Fatal("the packet was changed")
		}
		if len(first.sessions) > 4 {
			t.Fatalf("%d sessions", len(first.sessions))
		}
		if answer == nil {
			if len(octets) >= leastSenderSize && !answersOurs(octets, NTPTimestamp(asked.at.UnixNano()), false) {
				t.Fatalf("no answer to %x", octets)
			}
			return
		}
		if len(answer) != max(len(octets), twampReflectorSize) {
			t.Fatalf("%d octets answered with %d", len(octets), len(answer))
		}
		if !bytes.Equal(answer[24:38], octets[:14]) || answer[40] != 64 {
			t.Fatalf("%x answered with %x", octets, answer)
		}
		if asked.dscp > 63 || asked.dscp != 46 && asked.dscp > highestRequestedDSCP {
			t.Fatalf("answered with DSCP %d", asked.dscp)
		}
		checkTLVs(t, octets, answer, PacketSize)
		if len(answer) > PacketSize {
			_, _ = findClassOfService(answer[PacketSize:], answer[:4], nil)
		}
		endsThere(t, first, second, answer, from)
	})
}

// FuzzReflectAuthenticated: as FuzzReflect, with a key. What is not made with it is not
// answered; the fuzzer cannot make an HMAC, so it is made here.
func FuzzReflectAuthenticated(f *testing.F) {
	key := keyOf(f, testKey)
	seed(f, key)
	first, second := fuzzed(f, []string{testKey})
	signer := newAuthenticator(key)
	f.Fuzz(func(t *testing.T, octets []byte, port uint16) {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
		asked := datagram{octets: bytes.Clone(octets), from: from, at: time.Now(), dscp: 46, ttl: 64}
		if answer := first.reflect(&asked); answer != nil && !signer.verify(octets) {
			t.Fatalf("%x is answered", octets)
		}
		if len(octets) < AuthenticatedPacketSize {
			return
		}
		copy(asked.octets[authenticatedSize:], signer.sign(asked.octets[:authenticatedSize]))
		answer := bytes.Clone(first.reflect(&asked))
		if answer == nil {
			if !answersOurs(octets, NTPTimestamp(asked.at.UnixNano()), true) {
				t.Fatalf("no answer to %x", asked.octets)
			}
			return
		}
		if len(answer) != len(octets) || !signer.verify(answer) || len(first.sessions) > 4 {
			t.Fatalf("%x answered with %x, %d sessions", asked.octets, answer, len(first.sessions))
		}
		checkTLVs(t, octets, answer, AuthenticatedPacketSize)
		endsThere(t, first, second, answer, from)
	})
}

// checkTLVs holds that TLVs are answered where and as long as they were.
func checkTLVs(t *testing.T, octets, answer []byte, base int) {
	for at := base; at+tlvHeaderSize <= len(octets); {
		found, _, ok := nextTLV(octets[at:])
		if !ok {
			if !bytes.Equal(octets[at:], answer[at:]) {
				t.Fatalf("padding %x answered with %x", octets[at:], answer[at:])
			}
			return
		}
		if !bytes.Equal(octets[at+1:at+tlvHeaderSize], answer[at+1:at+tlvHeaderSize]) {
			t.Fatalf("%x answered with %x", found.octets, answer[at:])
		}
		flags := answer[at]
		if flags&^(tlvUnrecognised|tlvMalformed|tlvTampered) != 0 || flags&tlvUnrecognised != 0 == found.understood() || flags&tlvMalformed != 0 == found.whole {
			t.Fatalf("%x answered with flags %x", found.octets, flags)
		}
		if !found.whole {
			return
		}
		at += tlvHeaderSize + int(binary.BigEndian.Uint16(octets[at+2:]))
	}
}

// endsThere holds that the second reflector's answer to an answer of the first gets none.
func endsThere(t *testing.T, first, second *Reflector, answer []byte, from netip.AddrPort) {
	again := second.reflect(&datagram{octets: answer, from: from, at: time.Now(), ttl: 64})
	if again != nil && first.reflect(&datagram{octets: again, from: from, at: time.Now(), ttl: 64}) != nil {
		t.Fatalf("the answer %x to %x is answered", again, answer)
	}
}
