package processors

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/processors/availability"
	"mimamori/storage"
)

// runUntil runs the processor until the store was written to so often.
func runUntil(t *testing.T, processor *Processor, store *tape, writes int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- processor.Run(ctx) }()
	for i := range writes {
		select {
		case <-store.wrote:
		case err := <-done:
			t.Fatalf("ended early: %v", err)
		case <-time.After(time.Minute): // of the bubble's clock
			cancel()
			<-done
			t.Fatalf("waited in vain for write %d of %d; there were %q", i+1, writes, store.told())
		}
	}
	synctest.Wait()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func expectLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var (
	revisionName = regexp.MustCompile("rev=[0-9a-f]{32}")
	pinnedTime   = regexp.MustCompile(" now=[0-9]+( of=[0-9]+)?")
)

func (l *log) told() []string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var lines []string
	for _, commit := range l.commits {
		lines = append(lines, fmt.Sprintf("%d %s", commit.Offset, pinnedTime.ReplaceAllString(revisionName.ReplaceAllString(commit.Metadata, "rev=R"), "")))
	}
	return lines
}

func TestABatchIsPromisedThenWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry)
		for range 5 {
			messages.messages = append(messages.messages, block(t, appliance, interfaces(10)))
		}
		messages = newLog(bus.TopicTelemetry, messages.messages...)
		store := newTape()
		processor, _ := newProcessor(t, func(c *Config) { c.BatchRows = 20 }, messages, store)
		runUntil(t, processor, store, 3)
		expectLines(t, "commits", messages.told(), "0 v2 in=topic1 rev=R pend=1", "2 v2 in=topic1 rev=R pend=3", "4 v2 in=topic1 rev=R pend=4", "5 v1 in=topic1 rev=R")
		expectLines(t, "writes", store.told(),
			"raw topic1:telemetry:3:0-1: 20 rows", "derived topic1:telemetry:3:0-1: 20 rows",
			"raw topic1:telemetry:3:2-3: 20 rows", "derived topic1:telemetry:3:2-3: 20 rows",
			"raw topic1:telemetry:3:4-4: 10 rows", "derived topic1:telemetry:3:4-4: 10 rows")
		if processor.Rows() != 50 {
			t.Errorf("%d rows are counted, want 50", processor.Rows())
		}
		if processor.Lag() != 0 {
			t.Errorf("the lag is %d after the end", processor.Lag())
		}
	})
}

func TestAPromisedBatchIsMadeAgainAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var blocks []bus.Message
		for range 9 {
			blocks = append(blocks, block(t, appliance, interfaces(1)))
		}
		messages := newLog(bus.TopicTelemetry, blocks...)
		messages.position = bus.Position{Offset: 2, Metadata: "v1 in=topic1 pend=5"}
		store := newTape()
		processor, _ := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 2)
		expectLines(t, "writes", store.told(),
			"raw topic1:telemetry:3:2-5: 4 rows", "derived topic1:telemetry:3:2-5: 4 rows",
			"raw topic1:telemetry:3:6-8: 3 rows", "derived topic1:telemetry:3:6-8: 3 rows")
		expectLines(t, "commits", messages.told(), "6 v2 in=topic1 rev=R pend=8", "9 v1 in=topic1 rev=R")
	})
}

func TestAPromisedBatchWaitsForItsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(1)), block(t, appliance, interfaces(1)))
		messages.position = bus.Position{Offset: 0, Metadata: "v1 in=topic1 pend=1"}
		messages.silent = 20
		store := newTape()
		processor, said := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 1)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:0-1: 2 rows", "derived topic1:telemetry:3:0-1: 2 rows")
		if strings.Contains(said.String(), "is lost") {
			t.Errorf("rows are given up: %s", said)
		}
	})
}

func TestATopicMadeAnewBeginsAtItsFirstMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(1)), block(t, appliance, interfaces(1)))
		messages.position = bus.Position{Offset: 700, Metadata: "v1 in=topic0 pend=900"}
		store := newTape()
		processor, said := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 1)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:2097152-2097153: 2 rows", "derived topic1:telemetry:3:2097152-2097153: 2 rows")
		expectLines(t, "commits", messages.told(), "0 v2 in=topic1 rev=R base=2097152 pend=2097153", "2 v1 in=topic1 rev=R base=2097152")
		if !strings.Contains(said.String(), "made anew") {
			t.Errorf("nothing is said of it: %s", said)
		}
	})
}

func TestAStoreThatIsAwayIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(3)))
		store := newTape()
		rawFailures, derivedFailures := 4, 2
		store.raw = func() error {
			if rawFailures--; rawFailures >= 0 {
				return errAway
			}
			return nil
		}
		store.derived = func() error {
			if derivedFailures--; derivedFailures >= 0 {
				return errAway
			}
			return nil
		}
		processor, said := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 1)
		same := "derived topic1:telemetry:3:0-0: 3 rows"
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:0-0: 3 rows", same, same, same)
		if failed, works := strings.Count(said.String(), "trying until it works"), strings.Count(said.String(), "it works again"); failed != 2 || works != 2 {
			t.Errorf("%d lines of trouble and %d of recovery, want 2 and 2:\n%s", failed, works, said)
		}
	})
}

func TestTheLagGrowsWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(3)))
		messages.silent = 1 << 30
		store := newTape()
		store.states = func() error { return errAway } // so it cannot even be taken up
		processor, _ := newProcessor(t, nil, messages, store)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- processor.Run(ctx) }()
		synctest.Wait()
		unknown := make(chan prometheus.Metric, 9)
		lagGauge{processor}.Collect(unknown)
		if len(unknown) != 0 {
			t.Error("a lag is said though nobody knows where the partition ends")
		}
		messages.mutex.Lock()
		messages.silent = 0
		messages.mutex.Unlock()
		for want := int64(1); want < 4; want++ {
			time.Sleep(time.Second) // of the bubble's clock
			if lag := processor.Lag(); lag != want {
				t.Errorf("the lag is %d, want %d", lag, want)
			}
			gathered := make(chan prometheus.Metric, 9)
			lagGauge{processor}.Collect(gathered)
			close(gathered)
			lag, ok := <-gathered
			if !ok {
				t.Error("there is no gauge")
				break
			}
			var gauge dto.Metric
			if err := lag.Write(&gauge); err != nil || gauge.GetGauge().GetValue() != float64(want) {
				t.Errorf("the gauge says %v, want %d; error %v", gauge.GetGauge().GetValue(), want, err)
			}
			messages.mutex.Lock()
			messages.messages = append(messages.messages, messages.messages[0])
			messages.mutex.Unlock()
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if lag := processor.Lag(); lag != 0 {
			t.Errorf("a lag of %d is left of partitions that are let go", lag)
		}
	})
}

func TestAFencedOwnerWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(3)))
		messages.commit = func() error { return bus.ErrFenced }
		store := newTape()
		processor, _ := newProcessor(t, nil, messages, store)
		if err := processor.Run(t.Context()); err == nil || !strings.Contains(err.Error(), bus.ErrFenced.Error()) {
			t.Errorf("got %v, want the bus to hear that the claim was fenced", err)
		}
		if writes := store.told(); len(writes) > 0 {
			t.Errorf("wrote %v", writes)
		}
	})
}

func TestAStopWhileTheStoreIsAwayLeavesTheBatchToTheNextOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(3)))
		store := newTape()
		store.raw = func() error { return errAway }
		processor, _ := newProcessor(t, nil, messages, store)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- processor.Run(ctx) }()
		time.Sleep(time.Second) // of the bubble's clock
		cancel()
		began := time.Now()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > processor.cfg.DrainTimeout+time.Second {
			t.Errorf("the end took %s", took)
		}
		expectLines(t, "commits", messages.told(), "0 v2 in=topic1 rev=R pend=0")
	})
}

func TestWhatCannotBeUsedIsKeptAndStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := block(t, appliance, interfaces(1))
		broken := block(t, appliance, interfaces(1))
		broken.Value[len(broken.Value)-1] ^= 0xff
		version := block(t, appliance, interfaces(1))
		version.Value[2] = 99
		kind := block(t, appliance, interfaces(1))
		kind.Value[3] = 200
		stolen := block(t, appliance, interfaces(1))
		stolen.Key = bus.Key(appliance + 1)
		tick := block(t, appliance, &sample.Ticks{Sequence: []uint64{1}})
		ancient := block(t, appliance, interfaces(1))
		copy(ancient.Value[28:36], make([]byte, 8))
		syslog := logLine()
		messages := newLog(bus.TopicTelemetry, good, broken, version, kind, stolen, tick, ancient,
			block(t, appliance+1, interfaces(1)), block(t, appliance, syslog), bus.Message{Key: bus.Key(appliance), Value: []byte("?")}, good)
		store := newTape()
		processor, _ := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 1)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:0-10: 2 rows", "derived topic1:telemetry:3:0-10: 2 rows")
		var got []string
		for _, letter := range messages.produced[bus.TopicDeadLetter] {
			headers := map[string]string{}
			for _, header := range letter.Headers {
				headers[header.Key] = string(header.Value)
			}
			if headers["topic"] != bus.TopicTelemetry || headers["partition"] != "3" || len(letter.Value) == 0 {
				t.Errorf("headers %v", headers)
			}
			got = append(got, headers["offset"]+" "+headers["reason"])
		}
		if messages.letters != 1 {
			t.Errorf("%d calls for %d dead letters, want one", messages.letters, len(got))
		}
		expectLines(t, "dead letters", got, "1 broken", "2 unknown_version", "3 unknown_kind", "4 key_mismatch", "5 foreign_tick",
			"6 bad_time", "7 unknown_appliance", "8 wrong_topic", "9 broken")
	})
}

func TestWhatCannotBeUsedCountsTowardsABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var blocks []bus.Message
		for range 20 {
			blocks = append(blocks, bus.Message{Value: []byte("?")})
		}
		blocks[3].Value = make([]byte, 100)
		messages := newLog(bus.TopicTelemetry, blocks...)
		messages.largest = 90
		store := newTape()
		processor, said := newProcessor(t, func(c *Config) { c.BatchRows = 7 }, messages, store)
		runUntil(t, processor, store, 3)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:0-6: 0 rows", "raw topic1:telemetry:3:7-13: 0 rows", "raw topic1:telemetry:3:14-19: 0 rows")
		if kept := len(messages.produced[bus.TopicDeadLetter]); kept != 19 {
			t.Errorf("%d are kept, want all but the one that is too large", kept)
		}
		var lost dto.Metric
		if err := processor.metrics.lost.Write(&lost); err != nil || lost.GetCounter().GetValue() != 1 {
			t.Errorf("%v are counted as lost, want 1; error %v", lost.GetCounter().GetValue(), err)
		}
		if n := reading(t, processor.metrics.rejected.WithLabelValues("broken")); n != 19 {
			t.Errorf("%v count as gone to the dead-letter topic, want 19", n)
		}
		if !strings.Contains(said.String(), "messages=6 first_offset=0") || !strings.Contains(said.String(), "is lost that could not be used") || !strings.Contains(said.String(), "offset=3 ") {
			t.Errorf("the loss is not said as it is:\n%s", said)
		}
	})
}

// A small message may unfold to much.
func TestWhatABlockUnfoldsToCountsTowardsABatch(t *testing.T) {
	big := strings.Repeat("x", 12<<10)
	devices := &sample.Devices{}
	for i := range 1000 {
		devices.Device = append(devices.Device, sample.ID(i+1))
		devices.Behind = append(devices.Behind, 0)
		for _, column := range []*[]string{&devices.Name, &devices.Address, &devices.SysObjectID, &devices.SysName, &devices.SysDescr} {
			*column = append(*column, big)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		message := block(t, appliance, devices)
		if len(message.Value) > 20<<10 {
			t.Fatalf("the message has %d bytes", len(message.Value))
		}
		messages := newLog(bus.TopicTelemetry, message, message, message, message, message)
		store := newTape()
		processor, _ := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 3)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:0-1: 2000 rows", "raw topic1:telemetry:3:2-3: 2000 rows", "raw topic1:telemetry:3:4-4: 1000 rows")
	})
}

func TestNoRowLiesBehindTheEndOfTime(t *testing.T) {
	b, err := newBatch(storage.Source{Topic: bus.TopicTelemetry})
	if err != nil {
		t.Fatal(err)
	}
	message := block(t, appliance, interfaces(1))
	const end = 4_102_444_800_000 // 2100
	for slot, want := range map[int64]int{end - math.MaxUint32 - 1: 0, end - math.MaxUint32: 1, end - 1: 1} {
		b.reset()
		binary.LittleEndian.PutUint64(message.Value[28:], uint64(slot))
		if b.add(message, map[sample.ID]owner{appliance: {}}); len(b.refused) != want {
			t.Errorf("slot %d: %d refused, want %d", slot, len(b.refused), want)
		}
	}
}

func TestTicksAreSentAndRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		encoder, err := sample.NewEncoder()
		if err != nil {
			t.Fatal(err)
		}
		blocks := []bus.Message{block(t, appliance, interfaces(1))}
		for _, slot := range []int64{slotMs + 7, slotMs - 30_000} { // the other owner's clock is slow
			value, err := encoder.Encode(nil, sample.Header{Slot: slot}, &sample.Ticks{Sequence: []uint64{1}})
			if err != nil {
				t.Fatal(err)
			}
			blocks = append(blocks, bus.Message{Value: value})
		}
		messages := newLog(bus.TopicTelemetry, blocks...)
		store := newTape()
		processor, _ := newProcessor(t, nil, messages, store)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- processor.Run(ctx) }()
		began := time.Now()
		time.Sleep(25 * time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:0-2: 1 rows", "derived topic1:telemetry:3:0-2: 1 rows")
		expectLines(t, "commits", messages.told(), "0 v2 in=topic1 rev=R pend=2", "3 v1 in=topic1 rev=R tick=946688400007@1")
		sent := messages.produced["telemetry-3"]
		if len(sent) != 2 {
			t.Fatalf("%d ticks in 25 s, want 2", len(sent))
		}
		for i, message := range sent {
			header, err := sample.ReadHeader(message.Value)
			if err != nil || header.Kind != sample.KindTicks || header.Appliance != 0 || len(message.Key) != 0 {
				t.Errorf("tick %+v with key %q: %v", header, message.Key, err)
			}
			if want := began.Add(time.Duration(i+1) * 10 * time.Second).UnixMilli(); header.Slot != want {
				t.Errorf("tick at %d, want %d", header.Slot, want)
			}
		}
	})
}

func logLine() *sample.Syslog {
	return &sample.Syslog{
		Device: []sample.ID{1}, OffsetMs: []uint32{0}, Sequence: []uint64{1}, Format: []uint8{0}, Facility: []uint8{1}, Severity: []uint8{1},
		StampedMs: []int64{0}, Source: []string{""}, Hostname: []string{""}, AppName: []string{""}, ProcessID: []string{""},
		MessageID: []string{""}, Mnemonic: []string{""}, Message: []string{""}, Raw: []string{""}, Complaint: []string{""}, Occurrences: []uint32{1}, Relayed: []uint8{0},
	}
}

func TestTheLogIsAddedUpByTicksOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hour := time.Hour.Milliseconds()
		messages := newLog(bus.TopicLogs, block(t, appliance, logLine()), tickAt(t, 1000), tickAt(t, hour+11*60_000), block(t, appliance, interfaces(1)))
		store := newTape()
		processor, _ := newProcessor(t, func(c *Config) { c.BatchRows = 1 }, messages, store)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- processor.Run(ctx) }()
		time.Sleep(15 * time.Second) // of the bubble's clock
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		expectLines(t, "writes", store.told(), "raw topic1:logs:3:0-0: 1 rows", "derived topic1:logs:3:0-0: 0 rows",
			"raw topic1:logs:3:1-3: 0 rows", fmt.Sprintf("log of %d ms from 0", hour), "derived topic1:logs:3:1-3: 0 rows")
		if sent := messages.produced["logs-3"]; len(sent) != 1 {
			t.Errorf("%d ticks in 15 s, want 1", len(sent))
		}
		if letters := messages.produced[bus.TopicDeadLetter]; len(letters) != 1 {
			t.Errorf("%d dead letters, want the one of another topic's kind", len(letters))
		}
	})
}

func TestPositions(t *testing.T) {
	for _, want := range []position{
		{},
		{incarnation: "x"},
		{incarnation: "x", pending: true, last: 17},
		{incarnation: "x", pending: true, last: 0, tick: availability.Tick{TimeMs: 5, Offset: 4}},
		{incarnation: "x", pending: true, last: 9, nowMs: 1_800_000_000_000},
		{incarnation: "x", pending: true, last: 9, nowMs: 1_800_000_000_000, partitions: 12},
		{incarnation: "x", tick: availability.Tick{TimeMs: 5, Offset: 4}},
		{incarnation: "x", revision: "r", base: 2097152, tick: availability.Tick{TimeMs: 5, Offset: 4}},
		{incarnation: "x", revision: "r", base: 2097152, pending: true, last: 2097153},
	} {
		got, err := parsePosition(want.String())
		if err != nil || got != want {
			t.Errorf("%q reads %+v, %v", want.String(), got, err)
		}
	}
	if got, err := parsePosition(""); err != nil || got != (position{}) {
		t.Errorf("nothing reads %+v, %v", got, err)
	}
	for _, metadata := range []string{"v3 pend=1", "pend=1", "v2 in=x base=y", "v1 in=x pend=y", "v1 tick=1", "v1 tick=a@1", "v1 pend=1 now=soon", "v1 pend=1 of=some"} {
		if got, err := parsePosition(metadata); err == nil {
			t.Errorf("%q reads %+v", metadata, got)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Config){
		"group is empty":               func(c *Config) { c.Group = "" },
		"batch_rows is 0":              func(c *Config) { c.BatchRows = 0 },
		"batch_linger is 0s":           func(c *Config) { c.BatchLinger = 0 },
		"tick_interval is 1h0m0s":      func(c *Config) { c.TickInterval = time.Hour },
		"retry_longest is 1ms":         func(c *Config) { c.RetryLongest = time.Millisecond },
		"drain_timeout is 0s":          func(c *Config) { c.DrainTimeout = 0 },
		"voice: packet_ms is 0":        func(c *Config) { c.Voice.PacketMs = 0 },
		"availability: attempts is 0":  func(c *Config) { c.Availability.Attempts = 0 },
		"availability: checkpoint is ": func(c *Config) { c.Availability.Checkpoint = 0 },
		"utilization: wan is not":      func(c *Config) { c.Utilization.WAN = "(" },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
