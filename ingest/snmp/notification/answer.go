package notification

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/wire"
)

// The PDUs of notifications (RFC 3416, section 3; RFC 1157, section 4.1.6).
const (
	pduTrapV1   = byte(gosnmp.Trap)
	pduInform   = byte(gosnmp.InformRequest)
	pduTrap     = byte(gosnmp.SNMPv2Trap)
	pduResponse = byte(gosnmp.GetResponse)
)

// reportOIDs are the counters that a report bears (RFC 3414, section 5).
var reportOIDs = map[reason]string{
	unsupportedLevel:     "1.3.6.1.6.3.15.1.1.1.0",
	notInTimeWindow:      "1.3.6.1.6.3.15.1.1.2.0",
	unknownUser:          "1.3.6.1.6.3.15.1.1.3.0",
	unknownEngine:        "1.3.6.1.6.3.15.1.1.4.0",
	wrongDigest:          "1.3.6.1.6.3.15.1.1.5.0",
	string(wire.Garbled): "1.3.6.1.6.3.15.1.1.6.0",
}

// respond makes the response to an inform of version 2c out of it: all but the type of
// the PDU is the same (RFC 3416, section 4.2.7). The datagram is changed.
func respond(datagram []byte, header *wire.Header) []byte {
	header.PDU[0] = pduResponse
	return datagram
}

// respondV3 makes the response to an inform of version 3, as protected as the inform was.
func (s *security) respondV3(header *wire.Header, from sender, variables []gosnmp.SnmpPDU, now time.Time) ([]byte, error) {
	packet := s.packet(header, from, header.Flags&levels, now)
	packet.PDUType, packet.RequestID = gosnmp.GetResponse, uint32(header.RequestID)
	packet.ContextEngineID, packet.ContextName, packet.Variables = string(header.ContextEngineID), string(header.ContextName), variables
	return encode(packet)
}

// report makes the report of why a message was dropped. One about the time is signed, so
// that its sender may set its clock by it (RFC 3414, section 3.2, step 7a).
func (s *security) report(why reason, count uint32, header *wire.Header, from sender, now time.Time) ([]byte, error) {
	level := byte(0)
	if why == notInTimeWindow {
		level = wire.FlagAuthentic
	}
	packet := s.packet(header, from, level, now)
	packet.PDUType, packet.RequestID = gosnmp.Report, uint32(header.RequestID)
	packet.Variables = []gosnmp.SnmpPDU{{Name: reportOIDs[why], Type: gosnmp.Counter32, Value: count}}
	return encode(packet)
}

func (s *security) packet(header *wire.Header, from sender, level byte, now time.Time) *gosnmp.SnmpPacket {
	user := inventory.SNMPUser{Name: string(header.User)}
	if from.user != nil {
		user = *from.user
	}
	parameters, _ := wire.Security(user)
	parameters.AuthoritativeEngineID, parameters.AuthoritativeEngineBoots, parameters.AuthoritativeEngineTime = s.own.id, s.own.boots, s.own.time(now)
	parameters.SecretKey, parameters.PrivacyKey = from.keys.authentication, from.keys.privacy
	if level&wire.FlagEncrypted != 0 {
		parameters.PrivacyParameters = make([]byte, 8)
		_, _ = rand.Read(parameters.PrivacyParameters) // never fails (crypto/rand)
	}
	return &gosnmp.SnmpPacket{
		Version: gosnmp.Version3, MsgFlags: gosnmp.SnmpV3MsgFlags(level), SecurityModel: gosnmp.UserSecurityModel, SecurityParameters: parameters,
		ContextEngineID: s.own.id, MsgID: uint32(header.MessageID),
	}
}

// encode is the codec's, whose panics are errors here.
func encode(packet *gosnmp.SnmpPacket) (message []byte, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			message, err = nil, fmt.Errorf("encode a message of version 3: %v", failure)
		}
	}()
	return packet.MarshalMsg()
}

// repeatTime is how long after an inform the same may come for want of an answer. A device
// that counts its requests anew with each boot says the very same of every boot.
const repeatTime = 5 * time.Minute

// answered tells an inform that was repeated from a new one: by its source and all of
// its PDU, the request-id and sysUpTime in it. The latest are known.
type answered struct {
	ring [1024]struct {
		key uint64
		at  time.Time
	}
	next int
}

func (a *answered) seen(key uint64, now time.Time) bool {
	for i := range a.ring {
		if each := &a.ring[i]; each.key == key && now.Sub(each.at) < repeatTime {
			each.at = now
			return true
		}
	}
	a.ring[a.next].key, a.ring[a.next].at = key, now
	a.next = (a.next + 1) % len(a.ring)
	return false
}
