package wire

// Reason says why a datagram is no SNMP message, as it stands in metrics; empty for
// one that is.
type Reason string

// The reasons.
const (
	Sound     Reason = ""
	Truncated Reason = "truncated"  // it ends, or what holds an element ends, before the element does
	Trailing  Reason = "trailing"   // it goes on after the end, of the message or of an element's parts
	BadLength Reason = "length"     // a length in the indefinite form or of more than 4 octets
	BadType   Reason = "type"       // an element of another type than stands there
	Nested    Reason = "nesting"    // a value made of parts: deeper than a message goes
	BadNumber Reason = "number"     // a number without octets or of more than fit
	BadOID    Reason = "oid"        // a sub-identifier over 32 bits, or more than 128 of them
	BadValue  Reason = "value"      // a value of a length that its type cannot have
	TooMany   Reason = "variables"  // more variables than an answer may have
	BadKind   Reason = "version"    // a version other than 1, 2c and 3, or a security model other than USM
	Panicked  Reason = "panic"      // the codec gave up on it
	Refused   Reason = "undecoded"  // the codec refused it
	Garbled   Reason = "decryption" // what was decrypted is no scoped PDU
)

// Reasons are all reasons but Sound.
var Reasons = []Reason{
	Truncated, Trailing, BadLength, BadType, Nested, BadNumber, BadOID, BadValue, TooMany, BadKind, Panicked, Refused, Garbled,
}

// The types of elements, and the PDUs.
const (
	typeInteger  = 0x02
	typeOctets   = 0x04
	typeNull     = 0x05
	typeOID      = 0x06
	typeSequence = 0x30
	typeAddress  = 0x40
	typeOpaque   = 0x44
	typeUnsigned = 0x47

	// What an Opaque begins with that holds a number.
	opaqueExtension = 0x9f
	opaqueFloat     = 0x78
	opaqueDouble    = 0x79

	pduGetRequest = 0xa0
	pduTrapV1     = 0xa4
	pduReport     = 0xa8
)

const (
	maxVariables      = 8192 // of a message: four times what 64 KiB of counters are
	maxSubIdentifiers = 128  // of an OID (RFC 2578, section 3.5)
)

// The values of Header.Version.
const (
	Version1  = 0
	Version2c = 1
	Version3  = 3
)

// The bits of Header.Flags (RFC 3412, section 6.4).
const (
	FlagAuthentic  = 1
	FlagEncrypted  = 2
	FlagReportable = 4
)

// Header is what a message says outside of its PDU. Its slices are parts of the
// datagram.
type Header struct {
	Version   int
	Community []byte // of versions 1 and 2c

	// Of version 3 (RFC 3412, section 6; RFC 3414, section 2.4).
	MessageID   int32
	MaxSize     int32
	Flags       byte
	EngineID    []byte // of the authoritative engine
	EngineBoots uint32
	EngineTime  uint32 // seconds
	User        []byte
	Digest      []byte // msgAuthenticationParameters
	Salt        []byte // msgPrivacyParameters
	// Of the scoped PDU (RFC 3412, section 6.8).
	ContextEngineID []byte
	ContextName     []byte

	// PDU is the whole of it, its type first; nil where it is encrypted.
	PDU       []byte
	Type      byte
	RequestID int32  // of PDU; 0 in a trap of version 1, which has none
	Encrypted []byte // the scoped PDU where it is encrypted

	digestAt int
}

// Read reads the header of a datagram, or says why that is no SNMP message. It looks at
// all of it that is not encrypted, takes memory for none of it, and what it finds sound
// can be decoded.
func Read(datagram []byte, header *Header) Reason {
	*header = Header{}
	r := reader{rest: datagram}
	message := r.enter()
	r.end()
	if r.reason != Sound {
		return r.reason
	}
	version := message.number()
	switch {
	case message.reason != Sound:
		return message.reason
	case version == Version1, version == Version2c:
		header.Version = int(version)
		header.Community = message.octets()
		header.readPDU(&message)
	case version == Version3:
		header.Version = Version3
		header.readV3(&message, datagram)
	default:
		return BadKind
	}
	message.end()
	return message.reason
}

// readV3 reads all of a message of version 3 after its version.
func (h *Header) readV3(message *reader, datagram []byte) {
	global := message.enter()
	h.MessageID = int32(global.natural())
	h.MaxSize = int32(global.natural())
	flags := global.octets()
	model := global.number()
	global.end()
	message.takeReason(&global)
	if message.reason == Sound && len(flags) != 1 {
		message.reason = BadValue
	}
	if message.reason == Sound && model != 3 {
		message.reason = BadKind
	}
	if message.reason != Sound {
		return
	}
	h.Flags = flags[0]

	wrapped := reader{rest: message.octets()}
	usm := wrapped.enter()
	wrapped.end()
	h.EngineID = usm.octets()
	h.EngineBoots = uint32(usm.natural())
	h.EngineTime = uint32(usm.natural())
	h.User = usm.octets()
	h.Digest = usm.octets()
	// The digest's place in the datagram, from what is left after it.
	h.digestAt = cap(datagram) - cap(usm.rest) - len(h.Digest)
	h.Salt = usm.octets()
	usm.end()
	wrapped.takeReason(&usm)
	message.takeReason(&wrapped)
	if message.reason != Sound {
		return
	}
	if len(h.EngineID) > 32 || len(h.User) > 32 || h.Flags&(FlagAuthentic|FlagEncrypted) == FlagEncrypted {
		message.reason = BadValue
		return
	}
	if h.Flags&FlagEncrypted != 0 {
		h.Encrypted = message.octets()
		return
	}
	h.readScoped(message)
}

func (h *Header) readScoped(r *reader) {
	scoped := r.enter()
	h.ContextEngineID = scoped.octets()
	h.ContextName = scoped.octets()
	h.readPDU(&scoped)
	scoped.end()
	r.takeReason(&scoped)
}

// readPDU reads a PDU that is the rest of what holds it.
func (h *Header) readPDU(r *reader) {
	if r.reason != Sound {
		return
	}
	whole := r.rest
	kind, content := r.element()
	if r.reason != Sound {
		return
	}
	if kind < pduGetRequest || kind > pduReport {
		r.reason = BadType
		return
	}
	h.Type, h.PDU = kind, whole[:len(whole)-len(r.rest)]
	pdu := reader{rest: content}
	if kind == pduTrapV1 {
		pdu.oid()
		pdu.expectLength(typeAddress, 4)
		pdu.number()
		pdu.number()
		pdu.value() // time-stamp
	} else {
		h.RequestID = int32(pdu.number())
		pdu.number() // error-status or non-repeaters
		pdu.number() // error-index or max-repetitions
	}
	variables := pdu.enter()
	pdu.end()
	for count := 0; len(variables.rest) > 0 && variables.reason == Sound; count++ {
		if count == maxVariables {
			variables.reason = TooMany
			break
		}
		variable := variables.enter()
		variable.oid()
		variable.value()
		variable.end()
		variables.takeReason(&variable)
	}
	pdu.takeReason(&variables)
	r.takeReason(&pdu)
}
