package voice

import (
	"crypto/subtle"
	"encoding/binary"
)

// The header of a TLV (RFC 8972, section 4): flags, type, length of the value.
const tlvHeaderSize = 4

// The flags of a TLV. A sender sets U alone; a reflector sets all three as it finds them.
const (
	tlvUnrecognised = 0x80 // U: the type is not known
	tlvMalformed    = 0x40 // M: the length cannot be
	tlvTampered     = 0x20 // I: the HMAC of the TLVs is wrong or missing
)

// The types that are understood. All others are returned as they came, flagged U.
const (
	tlvReserved       = 0
	tlvExtraPadding   = 1
	tlvClassOfService = 4
	tlvHMAC           = 8
)

const (
	classOfServiceSize    = 4
	classOfServiceTLVSize = tlvHeaderSize + classOfServiceSize
	hmacTLVSize           = tlvHeaderSize + hmacSize
)

// highestRequestedDSCP bounds what a sender may ask its answers to be marked with: what
// is above belongs to network control (CS6, CS7).
const highestRequestedDSCP = 47

var zeros [1 << 11]byte

// tlv is one TLV of a packet; the octets are the packet's own.
type tlv struct {
	octets []byte // header and value
	whole  bool   // its length is one its type can have, and it ends within the packet
}

func (t *tlv) flags() uint8  { return t.octets[0] }
func (t *tlv) kind() uint8   { return t.octets[1] }
func (t *tlv) value() []byte { return t.octets[tlvHeaderSize:] }
func (t *tlv) understood() bool {
	return t.kind() == tlvExtraPadding || t.kind() == tlvClassOfService || t.kind() == tlvHMAC
}

// nextTLV returns the first TLV of the octets and what follows it. There is none where
// the octets end or are padding from before RFC 8972: zeros, which no sender of TLVs
// begins one with. Nothing can be told of what follows a TLV that is not whole.
func nextTLV(octets []byte) (found tlv, rest []byte, ok bool) {
	if len(octets) < tlvHeaderSize || octets[0]&tlvUnrecognised == 0 && octets[1] == tlvReserved {
		return tlv{}, nil, false
	}
	length := int(binary.BigEndian.Uint16(octets[2:]))
	if length > len(octets)-tlvHeaderSize {
		return tlv{octets: octets}, nil, true
	}
	found = tlv{octets: octets[:tlvHeaderSize+length], whole: true}
	switch found.kind() {
	case tlvClassOfService:
		found.whole = length == classOfServiceSize
	case tlvHMAC:
		found.whole = length == hmacSize
	}
	return found, octets[tlvHeaderSize+length:], true
}

// intact reports whether the TLVs of a packet are as they were sent (RFC 8972, section
// 4.8). Those of an authenticated packet need an HMAC unless all they do is pad it, and
// only padding may follow the HMAC. Without a key no HMAC can be verified.
func intact(extensions, sequence []byte, by *authenticator) bool {
	needed, signed := false, false
	for at := extensions; ; {
		found, rest, ok := nextTLV(at)
		if !ok {
			return signed || by == nil || !needed
		}
		if found.kind() == tlvHMAC {
			if signed || by == nil || !found.whole {
				return false
			}
			preceding := extensions[:len(extensions)-len(at)]
			if subtle.ConstantTimeCompare(by.sign(sequence, preceding), found.value()) != 1 {
				return false
			}
			signed = true
		} else if found.kind() != tlvExtraPadding {
			if signed {
				return false
			}
			needed = true
		}
		at = rest
	}
}

// arrival is what a reflector tells of a sender's packet in TLVs.
type arrival struct {
	dscp, ecn uint8
}

// answerTLVs turns a sender's TLVs into a reflector's, in place. sequences are those of
// the packet and of its answer, as in the packets; by is nil in the unauthenticated mode.
// It returns the DSCP the answer is to bear.
func answerTLVs(extensions []byte, came arrival, received, answered []byte, by *authenticator) (dscp uint8) {
	dscp = came.dscp
	if len(extensions) < tlvHeaderSize {
		return dscp
	}
	tampered := !intact(extensions, received, by)
	for at := extensions; ; {
		found, rest, ok := nextTLV(at)
		if !ok {
			return dscp
		}
		flags := uint8(0)
		if !found.understood() {
			flags |= tlvUnrecognised
		}
		if !found.whole {
			flags |= tlvMalformed
		}
		if tampered {
			flags |= tlvTampered
		}
		found.octets[0] = flags
		if !found.whole {
			return dscp // what follows is returned as it came
		}
		if !tampered {
			switch found.kind() {
			case tlvClassOfService:
				dscp = answerClassOfService(found.value(), came)
			case tlvHMAC:
				copy(found.value(), by.sign(answered, extensions[:len(extensions)-len(at)]))
			}
		}
		at = rest
	}
}

// ClassOfService is the Class of Service TLV (RFC 8972, section 4.4, with erratum 8199):
// how a packet was marked when it came to the reflector.
type ClassOfService struct {
	Requested uint8 // DSCP1: the mark asked for the answer, 0 to 63
	Received  uint8 // DSCP2: the mark the sender's packet came with, 0 to 63
	ECN       uint8 // the ECN bits the sender's packet came with, 0 to 3
	Refused   bool  // RP: the answer bears the mark received, not the one requested
}

// answerClassOfService fills in the value of a Class of Service TLV and returns the DSCP
// of the answer.
func answerClassOfService(value []byte, came arrival) (dscp uint8) {
	answer := ClassOfService{Requested: value[0] >> 2, Received: came.dscp, ECN: came.ecn}
	dscp = answer.Requested
	if answer.Requested > highestRequestedDSCP {
		answer.Refused, dscp = true, came.dscp
	}
	answer.put(value)
	return dscp
}

func (c ClassOfService) put(value []byte) {
	value[0] = c.Requested<<2 | c.Received>>4
	value[1] = c.Received<<4 | c.ECN<<2
	if c.Refused {
		value[1] |= 1
	}
	value[2], value[3] = 0, 0
}

// appendClassOfService appends the TLV that asks how the packet is marked when it comes,
// and that its answer be marked with a DSCP.
func appendClassOfService(to []byte, dscp uint8) []byte {
	return append(to, tlvUnrecognised, tlvClassOfService, 0, classOfServiceSize, dscp<<2, 0, 0, 0)
}

// findClassOfService returns what a reflector says of a packet's marks. There is
// nothing where it does not know the TLV, or did not return it whole.
func findClassOfService(extensions, sequence []byte, by *authenticator) (ClassOfService, bool) {
	if len(extensions) < classOfServiceTLVSize || !intact(extensions, sequence, by) {
		return ClassOfService{}, false
	}
	for at := extensions; ; {
		found, rest, ok := nextTLV(at)
		if !ok || !found.whole || found.flags()&(tlvMalformed|tlvTampered) != 0 {
			return ClassOfService{}, false
		}
		if found.kind() == tlvClassOfService && found.flags()&tlvUnrecognised == 0 {
			value := found.value()
			return ClassOfService{
				Requested: value[0] >> 2, Received: value[0]&3<<4 | value[1]>>4,
				ECN: value[1] >> 2 & 3, Refused: value[1]&3 != 0,
			}, true
		}
		at = rest
	}
}

// AppendPadding appends an Extra Padding TLV (RFC 8972, section 4.1) that takes the
// given number of octets, header included, and returns the extended buffer. It
// appends nothing for 0, 4 octets for 1 to 3, and 2052 at the most.
func AppendPadding(to []byte, octets int) []byte {
	if octets <= 0 {
		return to
	}
	value := min(max(octets-tlvHeaderSize, 0), len(zeros))
	to = append(to, tlvUnrecognised, tlvExtraPadding)
	to = binary.BigEndian.AppendUint16(to, uint16(value))
	return append(to, zeros[:value]...)
}
