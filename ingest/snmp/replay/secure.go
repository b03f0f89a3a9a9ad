package replay

import "encoding/binary"

// timeWindow is by how many seconds clocks may differ (RFC 3414, section 2.2.3).
const timeWindow = 150

// maxBoots is the number of boots that no message is in time for any more.
const maxBoots = 1<<31 - 1

// maxDatagram is what an agent sends at most.
const maxDatagram = 65507

// The reports of an agent that does not take a message (RFC 3414, section 5, and RFC
// 3412, section 5).
var (
	reportUnsupportedSecLevels = mustEncode(".1.3.6.1.6.3.15.1.1.1.0")
	reportNotInTimeWindows     = mustEncode(".1.3.6.1.6.3.15.1.1.2.0")
	reportUnknownUserNames     = mustEncode(".1.3.6.1.6.3.15.1.1.3.0")
	reportUnknownEngineIDs     = mustEncode(".1.3.6.1.6.3.15.1.1.4.0")
	reportWrongDigests         = mustEncode(".1.3.6.1.6.3.15.1.1.5.0")
	reportDecryptionErrors     = mustEncode(".1.3.6.1.6.3.15.1.1.6.0")
	reportUnknownContexts      = mustEncode(".1.3.6.1.6.3.12.1.5.0")
)

// secured answers a message of version 3, in the order of checks that RFC 3414,
// section 3.2 gives. nil is no answer.
func (a *Agent) secured(m *message, datagram []byte) []byte {
	security := &m.security
	encrypted := m.flags&flagPriv != 0
	m.requestID = nil
	if !encrypted && m.parseScoped(security.data) != nil {
		return nil
	}
	if string(security.engineID) != string(a.engineID) {
		return a.report(m, nil, reportUnknownEngineIDs)
	}
	who := a.users[string(security.user)]
	if who == nil {
		return a.report(m, nil, reportUnknownUserNames)
	}
	level := m.flags & (flagAuth | flagPriv)
	if level&^who.level != 0 || level == flagPriv {
		return a.report(m, nil, reportUnsupportedSecLevels)
	}
	if level&flagAuth != 0 {
		if !authentic(who, datagram, security.digest) {
			return a.report(m, nil, reportWrongDigests)
		}
		distance := int64(a.engineTime()) - int64(security.time)
		if security.boots != int(a.boots) || a.boots == maxBoots || distance > timeWindow || distance < -timeWindow {
			return a.report(m, who, reportNotInTimeWindows)
		}
	}
	if encrypted {
		data, _, ok := expect(security.data, byte(TypeString))
		if !ok {
			return nil
		}
		data, err := who.decrypt(data, security.salt, uint32(security.boots), uint32(security.time))
		if err != nil || m.parseScoped(data) != nil {
			m.requestID = nil
			return a.report(m, nil, reportDecryptionErrors)
		}
	}
	if string(m.context) != who.context {
		return a.report(m, who, reportUnknownContexts)
	}
	if m.kind == tagReport {
		return nil
	}
	if level != who.level {
		a.reply.silent = false
		a.fail(m, statusAuthorizationError, 0)
	} else {
		a.respond(m, min(m.maxSize, maxDatagram))
	}
	if a.reply.silent {
		return nil
	}
	a.pdu = appendPDU(a.pdu[:0], tagResponse, a.requestID(m), a.reply.status, a.reply.index, a.reply.variables)
	return a.protect(m, who, level, a.pdu)
}

// authentic checks a message's digest. The place of the digest holds zeros after that.
func authentic(who *user, datagram, digest []byte) bool {
	if len(digest) != who.authentication.digest {
		return false
	}
	var said [64]byte
	n := copy(said[:], digest)
	clear(digest)
	return string(who.sign(datagram)) == string(said[:n])
}

// report says why a message was not taken; signed where it is known by whom to be read.
func (a *Agent) report(m *message, who *user, name []byte) []byte {
	a.reports[string(name)]++
	if m.flags&flagReportable == 0 {
		return nil
	}
	value := appendUnsigned(nil, byte(TypeCounter32), uint64(a.reports[string(name)]))
	inside := append(appendElement(nil, byte(TypeOID), name), value...)
	requestID := m.requestID
	if requestID == nil {
		requestID = []byte{0}
	}
	pdu := appendPDU(nil, tagReport, requestID, 0, 0, appendElement(nil, tagSequence, inside))
	level := byte(0)
	if who != nil {
		level = m.flags & who.level & flagAuth
	}
	return a.protect(m, who, level, pdu)
}

// protect makes the message of a PDU, as secure as the level says.
func (a *Agent) protect(m *message, who *user, level byte, pdu []byte) []byte {
	boots, time := a.boots, a.engineTime()
	scoped := appendElement(nil, byte(TypeString), a.engineID)
	scoped = appendElement(scoped, byte(TypeString), m.context)
	length := len(scoped) + len(pdu)
	data := appendLength(append(a.scoped[:0], tagSequence), length)
	data = append(append(data, scoped...), pdu...)
	a.scoped = data

	var salt, digest []byte
	if level&flagPriv != 0 {
		a.salt++
		salt = binary.BigEndian.AppendUint64(nil, uint64(boots)<<32|a.salt&(1<<32-1))
		data = who.encrypt(data, salt, boots, time)
		a.scoped = data
		data = appendElement(a.sealed[:0], byte(TypeString), data)
		a.sealed = data
	}
	name := m.security.user
	if level&flagAuth != 0 {
		digest = make([]byte, who.authentication.digest)
	}
	parameters := appendElement(nil, byte(TypeString), a.engineID)
	parameters = appendUnsigned(parameters, byte(TypeInteger), uint64(boots))
	parameters = appendUnsigned(parameters, byte(TypeInteger), uint64(time))
	parameters = appendElement(parameters, byte(TypeString), name)
	parameters = appendElement(parameters, byte(TypeString), digest)
	behindDigest := len(salt) + 2 // from the end
	parameters = appendElement(parameters, byte(TypeString), salt)
	parameters = appendElement(nil, tagSequence, parameters)
	parameters = appendElement(nil, byte(TypeString), parameters)

	header := appendElement(nil, byte(TypeInteger), m.id)
	header = appendUnsigned(header, byte(TypeInteger), maxDatagram)
	header = append(header, byte(TypeString), 1, level)
	header = append(header, byte(TypeInteger), 1, 3)
	head := append([]byte{byte(TypeInteger), 1, version3}, appendElement(nil, tagSequence, header)...)
	head = append(head, parameters...)

	message := appendLength(append(a.message[:0], tagSequence), len(head)+len(data))
	message = append(message, head...)
	digestEnd := len(message) - behindDigest
	message = append(message, data...)
	a.message = message
	if level&flagAuth != 0 {
		copy(message[digestEnd-len(digest):digestEnd], who.sign(message))
	}
	return message
}
