package bustest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/sample"
)

// Broker is a broker that a test may stop. It comes back with the same address and
// the same log.
type Broker struct {
	Config bus.Config
	Start  func(t *testing.T)
	Stop   func(t *testing.T) // in good order
	Kill   func(t *testing.T) // as kill -9 does
}

// RunRestarts holds a broker against the promises of the bus that concern its end.
// open returns a broker that runs, for one test.
func RunRestarts(t *testing.T, open func(t *testing.T) Broker) {
	ends := []struct {
		name string
		end  func(Broker) func(*testing.T)
	}{
		{"stopped", func(b Broker) func(*testing.T) { return b.Stop }},
		{"killed", func(b Broker) func(*testing.T) { return b.Kill }},
	}
	t.Run("away at shutdown", func(t *testing.T) { testAway(t, open(t)) })
	for _, end := range ends {
		t.Run(end.name+" under load", func(t *testing.T) {
			broker := open(t)
			testRestart(t, broker, end.end(broker))
		})
		t.Run(end.name+" and opened again", func(t *testing.T) {
			broker := open(t)
			testReopen(t, broker, end.end(broker))
		})
	}
}

// load sends numbered messages, one after the other, until it is stopped.
type load struct {
	stop         context.CancelFunc
	done         sync.WaitGroup
	mutex        sync.Mutex
	acknowledged []int
}

func startLoad(client *kafka.Client) *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{stop: cancel}
	l.done.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			message := bus.Message{Key: bus.Key(sample.ID(i % 50)), Value: strconv.AppendInt(nil, int64(i), 10)}
			// What is not acknowledged may be stored or not; it is not asked for.
			if err := client.Produce(ctx, bus.TopicTelemetry, message); err != nil {
				continue
			}
			l.mutex.Lock()
			l.acknowledged = append(l.acknowledged, i)
			l.mutex.Unlock()
		}
	})
	return l
}

func (l *load) count() int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return len(l.acknowledged)
}

func (l *load) end() []int {
	l.stop()
	l.done.Wait()
	return l.acknowledged
}

// numbers returns the numbers that arrived. The collector is locked.
func (c *collector) numbers(t testing.TB) map[int]bool {
	arrived := make(map[int]bool)
	for _, messages := range c.messages {
		for _, message := range messages {
			number, err := strconv.Atoi(string(message.Value))
			if err != nil {
				t.Fatalf("message %q: %v", message.Value, err)
			}
			arrived[number] = true
		}
	}
	return arrived
}

// awaitNumbers waits until all of the numbers have arrived.
func (c *collector) awaitNumbers(t testing.TB, numbers []int) {
	t.Helper()
	c.await(t, "every acknowledged message", func() bool {
		arrived := c.numbers(t)
		return !slices.ContainsFunc(numbers, func(number int) bool { return !arrived[number] })
	})
}

// testRestart ends the broker twice while a producer and a consumer are at work.
func testRestart(t *testing.T, broker Broker, end func(*testing.T)) {
	config := quick(broker.Config)
	read := newCollector()
	consuming := join(t, connect(t, config), "restart", func(ctx context.Context, claim bus.Claim) error {
		for {
			messages, err := claim.Read(ctx, 1<<20, 50*time.Millisecond)
			if err != nil {
				return err
			}
			if len(messages) == 0 {
				continue
			}
			read.add(claim.Partition(), messages)
			if err := claim.Commit(ctx, messages[len(messages)-1].Offset+1, "read"); err != nil && ctx.Err() == nil {
				return err
			}
		}
	})
	load := startLoad(connect(t, config))
	defer load.end()
	for round := range 2 {
		before := load.count()
		read.await(t, "messages before the end", func() bool { return load.count() > before+50 && read.count() > before })
		end(t)
		broker.Start(t)
		before = load.count()
		read.await(t, fmt.Sprintf("producing after end %d", round+1), func() bool { return load.count() > before+50 })
	}
	acknowledged := load.end()
	read.awaitNumbers(t, acknowledged)
	if err := consuming.stop(); err != nil {
		t.Errorf("Consume returned %v", err)
	}
}

// testAway takes the broker away and shuts down without it.
func testAway(t *testing.T, broker Broker) {
	config := quick(broker.Config)
	config.RetryTimeout = time.Second
	client, registry := connectWith(t, config)
	read := newCollector()
	consuming := join(t, client, "away", read.own)
	read.await(t, "the claims", func() bool { return len(read.claims) == config.Partitions.Telemetry })
	broker.Kill(t)
	err := client.Produce(bounded(t), bus.TopicTelemetry, bus.Message{Key: bus.Key(1), Value: []byte("1")})
	if err == nil || !strings.Contains(err.Error(), config.Brokers[0]) {
		t.Errorf("producing without a broker: %v, want an error that names %s", err, config.Brokers[0])
	}
	if got := metric(t, registry, "mimamori_bus_produce_failures_total"); got != 1 {
		t.Errorf("%g failures counted, want 1", got)
	}
	began := time.Now()
	if err := consuming.stop(); err != nil {
		t.Errorf("Consume returned %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the shutdown took %s", took)
	}
}

// testReopen looks at what is there after the end: messages, offsets, incarnation.
func testReopen(t *testing.T, broker Broker, end func(*testing.T)) {
	config := quick(broker.Config)
	client := connect(t, config)
	ctx := bounded(t)
	incarnation, err := client.Incarnation(ctx, bus.TopicTelemetry)
	if err != nil {
		t.Fatal(err)
	}
	load := startLoad(client)
	read := newCollector()
	read.await(t, "messages", func() bool { return load.count() > 300 })
	acknowledged := load.end()

	committed := make(chan struct{}, 16)
	committing := join(t, client, "reopen", func(ctx context.Context, claim bus.Claim) error {
		if err := claim.Commit(ctx, int64(claim.Partition()+1), "pend=9"); err != nil {
			return err
		}
		committed <- struct{}{}
		<-ctx.Done()
		return nil
	})
	for range config.Partitions.Telemetry {
		await(t, committed, "a commit")
	}
	end(t)
	committing.cancel()
	broker.Start(t)
	if err := committing.stop(); err != nil {
		t.Errorf("Consume returned %v", err)
	}

	again := connect(t, config)
	if got, err := again.Incarnation(ctx, bus.TopicTelemetry); err != nil || got != incarnation {
		t.Errorf("incarnation %q and error %v after the end, want %q", got, err, incarnation)
	}
	join(t, again, "everything", read.own)
	read.awaitNumbers(t, acknowledged)
	positions := newCollector()
	join(t, again, "reopen", positions.own)
	positions.await(t, "the claims", func() bool { return len(positions.claims) == config.Partitions.Telemetry })
	for _, claim := range positions.claims {
		if got := claim.Position(); got != (bus.Position{Offset: int64(claim.Partition() + 1), Metadata: "pend=9"}) {
			t.Errorf("partition %d: position %+v after the end", claim.Partition(), got)
		}
	}
}
