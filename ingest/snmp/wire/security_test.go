package wire

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"testing"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
)

const engineID = "\x80\x00\x7e\xd9\x05engine-1"

// message is what the codec makes of a request of the user to the engine.
func message(t testing.TB, user inventory.SNMPUser, engineID string) []byte {
	t.Helper()
	parameters, flags := Security(user)
	parameters.AuthoritativeEngineID = engineID
	parameters.AuthoritativeEngineBoots, parameters.AuthoritativeEngineTime = 7, 1234
	if err := parameters.InitSecurityKeys(); err != nil {
		t.Fatal(err)
	}
	parameters.PrivacyParameters = []byte{1, 2, 3, 4, 5, 6, 7, 8}
	packet := gosnmp.SnmpPacket{
		Version: gosnmp.Version3, MsgFlags: flags, SecurityModel: gosnmp.UserSecurityModel, SecurityParameters: parameters,
		ContextEngineID: engineID, ContextName: "vlan-1", PDUType: gosnmp.GetRequest, MsgID: 42, RequestID: 43,
		Variables: []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.Null}},
	}
	encoded, err := packet.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// users are one of each authentication with each privacy.
func users() []inventory.SNMPUser {
	all := []inventory.SNMPUser{{Name: "noc"}}
	for _, auth := range inventory.AuthProtocols {
		user := inventory.SNMPUser{Name: "noc", Auth: auth, AuthPassword: "authenticate me"}
		all = append(all, user)
		for _, privacy := range inventory.PrivacyProtocols {
			user.Privacy, user.PrivacyPassword = privacy, "encrypt this"
			all = append(all, user)
		}
	}
	return all
}

// TestProtocols holds keys, digests and encryption of all protocols to those of an
// implementation that is not ours.
func TestProtocols(t *testing.T) {
	var passwords Passwords
	for _, user := range users() {
		t.Run(user.Auth+"/"+user.Privacy, func(t *testing.T) {
			datagram := message(t, user, engineID)
			authentication, privacy := passwords.Localise(user, engineID)
			var h Header
			if reason := Read(datagram, &h); reason != Sound {
				t.Fatal(reason)
			}
			if string(h.EngineID) != engineID || h.EngineBoots != 7 || h.EngineTime != 1234 || string(h.User) != "noc" || h.MessageID != 42 {
				t.Errorf("header %+v", h)
			}
			if user.Auth != "" {
				if !Authentic(datagram, &h, user.Auth, authentication) {
					t.Error("the message is not authentic")
				}
				authentication[0]++
				if Authentic(datagram, &h, user.Auth, authentication) {
					t.Error("the message is authentic under another key")
				}
			}
			if user.Privacy != "" {
				if h.PDU != nil {
					t.Fatal("the PDU can be read before it is decrypted")
				}
				if reason := h.Decrypt(user.Privacy, privacy); reason != Sound {
					t.Fatal(reason)
				}
			}
			if h.Type != 0xa0 || h.RequestID != 43 || string(h.ContextName) != "vlan-1" || string(h.ContextEngineID) != engineID {
				t.Errorf("PDU %x of request %d in context %q", h.Type, h.RequestID, h.ContextName)
			}
		})
	}
}

func TestWrongPrivacyKey(t *testing.T) {
	var passwords Passwords
	for _, privacy := range inventory.PrivacyProtocols {
		user := inventory.SNMPUser{Name: "noc", Auth: "SHA-1", AuthPassword: "authenticate me", Privacy: privacy, PrivacyPassword: "encrypt this"}
		datagram := message(t, user, engineID)
		user.PrivacyPassword = "encrypt that"
		_, key := passwords.Localise(user, engineID)
		var h Header
		Read(datagram, &h)
		if reason := h.Decrypt(privacy, key); reason != Garbled || h.PDU != nil {
			t.Errorf("%s: %q", privacy, reason)
		}
	}
}

// Padding of a whole block is read over, as pysnmp's agents write it; more is none.
func TestPaddingAfterTheScopedPDU(t *testing.T) {
	scoped := []byte{0x30, 0x11, 4, 0, 4, 0, 0xa2, 0x0b, 2, 1, 9, 2, 1, 0, 2, 1, 0, 0x30, 0}
	key, salt := []byte("sixteen octets.."), []byte("saltsalt")
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for padding, want := range map[int]Reason{0: Sound, 7: Sound, 16: Sound, 17: Garbled} {
		h := Header{Salt: salt, Encrypted: append(bytes.Clone(scoped), make([]byte, padding)...)}
		feedback(block, 0, 0, salt, h.Encrypted, true)
		if reason := h.Decrypt("AES-128", key); reason != want || (h.PDU != nil) != (want == Sound) || want == Sound && h.RequestID != 9 {
			t.Errorf("%d octets of padding: %q of request %d, want %q", padding, reason, h.RequestID, want)
		}
	}
}

// DES has whole blocks.
func TestAPartOfABlock(t *testing.T) {
	for length := range 24 {
		h := Header{Salt: []byte("saltsalt"), Encrypted: make([]byte, length)}
		if reason := h.Decrypt("DES", []byte("sixteen octets..")); reason != Garbled {
			t.Errorf("%d octets: %q", length, reason)
		}
	}
}

// TestPublishedKeys are the examples of RFC 3414, appendix A.3 and A.5.
func TestPublishedKeys(t *testing.T) {
	engine := string([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2})
	for protocol, want := range map[string]string{
		"MD5":   "526f5eed9fcce26f8964c2930787d82b",
		"SHA-1": "6695febc9288e36282235fc7151f128497b38f3f",
	} {
		var passwords Passwords
		key, _ := passwords.Localise(inventory.SNMPUser{Auth: protocol, AuthPassword: "maplesyrup"}, engine)
		if wanted, _ := hex.DecodeString(want); !bytes.Equal(key, wanted) {
			t.Errorf("%s: %x, want %s", protocol, key, want)
		}
	}
}
