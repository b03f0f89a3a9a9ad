package wire

import (
	"testing"

	"github.com/gosnmp/gosnmp"
)

// TestRequest has the requests of all protocols decoded by an implementation that is
// not ours.
func TestRequest(t *testing.T) {
	oids := []string{".1.3.6.1.2.1.1.3.0", ".0.0", ".2.47.1.4294967295", ".1.3.6.1.2.1.31.1.1.1.6.128"}
	var passwords Passwords
	var memory []byte
	for _, user := range users() {
		t.Run(user.Auth+"/"+user.Privacy, func(t *testing.T) {
			user.Context = "vlan-1"
			authentication, key := passwords.Localise(user, engineID)
			request := Request{
				Version: Version3, Kind: GetBulkRequest, ID: 1<<31 - 1, OIDs: oids, NonRepeaters: 1, Repetitions: 300, MessageID: 128,
				Protected: Protection{
					User: user, EngineID: engineID, EngineBoots: 1 << 30, EngineTime: 255,
					Authentication: authentication, Key: key, Salt: 1 << 60,
				},
			}
			datagram, err := request.Append(memory)
			if err != nil {
				t.Fatal(err)
			}
			memory = datagram
			parameters, flags := Security(user)
			parameters.AuthoritativeEngineID = engineID
			decoder := gosnmp.GoSNMP{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: flags, SecurityParameters: parameters}
			packet, err := decoder.UnmarshalTrap(append([]byte(nil), datagram...), false) // which verifies the digest
			if err != nil {
				t.Fatal(err)
			}
			if packet.PDUType != gosnmp.GetBulkRequest || packet.RequestID != 1<<31-1 || packet.MsgID != 128 || packet.MaxRepetitions != 300 ||
				packet.NonRepeaters != 1 || packet.ContextName != "vlan-1" || packet.MsgFlags != flags|gosnmp.Reportable {
				t.Errorf("decoded %+v", packet)
			}
			for i, variable := range packet.Variables {
				if variable.Name != oids[i] {
					t.Errorf("OID %d is %s, want %s", i, variable.Name, oids[i])
				}
			}
			if len(packet.Variables) != len(oids) {
				t.Errorf("%d variables", len(packet.Variables))
			}
		})
	}
}

func TestRequestRefuses(t *testing.T) {
	for _, oid := range []string{"", ".", ".1", "1.3.6", ".1.3.", ".1..3", ".3.1", ".1.40", ".1.3.4294967296", ".1.3.x", ".1.3.99999999999"} {
		request := Request{Version: Version2c, Kind: GetRequest, OIDs: []string{oid}}
		if datagram, err := request.Append(nil); err == nil {
			t.Errorf("%q became %x", oid, datagram)
		}
	}
}

func TestRequestTakesLongCommunities(t *testing.T) {
	request := Request{Version: Version1, Community: string(make([]byte, 300)), Kind: GetRequest, ID: 5, OIDs: []string{".1.3.6"}}
	datagram, err := request.Append(nil)
	var h Header
	if reason := Read(datagram, &h); err != nil || reason != Sound || len(h.Community) != 300 || h.RequestID != 5 {
		t.Errorf("%v, %q, %+v", err, reason, h)
	}
}

// FuzzRequest encodes requests for any OID: what is encoded is sound.
func FuzzRequest(f *testing.F) {
	f.Add(".1.3.6.1.2.1.1.3.0", "public", int32(1), 20)
	f.Add(".2.4294967215", "", int32(-1), -1)
	f.Fuzz(func(t *testing.T, oid, community string, id int32, repetitions int) {
		request := Request{Version: Version2c, Community: community, Kind: GetBulkRequest, ID: id, OIDs: []string{oid, oid}, Repetitions: int(int32(repetitions))}
		datagram, err := request.Append(nil)
		if err != nil {
			return
		}
		var h Header
		if reason := Read(datagram, &h); reason != Sound || h.RequestID != id || string(h.Community) != community {
			t.Fatalf("%q: %q %+v", oid, reason, h)
		}
	})
}
