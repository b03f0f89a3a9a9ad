package wire

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
)

// answer is a sound answer of version 2c with the variables.
func answer(t testing.TB, variables ...gosnmp.SnmpPDU) []byte {
	t.Helper()
	packet := gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetResponse, RequestID: 1, Variables: variables}
	encoded, err := packet.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func upTime(t testing.TB) []byte {
	return answer(t, gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(1 << 24)})
}

// wrap puts the parts into an element.
func wrap(kind byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	if len(content) < 0x80 {
		return append([]byte{kind, byte(len(content))}, content...)
	}
	return append([]byte{kind, 0x82, byte(len(content) >> 8), byte(len(content))}, content...)
}

// bearing is an answer whose only variable has the name and value.
func bearing(name, value []byte) []byte {
	variables := wrap(0x30, wrap(0x30, name, value))
	pdu := wrap(0xa2, []byte{2, 1, 9, 2, 1, 0, 2, 1, 0}, variables)
	return wrap(0x30, []byte{2, 1, 1, 4, 1, 'p'}, pdu)
}

func TestCheck(t *testing.T) {
	sound := upTime(t)
	name := []byte{6, 3, 0x2b, 6, 1}
	changed := func(at int, to byte) []byte {
		datagram := slices.Clone(sound)
		datagram[at] = to
		return datagram
	}
	for _, c := range []struct {
		name     string
		datagram []byte
		want     Reason
	}{
		{"sound", sound, Sound},
		{"of version 3", message(t, inventory.SNMPUser{Name: "noc"}, engineID), Sound},
		{"nothing", nil, Truncated},
		{"cut", sound[:len(sound)-1], Truncated},
		{"a length that lies", changed(1, sound[1]+1), Truncated},
		{"octets after the end", append(slices.Clone(sound), 0), Trailing},
		{"a PDU that ends early", changed(14, sound[14]-1), Truncated},
		{"text", []byte("this is no SNMP message"), BadType},
		{"indefinite length", []byte{0x30, 0x80, 2, 1, 1, 0, 0}, BadLength},
		{"length of five octets", []byte{0x30, 0x85, 0, 0, 0, 0, 3, 2, 1, 1}, BadLength},
		{"length of four octets", []byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1}, Truncated},
		{"version 2", changed(4, 2), BadKind},
		{"no number", bearing(name, []byte{2, 0}), BadNumber},
		{"a number of nine octets", bearing(name, []byte{2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1}), BadNumber},
		{"parts in a value", bearing(name, []byte{0x30, 2, 5, 0}), Nested},
		{"deep nesting", bearing(name, bytes.Repeat([]byte{0x30, 0x80}, 1000)), BadLength},
		{"sub-identifier of 33 bits", bearing([]byte{6, 6, 0x2b, 0x90, 0x80, 0x80, 0x80, 0}, []byte{5, 0}), BadOID},
		{"sub-identifier of 32 bits", bearing([]byte{6, 6, 0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f}, []byte{5, 0}), Sound},
		{"unfinished sub-identifier", bearing([]byte{6, 2, 0x2b, 0x81}, []byte{5, 0}), BadOID},
		{"128 sub-identifiers", bearing(wrap(6, bytes.Repeat([]byte{1}, 127)), []byte{5, 0}), Sound},
		{"129 sub-identifiers", bearing(wrap(6, bytes.Repeat([]byte{1}, 128)), []byte{5, 0}), BadOID},
		{"an OID for a value", bearing(name, []byte{6, 1, 0x81}), BadOID},
		{"address of three octets", bearing(name, []byte{0x40, 3, 1, 2, 3}), BadValue},
		{"a float of 50 octets", bearing(name, []byte{0x44, 6, 0x9f, 0x78, 50, 0, 0, 0}), BadValue},
		{"an empty Opaque", bearing(name, []byte{0x44, 0}), BadValue},
		{"a string one octet short", bearing(name, []byte{4, 4, 'a', 'b', 'c'}), Sound},
		{"a string two octets short", bearing(name, []byte{4, 5, 'a', 'b', 'c'}), Truncated},
		{"two values", bearing(name, []byte{5, 0, 5, 0}), Trailing},
		{"many variables", answer(t, make([]gosnmp.SnmpPDU, 0)...), Sound},
	} {
		if got := check(c.datagram); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	variable := wrap(0x30, []byte{6, 1, 0}, []byte{5, 0})
	crowd := wrap(0x30, []byte{2, 1, 1, 4, 0}, wrap(0xa2, []byte{2, 1, 9, 2, 1, 0, 2, 1, 0}, wrap(0x30, bytes.Repeat(variable, maxVariables+1))))
	if got := check(crowd); got != TooMany {
		t.Errorf("a crowd of variables: %q", got)
	}
	for end := range sound {
		if got := check(sound[:end]); got != Truncated {
			t.Errorf("cut after %d octets: %q", end, got)
		}
	}
}

func TestCheckTakesNoMemory(t *testing.T) {
	sound := upTime(t)
	if allocations := testing.AllocsPerRun(100, func() { check(sound) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// FuzzRead checks any datagram: what is found sound can be decoded, and nothing
// panics.
func FuzzRead(f *testing.F) {
	f.Add(upTime(f))
	f.Add(bearing([]byte{6, 3, 0x2b, 6, 1}, []byte{0x44, 7, 0x9f, 0x78, 4, 0x42, 0xf6, 0, 0}))
	f.Add(bearing([]byte{6, 0}, []byte{4, 4, 'a', 'b', 'c'}))
	for _, user := range []int{0, 1, 2, 3} {
		f.Add(message(f, users()[user], engineID))
	}
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1})
	var passwords Passwords
	user := inventory.SNMPUser{Name: "noc", Auth: "MD5", AuthPassword: "authenticate me", Privacy: "AES-128", PrivacyPassword: "encrypt this"}
	authentication, privacy := passwords.Localise(user, engineID)
	f.Fuzz(func(t *testing.T, datagram []byte) {
		var h Header
		if Read(datagram, &h) != Sound {
			return
		}
		if h.PDU == nil && h.Encrypted == nil {
			t.Fatal("a sound message without a PDU")
		}
		if h.Version == Version3 {
			Authentic(datagram, &h, user.Auth, authentication)
			if h.Encrypted != nil {
				other := h
				other.Encrypted = slices.Clone(h.Encrypted)
				other.Decrypt("DES", privacy)
				h.Decrypt(user.Privacy, privacy)
			}
			return
		}
		decoder := gosnmp.GoSNMP{Version: gosnmp.Version2c}
		packet, err := decoder.SnmpDecodePacket(slices.Clone(datagram))
		if err != nil {
			t.Fatalf("found sound, but %v: %x", err, datagram)
		}
		if h.Type == pduTrapV1 {
			return
		}
		sameAnswer(t, h.Decode(), packet)
	})
}

// sameAnswer holds an answer to what an implementation that is not ours makes of it.
func sameAnswer(t *testing.T, got Answer, want *gosnmp.SnmpPacket) {
	t.Helper()
	if want.PDUType != gosnmp.GetBulkRequest && (got.Status != want.Error || uint8(got.Index) != want.ErrorIndex) || len(got.Variables) != len(want.Variables) {
		t.Fatalf("%s at %d with %d variables, want %s at %d with %d", got.Status, got.Index, len(got.Variables), want.Error, want.ErrorIndex, len(want.Variables))
	}
	for i, wanted := range want.Variables {
		found := got.Variables[i]
		if found.Type == gosnmp.UnknownType && wanted.Type == gosnmp.TimeTicks {
			continue // over 32 bits, of which that one keeps the lower ones
		}
		if found.Type == gosnmp.UnknownType && (wanted.Value == uint(0) || wanted.Value == uint32(0) || wanted.Value == uint64(0)) {
			wanted.Type, wanted.Value = gosnmp.UnknownType, nil // no octets, which are no 0 here
		}
		if text := fmt.Sprintf("%s %d %T %v", found.Name, found.Type, found.Value, found.Value); text != fmt.Sprintf("%s %d %T %v", wanted.Name, wanted.Type, wanted.Value, wanted.Value) {
			t.Fatalf("variable %d is %s, want %+v", i, text, wanted)
		}
	}
}

// A number that is too large is none, and not what is left of it in 32 bits.
func TestTimeTicksOver32Bits(t *testing.T) {
	var h Header
	if reason := Read(bearing([]byte{6, 3, 0x2b, 6, 1}, []byte{0x43, 5, 1, 0, 0, 0, 7}), &h); reason != Sound {
		t.Fatal(reason)
	}
	if got := h.Decode().Variables[0]; got.Type != gosnmp.UnknownType || got.Value != nil {
		t.Errorf("%+v", got)
	}
}

func TestDecode(t *testing.T) {
	datagram := answer(t,
		gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(1<<32 - 1)},
		gosnmp.SnmpPDU{Name: ".2.999.4294967295", Type: gosnmp.Counter64, Value: uint64(1<<64 - 1)},
		gosnmp.SnmpPDU{Name: ".0.0", Type: gosnmp.Counter32, Value: uint32(1<<32 - 1)},
		gosnmp.SnmpPDU{Name: ".1.39.128", Type: gosnmp.Gauge32, Value: uint32(0)},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.Integer, Value: -129},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.OctetString, Value: "text"},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.OctetString, Value: ""},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.4.1.32473"},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.IPAddress, Value: "192.0.2.1"},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.OpaqueFloat, Value: float32(1.5)},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.OpaqueDouble, Value: 2.5},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.NoSuchObject},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.NoSuchInstance},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.EndOfMibView},
		gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.Null},
	)
	var h Header
	if reason := Read(datagram, &h); reason != Sound {
		t.Fatal(reason)
	}
	decoder := gosnmp.GoSNMP{Version: gosnmp.Version2c}
	want, err := decoder.SnmpDecodePacket(slices.Clone(datagram))
	if err != nil {
		t.Fatal(err)
	}
	got := h.Decode()
	clear(datagram) // whose memory is used again
	sameAnswer(t, got, want)
	if len(got.Variables) != 15 || got.Variables[1].Value != uint64(1<<64-1) || got.Variables[4].Value != -129 || got.Variables[1].Name != ".2.999.4294967295" {
		t.Errorf("%+v", got)
	}

	Read(bearing([]byte{6, 3, 0x2b, 6, 1}, []byte{0x46, 0}), &h)
	if got := h.Decode(); got.Variables[0].Type != gosnmp.UnknownType || got.Variables[0].Value != nil {
		t.Errorf("a counter without octets is %+v", got.Variables[0])
	}
}

// BenchmarkRead checks the answer to a GETBULK of 24 rows of 14 counters.
func BenchmarkRead(b *testing.B) {
	var variables []gosnmp.SnmpPDU
	for range 24 * 14 {
		variables = append(variables, gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.31.1.1.1.6.24", Type: gosnmp.Counter64, Value: uint64(1 << 40)})
	}
	datagram := answer(b, variables...)
	var h Header
	b.ReportAllocs()
	for b.Loop() {
		if Read(datagram, &h) != Sound {
			b.Fatal("not sound")
		}
	}
	b.ReportMetric(float64(len(variables)*b.N)/b.Elapsed().Seconds(), "variables/s")
}

// BenchmarkDecode reads the values of such an answer.
func BenchmarkDecode(b *testing.B) {
	var variables []gosnmp.SnmpPDU
	for range 24 * 14 {
		variables = append(variables, gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.31.1.1.1.6.24", Type: gosnmp.Counter64, Value: uint64(1 << 40)})
	}
	var h Header
	if Read(answer(b, variables...), &h) != Sound {
		b.Fatal("not sound")
	}
	b.ReportAllocs()
	for b.Loop() {
		h.Decode()
	}
	b.ReportMetric(float64(len(variables)*b.N)/b.Elapsed().Seconds(), "variables/s")
}

// check says why a datagram is no SNMP message.
func check(datagram []byte) Reason {
	var header Header
	return Read(datagram, &header)
}
