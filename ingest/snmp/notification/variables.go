package notification

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gosnmp/gosnmp"
)

// How much of the variables is kept, bytes.
const (
	longestValue     = 512
	longestVariables = 4096
)

// variables writes variables as text: "oid=value; oid=value".
type variables struct {
	strings.Builder
	cut bool // something was left out
}

func (v *variables) reset() {
	v.Reset()
	v.cut = false
}

// add adds a variable, unless the text is as long as it may be.
func (v *variables) add(oid string, variable *gosnmp.SnmpPDU) {
	value := v.value(variable)
	if v.Len()+len("; ")+len(oid)+1+len(value) > longestVariables {
		v.cut = true
		return
	}
	if v.Len() > 0 {
		v.WriteString("; ")
	}
	v.WriteString(oid)
	v.WriteByte('=')
	v.WriteString(value)
}

// value is a value as text. Octets that are no printable text are in hex, 0x first; one
// that is too long ends in "...".
func (v *variables) value(variable *gosnmp.SnmpPDU) string {
	switch value := variable.Value.(type) {
	case nil:
		return strings.ToLower(variable.Type.String())
	case []byte:
		if len(value) > longestValue {
			v.cut = true
			end := longestValue
			for end > longestValue-utf8.UTFMax && !utf8.RuneStart(value[end]) {
				end-- // not within a character
			}
			return readable(value[:end]) + "..."
		}
		return readable(value)
	case string:
		return bare(value)
	case int:
		return strconv.Itoa(value)
	case uint:
		return strconv.FormatUint(uint64(value), 10)
	case uint32:
		return strconv.FormatUint(uint64(value), 10)
	case uint64:
		return strconv.FormatUint(value, 10)
	}
	return strings.ToValidUTF8(fmt.Sprint(variable.Value), "?")
}

// readable is octets as text where they are some, else in hex. A NUL at the end, which
// some agents send, is left out.
func readable(octets []byte) string {
	text := octets
	for len(text) > 0 && text[len(text)-1] == 0 {
		text = text[:len(text)-1]
	}
	if !utf8.Valid(text) {
		return "0x" + hex.EncodeToString(octets)
	}
	for _, char := range string(text) {
		if unicode.IsControl(char) && char != '\n' && char != '\r' && char != '\t' {
			return "0x" + hex.EncodeToString(octets)
		}
	}
	return string(text)
}
