package notification

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/wire"
)

var (
	noon   = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	strong = inventory.SNMPUser{Name: "noc", Auth: "SHA-256", AuthPassword: authPassword, Privacy: "AES-256-C", PrivacyPassword: privacyPassword}
)

const senderEngine = "\x80\x00\x1f\x88\x04cloned image"

// letter is a message of version 3 before it is written.
type letter struct {
	user        inventory.SNMPUser
	engine      string
	boots, time uint32
	kind        gosnmp.PDUType
	request     uint32
	reportable  bool
	trapOID     string
}

func (l letter) bytes(tb testing.TB) []byte {
	tb.Helper()
	parameters, level := wire.Security(l.user)
	var passwords wire.Passwords
	parameters.SecretKey, parameters.PrivacyKey = passwords.Localise(l.user, l.engine)
	parameters.AuthoritativeEngineID, parameters.AuthoritativeEngineBoots, parameters.AuthoritativeEngineTime = l.engine, l.boots, l.time
	parameters.PrivacyParameters = []byte("saltsalt")
	if l.reportable {
		level |= gosnmp.Reportable
	}
	if l.trapOID == "" {
		l.trapOID = standard + "3"
	}
	packet := gosnmp.SnmpPacket{
		Version: gosnmp.Version3, MsgFlags: level, SecurityModel: gosnmp.UserSecurityModel, SecurityParameters: parameters,
		ContextEngineID: "context engine", ContextName: "context", PDUType: l.kind, MsgID: 7, RequestID: l.request,
		Variables: []gosnmp.SnmpPDU{
			{Name: "." + sysUpTime, Type: gosnmp.TimeTicks, Value: uint32(100)},
			{Name: "." + snmpTrapOID, Type: gosnmp.ObjectIdentifier, Value: "." + l.trapOID},
		},
	}
	message, err := packet.MarshalMsg()
	if err != nil {
		tb.Fatal(err)
	}
	return message
}

// started is a listener whose time is given and whose answers are kept.
func started(tb testing.TB, from inventory.Notifications) (*site, *[][]byte) {
	tb.Helper()
	s, sent := inert(tb, DefaultConfig(), from), &[][]byte{}
	s.start(tb.Context(), noon, func(message []byte, _ netip.AddrPort) error {
		*sent = append(*sent, append([]byte(nil), message...))
		return nil
	})
	return s, sent
}

func (s *site) count() int {
	s.flush()
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.rows.Len()
}

var (
	second = netip.MustParseAddrPort("192.0.2.8:40000")
	listed = netip.MustParseAddrPort("127.0.0.2:40000") // of the inventory
)

func TestTheTimeWindow(t *testing.T) {
	s, _ := started(t, inventory.Notifications{Users: []inventory.SNMPUser{strong}})
	for _, step := range []struct {
		name        string
		from        netip.AddrPort
		boots, time uint32
		after       time.Duration
		taken       bool
	}{
		{"any clock is the first", anywhere, 5, 1000, 0, true},
		{"a little late", anywhere, 5, 860, 0, true},
		{"too late", anywhere, 5, 849, 0, false},
		{"ahead", anywhere, 5, 5000, 0, true},
		{"what was in time before is not now", anywhere, 5, 1000, 0, false},
		{"as late as its clock went on", anywhere, 5, 5000, 150 * time.Second, true},
		{"later", anywhere, 5, 5000, 151 * time.Second, false},
		{"after a reboot", anywhere, 6, 1, 200 * time.Second, true},
		{"from before the reboot", anywhere, 5, 5200, 200 * time.Second, false},
		{"what an address outside of the inventory heard and says again", second, 5, 5000, 200 * time.Second, false},
		{"the engine at another address of its own", second, 6, 3, 200 * time.Second, true},
		{"the same engine id at another device", listed, 2, 10, 200 * time.Second, true},
		{"which the first knows nothing of", anywhere, 6, 1, 201 * time.Second, true},
		{"an engine that cannot count on", listed, lastBoots, 10, 201 * time.Second, false},
	} {
		before, lost := s.count(), s.dropped(notInTimeWindow)
		s.take(letter{user: strong, engine: senderEngine, boots: step.boots, time: step.time, kind: gosnmp.SNMPv2Trap}.bytes(t), step.from, noon.Add(step.after))
		if taken := s.count() > before; taken != step.taken || s.dropped(notInTimeWindow) > lost == step.taken {
			t.Errorf("%s: taken %t, want %t", step.name, taken, step.taken)
		}
	}
}

func TestAnInformOfVersion3IsAcknowledged(t *testing.T) {
	s, sent := started(t, inventory.Notifications{Users: []inventory.SNMPUser{strong}})
	own := s.security.own
	inform := letter{user: strong, kind: gosnmp.InformRequest, request: 4711, reportable: true, engine: senderEngine, boots: 1, time: 1}

	answer := func() *wire.Header {
		t.Helper()
		if len(*sent) != 1 {
			t.Fatalf("%d answers, want 1", len(*sent))
		}
		message := (*sent)[0]
		*sent = nil
		header := new(wire.Header)
		if why := wire.Read(message, header); why != wire.Sound {
			t.Fatalf("the answer is %s", why)
		}
		if string(header.EngineID) != own.id || header.MessageID != 7 {
			t.Errorf("answered as engine %x to message %d", header.EngineID, header.MessageID)
		}
		var passwords wire.Passwords
		authentication, privacy := passwords.Localise(strong, own.id)
		if header.Flags&wire.FlagAuthentic != 0 && !wire.Authentic(message, header, strong.Auth, authentication) {
			t.Error("the answer is not authentic")
		}
		if header.Flags&wire.FlagEncrypted != 0 {
			if why := header.Decrypt(strong.Privacy, privacy); why != wire.Sound {
				t.Fatalf("the answer is %s", why)
			}
		}
		return header
	}
	reports := func(header *wire.Header, why reason, level byte) {
		t.Helper()
		packet, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).UnmarshalTrap(append([]byte{0x30, byte(5 + len(header.PDU)), 2, 1, 1, 4, 0}, header.PDU...), false)
		if err != nil {
			t.Fatal(err)
		}
		if header.Type != byte(gosnmp.Report) || bare(packet.Variables[0].Name) != reportOIDs[why] || header.Flags&levels != level {
			t.Errorf("PDU %x with %v at level %d, want a report of %s at %d", header.Type, packet.Variables, header.Flags&levels, why, level)
		}
	}

	// Its sender takes another engine for this one's, then another time.
	s.take(inform.bytes(t), anywhere, noon)
	reports(answer(), unknownEngine, 0)
	inform.engine = own.id
	s.take(inform.bytes(t), anywhere, noon)
	reports(answer(), notInTimeWindow, wire.FlagAuthentic)
	inform.boots, inform.time = own.boots, 149
	s.take(inform.bytes(t), anywhere, noon)
	if header := answer(); header.Type != pduResponse || header.RequestID != 4711 || string(header.ContextEngineID) != "context engine" || string(header.ContextName) != "context" || header.Flags&levels != levels {
		t.Errorf("answered with PDU %x of request %d in context %q of %q at level %d", header.Type, header.RequestID, header.ContextName, header.ContextEngineID, header.Flags)
	}
	// Its sender did not hear the answer.
	s.take(inform.bytes(t), anywhere, noon.Add(time.Second))
	if header := answer(); header.Type != pduResponse {
		t.Errorf("a repeated inform is answered with PDU %x", header.Type)
	}
	if n := s.count(); n != 1 || value(s.metrics.repeated) != 1 {
		t.Errorf("%d rows and %v repeated, want one each", n, value(s.metrics.repeated))
	}
	// Sent again for longer than anybody does: it booted again.
	again := inform
	again.time = uint32(repeatTime / time.Second)
	s.take(again.bytes(t), anywhere, noon.Add(time.Second+repeatTime))
	if answer(); s.count() != 2 || value(s.metrics.repeated) != 1 {
		t.Errorf("%d rows and %v repeated, want the second boot to be one", s.count(), value(s.metrics.repeated))
	}
	// A new one is a row of its own; one from elsewhere too.
	inform.request++
	s.take(inform.bytes(t), anywhere, noon.Add(time.Second))
	s.take(inform.bytes(t), second, noon.Add(time.Second))
	if n := s.count(); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
	if n := len(s.security.engines.known); n != 2 { // the own one and the one it was taken for
		t.Errorf("%d engines are kept after informs from two addresses, want 2", n)
	}
	if s.dropped(unknownEngine) != 1 || s.dropped(notInTimeWindow) != 1 {
		t.Errorf("dropped %v for the engine and %v for the time", s.dropped(unknownEngine), s.dropped(notInTimeWindow))
	}
}

func TestTheOwnEngineIsTheSameAfterARestart(t *testing.T) {
	first := newOwnEngine(0x1122334455667788, noon)
	after := newOwnEngine(0x1122334455667788, noon.Add(time.Minute))
	if first.id != "\x80\x00\x7e\xd9\x05\x11\x22\x33\x44\x55\x66\x77\x88" || after.id != first.id {
		t.Errorf("engine ids %x and %x", first.id, after.id)
	}
	if after.boots <= first.boots || after.time(noon.Add(90*time.Second)) != 30 {
		t.Errorf("boots %d, then %d; time %d", first.boots, after.boots, after.time(noon.Add(90*time.Second)))
	}
	if early := newOwnEngine(1, time.Unix(0, 0)); early.boots != 1 {
		t.Errorf("boots %d on a machine without a clock", early.boots)
	}
}

func TestEnginesAreBounded(t *testing.T) {
	known := engines{known: map[engineKey]*engine{}}
	header := &wire.Header{EngineBoots: 1, EngineTime: 1}
	at := func(i int) engineKey {
		return engineKey{netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), senderEngine}
	}
	for i := range mostEngines + 10 {
		known.heard(at(i), true, "noc", keys{}, header, noon.Add(time.Duration(i)*time.Second))
	}
	if len(known.known) != mostEngines || known.known[at(9)] != nil || known.known[at(10)] == nil {
		t.Errorf("%d engines are kept", len(known.known))
	}
}

// A user's name is no secret, so messages that only look like his must cost little.
func TestWhoIsNotAuthenticLeavesNothing(t *testing.T) {
	s, _ := started(t, inventory.Notifications{Users: []inventory.SNMPUser{strong}})
	forged := strong
	forged.AuthPassword = "somebody else's"
	s.take(letter{user: forged, engine: senderEngine, boots: lastBoots, time: 1, kind: gosnmp.SNMPv2Trap}.bytes(t), anywhere, noon)
	if len(s.security.engines.known) != 0 || s.dropped(wrongDigest) != 1 || s.count() != 0 {
		t.Errorf("%d engines, %v dropped", len(s.security.engines.known), s.dropped(wrongDigest))
	}
}
