package notification

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/snmp/wire"
)

// Objects that a notification bears about itself (SNMPv2-MIB, SNMP-COMMUNITY-MIB).
const (
	sysUpTime          = "1.3.6.1.2.1.1.3.0"
	snmpTrapOID        = "1.3.6.1.6.3.1.1.4.1.0"
	snmpTrapEnterprise = "1.3.6.1.6.3.1.1.4.3.0"
	snmpTrapAddress    = "1.3.6.1.6.3.18.1.3.0"
	snmpTrapCommunity  = "1.3.6.1.6.3.18.1.4.0"
)

// Columns of the interface tables, and those of them that name an interface (IF-MIB).
const (
	ifTable  = "1.3.6.1.2.1.2.2.1."
	ifXTable = "1.3.6.1.2.1.31.1.1.1."
	ifIndex  = ifTable + "1."
	ifDescr  = ifTable + "2."
	ifName   = ifXTable + "1."
)

// longestName is the longest name of an interface that is kept, bytes.
const longestName = 255

// notification is what a datagram says, in the words of version 2.
type notification struct {
	trapOID       string
	name          string
	severity      uint8
	sysUpTime     uint32
	agent         netip.Addr // not valid where none is said
	enterprise    string
	ifIndex       uint32
	interfaceName string
	variables     string
	complaint     string
}

// complain adds what is odd.
func (n *notification) complain(reason string) {
	if n.complaint != "" {
		reason = n.complaint + "; " + reason
	}
	n.complaint = reason
}

// decoder turns PDUs into notifications. It keeps its memory: what it returns of the
// codec's is good until the next PDU.
type decoder struct {
	codec   gosnmp.GoSNMP
	message []byte
	text    variables
}

// decode reads a PDU that package wire found sound. It returns the codec's reading too,
// for an answer. A panic of the codec is a reason.
func (d *decoder) decode(pdu []byte) (n notification, packet *gosnmp.SnmpPacket, why reason) {
	defer func() {
		if recover() != nil {
			packet, why = nil, string(wire.Panicked)
		}
	}()
	// The codec reads messages: one of version 2c that is nothing but this PDU.
	length := len(pdu) + 5
	d.message = append(d.message[:0], 0x30, 0x83, byte(length>>16), byte(length>>8), byte(length), 0x02, 1, 1, 0x04, 0)
	d.message = append(d.message, pdu...)
	if packet, err := d.codec.UnmarshalTrap(d.message, false); err == nil {
		n.read(packet, pdu[0] == pduTrapV1, &d.text)
		return n, packet, taken
	}
	return n, nil, string(wire.Refused)
}

// read takes all that a PDU says.
func (n *notification) read(packet *gosnmp.SnmpPacket, v1 bool, text *variables) {
	if v1 {
		n.readV1(packet)
	}
	n.readVariables(packet.Variables, v1, text)
	n.name, n.severity = nameOf(n.trapOID)
}

// readV1 translates what a trap of version 1 says differently (RFC 3584, section 3.1).
func (n *notification) readV1(packet *gosnmp.SnmpPacket) {
	n.enterprise = bare(packet.Enterprise)
	n.sysUpTime = uint32(packet.Timestamp)
	if agent, err := netip.ParseAddr(packet.AgentAddress); err == nil && !agent.IsUnspecified() {
		n.agent = agent
	}
	switch generic := packet.GenericTrap; {
	case generic >= 0 && generic <= 5:
		n.trapOID = standard + strconv.Itoa(generic+1)
	default:
		if generic != 6 {
			n.complain(fmt.Sprintf("generic-trap is %d, taken for enterpriseSpecific", generic))
		}
		n.trapOID = n.enterprise + ".0." + strconv.FormatInt(int64(packet.SpecificTrap), 10)
	}
}

// readVariables takes what has a place of its own; the others become text. Version 1 says
// what it is outside of them.
func (n *notification) readVariables(all []gosnmp.SnmpPDU, v1 bool, text *variables) {
	text.reset()
	described := ""
	for i := range all {
		variable := &all[i]
		oid := bare(variable.Name)
		switch oid {
		case sysUpTime:
			if ticks, ok := variable.Value.(uint32); ok && !v1 {
				n.sysUpTime = ticks
				if i != 0 {
					n.complain("sysUpTime is not its first variable")
				}
				continue
			}
		case snmpTrapOID:
			if value, ok := variable.Value.(string); ok && !v1 && n.trapOID == "" {
				n.trapOID = bare(value)
				if i != 1 {
					n.complain("snmpTrapOID is not its second variable")
				}
				continue
			}
		case snmpTrapEnterprise:
			if value, ok := variable.Value.(string); ok && n.enterprise == "" {
				n.enterprise = bare(value)
				continue
			}
		case snmpTrapAddress:
			if value, ok := variable.Value.(string); ok {
				if agent, err := netip.ParseAddr(value); err == nil && !agent.IsUnspecified() && !n.agent.IsValid() {
					n.agent = agent
				}
				continue
			}
		case snmpTrapCommunity: // a password, which is not kept
			continue
		}
		if index, ok := ofInterface(oid); ok {
			if n.ifIndex == 0 {
				n.ifIndex = index
			}
			if name, ok := variable.Value.([]byte); ok && index == n.ifIndex && len(name) <= longestName {
				switch {
				case strings.HasPrefix(oid, ifName):
					n.interfaceName = readable(name)
				case strings.HasPrefix(oid, ifDescr):
					described = readable(name)
				}
			}
			// The value of ifIndex counts where its instance is something else.
			if value, ok := variable.Value.(int); ok && strings.HasPrefix(oid, ifIndex) && index == n.ifIndex && value > 0 && value <= 1<<31-1 {
				n.ifIndex = uint32(value)
			}
		}
		text.add(oid, variable)
	}
	if n.interfaceName == "" {
		n.interfaceName = described
	}
	if n.trapOID == "" {
		n.complain("it has no snmpTrapOID")
	}
	if text.cut {
		n.complain("not all of its variables are kept")
	}
	n.variables = text.String()
}

// ofInterface returns the ifIndex that a column of the interface tables is of.
func ofInterface(oid string) (uint32, bool) {
	column, ok := strings.CutPrefix(oid, ifTable)
	if !ok {
		if column, ok = strings.CutPrefix(oid, ifXTable); !ok {
			return 0, false
		}
	}
	_, instance, _ := strings.Cut(column, ".")
	index, err := strconv.ParseUint(instance, 10, 31)
	return uint32(index), err == nil && index > 0
}

// bare is an OID without a leading dot.
func bare(oid string) string { return strings.TrimPrefix(oid, ".") }

// versionOf is the version of SNMP as it is kept: 1, 2 for 2c, 3.
func versionOf(header *wire.Header) uint8 {
	if header.Version == wire.Version3 {
		return 3
	}
	return uint8(header.Version) + 1
}
