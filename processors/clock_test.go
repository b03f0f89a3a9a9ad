package processors

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// at encodes rows of a slot so long after a bubble of synctest begins.
func at(t *testing.T, after time.Duration, key sample.ID, rows sample.Rows) bus.Message {
	t.Helper()
	message := block(t, appliance, rows)
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	header, err := sample.ReadHeader(message.Value)
	if err != nil {
		t.Fatal(err)
	}
	header.Slot, header.Appliance = bubbleMs+after.Milliseconds(), key
	message.Key = nil
	if key != 0 {
		message.Key = bus.Key(key)
	}
	if message.Value, err = encoder.Encode(nil, header, rows); err != nil {
		t.Fatal(err)
	}
	return message
}

// bubbleMs is when a bubble of synctest begins.
const bubbleMs = slotMs - 3_600_000

func heartbeat() *sample.Heartbeats {
	return &sample.Heartbeats{OffsetMs: []uint32{0}, IntervalMs: []uint32{10_000}, Sequence: []uint64{1},
		BacklogBlocks: []uint32{0}, BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0}, Version: []string{""}, SentBytes: []uint64{0}, SentMs: []uint32{0}}
}

// What an appliance measures whose clock is too far ahead goes to the dead letters, what
// is not so far ahead or behind is taken, and either is told. A batch that is made again
// is judged by the time of its intent.
func TestClocksAreHeldAgainstTheCentres(t *testing.T) {
	for _, again := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Minute) // of the bubble's clock
			messages := newLog(bus.TopicTelemetry,
				at(t, time.Minute, appliance, interfaces(1)),
				at(t, 5*time.Minute+59*time.Second, appliance, interfaces(1)),
				at(t, 6*time.Minute+time.Second, appliance, interfaces(1)),
				at(t, 2*time.Minute, appliance, heartbeat()),
				at(t, time.Hour, appliance, heartbeat()))
			if again {
				messages.position = bus.Position{Metadata: fmt.Sprintf("v1 in=topic1 pend=4 now=%d", bubbleMs+60_000)}
				time.Sleep(24 * time.Hour)
			}
			store := newTape()
			processor, _ := newProcessor(t, func(c *Config) { c.ClockAhead = 5 * time.Minute }, messages, store)
			runUntil(t, processor, store, 1)
			expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:0-4: 3 rows", "derived topic1:telemetry:3:0-4: 2 rows")
			var letters []string
			for _, letter := range messages.produced[bus.TopicDeadLetter] {
				for _, header := range letter.Headers {
					if header.Key == "reason" {
						letters = append(letters, string(header.Value))
					}
				}
			}
			expectLines(t, "dead letters", letters, "clock_ahead", "clock_ahead")
			if len(store.clocks) != 1 || store.clocks[0].SkewMs != 59*60_000 || !store.clocks[0].Refused || store.clocks[0].AtMs != bubbleMs+60_000 || store.clocks[0].Appliance != appliance {
				t.Errorf("told of clocks: %+v", store.clocks)
			}
		})
	}
}

func TestWhatIsOlderThanAnyBacklogIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1000 * 24 * time.Hour)
		store := newTape()
		messages := newLog(bus.TopicTelemetry, at(t, 599*24*time.Hour, appliance, interfaces(1)), at(t, 601*24*time.Hour, appliance, interfaces(1)))
		processor, _ := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 1)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:0-1: 1 rows", "derived topic1:telemetry:3:0-1: 1 rows")
		if len(store.clocks) != 1 || !store.clocks[0].Refused || store.clocks[0].SkewMs != -401*86_400_000 {
			t.Errorf("told of clocks: %+v", store.clocks)
		}
	})
}

func TestAClockThatIsOffIsTold(t *testing.T) {
	for _, test := range []struct {
		off  time.Duration
		tick bool
		want int64 // ms ahead, 0 for nothing told
	}{
		{0, true, 0}, {20 * time.Second, true, 0}, {40 * time.Second, true, 40_000}, {-50 * time.Second, true, 0},
		{-2 * time.Minute, true, -120_000}, {-2 * time.Minute, false, 0}, // nobody knows how long it was under way
	} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Hour)
			var all []bus.Message
			if test.tick {
				all = append(all, at(t, time.Hour, 0, &sample.Ticks{Sequence: []uint64{1}}))
			}
			store := newTape()
			processor, _ := newProcessor(t, nil, newLog(bus.TopicTelemetry, append(all, at(t, time.Hour+test.off, appliance, heartbeat()))...), store)
			runUntil(t, processor, store, 1)
			got := int64(0)
			for _, clock := range store.clocks {
				got = clock.SkewMs
			}
			if got != test.want {
				t.Errorf("a clock off by %s: told %d ms, want %d", test.off, got, test.want)
			}
		})
	}
}

// How far a partition is read is its last tick; a heartbeat came after the one before it.
func TestHowFarAPartitionIsReadIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Minute)
		tick := func(after time.Duration) bus.Message { return at(t, after, 0, &sample.Ticks{Sequence: []uint64{1}}) }
		beat := func(after time.Duration) bus.Message { return at(t, after, appliance, heartbeat()) }
		const second = time.Second
		messages := newLog(bus.TopicTelemetry, tick(10*second), beat(11*second), tick(9*second), beat(12*second), // of who had the partition before
			tick(20*second), beat(15*second), tick(30*second))
		store := newTape()
		processor, _ := newProcessor(t, func(c *Config) { c.BatchRows = 2 }, messages, store)
		runUntil(t, processor, store, 2)
		if want := []storage.StreamRead{{TimeMs: bubbleMs + 10_000}, {TimeMs: bubbleMs + 30_000, StepMs: 10_000, Offset: 6}}; !slices.Equal(store.reads, want) {
			t.Errorf("it is read up to %+v, want %+v", store.reads, want)
		}
		if want := []int64{bubbleMs + 10_000, bubbleMs + 10_000, bubbleMs + 20_000}; !slices.Equal(store.came, want) {
			t.Errorf("heartbeats came at %v, want %v", store.came, want)
		}
	})
}

// Heartbeats that waited while their appliance was cut off say nothing of its clock, in whatever order they come.
// A clock that is put back is told once no newer heartbeat holds.
func TestHeartbeatsThatWaitedAreNoClock(t *testing.T) {
	for name, test := range map[string]struct {
		said []time.Duration // heartbeats; a tick is 0
		want int64
	}{
		"the newest first":  {[]time.Duration{0, 60 * time.Minute, 40 * time.Minute, 50 * time.Minute}, 0},
		"the oldest first":  {[]time.Duration{0, 40 * time.Minute, 50 * time.Minute, 60 * time.Minute}, 0},
		"a clock put back":  {[]time.Duration{0, 60 * time.Minute, 0, 40 * time.Minute}, -1_320_000},
		"a clock set right": {[]time.Duration{0, 40 * time.Minute, 60 * time.Minute, 0}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Hour)
			var all []bus.Message
			tick := time.Hour
			for _, said := range test.said {
				if said == 0 {
					all = append(all, at(t, tick, 0, &sample.Ticks{Sequence: []uint64{1}}))
					tick += 2 * time.Minute
					continue
				}
				all = append(all, at(t, said, appliance, heartbeat()))
			}
			store := newTape()
			processor, _ := newProcessor(t, nil, newLog(bus.TopicTelemetry, all...), store)
			runUntil(t, processor, store, 1)
			got := int64(0)
			for _, clock := range store.clocks {
				got = clock.SkewMs
			}
			if got != test.want {
				t.Errorf("%s: told %d ms, want %d", name, got, test.want)
			}
		})
	}
}
