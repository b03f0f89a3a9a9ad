package replay

// Versions of the protocol as a message says them.
const (
	version1  = 0
	version2c = 1
	version3  = 3
)

// The error-status of an answer (RFC 3416, section 3).
const (
	statusTooBig             = 1
	statusNoSuchName         = 2
	statusReadOnly           = 4
	statusGenErr             = 5
	statusNotWritable        = 17
	statusAuthorizationError = 16
)

// maxNames bounds the variables of a request.
const maxNames = 1024

// message is a decoded request. Its slices point into the datagram, or into what was
// decrypted of it; a message is used again for the next datagram.
type message struct {
	version   int
	community []byte

	id       []byte // msgID as encoded
	maxSize  int    // msgMaxSize
	flags    byte
	security usmParameters
	context  []byte // contextName

	pdu
}

// pdu is what a request asks.
type pdu struct {
	kind           byte
	requestID      []byte // as encoded
	nonRepeaters   int    // of GETBULK
	maxRepetitions int
	names          [][]byte
	variables      []byte // the list as it was asked
}

// usmParameters protect a message (RFC 3414, section 2.4).
type usmParameters struct {
	engineID    []byte
	boots, time int
	user        []byte
	digest      []byte // msgAuthenticationParameters, in the datagram
	salt        []byte // msgPrivacyParameters
	data        []byte // what stands behind them: a scopedPDU, or an octet string of one
}

const (
	flagAuth       = 1
	flagPriv       = 2
	flagReportable = 4
)

// parse decodes a datagram: all of it by versions 1 and 2c, up to the protected part
// by version 3.
func (m *message) parse(datagram []byte) error {
	content, _, ok := expect(datagram, tagSequence)
	if !ok {
		return errMalformed
	}
	if m.version, content, ok = expectInteger(content); !ok {
		return errMalformed
	}
	switch m.version {
	case version1, version2c:
		if m.community, content, ok = expect(content, byte(TypeString)); !ok {
			return errMalformed
		}
		return m.pdu.parse(content)
	case version3:
		return m.parseHeader(content)
	}
	return errMalformed
}

func (m *message) parseHeader(content []byte) error {
	header, content, ok := expect(content, tagSequence)
	if !ok {
		return errMalformed
	}
	if m.id, header, ok = expect(header, byte(TypeInteger)); !ok || len(m.id) == 0 || len(m.id) > 4 {
		return errMalformed
	}
	if m.maxSize, header, ok = expectInteger(header); !ok || m.maxSize < 484 {
		return errMalformed
	}
	flags, header, ok := expect(header, byte(TypeString))
	if !ok || len(flags) != 1 {
		return errMalformed
	}
	m.flags = flags[0]
	const userSecurityModel = 3
	if model, _, ok := expectInteger(header); !ok || model != userSecurityModel {
		return errMalformed
	}
	protection, data, ok := expect(content, byte(TypeString))
	if !ok {
		return errMalformed
	}
	m.security.data = data
	return m.security.parse(protection)
}

func (u *usmParameters) parse(from []byte) error {
	from, _, ok := expect(from, tagSequence)
	if !ok {
		return errMalformed
	}
	if u.engineID, from, ok = expect(from, byte(TypeString)); !ok {
		return errMalformed
	}
	if u.boots, from, ok = expectInteger(from); !ok {
		return errMalformed
	}
	if u.time, from, ok = expectInteger(from); !ok {
		return errMalformed
	}
	if u.user, from, ok = expect(from, byte(TypeString)); !ok {
		return errMalformed
	}
	if u.digest, from, ok = expect(from, byte(TypeString)); !ok {
		return errMalformed
	}
	if u.salt, _, ok = expect(from, byte(TypeString)); !ok {
		return errMalformed
	}
	return nil
}

// parseScoped decodes a scopedPDU.
func (m *message) parseScoped(from []byte) error {
	from, _, ok := expect(from, tagSequence)
	if !ok {
		return errMalformed
	}
	if _, from, ok = expect(from, byte(TypeString)); !ok { // contextEngineID
		return errMalformed
	}
	if m.context, from, ok = expect(from, byte(TypeString)); !ok {
		return errMalformed
	}
	return m.pdu.parse(from)
}

func (p *pdu) parse(from []byte) error {
	p.names, p.requestID = p.names[:0], nil
	kind, from, _, ok := element(from)
	if !ok {
		return errMalformed
	}
	p.kind = kind
	if p.requestID, from, ok = expect(from, byte(TypeInteger)); !ok || len(p.requestID) == 0 || len(p.requestID) > 4 {
		return errMalformed
	}
	if p.nonRepeaters, from, ok = expectInteger(from); !ok {
		return errMalformed
	}
	if p.maxRepetitions, from, ok = expectInteger(from); !ok {
		return errMalformed
	}
	if p.variables, _, ok = expect(from, tagSequence); !ok {
		return errMalformed
	}
	for list := p.variables; len(list) > 0; {
		var variable, name []byte
		if variable, list, ok = expect(list, tagSequence); !ok || len(p.names) == maxNames {
			return errMalformed
		}
		if name, _, ok = expect(variable, byte(TypeOID)); !ok || !validName(name) {
			return errMalformed
		}
		p.names = append(p.names, name)
	}
	return nil
}

// appendPDU encodes an answer.
func appendPDU(to []byte, kind byte, requestID []byte, status, index int, variables []byte) []byte {
	var scratch [40]byte
	head := appendElement(scratch[:0], byte(TypeInteger), requestID)
	head = appendUnsigned(head, byte(TypeInteger), uint64(status))
	head = appendUnsigned(head, byte(TypeInteger), uint64(index))
	head = appendLength(append(head, tagSequence), len(variables))
	to = appendLength(append(to, kind), len(head)+len(variables))
	to = append(to, head...)
	return append(to, variables...)
}

// appendMessage encodes a message of version 1 or 2c.
func appendMessage(to []byte, version int, community, pdu []byte) []byte {
	head := 3 + len(community) + 2
	if len(community) >= 0x80 {
		head = len(appendElement(nil, byte(TypeString), community)) + 3
	}
	to = appendLength(append(to, tagSequence), head+len(pdu))
	to = append(to, byte(TypeInteger), 1, byte(version))
	to = appendElement(to, byte(TypeString), community)
	return append(to, pdu...)
}
