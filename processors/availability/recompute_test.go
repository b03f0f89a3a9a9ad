package availability

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// asking is a message that asks for a stretch of the record, times in ms after epochMs,
// and ticks is what follows it.
func asking(offset, at int64, request sample.ID, from, to int64) message {
	return message{offset: offset, slot: epochMs + at, appliance: 9, rows: &sample.Recomputes{
		Request: []sample.ID{request}, Figure: []string{""}, FromMs: []int64{epochMs + from}, ToMs: []int64{epochMs + to},
		By: []string{"ito"}, Why: []string{"a wrong record"},
	}}
}

func ticksAfter(offset, at int64, n int) []message {
	var all []message
	for i := range int64(n) {
		all = append(all, message{offset: offset + i, slot: epochMs + at + (i+1)*tickEvery, rows: &sample.Ticks{Sequence: []uint64{1}}})
	}
	return all
}

// upTo returns the messages of the world's stream and what comes behind them: their
// last time and the next offset.
func upTo(messages []message) (offset, at int64) {
	last := messages[len(messages)-1]
	return last.offset + 1, last.slot - epochMs
}

// disturb spoils the record of the world's devices: some intervals are gone, some are
// longer, and some are made up. What is open at the end stays.
func disturb(random *rand.Rand, w *world, s *memory) {
	for at, row := range s.intervals {
		if row.Deleted || random.IntN(3) > 0 {
			continue
		}
		if random.IntN(2) == 0 {
			row.Deleted = true
		} else {
			row.ToMs += 20_000
		}
		s.intervals[at] = row
	}
	for _, t := range w.things {
		from := epochMs + 100_000 + random.Int64N(w.length-300_000)
		at := spanKey{key{1, t.id}, from}
		if _, taken := s.intervals[at]; !taken {
			s.intervals[at] = storage.Interval{Customer: 1, Site: 2, Device: t.id, FromMs: from, ToMs: from + random.Int64N(90_000),
				State: storage.StateDown, Cause: storage.CauseNoAnswer, Evidence: "none", Version: storage.Version{Offset: 1}}
		}
	}
}

func (s *memory) copied() *memory {
	other := newMemory()
	for kind, rows := range s.raw {
		other.raw[kind] = slices.Clone(rows)
	}
	maps.Copy(other.states, s.states)
	maps.Copy(other.intervals, s.intervals)
	maps.Copy(other.reboots, s.reboots)
	maps.Copy(other.dirty, s.dirty)
	maps.Copy(other.revisions, s.revisions)
	maps.Copy(other.tokens, s.tokens)
	maps.Copy(other.seen, s.seen)
	other.requests = slices.Clone(s.requests)
	return other
}

// timeline is a device's record between two times as a question would be answered.
func (s *memory) timeline(device sample.ID, low, high int64) []storage.Piece {
	intervals, _ := s.Intervals(context.Background(), device, low, high)
	pieces := piecesOf(intervals)
	if now := s.current(device); now.State != storage.StateUp {
		pieces = append(pieces, storage.Piece{FromMs: now.SinceMs, ToMs: high, State: now.State, Cause: now.Cause})
	}
	return pieces
}

// askFor has a figure that just took over work a request off.
func askFor(t *testing.T, store *memory, messages []message, request sample.ID, from, to int64) []message {
	t.Helper()
	offset, at := upTo(messages)
	more := append([]message{asking(offset, at+1, request, from, to)}, ticksAfter(offset+1, at, 20)...)
	figure := newFigure(t, store, offset, lastTick(messages, Tick{}))
	figure.longestStep = max(130_000, (to-from)/20)
	for i := range more {
		process(t, figure, store, more[i:i+1], 5)
	}
	if pending, _ := store.PendingRecomputes(context.Background(), 0, Name, endOfTime); len(pending) > 0 {
		t.Fatalf("the request is not done: %+v", pending)
	}
	return append(messages, more...)
}

// A wrong record is put right, what it was is kept, and doing it again changes nothing.
func TestARecomputePutsTheRecordRight(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 5))
		w := randomWorld(random)
		messages := w.stream()
		live := run(t, messages)
		wrong, right := live.copied(), live.copied()
		askFor(t, right, slices.Clone(messages), 77, 0, w.length+200_000)
		for _, thing := range w.things {
			before, after := live.timeline(thing.id, epochMs, epochMs+w.length-20_000), right.timeline(thing.id, epochMs, epochMs+w.length-20_000)
			for _, piece := range differences(before, after, epochMs, epochMs+w.length-20_000) {
				// A cause may differ: a parent's outage of no length is nowhere stored.
				if piece.State != at(after, piece.FromMs).State {
					t.Fatalf("seed %d, device %d: a right record became another: it was %+v\n%s", seed, thing.id, piece, w)
				}
			}
		}
		disturb(random, w, wrong)
		spoiled := wrong.copied()
		wrong.revisions = map[revisionKey]storage.Revision{}
		more := askFor(t, wrong, slices.Clone(messages), 77, 0, w.length+200_000)
		if difference := compareIntervals(right, wrong); difference != "" {
			t.Fatalf("seed %d:\n%s\n%s", seed, difference, w)
		}
		changed := 0
		low, high := int64(epochMs), epochMs+w.length-20_000 // after that silence may still be found
		for _, thing := range w.things {
			// The record with the pieces put back is the record as it was.
			low := max(low, wrong.current(thing.id).FirstSeenMs)
			var pieces []storage.Piece
			for _, r := range slices.SortedFunc(maps.Values(wrong.revisions), compareRevisions) {
				if r.Entity == thing.id {
					changed++
					pieces = append(pieces, r.Before...)
				}
				if r.Request != 77 || r.By != "ito" || r.Why != "a wrong record" {
					t.Fatalf("seed %d: %+v", seed, r)
				}
			}
			before := append(pieces, wrong.timeline(thing.id, low, high)...)
			if left := differences(spoiled.timeline(thing.id, low, high), before, low, high); len(left) > 0 {
				t.Fatalf("seed %d, device %d: it was %+v\n%+v\n%s", seed, thing.id, left, pieces, w)
			}
		}
		if changed == 0 {
			t.Fatalf("seed %d: nothing was corrected", seed)
		}
		again := wrong.copied()
		askFor(t, again, more, 78, 0, w.length+200_000)
		if len(again.revisions) != len(wrong.revisions) || !maps.Equal(again.intervals, wrong.intervals) || !maps.Equal(again.reboots, wrong.reboots) {
			t.Fatalf("seed %d: the second time something changed", seed)
		}
	}
}

// However a request is interrupted, the outcome is the same.
func TestARecomputeSurvivesFailures(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 6))
		w := randomWorld(random)
		messages := w.stream()
		store := run(t, messages)
		store.revisions = map[revisionKey]storage.Revision{}
		disturb(random, w, store)
		other := store.copied()
		all := askFor(t, store, slices.Clone(messages), 77, 0, w.length)
		rest := all[len(messages):]
		tick := lastTick(messages, Tick{})
		takeOver := func(first int64) *Figure {
			figure := newFigure(t, other, first, tick)
			figure.longestStep = 130_000
			return figure
		}
		figure := takeOver(rest[0].offset)
		for from := 0; from < len(rest); {
			to := min(len(rest), from+1+random.IntN(4))
			for random.IntN(2) == 0 {
				process(t, figure, other, rest[from:to], random.IntN(5))
				figure = takeOver(rest[from].offset)
			}
			process(t, figure, other, rest[from:to], 5)
			tick = lastTick(rest[from:to], tick)
			from = to
			if random.IntN(3) == 0 && from < len(rest) {
				figure = takeOver(rest[from].offset)
			}
		}
		// Whoever takes over settles the dirt that an attempt left behind.
		offset, at := upTo(all)
		for _, s := range []*memory{store, other} {
			process(t, newFigure(t, s, offset, tick), s, ticksAfter(offset, at, 3), 5)
		}
		if difference := compareStores(store, other); difference != "" {
			t.Fatalf("seed %d: %s\n%s", seed, difference, w)
		}
		told := func(s *memory) string {
			return fmt.Sprint(slices.SortedFunc(maps.Values(s.revisions), compareRevisions))
		}
		if told(store) != told(other) {
			t.Fatalf("seed %d: corrections\n%s\n%s", seed, told(store), told(other))
		}
	}
}

func compareRevisions(a, b storage.Revision) int {
	return slices.Compare([]int64{int64(a.Entity), a.AtMs, a.StepMs, a.FromMs}, []int64{int64(b.Entity), b.AtMs, b.StepMs, b.FromMs})
}

// forget takes the rows of [from, to) out of the store, as time does.
func (s *memory) forget(from, to int64) {
	for kind, rows := range s.raw {
		s.raw[kind] = slices.DeleteFunc(rows, func(r rawRow) bool {
			at := r.message.key(r.row).at
			return kind != sample.KindDevices && at >= from && at < to
		})
	}
}

const day = 86_400_000

// slow is a device that is pinged each minute for some days.
func slow(days int64, down ...span) []message {
	var messages []message
	for at := int64(0); at < days*day; at += 60_000 {
		round := &sample.Pings{}
		lost := in(down, at)
		addPing(round, 11, 0, 60_000, 1, !lost)
		if lost {
			addPing(round, 11, 0, 60_000, 2, false)
		}
		messages = append(messages, message{offset: 2 * at / 60_000, slot: epochMs + at, appliance: 9, rows: round},
			message{offset: 2*at/60_000 + 1, slot: epochMs + at + 10_000, rows: &sample.Ticks{Sequence: []uint64{1}}})
	}
	return messages
}

// What no raw rows are left of stays as it is: at the beginning, in the middle, and all
// of it.
func TestARecordWithoutRowsStands(t *testing.T) {
	hour := int64(3_600_000)
	outages := []span{{2 * hour, 3 * hour}, {day - hour, day + hour}, {2*day + 2*hour, 2*day + 3*hour}, {4 * day, 4*day + hour}}
	messages := slow(5, outages...)
	right := run(t, messages)
	whole := right.copied()
	askFor(t, whole, slices.Clone(messages), 77, 0, 5*day)
	if last := whole.requests[len(whole.requests)-1]; last.KeptMs != 0 || len(whole.revisions) != 0 {
		t.Errorf("of a record that is right %d ms were kept and %+v was corrected", last.KeptMs, whole.revisions)
	}
	for name, missing := range map[string]span{
		"the oldest":            {0, day},
		"the oldest in outage":  {0, day + hour/2},
		"the middle":            {2 * day, 3 * day},
		"the middle in outage":  {day, 3 * day},
		"the newest":            {3 * day, 5 * day},
		"all":                   {0, 5 * day},
		"less than the last":    {0, 4*day + 12*hour},
		"up to the last outage": {0, 4*day + hour/2},
	} {
		store := right.copied()
		store.forget(epochMs+missing.from, epochMs+missing.to)
		askFor(t, store, slices.Clone(messages), 77, 0, 5*day)
		if difference := compareIntervals(right, store); difference != "" {
			t.Errorf("%s: the record became another:\n%s", name, difference)
		}
		if want, got := whole.current(11), store.current(11); got.FirstSeenMs != want.FirstSeenMs || missing.to < 5*day && got.SinceMs != want.SinceMs {
			t.Errorf("%s: the device is %+v, was %+v", name, got, want)
		}
		last := store.requests[len(store.requests)-1]
		if kept := missing.to - missing.from; last.KeptMs < kept-2*hour || last.KeptMs > kept+3*hour {
			t.Errorf("%s: %.1f hours were kept, there are no rows of %.1f", name, float64(last.KeptMs)/float64(hour), float64(kept)/float64(hour))
		}
	}
}

// A device that comes back after its rows of old are gone keeps what was known of it.
func TestARowAfterALongTimeLeavesThePastAlone(t *testing.T) {
	hour := int64(3_600_000)
	messages := slow(3, span{2 * hour, 3 * hour}, span{5 * hour, 2*day + hour})
	late := len(messages) - 20
	store := newMemory()
	process(t, newFigure(t, store, 0, Tick{}), store, messages[:late], 5)
	before := store.copied()
	store.forget(epochMs, epochMs+2*day)
	figure := newFigure(t, store, messages[late].offset, lastTick(messages[:late], Tick{}))
	rest := slices.Clone(messages[late:])
	rest[0], rest[2] = rest[2], rest[0] // one row comes late, and the second look goes back to the beginning
	rest[0].offset, rest[2].offset = rest[2].offset, rest[0].offset
	for i := range rest {
		process(t, figure, store, rest[i:i+1], 5)
	}
	figure.soil(figure.devices[key{1, 11}], epochMs+5*hour, epochMs+2*day+10*60_000, 0)
	if difference := compareIntervals(before, store); difference != "" {
		t.Errorf("the record became another:\n%s", difference)
	}
}

// A backlog is a correction, and a boot that is seen in time is none.
func TestLateRowsAreACorrection(t *testing.T) {
	w := one(thing{pinged: true, asked: true, down: []span{{61_500, 64_000}, {121_000, 142_000}}, boots: []int64{64_000}})
	if store := run(t, w.stream()); len(store.revisions) > 0 {
		t.Errorf("nothing was late, and yet: %+v", store.revisions)
	}
	w.away = []span{{80_000, 170_000}}
	store := run(t, w.stream())
	var unknown, changed int64
	for _, r := range store.revisions {
		if r.Request != 0 || r.By != storage.ByItself || r.Why != storage.LateRows || r.AtMs%tickEvery != 0 {
			t.Errorf("%+v", r)
		}
		for _, piece := range r.Before {
			changed += piece.ToMs - piece.FromMs
			if piece.State == storage.StateUnknown {
				unknown += piece.ToMs - piece.FromMs
			}
		}
	}
	if unknown < 80_000 || unknown > 110_000 || changed != unknown {
		t.Errorf("%.1f s were unknown and %.1f s otherwise before: %+v", float64(unknown)/1000, float64(changed-unknown)/1000, store.revisions)
	}
}

// An appliance's request is about its own devices, and one that asks for what is to
// come gets what has been.
func TestARequestIsAboutItsOwnAppliance(t *testing.T) {
	w := one(thing{pinged: true, down: []span{{60_000, 90_000}}})
	messages := w.stream()
	store := run(t, messages)
	clear(store.intervals)
	offset, at := upTo(messages)
	for _, foreign := range []func(*message){
		func(m *message) { m.customer = 2 }, func(m *message) { m.appliance = 8 },
		func(m *message) { m.rows.(*sample.Recomputes).Figure[0] = "voice" },
		func(m *message) { m.rows.(*sample.Recomputes).ToMs[0] = epochMs },
	} {
		m := asking(offset, at, 77, 0, at)
		foreign(&m)
		process(t, newFigure(t, store, offset, lastTick(messages, Tick{})), store, append([]message{m}, ticksAfter(offset+1, at, 3)...), 5)
		if len(store.intervals) > 0 {
			t.Errorf("%+v was about device 11", m.rows)
		}
	}
	askFor(t, store, messages, 78, 0, 10*day)
	if last := store.requests[len(store.requests)-1]; last.ToMs != epochMs+at+1 || last.Entities != 1 || !last.Done {
		t.Errorf("asked for what is to come: %+v", last)
	}
	expect(t, store, 11, "down no answer 60.137-90.137", silentAtTheEnd)
}
