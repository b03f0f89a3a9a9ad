package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
)

func testCommit(t *testing.T, config bus.Config) {
	const count = 10
	client := connect(t, config)
	var messages []bus.Message
	for i := range count {
		messages = append(messages, bus.Message{Value: fmt.Append(nil, i)})
	}
	if err := client.ProduceTo(bounded(t), bus.TopicTelemetry, 2, messages...); err != nil {
		t.Fatal(err)
	}
	metadata := `{"pend":6,"epoch":"` + strings.Repeat("e", 1000) + `"}`
	committed := make(chan struct{})
	first := join(t, client, "commit", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() != 2 {
			return nil
		}
		defer close(committed)
		if got := claim.Position(); got.Offset != bus.NoOffset || got.Metadata != "" {
			t.Errorf("position of a new group: %+v", got)
		}
		if _, err := claim.Read(ctx, 1<<20, 10*time.Second); err != nil {
			return err
		}
		if err := claim.Commit(ctx, 1, "first"); err != nil {
			return err
		}
		if err := claim.Commit(ctx, 4, metadata); err != nil {
			return err
		}
		if got := claim.Position(); got.Offset != 4 || got.Metadata != metadata {
			t.Errorf("position after a commit: offset %d, metadata %q", got.Offset, got.Metadata)
		}
		return nil
	})
	await(t, committed, "the commits")
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}

	resumed := make(chan struct{})
	join(t, connect(t, config), "commit", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() != 2 {
			return nil
		}
		defer close(resumed)
		if got := claim.Position(); got.Offset != 4 || got.Metadata != metadata {
			t.Errorf("position resumed: offset %d, metadata of %d bytes; want 4 and %d bytes", got.Offset, len(got.Metadata), len(metadata))
		}
		messages, err := claim.Read(ctx, 1<<20, 10*time.Second)
		if err != nil {
			return err
		}
		if len(messages) != count-4 || messages[0].Offset != 4 || string(messages[0].Value) != "4" {
			t.Errorf("%d messages resumed, want %d from offset 4", len(messages), count-4)
		}
		return nil
	})
	await(t, resumed, "the resumption")
}

func testRedelivery(t *testing.T, config bus.Config) {
	client := connect(t, config)
	for i := range 10 {
		if err := client.ProduceTo(bounded(t), bus.TopicTelemetry, 0, bus.Message{Value: fmt.Append(nil, i)}); err != nil {
			t.Fatal(err)
		}
	}
	crash := errors.New("crash")
	crashing := join(t, client, "redelivery", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() != 0 {
			<-ctx.Done()
			return nil
		}
		for read := 0; read < 10; {
			messages, err := claim.Read(ctx, 1<<20, 10*time.Second)
			if err != nil {
				return err
			}
			read += len(messages)
		}
		if err := claim.Commit(ctx, 3, "pend=6"); err != nil {
			return err
		}
		return crash
	})
	if err := crashing.wait(); !errors.Is(err, crash) {
		t.Fatalf("Consume returned %v, want the owner's error", err)
	}
	again := newCollector()
	join(t, client, "redelivery", again.own)
	again.await(t, "the messages that were not committed", func() bool { return len(again.messages[0]) >= 7 })
	for i, message := range again.messages[0] {
		if message.Offset != int64(3+i) {
			t.Errorf("message %d after the crash has offset %d, want %d", i, message.Offset, 3+i)
		}
	}
}

// testFenced has an owner that does not let go while another member joins.
func testFenced(t *testing.T, config bus.Config) {
	client := connect(t, config)
	fenced := make(chan error, 1)
	held := make(chan struct{})
	overtaken := make(chan struct{})
	var once sync.Once
	stubborn := join(t, client, "fenced", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() != 0 {
			<-ctx.Done()
			return nil
		}
		mine := false
		once.Do(func() { mine = true })
		if !mine {
			<-ctx.Done()
			return nil
		}
		if err := claim.Commit(ctx, 5, "mine"); err != nil {
			return err
		}
		close(held)
		<-overtaken
		late, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := claim.Commit(late, 1, "stale")
		fenced <- err
		return err
	})
	await(t, held, "the first claim")

	took := make(chan bus.Position, 1)
	var one sync.Once
	other := join(t, connect(t, config), "fenced", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() == 0 {
			one.Do(func() {
				if err := claim.Commit(ctx, 9, "newer"); err != nil {
					t.Errorf("the owner's commit: %v", err)
				}
				took <- claim.Position()
				close(overtaken)
			})
		}
		<-ctx.Done()
		return nil
	})
	select {
	case err := <-fenced:
		if !errors.Is(err, bus.ErrFenced) {
			t.Fatalf("the stale commit returned %v, want ErrFenced", err)
		}
	case <-time.After(patience):
		t.Fatal("nobody took the partition over")
	}
	<-took
	for _, m := range []*member{stubborn, other} {
		if err := m.stop(); err != nil {
			t.Errorf("Consume returned %v; a fenced owner joins anew", err)
		}
	}
	after := newCollector()
	join(t, client, "fenced", after.own)
	after.await(t, "the position after all", func() bool { return len(after.claims) == config.Partitions.Telemetry })
	for _, claim := range after.claims {
		if got := claim.Position(); claim.Partition() == 0 && got != (bus.Position{Offset: 9, Metadata: "newer"}) {
			t.Errorf("the stale commit left %+v", got)
		}
	}
}

func testRebalance(t *testing.T, config bus.Config) {
	const total = 400
	producer := connect(t, config)
	var mutex sync.Mutex
	owner := make(map[int]string)
	read := newCollector()
	consume := func(name string) *member {
		return join(t, connect(t, config), "rebalance", func(ctx context.Context, claim bus.Claim) error {
			mutex.Lock()
			if other := owner[claim.Partition()]; other != "" {
				t.Errorf("partition %d is given to %s while %s has it", claim.Partition(), name, other)
			}
			owner[claim.Partition()] = name
			mutex.Unlock()
			defer func() {
				mutex.Lock()
				owner[claim.Partition()] = ""
				mutex.Unlock()
			}()
			for {
				messages, err := claim.Read(ctx, 1<<20, 50*time.Millisecond)
				if err != nil {
					return err
				}
				if len(messages) == 0 {
					continue
				}
				late, cancel := context.WithTimeout(context.Background(), patience)
				err = claim.Commit(late, messages[len(messages)-1].Offset+1, "")
				cancel()
				if err != nil {
					return err
				}
				read.add(claim.Partition(), messages)
			}
		})
	}
	shares := func() map[string]int {
		mutex.Lock()
		defer mutex.Unlock()
		count := make(map[string]int)
		for _, name := range owner {
			count[name]++
		}
		return count
	}
	send := func(from, to int) {
		for i := from; i < to; i++ {
			if err := producer.Produce(bounded(t), bus.TopicTelemetry, bus.Message{Key: bus.Key(sample.ID(i)), Value: fmt.Append(nil, i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	a := consume("a")
	read.await(t, "all partitions for a", func() bool { return shares()["a"] == 4 })
	send(0, total/2)
	consume("b")
	read.await(t, "half of the partitions for b", func() bool { s := shares(); return s["a"] == 2 && s["b"] == 2 })
	send(total/2, total)
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	read.await(t, "all partitions for b", func() bool { return shares()["b"] == 4 })
	read.await(t, "all messages", func() bool { return read.count() >= total })
	for partition, messages := range read.messages {
		for i, message := range messages {
			if message.Offset != int64(i) {
				t.Fatalf("partition %d: offset %d where %d should follow, though everybody let go in good order", partition, message.Offset, i)
			}
		}
	}
}

func testGauges(t *testing.T, config bus.Config) {
	client, registry := connectWith(t, config)
	messages := slices.Repeat([]bus.Message{{Value: make([]byte, 100)}}, 10)
	if err := client.ProduceTo(bounded(t), bus.TopicTelemetry, 0, messages...); err != nil {
		t.Fatal(err)
	}
	m := join(t, client, "gauges", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() == 0 {
			if _, err := claim.Read(ctx, 350, 10*time.Second); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return nil
	})
	measured := newCollector()
	measured.await(t, "a lag of the 7 messages not read", func() bool {
		return metric(t, registry, "mimamori_bus_lag_messages") == 7
	})
	if err := client.ProduceTo(bounded(t), bus.TopicTelemetry, 0, messages...); err != nil {
		t.Fatal(err)
	}
	measured.await(t, "a lag of the messages that came while nobody read", func() bool {
		return metric(t, registry, "mimamori_bus_lag_messages") == 17
	})
	measured.await(t, "an age of more than a second", func() bool {
		return metric(t, registry, "mimamori_bus_last_fetch_age_seconds") > 1
	})
	if err := m.stop(); err != nil {
		t.Fatal(err)
	}
	if got := metric(t, registry, "mimamori_bus_lag_messages"); got != 0 {
		t.Errorf("a lag of %g is left when nobody consumes", got)
	}
}

func testNoTopic(t *testing.T, config bus.Config) {
	config.RetryTimeout = time.Second
	client := connect(t, config)
	err := client.Consume(bounded(t), "nothing", []string{"no-such-topic"}, func(context.Context, bus.Claim) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "no-such-topic") {
		t.Errorf("Consume returned %v, want an error that names the topic", err)
	}
	if _, err := client.Incarnation(bounded(t), "no-such-topic"); err == nil {
		t.Error("a topic that does not exist has an incarnation")
	}
}

func testShutdown(t *testing.T, config bus.Config) {
	client := connect(t, config)
	var mutex sync.Mutex
	commits := 0
	owned := make(chan struct{}, 16)
	first := join(t, client, "shutdown", func(ctx context.Context, claim bus.Claim) error {
		owned <- struct{}{}
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := claim.Commit(late, 7, "clean"); err != nil {
			return err
		}
		mutex.Lock()
		defer mutex.Unlock()
		commits++
		return nil
	})
	for range config.Partitions.Telemetry {
		await(t, owned, "an owner")
	}
	began := time.Now()
	if err := first.stop(); err != nil {
		t.Fatalf("Consume returned %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the shutdown took %s", took)
	}
	if commits != config.Partitions.Telemetry {
		t.Errorf("%d owners committed before Consume returned, want %d", commits, config.Partitions.Telemetry)
	}
	// The group was left, so the next member does not wait for the session to end.
	began = time.Now()
	next := newCollector()
	join(t, client, "shutdown", next.own)
	next.await(t, "the next start", func() bool { return len(next.claims) == config.Partitions.Telemetry })
	if took := time.Since(began); took > 3*time.Second+groupDelay {
		t.Errorf("the next start took %s", took)
	}
	for _, claim := range next.claims {
		if got := claim.Position(); got != (bus.Position{Offset: 7, Metadata: "clean"}) {
			t.Errorf("partition %d: position %+v after a clean shutdown", claim.Partition(), got)
		}
	}
}

// groupDelay is how long Apache Kafka waits for more members of an empty group
// (group.initial.rebalance.delay.ms).
const groupDelay = 3 * time.Second

func testOwnerError(t *testing.T, config bus.Config) {
	broken := errors.New("the store is gone")
	others := make(chan struct{}, 16)
	failing := join(t, connect(t, config), "error", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() == 3 {
			return broken
		}
		<-ctx.Done()
		others <- struct{}{}
		return ctx.Err()
	})
	if err := failing.wait(); !errors.Is(err, broken) {
		t.Errorf("Consume returned %v, want the owner's error", err)
	}
	if len(others) != config.Partitions.Telemetry-1 {
		t.Errorf("%d other owners were drained, want %d", len(others), config.Partitions.Telemetry-1)
	}
}
