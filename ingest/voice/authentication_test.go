package voice

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// testKey is the key of the vectors.
const testKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

func keyOf(t testing.TB, text string) []byte {
	t.Helper()
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// The packets of the authenticated mode, field after field by the figures of RFC 8762,
// sections 4.2.2 and 4.3.2, with the SSID of RFC 8972, section 3. The digests were made
// with openssl dgst -sha256 -mac HMAC of the 96 octets before them.
const (
	authenticatedSender = "00000007 000000000000000000000000" + // sequence, MBZ
		"e8fe6f801f9add37 8801 1234" + // T1, error estimate, SSID
		"0000000000000000000000000000000000000000000000000000000000000000000000" + // 68 octets MBZ
		"000000000000000000000000000000000000000000000000000000000000000000"
	authenticatedSenderDigest = "b05b3c12fa945a7aade82a1d7d142f14"

	authenticatedReflector = "00000005 000000000000000000000000" + // sequence, MBZ
		"e8fe6f8020e5d228 8801 1234 00000000" + // T3, error estimate, SSID, MBZ
		"e8fe6f8020e28b4b 0000000000000000" + // T2, MBZ
		"00000007 000000000000000000000000" + // sender's sequence, MBZ
		"e8fe6f801f9add37 8802 000000000000" + // T1, sender's error estimate, MBZ
		"fe 000000000000000000000000000000" // TTL, MBZ
	authenticatedReflectorDigest = "2503d742b78a6b471e7e650d41402a44"
)

func TestAuthenticatedSenderPacket(t *testing.T) {
	want := octetsOf(t, authenticatedSender+authenticatedSenderDigest)
	if len(want) != 112 || !bytes.Equal(want[96:], digestOf(keyOf(t, testKey), want[:96])) {
		t.Fatalf("the vector of %d octets is wrong", len(want))
	}
	packet := SenderPacket{Sequence: 7, T1: NTPTimestamp(vectorT1), Error: 0x8801, SSID: 0x1234}
	by := newAuthenticator(keyOf(t, testKey))
	for range 2 {
		if got := packet.marshalAuthenticated(nil, by); !bytes.Equal(got, want) {
			t.Errorf("marshalled\n%x, want\n%x", got, want)
		}
	}
	var read SenderPacket
	if err := read.unmarshalAuthenticated(want); err != nil || read != packet {
		t.Errorf("unmarshalled %+v (%v), want %+v", read, err, packet)
	}
	if err := read.unmarshalAuthenticated(want[:111]); !errors.Is(err, ErrPacket) {
		t.Errorf("111 octets: %v", err)
	}
}

func TestAuthenticatedReflectorPacket(t *testing.T) {
	want := octetsOf(t, authenticatedReflector+authenticatedReflectorDigest)
	if len(want) != 112 || !bytes.Equal(want[96:], digestOf(keyOf(t, testKey), want[:96])) {
		t.Fatalf("the vector of %d octets is wrong", len(want))
	}
	packet := ReflectorPacket{
		Sequence: 5, T3: NTPTimestamp(vectorT1 + 5_050_000), Error: 0x8801, SSID: 0x1234, T2: NTPTimestamp(vectorT1 + 5_000_000),
		SenderSequence: 7, T1: NTPTimestamp(vectorT1), SenderError: 0x8802, TTL: 254,
	}
	by := newAuthenticator(keyOf(t, testKey))
	for range 2 {
		if got := packet.marshalAuthenticated(nil, by); !bytes.Equal(got, want) {
			t.Errorf("marshalled\n%x, want\n%x", got, want)
		}
	}
	var read ReflectorPacket
	if err := read.unmarshalAuthenticated(want); err != nil || read != packet {
		t.Errorf("unmarshalled %+v (%v), want %+v", read, err, packet)
	}
	if err := read.unmarshalAuthenticated(want[:111]); !errors.Is(err, ErrPacket) {
		t.Errorf("111 octets: %v", err)
	}
}

func TestVerify(t *testing.T) {
	packet := octetsOf(t, authenticatedReflector+authenticatedReflectorDigest)
	by := newAuthenticator(keyOf(t, testKey))
	if !by.verify(packet) || !by.verify(append(bytes.Clone(packet), 1, 2, 3)) {
		t.Error("a good packet is refused")
	}
	for at := range packet {
		packet[at] ^= 1
		if by.verify(packet) {
			t.Errorf("a packet changed at octet %d is accepted", at)
		}
		packet[at] ^= 1
	}
	if by.verify(packet[:111]) || by.verify(nil) {
		t.Error("a packet cut short is accepted")
	}
	if newAuthenticator([]byte("another key of 32 octets........")).verify(packet) {
		t.Error("a packet made with another key is accepted")
	}
}

func TestParseKey(t *testing.T) {
	want := bytes.Repeat([]byte{0xab, 0xcd}, 8)
	for _, text := range []string{strings.Repeat("abcd", 8), strings.Repeat("ABCD", 8), "base64:q82rzavNq82rzavNq82rzQ=="} {
		if key, err := ParseKey(text); err != nil || !bytes.Equal(key, want) {
			t.Errorf("%s: %x (%v)", text, key, err)
		}
	}
	for text, words := range map[string]string{
		"":                                     "0 octets",
		"abcd":                                 "2 octets",
		strings.Repeat("ab", 65):               "65 octets",
		"base64:q80=":                          "2 octets",
		"open sesame, open sesame":             "hexadecimal digits",
		"base64:" + strings.Repeat("abcd ", 8): "base64",
	} {
		_, err := ParseKey(text)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v, want a word of %q", text, err, words)
		}
		if text != "" && err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("%q tells the key", err)
		}
	}
}

func TestReflectorOfTheAuthenticatedMode(t *testing.T) {
	const second = "ffeeddccbbaa99887766554433221100"
	config := DefaultReflectorConfig()
	config.Listen, config.AuthenticationKeys = "127.0.0.1:0", []string{testKey, second}
	to, reflector := startReflectorOf(t, config)
	client := dial(t, to, 46)
	packet := SenderPacket{Sequence: 9, T1: NTPTimestamp(time.Now().UnixNano()), Error: 0x8801, SSID: 0x1234}
	for i, text := range config.AuthenticationKeys {
		key := keyOf(t, text)
		requests, answers := newRequestEncoder(172, 10, key), newAnswerDecoder(key)
		got := client.ask(requests.append(nil, &packet))
		var reply ReflectorPacket
		if err := errors.Join(answers.verify(got.octets), answers.read(got.octets, &reply)); err != nil || len(got.octets) != 172 {
			t.Fatalf("answered %d octets: %v", len(got.octets), err)
		}
		if reply.Sequence != uint32(i) || reply.SenderSequence != 9 || reply.SSID != 0x1234 || reply.T1 != packet.T1 || reply.SenderError != 0x8801 || reply.TTL != 255 {
			t.Errorf("answered %+v", reply)
		}
		class, found := answers.classOfService(got.octets)
		if want := (ClassOfService{Requested: 10, Received: 46}); !found || class != want || got.dscp != 10 {
			t.Errorf("told %+v (%t) with DSCP %d, want %+v", class, found, got.dscp, want)
		}
		got.octets[len(got.octets)-50] ^= 1 // within the extensions
		if _, found := answers.classOfService(got.octets); found {
			t.Error("extensions that were tampered with are believed")
		}
		if err := answers.verify(got.octets); err != nil {
			t.Errorf("the packet itself was not: %v", err)
		}
	}
	unknown := newRequestEncoder(172, 10, []byte("a key the reflector has not"))
	changed := newRequestEncoder(172, 10, keyOf(t, testKey))
	octets := changed.append(nil, &packet)
	octets[20] ^= 1
	for _, refused := range [][]byte{
		unknown.append(nil, &packet), octets, packet.Marshal(nil), AppendPadding(packet.Marshal(nil), 128), zeros[:111], zeros[:200], nil,
	} {
		if err := client.write(refused, to); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "all to be counted", func() bool { return valueOf(reflector.metrics.unauthenticated) == 7 })
	if answered, sessions := valueOf(reflector.metrics.answered), valueOf(reflector.metrics.sessions); answered != 2 || sessions != 1 {
		t.Errorf("%g answered, %g sessions: forged packets count in neither", answered, sessions)
	}
}

func TestRequestSizes(t *testing.T) {
	packet := SenderPacket{Sequence: 7, T1: NTPTimestamp(vectorT1), Error: 0x8801, SSID: 1}
	for _, key := range [][]byte{nil, keyOf(t, testKey)} {
		least, asking := 44, 52
		if key != nil {
			least, asking = 112, 140
		}
		for size := 40; size < 300; size++ {
			requests := newRequestEncoder(size, 46, key)
			octets := requests.append(nil, &packet)
			// A TLV takes 4 octets: nothing is 1 to 3 octets longer than the packet.
			want := max(size, least)
			if size > least && size < least+4 {
				want = least + 4
			}
			if len(octets) != want {
				t.Errorf("%d octets asked (key %t), %d sent", size, key != nil, len(octets))
			}
			asks := bytes.Contains(octets, octetsOf(t, "80040004b8000000"))
			if wanted := size == asking || size >= asking+4; asks != wanted {
				t.Errorf("%d octets (key %t): asks for the marks: %t", size, key != nil, asks)
			}
			// What follows the packet must be TLVs to the last octet.
			for rest := octets[least:]; len(rest) > 0; {
				found, next, ok := nextTLV(rest)
				if !ok || !found.whole {
					t.Fatalf("%d octets: %x is no TLV", size, rest)
				}
				rest = next
			}
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	by := newAuthenticator(keyOf(b, testKey))
	packet := (&SenderPacket{Sequence: 7}).marshalAuthenticated(nil, by)
	b.ReportAllocs()
	for b.Loop() {
		if !by.verify(packet) {
			b.Fatal("refused")
		}
	}
}
