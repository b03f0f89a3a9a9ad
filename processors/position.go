package processors

import (
	"fmt"
	"strconv"
	"strings"

	"mimamori/processors/availability"
)

// position is what is committed beside an offset: whether a batch that begins there
// was begun, and what of the stream before it is kept nowhere else.
type position struct {
	incarnation string
	pending     bool
	last        int64             // the last offset of the pending batch
	tick        availability.Tick // the last tick before the offset, zero for none
}

const positionVersion = "v1"

// String writes the position as metadata: "v1 in=INCARNATION pend=LAST tick=MS@OFFSET",
// the last two where there are any.
func (p position) String() string {
	text := positionVersion + " in=" + p.incarnation
	if p.pending {
		text += " pend=" + strconv.FormatInt(p.last, 10)
	}
	if p.tick.TimeMs != 0 {
		text += fmt.Sprintf(" tick=%d@%d", p.tick.TimeMs, p.tick.Offset)
	}
	return text
}

// parsePosition reads metadata. Nothing committed is an empty position.
func parsePosition(metadata string) (position, error) {
	var p position
	if metadata == "" {
		return p, nil
	}
	fields := strings.Fields(metadata)
	if len(fields) == 0 || fields[0] != positionVersion {
		return p, fmt.Errorf("the metadata %q is not of version %s: it was committed by another version of this program, which must finish its batch first", metadata, positionVersion)
	}
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, "=")
		var err error
		switch name {
		case "in":
			p.incarnation = value
		case "pend":
			p.pending = true
			p.last, err = strconv.ParseInt(value, 10, 64)
		case "tick":
			at, offset, _ := strings.Cut(value, "@")
			if p.tick.TimeMs, err = strconv.ParseInt(at, 10, 64); err == nil {
				p.tick.Offset, err = strconv.ParseInt(offset, 10, 64)
			}
		}
		if err != nil {
			return p, fmt.Errorf("the metadata %q has an unreadable %s: %w", metadata, name, err)
		}
	}
	return p, nil
}
