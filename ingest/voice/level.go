package voice

import (
	"slices"
	"time"
)

// A path that takes another way shows in its lowest round trip: it changes at once and
// stays so, while queues make it come and go. A slot is cut into parts, each has its
// lowest round trip, and those before a point in time are held against those after it.
const (
	partsOfSlot = 12
	partsBefore = 6
	partsAfter  = 3

	// leastStepUs is the least change of the lowest round trip that is told.
	leastStepUs = 1000

	// stepOverSpread is how many times the parts' own variation a change must be.
	stepOverSpread = 3
)

// level watches the lowest round trip of a path. The zero value has seen nothing.
type level struct {
	part   int64  // number of the part under way, counted from the Unix epoch
	least  uint32 // in it, microseconds
	heard  bool   // least means something
	levels [partsBefore + partsAfter]uint32
	known  int // how many of these are, the latest last
}

// add takes a round trip in microseconds that began at a time in Unix nanoseconds, and
// returns by how much the level has changed for good, 0 where it has not.
func (l *level) add(at int64, slot time.Duration, rttUs uint32) (stepUs int64) {
	part := floorDivide(at, int64(slot/partsOfSlot))
	if l.heard && part > l.part {
		stepUs = l.end()
	}
	if !l.heard {
		l.part, l.least, l.heard = part, rttUs, true
	}
	if part == l.part {
		l.least = min(l.least, rttUs)
	}
	return stepUs
}

// end ends the part under way.
func (l *level) end() (stepUs int64) {
	if l.known == len(l.levels) {
		copy(l.levels[:], l.levels[1:])
		l.known--
	}
	l.levels[l.known] = l.least
	l.known++
	l.heard = false
	if l.known < len(l.levels) {
		return 0
	}
	before, after := l.levels[:partsBefore], l.levels[partsBefore:]
	lowBefore, highBefore := int64(slices.Min(before)), int64(slices.Max(before))
	lowAfter, highAfter := int64(slices.Min(after)), int64(slices.Max(after))
	gap := max(lowAfter-highBefore, lowBefore-highAfter)
	spread := max(highBefore-lowBefore, highAfter-lowAfter)
	if gap < leastStepUs || gap < stepOverSpread*spread {
		return 0
	}
	// What comes is held against the new level alone.
	l.known = copy(l.levels[:], after)
	return lowAfter - lowBefore
}
