package replay

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A line that begins an object. Names of a MIB's root are known without the MIB.
var beginsObject = regexp.MustCompile(`^(\.?[0-9]+(?:\.[0-9]+)+|iso(?:\.[0-9]+)+|ccitt(?:\.[0-9]+)+|SNMPv2-SMI::[A-Za-z0-9-]+(?:\.[0-9]+)+) *= ?(.*)$`)

// roots are the names that snmpwalk prints where it has no MIB but the SMI's own.
var roots = map[string]string{
	"iso": ".1", "ccitt": ".0",
	"SNMPv2-SMI::mib-2": ".1.3.6.1.2.1", "SNMPv2-SMI::transmission": ".1.3.6.1.2.1.10",
	"SNMPv2-SMI::experimental": ".1.3.6.1.3", "SNMPv2-SMI::enterprises": ".1.3.6.1.4.1",
	"SNMPv2-SMI::snmpV2": ".1.3.6.1.6", "SNMPv2-SMI::snmpModules": ".1.3.6.1.6.3", "SNMPv2-SMI::zeroDotZero": ".0.0",
}

// physAddresses is ifPhysAddress, which snmpwalk prints in its own form where it has
// the IF-MIB.
const physAddresses = ".1.3.6.1.2.1.2.2.1.6."

// numericName replaces the name of a root by its numbers.
func numericName(name string) (string, error) {
	root, rest, found := strings.Cut(name, ".")
	if !found || root == "" || root[0] >= '0' && root[0] <= '9' {
		return name, nil
	}
	numbers, known := roots[root]
	if !known {
		return "", fmt.Errorf("the name %q is not in numbers: walk with snmpwalk -One", name)
	}
	return numbers + "." + rest, nil
}

// printed is an object as it was printed, over one line or several.
type printed struct {
	line  int
	name  string
	lines []string
}

// readSnmpwalk reads what snmpwalk prints.
func readSnmpwalk(walk *Walk, lines *bufio.Scanner) (number int, err error) {
	var present, untyped printed
	typed := false
	finish := func() error {
		if present.name == "" {
			return nil
		}
		name, err := numericName(present.name)
		if err != nil {
			return err
		}
		value, found, err := printedValue(name, present.lines)
		if err != nil {
			return err
		}
		if !found {
			walk.skipped++
			return nil
		}
		switch bare := ticksAlone(present.lines); {
		case !bare:
			typed = true
		case untyped.name == "":
			untyped = present
		}
		return walk.Put(name, value)
	}
	for lines.Scan() {
		number++
		line := strings.TrimRight(lines.Text(), "\r")
		if parts := beginsObject.FindStringSubmatch(line); parts != nil {
			if err := finish(); err != nil {
				return present.line, err
			}
			present = printed{line: number, name: parts[1], lines: []string{parts[2]}}
			continue
		}
		comment := strings.HasPrefix(line, "#")
		switch {
		case line == "End of MIB": // by version 1
		case comment && (present.name == "" || !openQuote(present.lines)):
		case present.name != "":
			present.lines = append(present.lines, line)
		case strings.TrimSpace(line) != "":
			return number, fmt.Errorf("%q is not what snmpwalk -One prints: .1.3.6.1... = TYPE: value", shorten(line))
		}
	}
	if err := finish(); err != nil {
		return present.line, err
	}
	if untyped.name != "" && !typed {
		return untyped.line, typeMissing(untyped.lines[0])
	}
	return number, nil
}

// ticksAlone says whether a value is a number without its type: so snmpwalk -Ot prints
// TimeTicks, and no other type. Where nothing in a walk has a type (-Oq) it may be any.
func ticksAlone(lines []string) bool {
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func typeMissing(text string) error {
	return fmt.Errorf("there is no type in %q: walk with snmpwalk -One, without -Oq, -Ov or -OQ", shorten(text))
}

// openQuote says whether a string goes on in the next line.
func openQuote(lines []string) bool {
	_, quoted, found := strings.Cut(lines[0], `"`)
	if !found || !strings.HasPrefix(lines[0], "STRING: \"") && !strings.HasPrefix(lines[0], `"`) {
		return false
	}
	_, closed := unquote(strings.Join(append([]string{quoted}, lines[1:]...), "\n"))
	return !closed
}

// Not an object: the agent says that there is none.
var absent = []string{"No Such Object", "No Such Instance", "No more variables"}

// printedValue reads a value; there is none where the agent had none.
func printedValue(name string, lines []string) (value Value, found bool, err error) {
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	for _, words := range absent {
		if strings.HasPrefix(text, words) {
			return Value{}, false, nil
		}
	}
	if strings.HasPrefix(text, "Wrong Type (") {
		// The MIB expects another type; what the agent sent stands behind it.
		if _, text, found = strings.Cut(text, "): "); !found {
			return Value{}, false, fmt.Errorf("there is no value in %q", shorten(lines[0]))
		}
	}
	if text == `""` {
		return String(""), true, nil
	}
	if text == "NULL" {
		return Null(), true, nil
	}
	if ticksAlone(lines) {
		value, err = parseUnsigned(TypeTimeTicks, text)
		return value, err == nil, err
	}
	kind, rest, found := strings.Cut(text, ":")
	if !found {
		return Value{}, false, typeMissing(text)
	}
	value, err = typedValue(name, kind, strings.TrimPrefix(rest, " "))
	return value, err == nil, err
}

func typedValue(name, kind, text string) (Value, error) {
	switch strings.ToLower(kind) { // walks pass through tools that change it
	case "integer", "integer32":
		return parseInteger(plainNumber(text))
	case "string":
		return printedString(name, text), nil
	case "hex-string":
		octets, err := hexOctets(text, true)
		return String(octets), err
	case "bits":
		octets, err := hexOctets(text, false)
		return String(octets), err
	case "oid":
		numeric, err := numericName(strings.TrimSpace(text))
		if err != nil {
			return Value{}, err
		}
		return OID(numeric)
	case "ipaddress":
		return parseAddress(strings.TrimSpace(text))
	case "network address":
		octets, err := hexOctets(strings.ReplaceAll(text, ":", " "), true)
		if err == nil && len(octets) != 4 {
			err = fmt.Errorf("%q is no network address of four octets", shorten(text))
		}
		if err != nil {
			return Value{}, err
		}
		return Value{appendElement(nil, byte(TypeIPAddress), octets)}, nil
	case "counter32":
		return parseUnsigned(TypeCounter32, plainNumber(text))
	case "gauge32", "unsigned32", "uinteger32":
		return parseUnsigned(TypeGauge32, plainNumber(text))
	case "counter64":
		return parseUnsigned(TypeCounter64, plainNumber(text))
	case "timeticks":
		text = strings.TrimPrefix(text, "(")
		if end := strings.IndexByte(text, ')'); end >= 0 {
			text = text[:end]
		}
		return parseUnsigned(TypeTimeTicks, plainNumber(text))
	case "opaque":
		return printedOpaque(text)
	}
	return Value{}, fmt.Errorf("%q is no type that snmpwalk prints", shorten(kind))
}

// plainNumber finds the number in what snmpwalk makes of one: up(1), 5 seconds, and
// 1.23 where the MIB says that the number counts hundredths.
func plainNumber(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), " ")
	if open := strings.IndexByte(text, '('); open >= 0 && strings.HasSuffix(text, ")") {
		return text[open+1 : len(text)-1]
	}
	if whole, fraction, found := strings.Cut(text, "."); found {
		negative := strings.HasPrefix(whole, "-")
		digits := strings.TrimLeft(strings.TrimPrefix(whole, "-")+fraction, "0")
		if digits == "" {
			return "0"
		}
		if negative {
			return "-" + digits
		}
		return digits
	}
	return text
}

// printedString reads a string, in quotation marks or without. What follows the
// closing mark is not of it.
func printedString(name, text string) Value {
	if quoted, found := strings.CutPrefix(text, `"`); found {
		content, _ := unquote(quoted)
		return String(content)
	}
	if strings.HasPrefix(name, physAddresses) {
		if octets, err := macOctets(text); err == nil {
			return String(octets)
		}
	}
	return String(text)
}

// unquote reads up to the closing mark.
func unquote(quoted string) (content string, closed bool) {
	var octets []byte
	for i := 0; i < len(quoted); i++ {
		switch {
		case quoted[i] == '\\' && i+1 < len(quoted) && (quoted[i+1] == '"' || quoted[i+1] == '\\'):
			i++
		case quoted[i] == '"':
			return string(octets), true
		}
		octets = append(octets, quoted[i])
	}
	return string(octets), false
}

// macOctets reads 0:1b:21:0:0:5.
func macOctets(text string) ([]byte, error) {
	var octets []byte
	for field := range strings.SplitSeq(strings.TrimSpace(text), ":") {
		octet, err := strconv.ParseUint(field, 16, 8)
		if err != nil {
			return nil, err
		}
		octets = append(octets, byte(octet))
	}
	return octets, nil
}

// hexOctets reads octets of two digits each, with blanks between them or without. Behind
// the octets of BITS stand the names of the bits that are set.
func hexOctets(text string, all bool) ([]byte, error) {
	octets := []byte{}
	for field := range strings.FieldsSeq(text) {
		octet, err := strconv.ParseUint(field, 16, 8)
		if err == nil && len(field) == 2 {
			octets = append(octets, byte(octet))
			continue
		}
		if !all {
			break
		}
		if joined, err := hex.DecodeString(field); err == nil {
			octets = append(octets, joined...)
			continue
		}
		return nil, fmt.Errorf("%q is no octet of two hexadecimal digits", shorten(field))
	}
	return octets, nil
}

// printedOpaque reads the numbers that net-snmp wraps, or octets.
func printedOpaque(text string) (Value, error) {
	kind, number, found := strings.Cut(strings.TrimSpace(text), ":")
	if !found {
		octets, err := hexOctets(text, true)
		return Opaque(octets), err
	}
	number = strings.TrimSpace(number)
	switch kind {
	case "Float":
		value, err := strconv.ParseFloat(number, 32)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return Value{}, fmt.Errorf("%q is no number", shorten(number))
		}
		return Float(float32(value)), nil
	case "Double":
		value, err := strconv.ParseFloat(number, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return Value{}, fmt.Errorf("%q is no number", shorten(number))
		}
		return Opaque(binary.BigEndian.AppendUint64([]byte{0x9f, 0x79, 8}, math.Float64bits(value))), nil
	case "Int64", "UInt64", "Counter64":
		value, err := strconv.ParseInt(number, 10, 64)
		if kind != "Int64" {
			var positive uint64
			positive, err = strconv.ParseUint(number, 10, 64)
			value = int64(positive)
		}
		if err != nil {
			return Value{}, fmt.Errorf("%q is no number of 64 bits", shorten(number))
		}
		tags := map[string]byte{"Counter64": 0x76, "Int64": 0x7a, "UInt64": 0x7b}
		octets := binary.BigEndian.AppendUint64(nil, uint64(value))
		if kind != "Int64" {
			octets = bytes.TrimLeft(octets[:7], "\x00")
			octets = append(octets, byte(value))
		}
		return Opaque(appendElement([]byte{0x9f}, tags[kind], octets)), nil
	}
	return Value{}, fmt.Errorf("%q is nothing that snmpwalk prints of an Opaque", shorten(kind))
}
