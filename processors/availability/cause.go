package availability

import (
	"slices"

	"mimamori/storage"
)

// longestWay bounds the walk along the ways, should they ever form a circle.
const longestWay = 32

// place notes through which device another is reached, and since which slot.
func (f *Figure) place(id, behind key, slotMs int64) {
	if known, ok := f.placed[id]; ok && slotMs <= known {
		return // from a backlog, or sent again
	}
	f.placed[id] = slotMs
	old := f.parents[id]
	if old.id == behind.id {
		return
	}
	if old.id != 0 {
		siblings := f.children[old]
		if i := slices.Index(siblings, id); i >= 0 {
			f.children[old] = slices.Delete(siblings, i, i+1)
		}
	}
	if behind.id == 0 {
		delete(f.parents, id)
		return
	}
	f.parents[id] = behind
	f.children[behind] = append(f.children[behind], id)
}

// ancestors returns the devices on the way to a device, nearest first.
func (f *Figure) ancestors(id key) []key {
	var way []key
	for id = f.parents[id]; id.id != 0 && len(way) < longestWay; id = f.parents[id] {
		way = append(way, id)
	}
	return way
}

// causeOf decides why a device is or was down: unreachable when a device on its way
// went down before it or at most one ping interval later, for then its own rounds
// may only have been due earlier. A cause other than no answer stays.
func (f *Figure) causeOf(d *device, s *stretch) storage.Cause {
	if s.state != storage.StateDown || s.cause != storage.CauseNoAnswer {
		return s.cause
	}
	for id, steps := f.parents[d.key], 0; id.id != 0 && steps < longestWay; id, steps = f.parents[id], steps+1 {
		parent := f.devices[id]
		if parent == nil {
			continue
		}
		if parent.state == storage.StateDown && parent.since <= s.from+slack(d, parent) || covers(&parent.last, s.from, slack(d, parent)) {
			return storage.CauseUnreachable
		}
	}
	return storage.CauseNoAnswer
}

// covers says whether a device that was down in a stretch can have hidden another
// that went down at a time.
func covers(s *stretch, at, slack int64) bool {
	return s.state == storage.StateDown && s.from <= at+slack && s.to > at
}

func slack(a, b *device) int64 { return int64(max(a.pingInterval, b.pingInterval)) }

// relabel gives the devices behind one that went down their cause, where they went
// down first by less than a ping interval.
func (f *Figure) relabel(down *device, id key, depth int) {
	if depth == longestWay {
		return
	}
	for _, behind := range f.children[id] {
		if d := f.devices[behind]; d != nil && d.state == storage.StateDown && d.cause == storage.CauseNoAnswer &&
			down.since <= d.since+slack(d, down) {
			d.cause = storage.CauseUnreachable
			f.touch(d)
		}
		f.relabel(down, behind, depth+1)
	}
}
