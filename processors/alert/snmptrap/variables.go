package snmptrap

import (
	"fmt"

	"github.com/gosnmp/gosnmp"
)

// What every notification begins with (RFC 3416, section 4.2.6).
const (
	sysUpTime   = "1.3.6.1.2.1.1.3.0"
	snmpTrapOID = "1.3.6.1.6.3.1.1.4.1.0"
)

// The arcs of MIMAMORI-ALARM-MIB.
const (
	moduleArc        = ".1"
	notificationsArc = ".0"
	objectsArc       = ".1"

	raisedNotification  = 1
	clearedNotification = 2
)

const (
	// longestPacket is how many octets a notification has at most: it fits into one
	// Ethernet frame, also through a tunnel.
	longestPacket = 1400
	// shortestCut is how many bytes are left of a text at least.
	shortestCut = 40
)

// notification is the last number of the notification's identifier.
func (s *statement) notification() int {
	if s.cleared {
		return clearedNotification
	}
	return raisedNotification
}

// variables are those of the notification, in the order in which the MIB lists them.
func (s *statement) variables(module string) []gosnmp.SnmpPDU {
	objects := []struct {
		kind  gosnmp.Asn1BER
		value any
	}{
		{gosnmp.OctetString, s.id},
		{gosnmp.OctetString, s.rule},
		{gosnmp.Integer, s.severity},
		{gosnmp.OctetString, s.customer},
		{gosnmp.OctetString, s.site},
		{gosnmp.OctetString, s.entity},
		{gosnmp.OctetString, s.summary},
		{gosnmp.Integer, s.value},
		{gosnmp.OctetString, s.since},
		{gosnmp.Gauge32, s.devices},
		{gosnmp.Gauge32, s.sequence}, // Unsigned32 is the same on the wire
		{gosnmp.OctetString, s.owner},
	}
	variables := make([]gosnmp.SnmpPDU, 0, len(objects))
	for i, object := range objects {
		variables = append(variables, gosnmp.SnmpPDU{
			Name: fmt.Sprintf("%s%s.%d.0", module, objectsArc, i+1), Type: object.kind, Value: object.value,
		})
	}
	return variables
}

// headed are variables behind the two that come first.
func (s *statement) headed(module string, upTime uint32) []gosnmp.SnmpPDU {
	return append([]gosnmp.SnmpPDU{
		{Name: sysUpTime, Type: gosnmp.TimeTicks, Value: upTime},
		{Name: snmpTrapOID, Type: gosnmp.ObjectIdentifier, Value: fmt.Sprintf("%s%s.%d", module, notificationsArc, s.notification())},
	}, s.variables(module)...)
}

// fit shortens one text after the other until the packet is not too long, where around
// the variables it has an envelope of so many octets.
func (s *statement) fit(module string, envelope int) error {
	packet := gosnmp.SnmpPacket{Version: gosnmp.Version2c, PDUType: gosnmp.InformRequest, Variables: s.headed(module, 1<<31)}
	encoded, err := packet.MarshalMsg()
	if err != nil {
		return fmt.Errorf("encode a notification: %w", err)
	}
	excess := len(encoded) + envelope - longestPacket
	for _, text := range s.texts() {
		before := len(*text)
		s.shorten(text, max(before-excess, shortestCut))
		excess -= before - len(*text)
	}
	return nil
}
