package replay

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Type is the tag of a value in a message (RFC 3416, section 3).
type Type byte

// The types of values.
const (
	TypeInteger   Type = 0x02
	TypeString    Type = 0x04
	TypeNull      Type = 0x05
	TypeOID       Type = 0x06
	TypeIPAddress Type = 0x40
	TypeCounter32 Type = 0x41
	TypeGauge32   Type = 0x42
	TypeTimeTicks Type = 0x43
	TypeOpaque    Type = 0x44
	TypeCounter64 Type = 0x46
)

const (
	tagSequence = 0x30

	tagNoSuchObject   = 0x80
	tagNoSuchInstance = 0x81
	tagEndOfMibView   = 0x82

	tagGet      = 0xa0
	tagGetNext  = 0xa1
	tagResponse = 0xa2
	tagSet      = 0xa3
	tagGetBulk  = 0xa5
	tagReport   = 0xa8
)

// maxArcs is how many arcs an object name has at most (RFC 3416, section 4.1).
const maxArcs = 128

var errMalformed = errors.New("not an SNMP request")

// element splits the first element off.
func element(from []byte) (tag byte, content, rest []byte, ok bool) {
	if len(from) < 2 {
		return 0, nil, nil, false
	}
	tag, length, from := from[0], int(from[1]), from[2:]
	if length >= 0x80 {
		octets := length - 0x80
		if octets == 0 || octets > 3 || octets > len(from) {
			return 0, nil, nil, false
		}
		length = 0
		for _, octet := range from[:octets] {
			length = length<<8 | int(octet)
		}
		from = from[octets:]
	}
	if length > len(from) {
		return 0, nil, nil, false
	}
	return tag, from[:length], from[length:], true
}

func expect(from []byte, tag byte) (content, rest []byte, ok bool) {
	found, content, rest, ok := element(from)
	return content, rest, ok && found == tag
}

func expectInteger(from []byte) (value int, rest []byte, ok bool) {
	content, rest, ok := expect(from, byte(TypeInteger))
	if !ok || len(content) == 0 || len(content) > 4 {
		return 0, nil, false
	}
	signed := int32(int8(content[0]))
	for _, octet := range content[1:] {
		signed = signed<<8 | int32(octet)
	}
	return int(signed), rest, true
}

// validName says whether a name is encoded as X.690, section 8.19 asks: every arc in
// as few octets as can be. compareNames counts on it.
func validName(raw []byte) bool {
	arcs, begin := 1, true
	var arc uint64
	for _, octet := range raw {
		if begin {
			if octet == 0x80 {
				return false
			}
			arc, arcs = 0, arcs+1
		}
		if arc = arc<<7 | uint64(octet&0x7f); arc > 1<<32-1+80 {
			return false
		}
		begin = octet&0x80 == 0
	}
	return begin && len(raw) > 0 && arcs <= maxArcs
}

// compareNames orders encoded names by their arcs. The octets alone do not: an arc of
// three octets may begin with a smaller one than an arc of two.
func compareNames(a, b []byte) int {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	if same == len(a) || same == len(b) {
		return len(a) - len(b)
	}
	at := same
	for at > 0 && a[at-1]&0x80 != 0 {
		at--
	}
	if difference := arcLength(a[at:]) - arcLength(b[at:]); difference != 0 {
		return difference
	}
	return int(a[same]) - int(b[same])
}

func arcLength(raw []byte) int {
	for i, octet := range raw {
		if octet&0x80 == 0 {
			return i + 1
		}
	}
	return len(raw)
}

// under says whether a name is a prefix or lies below it.
func under(name, prefix []byte) bool {
	return bytes.HasPrefix(name, prefix)
}

// parent is the length of a name without its last arc: the column of an instance.
func parent(name []byte) int {
	at := len(name) - 1
	for at > 0 && name[at-1]&0x80 != 0 {
		at--
	}
	return max(at, 0)
}

// encodeName encodes a dotted name, with or without the dot before it.
func encodeName(dotted string) ([]byte, error) {
	fields := strings.Split(strings.TrimPrefix(dotted, "."), ".")
	if len(fields) > maxArcs {
		return nil, fmt.Errorf("the object name %q has more than %d arcs", dotted, maxArcs)
	}
	arcs := make([]uint64, 0, len(fields))
	for _, field := range fields {
		arc, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no object name in numbers, such as .1.3.6.1.2.1.1.1.0", dotted)
		}
		arcs = append(arcs, arc)
	}
	if len(arcs) == 1 {
		arcs = append(arcs, 0)
	}
	if arcs[0] > 2 || arcs[0] < 2 && arcs[1] > 39 {
		return nil, fmt.Errorf("%q is no object name: it must begin with 0 to 2, and 0 to 39 after 0 or 1", dotted)
	}
	raw := appendArc(nil, arcs[0]*40+arcs[1])
	for _, arc := range arcs[2:] {
		raw = appendArc(raw, arc)
	}
	return raw, nil
}

func appendArc(to []byte, arc uint64) []byte {
	for shift := 35; shift > 0; shift -= 7 {
		if arc>>shift != 0 {
			to = append(to, byte(arc>>shift)|0x80)
		}
	}
	return append(to, byte(arc)&0x7f)
}

// dotted returns an encoded name as people write it, with the dot before it.
func dotted(raw []byte) string {
	var text []byte
	var arc uint64
	for _, octet := range raw {
		arc = arc<<7 | uint64(octet&0x7f)
		if octet&0x80 != 0 {
			continue
		}
		if text == nil {
			first := min(arc/40, 2)
			text = strconv.AppendUint(append(text, '.'), first, 10)
			arc -= 40 * first
		}
		text = strconv.AppendUint(append(text, '.'), arc, 10)
		arc = 0
	}
	return string(text)
}

// appendUnsigned encodes a number that is not negative.
func appendUnsigned(to []byte, tag byte, value uint64) []byte {
	octets := 1
	for octets < 9 && value>>(8*octets-1) != 0 {
		octets++
	}
	to = append(to, tag, byte(octets))
	for i := octets - 1; i >= 0; i-- {
		to = append(to, byte(value>>(8*i)))
	}
	return to
}

func appendSigned(to []byte, value int64) []byte {
	octets := 1
	for octets < 8 && value>>(8*octets-1) != 0 && value>>(8*octets-1) != -1 {
		octets++
	}
	to = append(to, byte(TypeInteger), byte(octets))
	for i := octets - 1; i >= 0; i-- {
		to = append(to, byte(value>>(8*i)))
	}
	return to
}

func appendElement[T string | []byte](to []byte, tag byte, content T) []byte {
	to = appendLength(append(to, tag), len(content))
	return append(to, content...)
}

func appendLength(to []byte, length int) []byte {
	switch {
	case length < 0x80:
		return append(to, byte(length))
	case length < 0x100:
		return append(to, 0x81, byte(length))
	case length < 0x10000:
		return append(to, 0x82, byte(length>>8), byte(length))
	}
	return append(to, 0x83, byte(length>>16), byte(length>>8), byte(length))
}
