package wire

import (
	"encoding/binary"
	"math"
	"net/netip"
	"strconv"

	"github.com/gosnmp/gosnmp"
)

// Answer is what a PDU says. Its values are of the types that the library gives them,
// and share no memory with the datagram. The value of one that cannot be read, such as
// a counter without octets or TimeTicks over 32 bits, is nil and its type UnknownType.
type Answer struct {
	Status    gosnmp.SNMPError
	Index     int // error-index: of the variable the status is about, from 1; 0 for none
	Variables []gosnmp.SnmpPDU
}

// Decode reads the PDU of a message that Read, or Decrypt, found sound; it is no trap
// of version 1.
func (h *Header) Decode() Answer {
	r := reader{rest: h.PDU}
	_, content := r.element()
	pdu := reader{rest: content}
	pdu.number() // the request-id
	answer := Answer{Status: gosnmp.SNMPError(pdu.number()), Index: int(pdu.number())}
	variables := pdu.enter()
	count := 0
	for left := variables; len(left.rest) > 0 && left.reason == Sound; count++ {
		left.element()
	}
	if count == 0 || variables.reason != Sound {
		return answer
	}
	answer.Variables = make([]gosnmp.SnmpPDU, count)
	for i := range answer.Variables {
		variable := variables.enter()
		name := variable.expect(typeOID)
		kind, length := variable.tag()
		answer.Variables[i] = decode(kind, variable.rest[:min(length, len(variable.rest))])
		answer.Variables[i].Name = textOf(name)
	}
	return answer
}

// decode returns the value of a variable.
func decode(kind byte, content []byte) gosnmp.SnmpPDU {
	decoded := gosnmp.SnmpPDU{Type: gosnmp.Asn1BER(kind)}
	switch decoded.Type {
	case gosnmp.Integer:
		decoded.Value = signedOf(content)
	case gosnmp.Uinteger32:
		decoded.Value = uint32(signedOf(content))
	case gosnmp.OctetString:
		decoded.Value = append(make([]byte, 0, len(content)), content...)
	case gosnmp.ObjectIdentifier:
		decoded.Value = textOf(content)
	case gosnmp.IPAddress:
		if address, ok := netip.AddrFromSlice(content); ok {
			decoded.Value = address.Unmap().String()
		}
	case gosnmp.Counter32, gosnmp.Gauge32, gosnmp.TimeTicks, gosnmp.Counter64:
		value, ok := unsignedOf(content)
		switch {
		case !ok:
			decoded.Type = gosnmp.UnknownType
		case decoded.Type == gosnmp.Counter64:
			decoded.Value = value
		case decoded.Type == gosnmp.TimeTicks && value > math.MaxUint32:
			decoded.Type = gosnmp.UnknownType
		case decoded.Type == gosnmp.TimeTicks:
			decoded.Value = uint32(value)
		default:
			decoded.Value = uint(value)
		}
	case gosnmp.Opaque:
		decoded.Type, decoded.Value = opaqueOf(content)
	case gosnmp.Null, gosnmp.NoSuchObject, gosnmp.NoSuchInstance, gosnmp.EndOfMibView:
	default:
		decoded.Type = gosnmp.UnknownType
	}
	return decoded
}

func signedOf(content []byte) int {
	value := int64(int8(content[0]))
	for _, octet := range content[1:] {
		value = value<<8 | int64(octet)
	}
	return int(value)
}

// unsignedOf reads a number of up to 64 bits, which may have an octet of zeros before
// it.
func unsignedOf(content []byte) (value uint64, ok bool) {
	if len(content) == 9 && content[0] == 0 {
		content = content[1:]
	}
	if len(content) == 0 || len(content) > 8 {
		return 0, false
	}
	for _, octet := range content {
		value = value<<8 | uint64(octet)
	}
	return value, true
}

func opaqueOf(content []byte) (gosnmp.Asn1BER, any) {
	if len(content) >= 3 && content[0] == opaqueExtension {
		switch content[1] {
		case opaqueFloat:
			return gosnmp.OpaqueFloat, math.Float32frombits(binary.BigEndian.Uint32(content[3:]))
		case opaqueDouble:
			return gosnmp.OpaqueDouble, math.Float64frombits(binary.BigEndian.Uint64(content[3:]))
		}
	}
	return gosnmp.Opaque, append([]byte(nil), content...)
}

// textOf writes the content of an OID as text, with a leading dot.
func textOf(content []byte) string {
	if len(content) == 0 {
		return ".0.0"
	}
	var memory [256]byte
	text, value, first := memory[:0], uint64(0), true
	for _, octet := range content {
		value = value<<7 | uint64(octet&0x7f)
		if octet&0x80 != 0 {
			continue
		}
		if first {
			root := min(value/40, 2)
			text = strconv.AppendUint(append(text, '.'), root, 10)
			value -= 40 * root
			first = false
		}
		text = append(text, '.')
		if value < 10 {
			text = append(text, '0'+byte(value))
		} else {
			text = strconv.AppendUint(text, value, 10)
		}
		value = 0
	}
	return string(text)
}
