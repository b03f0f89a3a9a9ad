package voice

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

// octetsOf reads hexadecimal digits; blanks between them separate what belongs together.
func octetsOf(t testing.TB, text string) []byte {
	t.Helper()
	octets, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

func TestAnswerTLVs(t *testing.T) {
	came := arrival{dscp: 0b101110, ecn: 0b01} // EF
	for _, test := range []struct {
		name, sent, answered string
		dscp                 uint8
	}{
		{"none", "", "", 46},
		{"padding is known", "80010002abcd", "00010002abcd", 46},
		{"padding without a value", "80010000", "00010000", 46},
		{"location is not", "80020002abcd 80010000", "80020002abcd 00010000", 46},
		{"all others are not", "8003000401020304 80050000 80060000 80070000 800900010a 80ff0000", "8003000401020304 80050000 80060000 80070000 800900010a 80ff0000", 46},
		{"flags are the reflector's", "ff02000100 ff010000", "8002000100 00010000", 46},
		{"a flag U not set is set", "0002000100 00010000", "8002000100 00010000", 46},
		{"padding beyond the packet", "80010009abcd", "40010009abcd", 46},
		{"unknown beyond the packet", "80020009abcd 80010000", "c0020009abcd 80010000", 46},
		{"three octets", "800100", "800100", 46},
		{"three octets more", "80010000 800100", "00010000 800100", 46},
		{"padding of RFC 8762", "0000000000000000", "0000000000000000", 46},
		// DSCP1 10, DSCP2 46, ECN 1, RP 0: 001010 101110 01 00.
		{"class of service", "80040004 28000000", "00040004 2ae40000", 10},
		{"class of service, filled in already", "80040004 2bffffff", "00040004 2ae40000", 10},
		{"network control", "80040004 c0000000", "00040004 c2e50000", 46},
		{"class of service too short", "80040003 280000 80020000", "40040003 280000 80020000", 46},
		{"class of service too long", "80040005 2800000000", "40040005 2800000000", 46},
		{"after a bad TLV nothing is touched", "80010002abcd 80040003 280000 80040004 28000000", "00010002abcd 40040003 280000 80040004 28000000", 46},
		{"an HMAC nobody can verify", "80040004 28000000 80080010 00000000000000000000000000000000", "20040004 28000000 20080010 00000000000000000000000000000000", 46},
	} {
		octets := octetsOf(t, test.sent)
		dscp := answerTLVs(octets, came, []byte{0, 0, 0, 7}, []byte{0, 0, 0, 5}, nil)
		if want := octetsOf(t, test.answered); !bytes.Equal(octets, want) || dscp != test.dscp {
			t.Errorf("%s: answered %x with DSCP %d, want %x with %d", test.name, octets, dscp, want, test.dscp)
		}
	}
}

// digestOf is the HMAC of RFC 8762, computed here apart from the code under test.
func digestOf(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)[:16]
}

func TestAnswerTLVsOfTheAuthenticatedMode(t *testing.T) {
	key := []byte("sixteen octets..")
	received, answered := []byte{0, 0, 0, 7}, []byte{0, 0, 0, 5}
	const class, filled, padding = "80040004 28000000", "00040004 2ae40000", "80010002abcd"
	signed := func(sequence []byte, preceding string) string {
		octets := octetsOf(t, preceding)
		return preceding + "80080010" + hex.EncodeToString(digestOf(key, append(bytes.Clone(sequence), octets...)))
	}
	good := signed(received, class)
	for _, test := range []struct {
		name, sent, answered string
		dscp                 uint8
	}{
		{"padding alone needs no HMAC", padding, "00010002abcd", 46},
		{"signed", good, "", 10},
		{"signed and padded", good + padding, "", 10},
		{"padded within", signed(received, padding+class), "", 10},
		{"not signed", class, "20040004 28000000", 46},
		{"made for another packet", signed(answered, class), "20040004 28000000 20" + signed(answered, class)[len(class)+2:], 46},
		{"changed on the way", strings.Replace(good, "2800", "2c00", 1), "20040004 2c000000 20" + good[len(class)+2:], 46},
		{"a TLV after the HMAC", good + "80020000", "20040004 28000000 20" + good[len(class)+2:] + "a0020000", 46},
		{"two HMACs", good + good[len(class):], "20040004 28000000 20" + good[len(class)+2:] + "20" + good[len(class)+2:], 46},
		{"cut off", good[:len(good)-2], "20040004 28000000 60" + good[len(class)+2:len(good)-2], 46},
	} {
		by := newAuthenticator(key)
		octets := octetsOf(t, test.sent)
		dscp := answerTLVs(octets, arrival{dscp: 46, ecn: 1}, received, answered, by)
		want := octetsOf(t, test.answered)
		switch test.name {
		case "signed", "signed and padded", "padded within":
			preceding := filled
			if test.name == "padded within" {
				preceding = "00010002abcd" + filled
			}
			// The answer's HMAC is over its own sequence and the TLVs as answered.
			text := signed(answered, preceding)
			want = octetsOf(t, strings.Replace(text, "80080010", "00080010", 1))
			if test.name == "signed and padded" {
				want = append(want, octetsOf(t, "00010002abcd")...)
			}
		}
		if !bytes.Equal(octets, want) || dscp != test.dscp {
			t.Errorf("%s: answered %x with DSCP %d, want %x with %d", test.name, octets, dscp, want, test.dscp)
		}
	}
}

func TestFindClassOfService(t *testing.T) {
	for _, test := range []struct {
		name, answered string
		want           ClassOfService
		found          bool
	}{
		{"answered", "00040004 bae40000", ClassOfService{Requested: 46, Received: 46, ECN: 1}, true},
		{"remarked to best effort", "00040004 b8000000", ClassOfService{Requested: 46}, true},
		{"refused", "00040004 c2e50000", ClassOfService{Requested: 48, Received: 46, ECN: 1, Refused: true}, true},
		{"after another", "80020000 00010001ff 00040004 bae40000", ClassOfService{Requested: 46, Received: 46, ECN: 1}, true},
		{"not understood", "80040004 b8000000", ClassOfService{}, false},
		{"malformed", "40040004 b8000000", ClassOfService{}, false},
		{"after one that is malformed", "40010000 00040004 b8000000", ClassOfService{}, false},
		{"tampered with", "20040004 b8000000", ClassOfService{}, false},
		{"cut off", "00040004 b80000", ClassOfService{}, false},
		{"stripped", "", ClassOfService{}, false},
		{"zeroed", "0000000000000000", ClassOfService{}, false},
	} {
		got, found := findClassOfService(octetsOf(t, test.answered), []byte{0, 0, 0, 7}, nil)
		if got != test.want || found != test.found {
			t.Errorf("%s: %+v, %t; want %+v, %t", test.name, got, found, test.want, test.found)
		}
	}
}

func TestAppendPadding(t *testing.T) {
	for octets, want := range map[int]int{-1: 0, 0: 0, 1: 4, 4: 4, 5: 5, 128: 128, 1 << 20: 4 + len(zeros)} {
		padding := AppendPadding(nil, octets)
		if len(padding) != want {
			t.Errorf("%d octets asked, %d appended, want %d", octets, len(padding), want)
		}
		if len(padding) > 0 && int(binary.BigEndian.Uint16(padding[2:]))+tlvHeaderSize != len(padding) {
			t.Errorf("%d octets: the length in %x is wrong", octets, padding[:4])
		}
	}
}
