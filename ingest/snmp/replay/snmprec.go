package replay

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Zeros before the number that an octet of an address is.
var leadingZeros = regexp.MustCompile(`\b0+([0-9])`)

// isSnmprec tells the two formats apart by the first line that is no comment.
func isSnmprec(begin []byte) bool {
	for line := range bytes.Lines(begin) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		name, _, found := bytes.Cut(line, []byte("|"))
		return found && !bytes.Contains(name, []byte("="))
	}
	return false
}

// readSnmprec reads lines of name|tag|value.
func readSnmprec(walk *Walk, lines *bufio.Scanner) (number int, err error) {
	for lines.Scan() {
		number++
		line := strings.TrimRight(lines.Text(), "\r")
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		fields := strings.SplitN(line, "|", 3)
		if len(fields) != 3 {
			return number, fmt.Errorf("%q is not name|tag|value", shorten(line))
		}
		value, found, err := snmprecValue(fields[1], fields[2])
		if err != nil {
			return number, err
		}
		if !found {
			walk.skipped++
			continue
		}
		if err := walk.Put(fields[0], value); err != nil {
			return number, err
		}
	}
	return number, nil
}

// snmprecValue reads a value. A module that makes values up (tag:module) is replayed by
// the value it begins with; one without such a value is not.
func snmprecValue(tag, text string) (value Value, found bool, err error) {
	tag, _, varied := strings.Cut(tag, ":")
	number, isHex := strings.CutSuffix(tag, "x")
	code, err := strconv.ParseUint(number, 10, 8)
	if err != nil {
		return Value{}, false, fmt.Errorf("%q is no tag: use the number of a type, such as 4 or 4x", tag)
	}
	if varied {
		if text, found = initialValue(text); !found {
			return Value{}, false, nil
		}
	}
	if isHex {
		octets, err := hex.DecodeString(text)
		if err != nil {
			return Value{}, false, fmt.Errorf("%q is no hexadecimal number: %w", shorten(text), err)
		}
		text = string(octets)
	}
	value, err = snmprecPlain(Type(code), text, isHex)
	return value, err == nil, err
}

// initialValue finds the value that a variation module begins with.
func initialValue(parameters string) (string, bool) {
	if !strings.Contains(parameters, "=") {
		return parameters, parameters != ""
	}
	values := map[string]string{}
	for parameter := range strings.SplitSeq(parameters, ",") {
		key, value, _ := strings.Cut(parameter, "=")
		values[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	for _, key := range []string{"value", "initial", "offset", "min"} {
		if value, ok := values[key]; ok {
			return value, true
		}
	}
	return "", false
}

func snmprecPlain(kind Type, text string, isHex bool) (Value, error) {
	switch kind {
	case TypeInteger:
		return parseInteger(strings.TrimSpace(text))
	case TypeString:
		return String(text), nil
	case TypeNull:
		return Null(), nil
	case TypeOID:
		return OID(strings.TrimSpace(text))
	case TypeOpaque:
		return Opaque([]byte(text)), nil
	case TypeIPAddress:
		// Recorders are known to write the four octets as they are.
		if address, ok := netip.AddrFromSlice([]byte(text)); ok && (isHex || address.Is4()) {
			return IPAddress(address)
		}
		return parseAddress(strings.TrimSpace(text))
	case TypeCounter32, TypeGauge32, TypeTimeTicks, TypeCounter64:
		return parseUnsigned(kind, strings.TrimSpace(text))
	}
	return Value{}, fmt.Errorf("%d is no tag of a type: use 2, 4, 5, 6, 64 to 68 or 70", kind)
}

// parseAddress reads an IPv4 address. Digits are decimal, and there may be zeros before
// them: tools that make walks anonymous pad them.
func parseAddress(text string) (Value, error) {
	address, err := netip.ParseAddr(leadingZeros.ReplaceAllString(text, "$1"))
	if err != nil {
		return Value{}, fmt.Errorf("%q is no IPv4 address", shorten(text))
	}
	return IPAddress(address)
}

func parseInteger(text string) (Value, error) {
	value, err := strconv.ParseInt(text, 0, 64)
	if err != nil || value < -1<<31 || value > 1<<32-1 {
		return Value{}, fmt.Errorf("%q is no INTEGER of 32 bits", shorten(text))
	}
	// Agents are known to send more than 31 bits in an INTEGER; so does this one then.
	return Value{appendSigned(nil, value)}, nil
}

func parseUnsigned(kind Type, text string) (Value, error) {
	bits := 32
	if kind == TypeCounter64 {
		bits = 64
	}
	value, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		return Value{}, fmt.Errorf("%q is no number of %d bits without a sign", shorten(text), bits)
	}
	return unsigned(kind, value), nil
}

// shorten cuts what a message quotes of a line.
func shorten(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
