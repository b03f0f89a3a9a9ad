package availability

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// told writes what is stored of a device in words, times in seconds after epochMs.
func (s *memory) told(device sample.ID) string {
	var lines []string
	intervals, _ := s.Intervals(context.Background(), device, 0, endOfTime)
	for _, i := range intervals {
		lines = append(lines, fmt.Sprintf("%s %s %.3f-%.3f", i.State, i.Cause, seconds(i.FromMs), seconds(i.ToMs)))
	}
	reboots, _ := s.Reboots(context.Background(), device, 0, endOfTime)
	for _, r := range reboots {
		lines = append(lines, fmt.Sprintf("boot %d %.3f", r.Kind, seconds(r.AtMs)))
	}
	states, _ := s.DeviceStates(context.Background(), 0, endOfTime)
	for _, state := range states {
		if state.Device == device {
			lines = append(lines, fmt.Sprintf("now %s %s since %.3f", state.State, state.Cause, seconds(state.SinceMs)))
		}
	}
	return strings.Join(lines, "\n")
}

func seconds(ms int64) float64 { return float64(ms-epochMs) / 1000 }

func expect(t *testing.T, store *memory, device sample.ID, want ...string) {
	t.Helper()
	if got := store.told(device); got != strings.Join(want, "\n") {
		t.Errorf("device %d:\n%s\nwant:\n%s", device, got, strings.Join(want, "\n"))
	}
	if pending, _ := store.PendingDirty(context.Background(), 0, endOfTime); len(pending) > 0 {
		t.Errorf("there is dirt left: %+v", pending)
	}
}

// The first device's rounds are due 0.137 s after each multiple of 5 s, the second's
// 0.837 s; its readings come 0.411 s after each multiple of 10 s.
func one(t thing) *world {
	t.id = 11
	return &world{length: 300_000, things: []thing{t}}
}

// Rows stop at 300 s: the ticks after that find silence.
const silentAtTheEnd = "now unknown silent since 295.137"

func TestAnOutage(t *testing.T) {
	store := run(t, one(thing{pinged: true, down: []span{{60_000, 121_000}}}).stream())
	expect(t, store, 11, "down no answer 60.137-120.137", silentAtTheEnd) // its repeat at 121.137 is answered
}

func TestOneLostAttemptIsNoOutage(t *testing.T) {
	store := run(t, one(thing{pinged: true, down: []span{{60_000, 60_500}, {70_100, 71_000}}}).stream())
	expect(t, store, 11, silentAtTheEnd)
}

func TestADeviceThatLosesHalfOfItsPingsIsDegraded(t *testing.T) {
	store := run(t, one(thing{pinged: true, lossy: []span{{60_000, 66_000}, {100_000, 101_000}}}).stream())
	expect(t, store, 11, "degraded packet loss 60.137-70.137", silentAtTheEnd) // one lossy round alone is chance
}

func TestADeviceThatWasDownMayComeBackDegraded(t *testing.T) {
	store := run(t, one(thing{pinged: true, down: []span{{60_000, 81_000}}, lossy: []span{{85_000, 131_000}}}).stream())
	expect(t, store, 11, "down no answer 60.137-80.137", "degraded packet loss 85.137-135.137", silentAtTheEnd)
}

func TestABootInADegradedTimeIsAnOutageOfItsOwn(t *testing.T) {
	store := run(t, one(thing{pinged: true, asked: true, lossy: []span{{40_000, 90_000}},
		down: []span{{61_500, 64_000}}, boots: []int64{64_000}}).stream())
	expect(t, store, 11, "degraded packet loss 40.137-60.411", "down reboot 60.411-64.001", "degraded packet loss 64.001-90.137",
		"boot 1 64.001", silentAtTheEnd)
}

func TestADeviceWhoseFirstRoundIsLostBeginsDown(t *testing.T) {
	store := run(t, one(thing{pinged: true, down: []span{{0, 31_000}}}).stream())
	expect(t, store, 11, "down no answer 0.137-30.137", silentAtTheEnd)
	if state := store.current(11); state.FirstSeenMs != epochMs+137 {
		t.Errorf("first seen %.3f", seconds(state.FirstSeenMs))
	}
}

func (s *memory) current(device sample.ID) storage.DeviceState {
	states, _ := s.DeviceStates(context.Background(), 0, endOfTime)
	for _, state := range states {
		if state.Device == device {
			return state
		}
	}
	return storage.DeviceState{}
}

func TestABootBetweenTwoPings(t *testing.T) {
	store := run(t, one(thing{pinged: true, asked: true, down: []span{{61_500, 64_000}}, boots: []int64{64_000}}).stream())
	expect(t, store, 11, "down reboot 60.411-64.001", "boot 1 64.001", silentAtTheEnd)
	intervals, _ := store.Intervals(context.Background(), 11, 0, endOfTime)
	if !strings.Contains(intervals[0].Evidence, "sysUpTime 6.41 s") {
		t.Errorf("evidence %q", intervals[0].Evidence)
	}
}

func TestABootThatPingsSawIsOneOutage(t *testing.T) {
	store := run(t, one(thing{pinged: true, asked: true, down: []span{{61_000, 93_000}}, boots: []int64{93_000}}).stream())
	expect(t, store, 11, "down reboot 65.137-95.137", "boot 1 93.001", silentAtTheEnd)
}

func TestADeviceBehindOneThatIsDownIsUnreachable(t *testing.T) {
	w := one(thing{pinged: true, down: []span{{60_500, 121_000}}}) // noticed at 65.137
	w.things = append(w.things,
		thing{id: 12, pinged: true, behind: 11},                                   // due at 60.837: down before what it is behind
		thing{id: 13, pinged: true, behind: 12, down: []span{{200_000, 220_000}}}, // and later by itself
		thing{id: 14, pinged: true, down: []span{{60_500, 121_000}}})
	store := run(t, w.stream())
	expect(t, store, 11, "down no answer 65.137-120.137", silentAtTheEnd)
	expect(t, store, 12, "down unreachable 60.837-120.837", "now unknown silent since 295.837")
	expect(t, store, 13, "down unreachable 61.537-121.537", "down no answer 201.537-221.537", "now unknown silent since 296.537")
	expect(t, store, 14, "down no answer 62.237-122.237", "now unknown silent since 297.237")
}

// Where a device was once is not where it is: an older block, as a backlog brings it, or
// one that is sent again changes no way, whether it is met live or restored.
func TestAnOlderWayChangesNothing(t *testing.T) {
	devices := func(offset, slot int64, behind sample.ID) message {
		rows := &sample.Devices{}
		addDevice(rows, 7, behind)
		return message{offset: offset, slot: slot, rows: rows}
	}
	messages := []message{devices(1, 5000, 8), devices(2, 4000, 9), devices(3, 5000, 9)}
	store := newMemory()
	live := newFigure(t, store, 0, Tick{})
	process(t, live, store, messages, 5)
	for name, figure := range map[string]*Figure{"live": live, "restored": newFigure(t, store, 4, Tick{})} {
		if way := figure.ancestors(key{1, 7}); len(way) != 1 || way[0].id != 8 {
			t.Errorf("%s: behind %v", name, way)
		}
		process(t, figure, newMemory(), []message{devices(4, 4500, 9)}, 5)
		if way := figure.ancestors(key{1, 7}); len(way) != 1 || way[0].id != 8 {
			t.Errorf("%s, after an older one: behind %v", name, way)
		}
		process(t, figure, newMemory(), []message{devices(5, 6000, 9)}, 5)
		if way := figure.ancestors(key{1, 7}); len(way) != 1 || way[0].id != 9 {
			t.Errorf("%s, after a newer one: behind %v", name, way)
		}
	}
}

func TestSilenceIsUnknownAndNotDown(t *testing.T) {
	w := one(thing{pinged: true, down: []span{{140_000, 171_000}}})
	w.gone = []span{{80_000, 161_000}}
	store := run(t, w.stream())
	// Down when the appliance came back: known from its first round on.
	expect(t, store, 11, "unknown silent 75.137-165.137", "down no answer 165.137-170.137", silentAtTheEnd)
}

func TestAnApplianceWithoutARouteLeavesItsDevicesUnknown(t *testing.T) {
	for _, away := range [][]span{nil, {{60_000, 200_000}}} { // live, and judged again from a backlog
		w := one(thing{pinged: true})
		w.cutOff = []span{{80_000, 161_000}}
		w.away, w.order = away, 2
		expect(t, run(t, w.stream()), 11, "unknown silent 75.137-165.137", silentAtTheEnd)
	}
}

func TestAClockThatWasSetBackIsFollowed(t *testing.T) {
	w := one(thing{pinged: true, down: []span{{60_000, 70_000}}})
	w.ahead = []span{{100_000, 120_000}}
	w.gone = []span{{180_000, 250_000}}
	// Cut at any message, so that the tick goes through the position as well.
	for cut := range w.stream() {
		messages := w.stream()
		store := newMemory()
		process(t, newFigure(t, store, 0, Tick{}), store, messages[:cut+1], 5)
		if rest := messages[cut+1:]; len(rest) > 0 {
			process(t, newFigure(t, store, rest[0].offset, lastTick(messages[:cut+1], Tick{})), store, rest, 5)
		}
		expect(t, store, 11, "down no answer 60.137-70.137", "unknown silent 175.137-250.137", silentAtTheEnd)
		if t.Failed() {
			t.Fatalf("cut after message %d", cut)
		}
	}
}

func TestDirtThatNeverRestsIsSettled(t *testing.T) {
	w := one(thing{pinged: true, asked: true})
	w.away, w.order = []span{{80_000, 140_000}}, 2
	var messages []message
	for _, m := range w.stream() {
		messages = append(messages, m)
		if m.rows.Kind() == sample.KindTicks { // with each tick a row of long ago that was under way for as long
			round := &sample.Pings{}
			addPing(round, 11, 0, pingEvery, 1, true)
			messages = append(messages, message{slot: epochMs + int64(len(messages)), appliance: 9, rows: round})
		}
	}
	for i := range messages {
		messages[i].offset = int64(i)
	}
	if told := run(t, messages).told(11); told != silentAtTheEnd {
		t.Errorf("got:\n%s\nwant:\n%s", told, silentAtTheEnd)
	}
}

func TestARowBehindTheEndOfTimeStopsNothing(t *testing.T) {
	messages := []message{{slot: epochMs, rows: &sample.Pings{}}, {slot: endOfTime - 1000, rows: &sample.Pings{}}, {slot: epochMs + 1, rows: &sample.Pings{}}}
	for i := range messages {
		addPing(messages[i].rows.(*sample.Pings), 11, uint32(2000*i), pingEvery, 1, true)
	}
	for i := range int64(3) {
		messages = append(messages, message{slot: epochMs + (i+1)*tickEvery, rows: &sample.Ticks{Sequence: []uint64{1}}})
	}
	for i := range messages {
		messages[i].offset = int64(i)
	}
	run(t, messages)
}

func TestTicksOfTwoOwnersDoNotGoBack(t *testing.T) {
	last := Tick{TimeMs: epochMs, Offset: 5}
	for after, want := range map[int64]bool{1: true, 0: false, -1: false, -setBack: false, -setBack - 1: true} {
		if got := (Tick{TimeMs: epochMs + after, Offset: 6}).Follows(last); got != want {
			t.Errorf("a tick %d ms after the last: %v, want %v", after, got, want)
		}
	}
}

func TestSilenceEndsAnOutage(t *testing.T) {
	w := one(thing{pinged: true, down: []span{{60_000, 90_000}}})
	w.gone = []span{{80_000, 161_000}}
	store := run(t, w.stream())
	expect(t, store, 11, "down no answer 60.137-75.137", "unknown silent 75.137-165.137", silentAtTheEnd)
}

func TestABacklogCorrectsWhatWasUnknown(t *testing.T) {
	for order := range 3 {
		w := one(thing{pinged: true, asked: true, down: []span{{60_000, 90_000}, {121_000, 142_000}, {151_500, 153_000}}, boots: []int64{153_000}})
		w.away = []span{{80_000, 170_000}}
		w.order = order
		store := run(t, w.stream())
		expect(t, store, 11,
			"down no answer 60.137-90.137", "down no answer 125.137-145.137", "down reboot 150.411-153.001",
			"boot 1 153.001", silentAtTheEnd)
		intervals, _ := store.Intervals(context.Background(), 11, 0, endOfTime)
		if order > 0 && intervals[1].Epoch == 0 {
			t.Errorf("order %d: an interval found after the fact has epoch 0", order)
		}
	}
}

func TestUnknownUntilTheBacklogIsIn(t *testing.T) {
	w := one(thing{pinged: true})
	w.away = []span{{80_000, 170_000}}
	messages := w.stream()
	var during []message
	for _, m := range messages {
		if m.slot <= epochMs+160_000 && m.rows.Kind() == sample.KindTicks {
			during = messages[:m.offset+1]
		}
	}
	store := run(t, during)
	if got := store.current(11); got.State != storage.StateUnknown || got.Cause != storage.CauseSilent || seconds(got.SinceMs) != 70.137 {
		t.Errorf("during the silence: %s %s since %.3f", got.State, got.Cause, seconds(got.SinceMs))
	}
	expect(t, run(t, messages), 11, silentAtTheEnd)
}

func TestADeviceThatIsOnlyAskedBySNMP(t *testing.T) {
	w := &world{length: 900_000, things: []thing{{id: 11, asked: true, down: []span{{100_000, 500_000}}}}}
	// Its rows begin with its first answer; the appliance goes on with another's.
	w.things = append(w.things, thing{id: 12, pinged: true})
	store := run(t, w.stream())
	if got := store.told(11); got != "unknown silent 90.411-500.411\nnow unknown silent since 890.411" {
		t.Errorf("got:\n%s", got)
	}
}

func TestAnAgentsRestartIsNoReboot(t *testing.T) {
	var messages []message
	add := func(slot int64, rows sample.Rows) {
		messages = append(messages, message{offset: int64(len(messages)), slot: epochMs + slot, appliance: 9, rows: rows})
	}
	for at := int64(0); at < 200_000; at += 10_000 {
		sysUpTime := uint32(1_000_000 + at/10)
		if at >= 100_000 {
			sysUpTime = uint32(at-95_000) / 10
		}
		readings, round := &sample.Uptimes{}, &sample.Pings{}
		addUptime(readings, 11, 0, sysUpTime, uint32(2_000_000+at/10), sample.HasHrSystemUptime)
		addPing(round, 11, 100, 10_000, 1, true)
		add(at, readings)
		add(at, round)
		add(at+9_000, &sample.Ticks{Sequence: []uint64{1}})
	}
	expect(t, run(t, messages), 11, "boot 2 95.000", "now up  since 0.000")
}

// However the stream is cut, whichever writes fail, whoever takes over: what is stored
// says the same. (How often an interval was judged may differ: the second attempt at a
// batch finds what the first one wrote.)
func TestRestartsAndRepeatsChangeNothing(t *testing.T) {
	for seed := range uint64(75) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := randomWorld(random)
		messages := w.stream()
		if random.IntN(2) == 0 { // a producer that was not sure sent a block again
			messages = repeatSome(random, messages)
		}
		undisturbed := run(t, messages)

		store := newMemory()
		tick := Tick{}
		figure := newFigure(t, store, 0, tick)
		for from := 0; from < len(messages); {
			to := min(len(messages), from+1+random.IntN(60))
			for random.IntN(4) == 0 {
				process(t, figure, store, messages[from:to], random.IntN(5))
				figure = newFigure(t, store, messages[from].offset, tick)
			}
			process(t, figure, store, messages[from:to], 5)
			tick = lastTick(messages[from:to], tick)
			from = to
			if random.IntN(3) == 0 && from < len(messages) {
				figure = newFigure(t, store, messages[from].offset, tick)
			}
		}
		if difference := compareStores(undisturbed, store); difference != "" {
			t.Fatalf("seed %d: %s\n%s", seed, difference, w)
		}
	}
}

func repeatSome(random *rand.Rand, messages []message) []message {
	var all []message
	for i, m := range messages {
		all = append(all, m)
		if random.IntN(20) == 0 && i > 10 {
			again := messages[i-random.IntN(10)]
			if again.rows.Kind() != sample.KindTicks {
				all = append(all, again)
			}
		}
	}
	for i := range all {
		all[i].offset = int64(i)
	}
	return all
}

func compareStores(a, b *memory) string {
	for key, want := range a.states {
		got := b.states[key]
		if got.Epoch = want.Epoch; got != want {
			return fmt.Sprintf("state %v:\n%+v\n%+v", key, want, got)
		}
	}
	for key, state := range b.states {
		if _, found := a.states[key]; !found {
			return fmt.Sprintf("state %v too many: %+v", key, state)
		}
	}
	if difference := compareIntervals(a, b); difference != "" {
		return difference
	}
	pending, _ := b.PendingDirty(context.Background(), 0, endOfTime)
	expected, _ := a.PendingDirty(context.Background(), 0, endOfTime)
	if !slices.Equal(pending, expected) {
		return fmt.Sprintf("dirt:\n%+v\n%+v", expected, pending)
	}
	return ""
}

// compareIntervals compares what a question would be answered with.
func compareIntervals(a, b *memory) string {
	list := func(s *memory) []string {
		var all []string
		for _, row := range s.intervals {
			if !row.Deleted {
				all = append(all, fmt.Sprintf("%d %12.3f-%.3f %s, %s (%s)", row.Device, seconds(row.FromMs), seconds(row.ToMs), row.State, row.Cause, row.Evidence))
			}
		}
		for _, row := range s.reboots {
			if !row.Deleted {
				all = append(all, fmt.Sprintf("%d %12.3f boot %d (%s)", row.Device, seconds(row.AtMs), row.Kind, row.Evidence))
			}
		}
		slices.Sort(all)
		return all
	}
	want, got := list(a), list(b)
	var lines []string
	for _, line := range want {
		if !slices.Contains(got, line) {
			lines = append(lines, "- "+line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			lines = append(lines, "+ "+line)
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int { return cmp.Compare(a[2:], b[2:]) })
	return strings.Join(lines, "\n")
}

// Whatever was late, and in whichever order it came: once it is in, the outages are
// those of a world in which nothing was late.
func TestLateRowsChangeNothing(t *testing.T) {
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 2))
		w := randomWorld(random)
		late := run(t, w.stream())
		away := w.away
		w.away = nil
		inTime := run(t, w.stream())
		w.away = away
		if difference := compareIntervals(inTime, late); difference != "" {
			t.Fatalf("seed %d:\n%s\n%s", seed, difference, w)
		}
		for _, thing := range w.things {
			a, b := inTime.current(thing.id), late.current(thing.id)
			if a.State != b.State || a.Cause != b.Cause || a.SinceMs != b.SinceMs || a.FirstSeenMs != b.FirstSeenMs {
				t.Fatalf("seed %d: device %d\n%+v\n%+v\n%s", seed, thing.id, a, b, w)
			}
		}
	}
}

// of is what is stored of a customer.
func (s *memory) of(customer sample.ID) *memory {
	his := newMemory()
	maps.Copy(his.states, s.states)
	maps.Copy(his.intervals, s.intervals)
	maps.Copy(his.reboots, s.reboots)
	maps.Copy(his.dirty, s.dirty)
	maps.DeleteFunc(his.states, func(at stateKey, _ storage.DeviceState) bool { return at.device.customer != customer })
	maps.DeleteFunc(his.intervals, func(at spanKey, _ storage.Interval) bool { return at.device.customer != customer })
	maps.DeleteFunc(his.reboots, func(at spanKey, _ storage.Reboot) bool { return at.device.customer != customer })
	maps.DeleteFunc(his.dirty, func(at dirtyKey, _ storage.DirtyRange) bool { return at.device.customer != customer })
	return his
}

// An appliance may name whatever device it likes: it is its own customer's.
func TestAnotherCustomersRowsChangeNothing(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 4))
		worlds := []*world{randomWorld(random), randomWorld(random)}
		slices.Reverse(worlds[1].things)
		worlds[1].things[0].behind, worlds[1].things[3].behind = 0, worlds[1].things[0].id // other ways, too
		arrivals := worlds[0].arrivals()
		for _, other := range worlds[1].arrivals() {
			other.message.customer, other.message.appliance = 2, 8
			arrivals = append(arrivals, other)
		}
		messages := inOrder(append(arrivals, worlds[0].ticks()...))
		both := newMemory()
		half := len(messages) / 2 // taken over once
		process(t, newFigure(t, both, 0, Tick{}), both, messages[:half], 5)
		process(t, newFigure(t, both, messages[half].offset, lastTick(messages[:half], Tick{})), both, messages[half:], 5)
		for i, w := range worlds {
			alone, his := run(t, w.stream()), both.of(sample.ID(i+1))
			if difference := compareIntervals(alone, his); difference != "" {
				t.Fatalf("seed %d, customer %d:\n%s\n%s", seed, i+1, difference, w)
			}
			for _, thing := range w.things {
				if want, got := alone.told(thing.id), his.told(thing.id); want != got {
					t.Fatalf("seed %d, customer %d, device %d:\n%s\nalone:\n%s\n%s", seed, i+1, thing.id, got, want, w)
				}
			}
		}
	}
}

// No two stretches of a device overlap.
func TestStretchesDoNotOverlap(t *testing.T) {
	for seed := range uint64(75) {
		w := randomWorld(rand.New(rand.NewPCG(seed, 3)))
		store := run(t, w.stream())
		for _, thing := range w.things {
			intervals, _ := store.Intervals(context.Background(), thing.id, 0, endOfTime)
			for i := 1; i < len(intervals); i++ {
				if intervals[i].FromMs < intervals[i-1].ToMs {
					t.Fatalf("seed %d, device %d: %+v overlaps %+v", seed, thing.id, intervals[i-1], intervals[i])
				}
			}
		}
	}
}

func BenchmarkProcessPings(b *testing.B) {
	const devices = 1000
	store := newMemory()
	figure := newFigure(b, store, 0, Tick{})
	round := &sample.Pings{}
	for i := range devices {
		addPing(round, sample.ID(i+1), uint32(i), pingEvery, 1, true)
	}
	batch := batchOf([]message{{slot: epochMs, appliance: 9, rows: round}})
	var derived storage.Derived
	b.ReportAllocs()
	for b.Loop() {
		batch.Blocks[0].SlotMs += pingEvery
		batch.Blocks[0].Offset++
		derived.DeviceStates = derived.DeviceStates[:0]
		if err := figure.Process(context.Background(), batch, &derived); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(devices)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
