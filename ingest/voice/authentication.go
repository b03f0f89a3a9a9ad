package voice

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// AuthenticatedPacketSize is the size of a STAMP test packet of the authenticated mode
// without extensions, both ways, in octets (RFC 8762, sections 4.2.2 and 4.3.2).
const AuthenticatedPacketSize = 112

// A packet's HMAC covers what precedes it (RFC 8762, section 4.4): HMAC-SHA-256 cut to
// 128 bits.
const (
	authenticatedSize = 96
	hmacSize          = AuthenticatedPacketSize - authenticatedSize
)

// The bounds of a key, octets. HMAC hashes a longer one before use, which gains
// nothing.
const (
	leastKeySize = 16
	mostKeySize  = sha256.BlockSize
)

// ErrAuthentication is returned for a packet whose HMAC is not made with the key.
var ErrAuthentication = errors.New("the HMAC of the packet is not made with the key")

// ParseKey reads a key of the authenticated mode, 16 to 64 octets: hexadecimal digits, or
// "base64:" and what follows in base64. The error tells nothing of the key.
func ParseKey(text string) ([]byte, error) {
	encoded, isBase64 := strings.CutPrefix(text, "base64:")
	var key []byte
	var err error
	if isBase64 {
		key, err = base64.StdEncoding.DecodeString(encoded)
	} else {
		key, err = hex.DecodeString(text)
	}
	if err != nil {
		return nil, errors.New("is no key: write 32 to 128 hexadecimal digits, or base64: and the key in base64")
	}
	if len(key) < leastKeySize || len(key) > mostKeySize {
		return nil, fmt.Errorf("has %d octets: use %d to %d, as openssl rand -hex 32 makes them", len(key), leastKeySize, mostKeySize)
	}
	return key, nil
}

// authenticator makes and checks HMACs with one key. It belongs to one goroutine.
type authenticator struct {
	mac hash.Hash
	sum [sha256.Size]byte
}

func newAuthenticator(key []byte) *authenticator {
	return &authenticator{mac: hmac.New(sha256.New, key)}
}

// sign returns the HMAC of all parts one after another, valid until the next call.
func (a *authenticator) sign(parts ...[]byte) []byte {
	a.mac.Reset()
	for _, part := range parts {
		a.mac.Write(part)
	}
	return a.mac.Sum(a.sum[:0])[:hmacSize]
}

// verify reports whether a packet is of the authenticated mode and made with the key.
func (a *authenticator) verify(packet []byte) bool {
	if len(packet) < AuthenticatedPacketSize {
		return false
	}
	return subtle.ConstantTimeCompare(a.sign(packet[:authenticatedSize]), packet[authenticatedSize:AuthenticatedPacketSize]) == 1
}

// marshalAuthenticated appends the packet as it is in the authenticated mode, which
// begins each group of fields at a multiple of 16 octets, and returns the extended
// buffer.
func (p *SenderPacket) marshalAuthenticated(to []byte, by *authenticator) []byte {
	start := len(to)
	to = binary.BigEndian.AppendUint32(to, p.Sequence)
	to = append(to, zeros[:12]...)
	to = binary.BigEndian.AppendUint64(to, uint64(p.T1))
	to = binary.BigEndian.AppendUint16(to, uint16(p.Error))
	to = binary.BigEndian.AppendUint16(to, p.SSID)
	to = append(to, zeros[:authenticatedSize-28]...)
	return append(to, by.sign(to[start:])...)
}

// unmarshalAuthenticated reads a packet of the authenticated mode. It does not verify it.
func (p *SenderPacket) unmarshalAuthenticated(packet []byte) error {
	if len(packet) < AuthenticatedPacketSize {
		return fmt.Errorf("%w: %d octets, of the authenticated mode it has at least %d", ErrPacket, len(packet), AuthenticatedPacketSize)
	}
	p.Sequence = binary.BigEndian.Uint32(packet)
	p.T1 = Timestamp(binary.BigEndian.Uint64(packet[16:]))
	p.Error = ErrorEstimate(binary.BigEndian.Uint16(packet[24:]))
	p.SSID = binary.BigEndian.Uint16(packet[26:])
	return nil
}

// marshalAuthenticated appends the packet as it is in the authenticated mode and returns
// the extended buffer.
func (p *ReflectorPacket) marshalAuthenticated(to []byte, by *authenticator) []byte {
	start := len(to)
	to = binary.BigEndian.AppendUint32(to, p.Sequence)
	to = append(to, zeros[:12]...)
	to = binary.BigEndian.AppendUint64(to, uint64(p.T3))
	to = binary.BigEndian.AppendUint16(to, uint16(p.Error))
	to = binary.BigEndian.AppendUint16(to, p.SSID)
	to = append(to, zeros[:4]...)
	to = binary.BigEndian.AppendUint64(to, uint64(p.T2))
	to = append(to, zeros[:8]...)
	to = binary.BigEndian.AppendUint32(to, p.SenderSequence)
	to = append(to, zeros[:12]...)
	to = binary.BigEndian.AppendUint64(to, uint64(p.T1))
	to = binary.BigEndian.AppendUint16(to, uint16(p.SenderError))
	to = append(to, zeros[:6]...)
	to = append(to, p.TTL)
	to = append(to, zeros[:15]...)
	return append(to, by.sign(to[start:])...)
}

// unmarshalAuthenticated reads a packet of the authenticated mode. It does not verify it.
func (p *ReflectorPacket) unmarshalAuthenticated(packet []byte) error {
	if len(packet) < AuthenticatedPacketSize {
		return fmt.Errorf("%w: %d octets, of the authenticated mode it has at least %d", ErrPacket, len(packet), AuthenticatedPacketSize)
	}
	p.Sequence = binary.BigEndian.Uint32(packet)
	p.T3 = Timestamp(binary.BigEndian.Uint64(packet[16:]))
	p.Error = ErrorEstimate(binary.BigEndian.Uint16(packet[24:]))
	p.SSID = binary.BigEndian.Uint16(packet[26:])
	p.T2 = Timestamp(binary.BigEndian.Uint64(packet[32:]))
	p.SenderSequence = binary.BigEndian.Uint32(packet[48:])
	p.T1 = Timestamp(binary.BigEndian.Uint64(packet[64:]))
	p.SenderError = ErrorEstimate(binary.BigEndian.Uint16(packet[72:]))
	p.TTL = packet[80]
	return nil
}
