package availability

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// step is a time in which an appliance's clock is wrong: [from, to), by so much ahead.
type step struct{ from, to, by int64 }

// stepped returns the stream of a world whose appliance's clock is wrong for some time.
func (w *world) stepped(s step) []message {
	arrivals := w.arrivals()
	for i := range arrivals {
		m := &arrivals[i].message
		if at := m.slot - epochMs; m.rows.Kind() != sample.KindDevices && at >= s.from && at < s.to {
			m.slot += s.by - s.by%pingEvery
		}
	}
	return inOrder(append(arrivals, w.ticks()...))
}

// randomStep is any that the runner lets through: ahead by minutes at most, behind by
// anything.
func randomStep(random *rand.Rand) step {
	from := 200_000 + random.Int64N(200_000)
	s := step{from: from, to: from + 20_000 + random.Int64N(150_000)}
	switch random.IntN(4) {
	case 0:
		s.by = random.Int64N(300_000)
	case 1:
		s.by = -random.Int64N(300_000)
	case 2:
		s.by = -3_600_000 - random.Int64N(10_000_000)
	default:
		s.by = -86_400_000 * (1 + random.Int64N(300))
	}
	s.by -= s.by % pingEvery
	return s
}

// Whatever the clock of an appliance did: no outage and no boot is made up of it, what was
// measured by the right clock far from it is told as it was, and nothing stays dirty.
func TestAClockThatIsWrongInventsNothing(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 7))
		s := randomStep(random)
		w := &world{length: 900_000, things: []thing{
			{id: 11, pinged: true, asked: true},
			{id: 12, pinged: true, down: []span{{60_000, 91_000}, {850_000, 871_000}}},
			{id: 13, asked: true},
		}}
		right, wrong := run(t, w.stream()), run(t, w.stepped(s))
		about := fmt.Sprintf("seed %d, wrong from %.0f to %.0f by %.0f s", seed, float64(s.from)/1000, float64(s.to)/1000, float64(s.by)/1000)
		for _, device := range []sample.ID{11, 12, 13} {
			var told []string
			for line := range strings.Lines(wrong.told(device)) {
				// That it began again when it says it did is true, wherever the reading stands.
				if !strings.HasPrefix(line, "unknown silent") && !strings.HasPrefix(line, fmt.Sprintf("boot 1 %d.", 1-beforehand/1000)) {
					told = append(told, strings.TrimSpace(line))
				}
			}
			if got, want := strings.Join(told, "\n"), right.told(device); got != want {
				t.Fatalf("%s: device %d:\n%s\nwant, beside unknown time:\n%s", about, device, wrong.told(device), want)
			}
			intervals, _ := wrong.Intervals(t.Context(), device, 0, endOfTime)
			for _, i := range intervals {
				if i.State == storage.StateUnknown && i.FromMs > epochMs+s.to+300_000+pingEvery {
					t.Fatalf("%s: device %d is unknown long after:\n%s", about, device, wrong.told(device))
				}
			}
		}
		if pending, _ := wrong.PendingDirty(t.Context(), 0, endOfTime); len(pending) > 0 {
			t.Fatalf("%s: there is dirt left: %+v", about, pending)
		}
	}
}

// A processor that takes over while a clock is wrong goes on as the one before would have.
func TestRestartsChangeNothingWhileAClockIsWrong(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 8))
		s := randomStep(random)
		w := randomWorld(random)
		messages := w.stepped(s)
		undisturbed := run(t, messages)
		store, tick := newMemory(), Tick{}
		figure := newFigure(t, store, 0, tick)
		for from := 0; from < len(messages); {
			to := min(len(messages), from+1+random.IntN(60))
			process(t, figure, store, messages[from:to], 5)
			tick = lastTick(messages[from:to], tick)
			from = to
			if random.IntN(3) == 0 && from < len(messages) {
				figure = newFigure(t, store, messages[from].offset, tick)
			}
		}
		if difference := compareStores(undisturbed, store); difference != "" {
			t.Fatalf("seed %d, wrong from %d to %d by %d ms: %s\n%s", seed, s.from, s.to, s.by, difference, w)
		}
	}
}

// A clock that is behind by less than what is told as the trouble makes nothing unknown and nothing down, at no tick and
// whoever takes over; that the appliance fell silent is still noticed with the first tick after three heartbeats.
func TestAClockThatIsBehindHidesNothing(t *testing.T) {
	for _, behind := range []int64{0, 15_000, 32_000, 45_000, 55_000, storage.LongestBehindMs} {
		w := one(thing{pinged: true, asked: true, down: []span{{60_000, 60_500}, {90_000, 90_500}, {150_000, 171_000}}})
		arrivals := w.arrivals()
		for i := range arrivals {
			arrivals[i].message.slot -= behind
		}
		messages := inOrder(append(arrivals, w.ticks()...))
		store, tick := newMemory(), Tick{}
		var figure *Figure
		down, silent := int64(0), int64(0)
		for i := range messages {
			if i%7 == 0 {
				figure = newFigure(t, store, messages[i].offset, tick)
			}
			process(t, figure, store, messages[i:i+1], 5)
			tick = lastTick(messages[i:i+1], tick)
			now := store.current(11)
			switch {
			case now.FirstSeenMs == 0 || now.State == storage.StateUp:
			case now.State == storage.StateDown && now.SinceMs >= epochMs+150_000-behind && now.SinceMs < epochMs+160_000-behind && down >= 0:
				down++
			case now.State == storage.StateUnknown && tick.TimeMs > epochMs+w.length:
				if silent == 0 {
					silent = tick.TimeMs - epochMs - w.length
				}
			default:
				t.Fatalf("%d s behind, tick %.0f: the device is %s since %.3f", behind/1000, seconds(tick.TimeMs), now.State, seconds(now.SinceMs)+float64(behind)/1000)
			}
		}
		if down == 0 || silent == 0 || silent > 40_000 {
			t.Errorf("%d s behind: the outage was seen with %d messages, silence %d ms after the end", behind/1000, down, silent)
		}
		if pending, _ := store.PendingDirty(t.Context(), 0, endOfTime); len(pending) > 0 {
			t.Errorf("%d s behind: there is dirt left: %+v", behind/1000, pending)
		}
	}
}
