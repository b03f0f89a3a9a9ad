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
	revision    string // of the registry and the configuration; empty before there were any
	base        int64  // what the stream's offsets lie above the partition's own
	pending     bool
	last        int64             // the last offset of the pending batch
	nowMs       int64             // the centre's time when the pending batch was begun, 0 not known
	partitions  int               // of the topic when the pending batch was begun, 0 where nobody looked
	tick        availability.Tick // the last tick before the offset, zero for none
}

// The versions of the metadata. A batch that was begun under a revision must be finished
// under it, which programs that know v1 alone cannot: they refuse v2. They can go on from
// where no batch is pending, and read over what they do not know there.
const (
	cleanVersion   = "v1"
	pendingVersion = "v2"
)

// String writes the position as metadata:
// "v2 in=INCARNATION rev=REVISION base=OFFSET pend=LAST now=MS of=PARTITIONS tick=MS@OFFSET",
// the last five where there are any. All offsets are the stream's.
func (p position) String() string {
	text := cleanVersion
	if p.pending && p.revision != "" {
		text = pendingVersion
	}
	text += " in=" + p.incarnation
	if p.revision != "" {
		text += " rev=" + p.revision
	}
	if p.base != 0 {
		text += " base=" + strconv.FormatInt(p.base, 10)
	}
	if p.pending {
		text += fmt.Sprintf(" pend=%d now=%d", p.last, p.nowMs)
	}
	if p.pending && p.partitions != 0 {
		text += fmt.Sprintf(" of=%d", p.partitions)
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
	if len(fields) == 0 || fields[0] != cleanVersion && fields[0] != pendingVersion {
		return p, fmt.Errorf("the metadata %q is of no version that this program knows: a newer one has begun a batch, which only a processor as new as that can finish; upgrade this one", metadata)
	}
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, "=")
		var err error
		switch name {
		case "in":
			p.incarnation = value
		case "rev":
			p.revision = value
		case "base":
			p.base, err = strconv.ParseInt(value, 10, 64)
		case "pend":
			p.pending = true
			p.last, err = strconv.ParseInt(value, 10, 64)
		case "now":
			p.nowMs, err = strconv.ParseInt(value, 10, 64)
		case "of":
			p.partitions, err = strconv.Atoi(value)
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
