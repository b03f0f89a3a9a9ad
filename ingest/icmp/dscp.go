package icmp

import (
	"fmt"
	"strconv"
	"strings"
)

const maxDSCP = 63

// DSCP is a DiffServ code point, 0 to 63 (RFC 2474). Written it is a number or a
// registered name: EF, VA, LE, DF, CS0 to CS7, AF11 to AF43.
type DSCP uint8

// codePoints are the registered names (RFC 2474, 2597, 3246, 5865, 8622).
var codePoints = map[string]DSCP{
	"DF": 0, "BE": 0, "LE": 1, "EF": 46, "VA": 44,
	"CS0": 0, "CS1": 8, "CS2": 16, "CS3": 24, "CS4": 32, "CS5": 40, "CS6": 48, "CS7": 56,
	"AF11": 10, "AF12": 12, "AF13": 14, "AF21": 18, "AF22": 20, "AF23": 22,
	"AF31": 26, "AF32": 28, "AF33": 30, "AF41": 34, "AF42": 36, "AF43": 38,
}

// UnmarshalText reads a number or a name.
func (d *DSCP) UnmarshalText(text []byte) error {
	written := strings.TrimSpace(string(text))
	if named, ok := codePoints[strings.ToUpper(written)]; ok {
		*d = named
		return nil
	}
	number, err := strconv.ParseUint(written, 10, 8)
	if err != nil || number > maxDSCP {
		return fmt.Errorf("%q is no DiffServ code point: write 0 to %d, or a name such as EF, CS3 or AF41", written, maxDSCP)
	}
	*d = DSCP(number)
	return nil
}

// MarshalText writes the number.
func (d DSCP) MarshalText() ([]byte, error) { return strconv.AppendUint(nil, uint64(d), 10), nil }
