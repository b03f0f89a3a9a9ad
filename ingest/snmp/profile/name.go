package profile

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Format puts the name of a sensor together from its instance and from the name that
// a column holds. The zero Format is that name alone.
type Format struct {
	pieces []piece
}

// piece is a text, or something taken from the instance, in its order, or the name.
type piece struct {
	text string
	take string
}

// The things a name may be made of.
const (
	takeIPv4   = "ipv4"      // four arcs
	takeIPv6   = "ipv6"      // sixteen arcs
	takeInet   = "inet"      // InetAddressType and InetAddress (RFC 4001)
	takeNumber = "number"    // one arc
	takeText   = "text"      // a length and as many characters
	takeRouter = "router_id" // one arc, shown as an address
	takeName   = "name"      // what name_from or names_from hold
)

// A dash before what is taken from the instance takes it and shows nothing.
const unseen = "-"

// parseFormat reads a name's format, such as "{ipv4} AS {name}".
func parseFormat(written string) (Format, error) {
	var format Format
	for rest := written; rest != ""; {
		text, after, found := strings.Cut(rest, "{")
		if text != "" {
			format.pieces = append(format.pieces, piece{text: text})
		}
		if !found {
			break
		}
		take, remaining, closed := strings.Cut(after, "}")
		switch strings.TrimPrefix(take, unseen) {
		case takeIPv4, takeIPv6, takeInet, takeNumber, takeText, takeRouter, takeName:
		default:
			closed = false
		}
		if !closed || take == unseen+takeName {
			return Format{}, fmt.Errorf("%q cannot be read at {%s: use {ipv4}, {ipv6}, {inet}, {number}, {text}, {router_id} in the order of the index, {-number} and the like for what is not shown, and {name}", written, take)
		}
		format.pieces = append(format.pieces, piece{take: take})
		rest = remaining
	}
	return format, nil
}

// Indexed says whether names are made from the instance.
func (f Format) Indexed() bool {
	for _, each := range f.pieces {
		if each.take != "" && each.take != takeName {
			return true
		}
	}
	return false
}

// Text returns the name of the sensor of an instance ("10.0.0.1.0"), given what a
// column calls it. It is empty where the instance is not as the format says. A text
// before a name that is not known is left out.
func (f Format) Text(instance, name string) string {
	if len(f.pieces) == 0 {
		return name
	}
	if text, ok := f.text(instance, name, true); ok {
		return text
	}
	text, _ := f.text(instance, name, false)
	return text
}

// text makes the name. There are agents that leave out the length of an InetAddress,
// which its type tells too: what takes all of the instance is right.
func (f Format) text(instance, name string, sized bool) (string, bool) {
	var arcs []string
	if instance != "" {
		arcs = strings.Split(instance, ".")
	}
	var made, held strings.Builder // held is a text that waits for what it stands before
	for _, each := range f.pieces {
		if each.take == "" {
			held.WriteString(each.text)
			continue
		}
		shown := name
		if each.take != takeName {
			var ok bool
			if shown, arcs, ok = take(strings.TrimPrefix(each.take, unseen), arcs, sized); !ok {
				return "", false
			}
		}
		if strings.HasPrefix(each.take, unseen) {
			continue
		}
		if shown != "" {
			made.WriteString(held.String())
			made.WriteString(shown)
		}
		held.Reset()
	}
	if f.Indexed() && len(arcs) > 0 {
		return "", false
	}
	if made.Len() == 0 {
		return "", true
	}
	return made.String() + held.String(), true
}

// take takes one thing from the front of an instance.
func take(what string, arcs []string, sized bool) (shown string, rest []string, ok bool) {
	switch what {
	case takeIPv4:
		return address(arcs, 4)
	case takeIPv6:
		return address(arcs, 16)
	case takeInet:
		if len(arcs) < 2 {
			return "", arcs, false
		}
		length := map[string]int{"1": 4, "2": 16, "3": 8, "4": 20}[arcs[0]]
		arcs = arcs[1:]
		if sized {
			if arcs[0] != strconv.Itoa(length) {
				return "", arcs, false
			}
			arcs = arcs[1:]
		}
		return address(arcs, length)
	case takeText:
		if len(arcs) == 0 {
			return "", arcs, false
		}
		length, err := strconv.Atoi(arcs[0])
		if arcs = arcs[1:]; err != nil || length < 0 || length > len(arcs) {
			return "", arcs, false
		}
		var text strings.Builder
		for _, arc := range arcs[:length] {
			character, err := strconv.ParseUint(arc, 10, 8)
			if err != nil || character < ' ' || character > '~' {
				return "", arcs, false
			}
			text.WriteByte(byte(character))
		}
		return text.String(), arcs[length:], true
	}
	if len(arcs) == 0 {
		return "", arcs, false
	}
	if what == takeRouter {
		number, err := strconv.ParseUint(arcs[0], 10, 32)
		if err != nil {
			return "", arcs, false
		}
		return netip.AddrFrom4([4]byte{byte(number >> 24), byte(number >> 16), byte(number >> 8), byte(number)}).String(), arcs[1:], true
	}
	return arcs[0], arcs[1:], true
}

// address takes an address of a length: 4 or 16 octets, and 4 more with a zone.
func address(arcs []string, length int) (shown string, rest []string, ok bool) {
	if length == 0 || len(arcs) < length {
		return "", arcs, false
	}
	octets := make([]byte, length)
	for i, arc := range arcs[:length] {
		octet, err := strconv.ParseUint(arc, 10, 8)
		if err != nil {
			return "", arcs, false
		}
		octets[i] = byte(octet)
	}
	without := length &^ 15
	if without == 0 {
		without = 4
	}
	parsed, _ := netip.AddrFromSlice(octets[:without])
	return parsed.String(), arcs[length:], true
}
