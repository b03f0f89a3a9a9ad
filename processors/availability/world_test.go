package availability

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"mimamori/ingest/sample"
)

const epochMs = 1_800_000_000_000 // where the tests' time begins

// span is a stretch of a test's time, ms after epochMs: [from, to).
type span struct{ from, to int64 }

func (s span) has(at int64) bool { return at >= s.from && at < s.to }

func in(spans []span, at int64) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s.has(at) })
}

// thing is a device of a test's world.
type thing struct {
	id, behind sample.ID
	pinged     bool
	asked      bool    // by SNMP
	down       []span  // answers nothing
	lossy      []span  // answers a third of its pings
	boots      []int64 // when it began again
}

// world is what happens to one appliance's devices and to their rows.
type world struct {
	things []thing
	length int64
	away   []span // the appliance sends nothing; its rows come afterwards
	gone   []span // the appliance is off: there are no rows
	ahead  []span // the centre's clock is a day ahead
	cutOff []span // the appliance has no route: its rounds send nothing
	// order says how the rows of an absence come: 0 oldest first, 1 mixed with what is
	// new, 2 newest first.
	order int
}

const (
	pingEvery  = 5_000
	askEvery   = 10_000
	tickEvery  = 10_000
	beforehand = 4_000_000 // the devices were up that long when it began
)

type arrival struct {
	at      int64
	message message
}

// stream turns a world into the messages of its partition.
func (w *world) stream() []message { return inOrder(append(w.arrivals(), w.ticks()...)) }

// inOrder gives messages their offsets in the order they arrive.
func inOrder(arrivals []arrival) []message {
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	messages := make([]message, len(arrivals))
	var tick Tick
	for i, a := range arrivals {
		messages[i] = a.message
		messages[i].offset, messages[i].came = int64(i), tick.TimeMs
		tick = lastTick(messages[i:i+1], tick)
	}
	return messages
}

// arrivals are the messages of the world's appliance.
func (w *world) arrivals() []arrival {
	var arrivals []arrival
	add := func(at, ready int64, rows sample.Rows) {
		slot := at - at%pingEvery
		if in(w.gone, at) {
			return
		}
		for _, away := range w.away {
			if !away.has(ready) {
				continue
			}
			switch w.order {
			case 0:
				ready = away.to
			case 1:
				ready = away.to + (at-away.from)/3
			default:
				ready = away.to + (away.to-at)/3
			}
		}
		arrivals = append(arrivals, arrival{ready, message{slot: epochMs + slot, appliance: 9, rows: rows}})
	}
	devices := &sample.Devices{}
	for _, t := range w.things {
		addDevice(devices, t.id, t.behind)
	}
	add(0, 1, devices)
	for at := int64(0); at < w.length; at += pingEvery {
		round := &sample.Pings{}
		for i, t := range w.things {
			offset := int64(137 + 700*i)
			if t.pinged {
				w.ping(round, t, at, offset)
			}
		}
		if round.Len() > 0 {
			// The repeats of some rounds come in a block of their own.
			if first, repeats := split(round); at%3 == 0 && repeats.Len() > 0 {
				add(at, at+5_500, first)
				add(at, at+6_600, repeats)
			} else {
				add(at, at+6_000, round)
			}
		}
		if at%askEvery == 0 {
			readings := &sample.Uptimes{}
			for i, t := range w.things {
				if offset := int64(411 + 300*i); t.asked && !w.cut(t, at+offset) {
					addUptime(readings, t.id, uint32(offset), t.sysUpTime(at+offset), 0, 0)
				}
			}
			if readings.Len() > 0 {
				add(at, at+3_000, readings)
			}
		}
		if at%10_000 == 0 {
			beat := &sample.Heartbeats{}
			addHeartbeat(beat, 50, 10_000, uint64(at))
			add(at, at+100, beat)
		}
	}
	return arrivals
}

// ticks are the centre's.
func (w *world) ticks() []arrival {
	var arrivals []arrival
	for at := int64(tickEvery); at < w.length+12*tickEvery; at += tickEvery {
		now := epochMs + at
		if in(w.ahead, at) {
			now += 86_400_000
		}
		arrivals = append(arrivals, arrival{at + 3, message{slot: now, rows: &sample.Ticks{Sequence: []uint64{1}}}})
	}
	return arrivals
}

func (w *world) ping(round *sample.Pings, t thing, at, offset int64) {
	if in(w.cutOff, at) {
		for attempt := range uint8(2) {
			addPing(round, t.id, uint32(offset), pingEvery, attempt+1, false)
			round.Sent[round.Len()-1] = 0
		}
		return
	}
	if !w.cut(t, at+offset) {
		addPing(round, t.id, uint32(offset), pingEvery, 1, true)
		if in(t.lossy, at) {
			round.Received[round.Len()-1] = 1
		}
		return
	}
	addPing(round, t.id, uint32(offset), pingEvery, 1, false)
	// A round that only lost its first attempt is answered at its repeat.
	addPing(round, t.id, uint32(offset), pingEvery, 2, !w.cut(t, at+offset+1_000))
}

// split parts the first attempts from the repeats.
func split(round *sample.Pings) (first, repeats *sample.Pings) {
	first, repeats = &sample.Pings{}, &sample.Pings{}
	for i := range round.Device {
		if round.Attempt[i] == 1 {
			appendRow(first, round, i)
		} else {
			appendRow(repeats, round, i)
		}
	}
	return first, repeats
}

// cut says whether a device answers nothing at a time: it, or one on its way, is down.
func (w *world) cut(t thing, at int64) bool {
	if in(t.down, at) {
		return true
	}
	for _, other := range w.things {
		if other.id == t.behind {
			return w.cut(other, at)
		}
	}
	return false
}

func (t thing) sysUpTime(at int64) uint32 {
	since := int64(-beforehand)
	for _, boot := range t.boots {
		if boot <= at {
			since = boot
		}
	}
	return uint32((at - since) / 10)
}

// randomWorld makes up a world.
func randomWorld(random *rand.Rand) *world {
	w := &world{length: 900_000, order: random.IntN(3)}
	w.things = []thing{
		{id: 11, pinged: true, asked: true},
		{id: 12, pinged: true, asked: true, behind: 11},
		{id: 13, pinged: true, behind: 12},
		{id: 14, asked: true},
		{id: 15, pinged: true, asked: true},
	}
	for i := range w.things {
		t := &w.things[i]
		for at := random.Int64N(300_000); at < w.length-150_000; at += 60_000 + random.Int64N(400_000) {
			length := int64(1_500)
			if random.IntN(4) > 0 {
				length = random.Int64N(90_000)
			}
			t.down = append(t.down, span{at, at + length})
			if t.asked && random.IntN(2) == 0 {
				t.boots = append(t.boots, at+length) // it answers from its boot on
			}
			at += length
		}
	}
	for i := range w.things {
		for at := random.Int64N(800_000); at < w.length-150_000; at += random.Int64N(400_000) {
			length := random.Int64N(60_000)
			w.things[i].lossy = append(w.things[i].lossy, span{at, at + length})
			at += length
		}
	}
	for at := random.Int64N(400_000); at < w.length-250_000; at += 120_000 + random.Int64N(400_000) {
		s := span{at, at + 20_000 + random.Int64N(100_000)}
		if random.IntN(3) == 0 {
			w.gone = append(w.gone, s)
		} else {
			w.away = append(w.away, s)
		}
		at = s.to
	}
	return w
}

func (w *world) String() string {
	return fmt.Sprintf("order %d, away %v, gone %v, things %+v", w.order, w.away, w.gone, w.things)
}
