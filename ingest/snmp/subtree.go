package snmp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/wire"
)

// Variable is one object of an agent as it answered it.
type Variable struct {
	OID  string // numeric, with a leading dot
	Type string // as snmpwalk names it: STRING, Hex-STRING, INTEGER, Counter32, Counter64, Gauge32, Timeticks, OID, IpAddress and so on
	// Value is an int64 or uint64, a float64 of an opaque float, or a string: text,
	// octets in hex, an OID or an address.
	Value any
}

// errOrder: the agent's objects do not rise, as those of a MIB must (RFC 3416, 4.2.2).
var errOrder = errors.New("the agent's objects are not in order, so a walk would never end")

// Walk asks an agent for all objects below root, a numeric OID, and hands each on in
// turn; an error of each ends the walk. The device's SNMP must be resolved. A root
// without anything below it is asked for as an object itself, as snmpwalk does.
func Walk(ctx context.Context, cfg Config, device inventory.Device, root string, each func(Variable) error) error {
	if err := CheckOID(root); err != nil {
		return err
	}
	root = "." + strings.Trim(root, ".")
	metrics, err := newMetrics(nil)
	if err != nil {
		return err
	}
	s, err := open(ctx, &inventory.StationDevice{Device: device}, &memory{passwords: new(wire.Passwords)}, cfg.Timeout, cfg.Retries, metrics)
	if err != nil {
		return err
	}
	defer s.close()
	last, found, repetitions := root, 0, cfg.MaxRepetitions
	for {
		variables, err := s.after(last, repetitions)
		if noAnswer(err) && repetitions > 1 && found > 0 && ctx.Err() == nil || errors.Is(err, statusError(gosnmp.TooBig)) && repetitions > 1 {
			repetitions /= 2 // the answer did not fit
			continue
		}
		if (len(variables) == 0 && err == nil || isStatus(err)) && repetitions > safeRepetitions {
			repetitions = safeRepetitions // more are misread by some
			continue
		}
		if err != nil {
			return err
		}
		for _, variable := range variables {
			if exceptional(variable) || !below(variable.Name, root) {
				if found > 0 {
					return nil
				}
				return s.one(root, each)
			}
			if !follows(strings.TrimPrefix(variable.Name, "."), strings.TrimPrefix(last, ".")) {
				return fmt.Errorf("walk %s: after %s comes %s: %w", root, last, variable.Name, errOrder)
			}
			last = variable.Name
			found++
			if err := each(describe(variable)); err != nil {
				return err
			}
		}
		if len(variables) == 0 {
			return fmt.Errorf("walk %s: %w: an answer was empty", root, errIncomplete)
		}
	}
}

// after asks for what follows an OID.
func (s *session) after(oid string, repetitions int) ([]gosnmp.SnmpPDU, error) {
	variables, err := s.bulk([]string{oidSysUpTimeObject, oid}, repetitions)
	if err != nil || len(variables) < 2 {
		return nil, err
	}
	return variables[1:], nil
}

// one hands on the object that an OID itself is, if it is one.
func (s *session) one(oid string, each func(Variable) error) error {
	variables, err := s.get([]string{oid})
	if err != nil || len(variables) != 1 || exceptional(variables[0]) {
		if isStatus(err) {
			err = nil // it has nothing there
		}
		return err
	}
	return each(describe(variables[0]))
}

// CheckOID returns an error that says so where a text is no numeric OID.
func CheckOID(text string) error {
	arcs := strings.Split(strings.Trim(text, "."), ".")
	if len(arcs) > 128 {
		return fmt.Errorf("%q has %d numbers: an OID has 128 at most", text, len(arcs))
	}
	if roots := map[string]bool{"0": true, "1": true, "2": true}; len(arcs) > 1 && strings.Trim(text, "0123456789.") == "" && !roots[arcs[0]] {
		return fmt.Errorf("%q is no OID: its first number is 0, 1 or 2, as in 1.3.6.1.2.1.1", text)
	}
	if len(arcs) < 2 && strings.Trim(text, "0123456789.") == "" {
		return fmt.Errorf("%q is too short for an OID: write two numbers at least, as in 1.3", text)
	}
	for _, arc := range arcs {
		if _, err := strconv.ParseUint(arc, 10, 32); err != nil {
			return fmt.Errorf("%q is no OID: write numbers with dots, as in 1.3.6.1.2.1.1", text)
		}
	}
	return nil
}

// below says whether an OID is in the subtree of another.
func below(oid, root string) bool {
	rest, ok := strings.CutPrefix(oid, root)
	return ok && strings.HasPrefix(rest, ".")
}

// describe puts a variable into snmpwalk's terms.
func describe(variable gosnmp.SnmpPDU) Variable {
	described := Variable{OID: variable.Name}
	switch value := variable.Value.(type) {
	case []byte:
		described.Type, described.Value = "STRING", string(value)
		if variable.Type == gosnmp.Opaque || !printable(value) {
			described.Type, described.Value = "Hex-STRING", strings.ToUpper(fmt.Sprintf("% x", value))
		}
		return described
	case string:
		described.Value = value
	case float32:
		described.Value = float64(value)
	case float64:
		described.Value = value
	default:
		if number, ok := number(variable); ok {
			described.Value = number
		} else if negative, ok := signed(variable); ok {
			described.Value = negative
		}
	}
	described.Type = typeNames[variable.Type]
	if described.Type == "" {
		described.Type = variable.Type.String()
	}
	return described
}

var typeNames = map[gosnmp.Asn1BER]string{
	gosnmp.Integer: "INTEGER", gosnmp.ObjectIdentifier: "OID", gosnmp.IPAddress: "IpAddress",
	gosnmp.Counter32: "Counter32", gosnmp.Gauge32: "Gauge32", gosnmp.Uinteger32: "UInteger32",
	gosnmp.TimeTicks: "Timeticks", gosnmp.Counter64: "Counter64", gosnmp.Null: "NULL",
	gosnmp.OpaqueFloat: "Opaque: Float", gosnmp.OpaqueDouble: "Opaque: Double",
}

// printable says whether octets are text of one line.
func printable(octets []byte) bool {
	for _, octet := range octets {
		if (octet < ' ' || octet > '~') && octet != '\t' && octet != '\r' && octet != '\n' {
			return false
		}
	}
	return true
}

// String returns the variable as snmpwalk -On prints it, octets in hex on one line however
// many they are.
func (v Variable) String() string {
	switch value := v.Value.(type) {
	case string:
		if value == "" {
			return v.OID + ` = ""`
		}
		if v.Type == "STRING" {
			return v.OID + ` = STRING: "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
		}
		return v.OID + " = " + v.Type + ": " + value
	case uint64:
		if v.Type == "Timeticks" {
			return fmt.Sprintf("%s = Timeticks: (%d) %s", v.OID, value, clockOf(value))
		}
		return fmt.Sprintf("%s = %s: %d", v.OID, v.Type, value)
	case nil:
		return v.OID + " = " + v.Type
	default:
		return fmt.Sprintf("%s = %s: %v", v.OID, v.Type, value)
	}
}

// clockOf writes hundredths of a second as days and a time of day.
func clockOf(hundredths uint64) string {
	const day = 24 * 60 * 60 * 100
	rest := time.Duration(hundredths%day) * 10 * time.Millisecond
	clock := fmt.Sprintf("%d:%02d:%05.2f", int(rest.Hours()), int(rest.Minutes())%60, (rest % time.Minute).Seconds())
	switch days := hundredths / day; days {
	case 0:
		return clock
	case 1:
		return "1 day, " + clock
	default:
		return fmt.Sprintf("%d days, %s", days, clock)
	}
}
