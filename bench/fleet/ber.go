package fleet

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// The part of BER (X.690) that SNMP v2c (RFC 3416) needs, without allocation: an
// agent for thousands of devices shares the machine with everything else.

// Tags of what an agent sends and receives.
const (
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagNull        = 0x05
	tagOID         = 0x06
	tagSequence    = 0x30
	tagCounter32   = 0x41
	tagGauge32     = 0x42
	tagTimeTicks   = 0x43
	tagCounter64   = 0x46

	tagNoSuchObject   = 0x80
	tagNoSuchInstance = 0x81
	tagEndOfMibView   = 0x82

	tagGet      = 0xa0
	tagGetNext  = 0xa1
	tagResponse = 0xa2
	tagSet      = 0xa3
	tagGetBulk  = 0xa5
)

// maxNames bounds the variables of a request, maxArcs the arcs of their names
// (RFC 3416: at most 128).
const (
	maxNames = 256
	maxArcs  = 128
)

var errMalformed = errors.New("not an SNMP v2c request")

// name is an object name of a request.
type name struct {
	raw        []byte // as encoded, without tag and length
	begin, end int    // its arcs in request.arcs
}

// request is a decoded request. Its slices point into the packet; a request is used
// again for the next packet.
type request struct {
	community      []byte
	kind           byte
	id             []byte // the request-id as encoded
	nonRepeaters   int    // of GETBULK
	maxRepetitions int
	names          []name
	arcs           []uint32
}

func (r *request) arcsOf(n name) []uint32 { return r.arcs[n.begin:n.end] }

// parse decodes a packet.
func (r *request) parse(packet []byte) error {
	r.names, r.arcs = r.names[:0], r.arcs[:0]
	message, _, ok := expect(packet, tagSequence)
	if !ok {
		return errMalformed
	}
	version, message, ok := expect(message, tagInteger)
	if !ok || len(version) != 1 || version[0] != 1 {
		return errMalformed
	}
	r.community, message, ok = expect(message, tagOctetString)
	if !ok {
		return errMalformed
	}
	kind, pdu, _, ok := element(message)
	if !ok {
		return errMalformed
	}
	r.kind = kind
	if r.id, pdu, ok = expect(pdu, tagInteger); !ok || len(r.id) == 0 || len(r.id) > 8 {
		return errMalformed
	}
	if r.nonRepeaters, pdu, ok = expectInteger(pdu); !ok {
		return errMalformed
	}
	if r.maxRepetitions, pdu, ok = expectInteger(pdu); !ok {
		return errMalformed
	}
	list, _, ok := expect(pdu, tagSequence)
	for ok && len(list) > 0 {
		if len(r.names) == maxNames {
			return errMalformed
		}
		var variable, raw []byte
		if variable, list, ok = expect(list, tagSequence); !ok {
			break
		}
		if raw, _, ok = expect(variable, tagOID); !ok {
			break
		}
		next := name{raw: raw, begin: len(r.arcs)}
		if r.arcs, ok = appendArcs(r.arcs, raw); !ok {
			break
		}
		next.end = len(r.arcs)
		r.names = append(r.names, next)
	}
	if !ok {
		return errMalformed
	}
	return nil
}

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
	content, rest, ok := expect(from, tagInteger)
	if !ok || len(content) == 0 || len(content) > 4 {
		return 0, nil, false
	}
	signed := int32(int8(content[0]))
	for _, octet := range content[1:] {
		signed = signed<<8 | int32(octet)
	}
	return int(signed), rest, true
}

// appendArcs decodes an object identifier.
func appendArcs(arcs []uint32, raw []byte) ([]uint32, bool) {
	if len(raw) == 0 {
		return arcs, false
	}
	begin := len(arcs)
	var arc uint64
	for i, octet := range raw {
		arc = arc<<7 | uint64(octet&0x7f)
		if arc > 1<<32-1 || len(arcs)-begin >= maxArcs {
			return arcs, false
		}
		if octet&0x80 != 0 {
			if i == len(raw)-1 {
				return arcs, false
			}
			continue
		}
		if len(arcs) == begin {
			first := min(arc/40, 2)
			arcs = append(arcs, uint32(first))
			arc -= 40 * first
		}
		arcs = append(arcs, uint32(arc))
		arc = 0
	}
	return arcs, true
}

// appendArc encodes one arc of an object identifier.
func appendArc(to []byte, arc uint32) []byte {
	for shift := 28; shift > 0; shift -= 7 {
		if arc>>shift != 0 {
			to = append(to, byte(arc>>shift)|0x80)
		}
	}
	return append(to, byte(arc)&0x7f)
}

// encodeOID encodes an object identifier of at least two arcs.
func encodeOID(arcs []uint32) []byte {
	raw := appendArc(nil, arcs[0]*40+arcs[1])
	for _, arc := range arcs[2:] {
		raw = appendArc(raw, arc)
	}
	return raw
}

// parseOID reads an object identifier of the plan, in dotted form.
func parseOID(dotted string) []uint32 {
	var arcs []uint32
	for arc := range strings.SplitSeq(dotted, ".") {
		value, err := strconv.ParseUint(arc, 10, 32)
		if err != nil {
			panic("fleet: " + dotted + " is not an object identifier")
		}
		arcs = append(arcs, uint32(value))
	}
	return arcs
}

func appendUnsigned(to []byte, tag byte, value uint64) []byte {
	octets := 1
	for value>>(8*octets-1) != 0 && octets < 9 {
		octets++
	}
	to = append(to, tag, byte(octets))
	for i := octets - 1; i >= 0; i-- {
		to = append(to, byte(value>>(8*i)))
	}
	return to
}

func appendString[T string | []byte](to []byte, tag byte, value T) []byte {
	to = appendLength(append(to, tag), len(value))
	return append(to, value...)
}

func appendLength(to []byte, length int) []byte {
	switch {
	case length < 0x80:
		return append(to, byte(length))
	case length < 0x100:
		return append(to, 0x81, byte(length))
	default:
		return append(to, 0x82, byte(length>>8), byte(length))
	}
}

// headroom is left before the variables of a response for what comes before them,
// which is written once their length is known.
const headroom = 128

// response builds the answer to a request. The bytes of one are used again for the
// next.
type response struct {
	buffer []byte // headroom, then the variables
}

func (r *response) begin() {
	if cap(r.buffer) < headroom {
		r.buffer = make([]byte, headroom, headroom+2*maxResponse)
	}
	r.buffer = r.buffer[:headroom]
}

// finish writes what stands before the variables and returns the message.
func (r *response) finish(request *request, errorStatus, errorIndex int) []byte {
	variables := len(r.buffer) - headroom
	var scratch [headroom]byte
	// From the inside out: each header counts what follows it.
	list := appendLength(append(scratch[:0], tagSequence), variables)
	at := headroom - len(list)
	copy(r.buffer[at:], list)
	head := appendString(scratch[:0], tagInteger, request.id)
	head = appendUnsigned(head, tagInteger, uint64(errorStatus))
	head = appendUnsigned(head, tagInteger, uint64(errorIndex))
	at = r.before(at, head)
	at = r.before(at, appendLength(append(scratch[:0], tagResponse), len(r.buffer)-at))
	head = append(scratch[:0], tagInteger, 1, 1)
	at = r.before(at, appendString(head, tagOctetString, request.community))
	at = r.before(at, appendLength(append(scratch[:0], tagSequence), len(r.buffer)-at))
	return r.buffer[at:]
}

func (r *response) before(at int, head []byte) int {
	at -= len(head)
	copy(r.buffer[at:], head)
	return at
}

// variable appends a variable whose name is the object and the instance, and whose
// value is already encoded.
func (r *response) variable(object []byte, instance uint32, value []byte) {
	var scratch [8]byte
	last := appendArc(scratch[:0], instance)
	r.headers(len(object)+len(last), len(value))
	r.buffer = append(r.buffer, object...)
	r.buffer = append(r.buffer, last...)
	r.buffer = append(r.buffer, value...)
}

// exception appends a variable with one of the exceptions of RFC 3416 for a value.
func (r *response) exception(raw []byte, tag byte) {
	r.headers(len(raw), 2)
	r.buffer = append(r.buffer, raw...)
	r.buffer = append(r.buffer, tag, 0)
}

func (r *response) headers(nameLength, valueLength int) {
	inside := 1 + lengthOctets(nameLength) + nameLength + valueLength
	r.buffer = appendLength(append(r.buffer, tagSequence), inside)
	r.buffer = appendLength(append(r.buffer, tagOID), nameLength)
}

func lengthOctets(length int) int {
	switch {
	case length < 0x80:
		return 1
	case length < 0x100:
		return 2
	}
	return 3
}

func (r *request) from(community []byte) bool { return bytes.Equal(r.community, community) }
