package snmp

import (
	"bytes"
	"math"
	"strings"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
)

// maxText is the longest text taken over, in bytes. DisplayString ends at 255;
// some agents' sysDescr does not.
const maxText = 1024

// row is one row of the interface tables as an agent answered it.
type row struct {
	index     uint32 // ifIndex
	sysUpTime uint32 // in the same answer
	hasUpTime bool
	at        int64 // when the agent read it, milliseconds on the poller's clock
	wall      int64 // the same, Unix milliseconds

	present columnSet // columns the row has a valid value for
	wide    columnSet // columns answered as Counter64
	values  [columnCount]uint64
	texts   [textCount][]byte // share the answer's memory

	state    *interfaceState // whose row it is, once that is known
	repeated bool            // another row bears its name
}

type columnSet uint64

func (s columnSet) has(c column) bool { return s&(1<<c) != 0 }

func (s *columnSet) add(c column) { *s |= 1 << c }

// text is a column that holds text and not a number.
type text uint8

const (
	textName text = iota
	textDescr
	textAlias
	textPhysAddress
	textCount
)

func textOf(c column) (text, bool) {
	switch c {
	case ifName:
		return textName, true
	case ifDescr:
		return textDescr, true
	case ifAlias:
		return textAlias, true
	case ifPhysAddress:
		return textPhysAddress, true
	default:
		return 0, false
	}
}

// set takes a value over, and says whether it could be one of that column.
func (r *row) set(c column, variable gosnmp.SnmpPDU) bool {
	if t, ok := textOf(c); ok {
		value, ok := variable.Value.([]byte)
		if !ok {
			return false
		}
		r.texts[t] = value
		r.present.add(c)
		return true
	}
	value, ok := number(variable)
	if !ok {
		return false
	}
	// The width is what the agent says on the wire: there are those that answer an
	// ifHC column from a 32-bit counter.
	if variable.Type == gosnmp.Counter64 {
		r.wide.add(c)
	} else if value > math.MaxUint32 {
		return false
	}
	r.values[c] = value
	r.present.add(c)
	return true
}

// number returns the value of any of SNMP's whole numbers that is not negative.
func number(variable gosnmp.SnmpPDU) (uint64, bool) {
	switch value := variable.Value.(type) {
	case uint64:
		return value, true
	case uint:
		return uint64(value), true
	case uint32:
		return uint64(value), true
	case int:
		return uint64(value), value >= 0
	}
	return 0, false
}

// name returns what the interface is called: its ifName, or its ifDescr where it
// has none.
func (r *row) name() []byte {
	if name := trim(r.texts[textName]); len(name) > 0 {
		return name
	}
	return trim(r.texts[textDescr])
}

// status returns an ifAdminStatus or ifOperStatus, 0 where it is none.
func (r *row) status(c column) uint8 {
	if status := r.values[c]; status <= 7 {
		return uint8(status)
	}
	return 0
}

// speed returns bits a second, 0 where the agent does not know. ifSpeed is exact
// but ends at 2^32-1, and agents of faster interfaces fill it with anything;
// ifHighSpeed counts megabits.
func (r *row) speed() uint64 {
	const megabit = 1_000_000
	exact, high := r.values[ifSpeed], r.values[ifHighSpeed]
	if exact > 0 && exact < math.MaxUint32 && high <= math.MaxUint32/megabit {
		return exact
	}
	if high > math.MaxUint32 {
		return 0
	}
	return high * megabit
}

// trim removes what agents pad texts with, and bounds them.
func trim(value []byte) []byte {
	value = value[:min(len(value), maxText)]
	return bytes.Trim(value, " \t\r\n\x00")
}

// readable returns a text as valid UTF-8.
func readable(value []byte) string {
	return strings.ToValidUTF8(string(trim(value)), "\uFFFD")
}

// physAddress writes an address as lower-case hex with colons.
func physAddress(value []byte) string {
	const digits, longest = "0123456789abcdef", 32
	value = value[:min(len(value), longest)]
	written := make([]byte, 0, 3*len(value))
	for i, octet := range value {
		if i > 0 {
			written = append(written, ':')
		}
		written = append(written, digits[octet>>4], digits[octet&15])
	}
	return string(written)
}

// instance returns the ifIndex of an instance of the column, and whether the OID
// is one.
func instance(oid string, c column) (int64, bool) {
	prefix := columnPrefix[c]
	if len(oid) <= len(prefix) || len(oid) > len(prefix)+10 || oid[:len(prefix)] != prefix {
		return 0, false
	}
	index := int64(0)
	for i := len(prefix); i < len(oid); i++ {
		digit := oid[i] - '0'
		if digit > 9 {
			return 0, false
		}
		index = index*10 + int64(digit)
	}
	return index, index <= math.MaxUint32
}

// readClocks takes the clocks from the answer to clockOIDs.
func readClocks(variables []gosnmp.SnmpPDU) clocks {
	var c clocks
	var hasTime, hasBoots bool
	for _, variable := range variables {
		value, ok := number(variable)
		if !ok || value > math.MaxUint32 {
			continue
		}
		switch variable.Name {
		case oidSysUpTime:
			c.sysUpTime, c.hasSysUpTime = uint32(value), true
		case oidHrSystemUptime:
			c.hrSystemUptime = uint32(value)
			c.presence |= sample.HasHrSystemUptime
		case oidEngineTime:
			c.engineTime, hasTime = uint32(value), true
		case oidEngineBoots:
			c.engineBoots, hasBoots = uint32(value), true
		}
	}
	if hasTime && hasBoots {
		c.presence |= sample.HasEngineTime
	} else {
		c.engineTime, c.engineBoots = 0, 0
	}
	return c
}

// description is what an agent says of its device.
type description struct{ objectID, name, descr string }

// readDescription takes the description from the answer to describeOIDs.
func readDescription(variables []gosnmp.SnmpPDU) description {
	var d description
	for _, variable := range variables {
		switch value := variable.Value.(type) {
		case string:
			if variable.Name == oidSysObjectID && len(value) <= maxText {
				d.objectID = strings.TrimPrefix(value, ".")
			}
		case []byte:
			switch variable.Name {
			case oidSysName:
				d.name = readable(value)
			case oidSysDescr:
				d.descr = readable(value)
			}
		}
	}
	return d
}
