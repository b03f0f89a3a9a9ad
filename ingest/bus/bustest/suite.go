package bustest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
)

// Run holds a broker against the promises of the bus. open returns how to reach a
// broker without messages and groups, for one test; Brokers and the limits of the
// broker are taken from it. The broker must refuse batches above 1100000 bytes.
func Run(t *testing.T, open func(t *testing.T) bus.Config) {
	tests := []struct {
		name string
		run  func(t *testing.T, config bus.Config)
	}{
		{"order and partition of a key", testOrder},
		{"a message arrives as it was sent", testContent},
		{"topics are created once", testTopics},
		{"incarnation", testIncarnation},
		{"read keeps to its limits", testReadLimits},
		{"commit, metadata and resumption", testCommit},
		{"what was not committed comes again", testRedelivery},
		{"a member that was overtaken is fenced", testFenced},
		{"members share partitions and hand them over", testRebalance},
		{"a message that is too large is an error", testTooLarge},
		{"an offset out of range", testOutOfRange},
		{"lag and the age of the last fetch", testGauges},
		{"a group without its topic", testNoTopic},
		{"shutdown drains and leaves", testShutdown},
		{"an owner's error ends the membership", testOwnerError},
		{"garbage and half-open connections", testGarbage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, quick(open(t))) })
	}
}

func testOrder(t *testing.T, config bus.Config) {
	const keys, rounds = 40, 25
	client := connect(t, config)
	ctx := bounded(t)
	for round := range rounds {
		var messages []bus.Message
		for key := range keys {
			messages = append(messages, bus.Message{Key: bus.Key(sample.ID(key)), Value: fmt.Append(nil, round)})
		}
		if err := client.Produce(ctx, bus.TopicTelemetry, messages...); err != nil {
			t.Fatal(err)
		}
	}
	read := newCollector()
	join(t, client, "order", read.own)
	read.await(t, "all messages", func() bool { return read.count() >= keys*rounds })

	home := make(map[string]int)
	next := make(map[string]int)
	for partition, messages := range read.messages {
		for i, message := range messages {
			if message.Offset != int64(i) {
				t.Fatalf("partition %d: message %d has offset %d", partition, i, message.Offset)
			}
			key := string(message.Key)
			if other, known := home[key]; known && other != partition {
				t.Errorf("key %s is in partitions %d and %d", key, other, partition)
			}
			home[key] = partition
			if want := fmt.Sprint(next[key]); string(message.Value) != want {
				t.Fatalf("key %s: round %s where %s should follow", key, message.Value, want)
			}
			next[key]++
		}
	}
	if len(home) != keys {
		t.Errorf("%d keys arrived, want %d", len(home), keys)
	}
	if len(read.messages) != config.Partitions.Telemetry {
		t.Errorf("%d keys went to %d partitions, want %d", keys, len(read.messages), config.Partitions.Telemetry)
	}
}

func testContent(t *testing.T, config bus.Config) {
	client := connect(t, config)
	sent := []bus.Message{
		{Key: bus.Key(7), Value: bytes.Repeat([]byte{0, 1, 255}, 20_000), Time: time.UnixMilli(1_700_000_000_123)},
		{Key: bus.Key(7), Value: []byte{}, Headers: []bus.Header{{Key: "reason", Value: []byte("unknown version")}, {Key: "empty"}}},
		{Key: []byte{}, Value: []byte("no key")},
	}
	if err := client.ProduceTo(bounded(t), bus.TopicTelemetry, 1, sent...); err != nil {
		t.Fatal(err)
	}
	read := newCollector()
	join(t, client, "content", read.own)
	read.await(t, "all messages", func() bool { return read.count() >= len(sent) })
	for i, got := range read.messages[1] {
		want := sent[i]
		if !bytes.Equal(got.Key, want.Key) || !bytes.Equal(got.Value, want.Value) {
			t.Errorf("message %d: key %q and %d bytes arrived, want key %q and %d bytes", i, got.Key, len(got.Value), want.Key, len(want.Value))
		}
		if !want.Time.IsZero() && !got.Time.Equal(want.Time) {
			t.Errorf("message %d: time %s, want %s", i, got.Time, want.Time)
		}
		if want.Time.IsZero() && time.Since(got.Time).Abs() > time.Minute {
			t.Errorf("message %d: time %s, want now", i, got.Time)
		}
		if len(got.Headers) != len(want.Headers) {
			t.Fatalf("message %d: %d headers, want %d", i, len(got.Headers), len(want.Headers))
		}
		for j, header := range got.Headers {
			if header.Key != want.Headers[j].Key || !bytes.Equal(header.Value, want.Headers[j].Value) {
				t.Errorf("message %d: header %q=%q, want %q=%q", i, header.Key, header.Value, want.Headers[j].Key, want.Headers[j].Value)
			}
		}
	}
}

func testTopics(t *testing.T, config bus.Config) {
	client := connect(t, config)
	ctx := bounded(t)
	var racing sync.WaitGroup
	for range 4 {
		racing.Go(func() {
			if err := client.EnsureTopics(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	racing.Wait()
	for _, topic := range config.Topics() {
		got, err := client.Partitions(ctx, topic.Name)
		if err != nil {
			t.Fatal(err)
		}
		if got != topic.Partitions {
			t.Errorf("topic %s has %d partitions, want %d", topic.Name, got, topic.Partitions)
		}
	}
}

func testIncarnation(t *testing.T, config bus.Config) {
	ctx := bounded(t)
	seen := make(map[string]string)
	for _, topic := range []string{bus.TopicTelemetry, bus.TopicLogs} {
		first, err := connect(t, config).Incarnation(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		again, err := connect(t, config).Incarnation(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" || first != again {
			t.Errorf("topic %s: incarnation %q and then %q", topic, first, again)
		}
		if other, taken := seen[first]; taken {
			t.Errorf("topics %s and %s share incarnation %q", topic, other, first)
		}
		seen[first] = topic
	}
}

func testReadLimits(t *testing.T, config bus.Config) {
	const count, size = 20, 10_000
	client := connect(t, config)
	ctx := bounded(t)
	var messages []bus.Message
	for range count {
		messages = append(messages, bus.Message{Key: bus.Key(1), Value: make([]byte, size)})
	}
	if err := client.ProduceTo(ctx, bus.TopicTelemetry, 0, messages...); err != nil {
		t.Fatal(err)
	}
	finished := make(chan struct{})
	join(t, client, "limits", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() != 0 {
			return nil
		}
		defer close(finished)
		for got := 0; got < count; {
			messages, err := claim.Read(ctx, 3*size+size/2, 10*time.Second)
			if err != nil {
				return err
			}
			if len(messages) < 1 || len(messages) > 3 {
				t.Errorf("%d messages of %d bytes for a limit of %d", len(messages), size, 3*size+size/2)
			}
			got += len(messages)
		}
		claim.Seek(5)
		messages, err := claim.Read(ctx, 1, 10*time.Second)
		if err != nil || len(messages) != 1 || messages[0].Offset != 5 {
			t.Errorf("after Seek(5): %d messages, error %v, want message 5 alone", len(messages), err)
		}
		if claim.HighWatermark() != count {
			t.Errorf("high watermark %d, want %d", claim.HighWatermark(), count)
		}
		claim.Seek(count)
		began := time.Now()
		messages, err = claim.Read(ctx, size, 300*time.Millisecond)
		if took := time.Since(began); err != nil || messages != nil || took < 300*time.Millisecond || took > 5*time.Second {
			t.Errorf("at the end: %d messages, error %v after %s; want none after 300ms", len(messages), err, took)
		}
		return nil
	})
	await(t, finished, "the reads")
}

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

func testTooLarge(t *testing.T, config bus.Config) {
	client := connect(t, config)
	ctx := bounded(t)
	small := bus.Message{Key: bus.Key(1), Value: []byte("small")}
	large := bus.Message{Key: bus.Key(1), Value: make([]byte, config.MaxMessageBytes)}
	if err := client.Produce(ctx, bus.TopicTelemetry, small, large); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("a message above max_message_bytes: %v, want ErrTooLarge", err)
	}
	careless := config
	careless.MaxMessageBytes = 8 << 20
	large.Value = make([]byte, 2<<20)
	if err := connect(t, careless).Produce(ctx, bus.TopicTelemetry, large); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("a message above the broker's limit: %v, want ErrTooLarge", err)
	}
	// The largest message allowed, and more of them than one batch holds.
	fits := bus.Message{Key: bus.Key(1), Value: make([]byte, config.MaxMessageBytes-16)}
	if err := client.Produce(ctx, bus.TopicTelemetry, fits, fits, small); err != nil {
		t.Fatalf("messages of max_message_bytes: %v", err)
	}
	read := newCollector()
	join(t, client, "large", read.own)
	read.await(t, "the messages that fit", func() bool { return read.count() >= 3 })
	if read.count() != 3 {
		t.Errorf("%d messages are stored, want the 3 that fit", read.count())
	}
}

func testOutOfRange(t *testing.T, config bus.Config) {
	client, registry := connectWith(t, config)
	for i := range 5 {
		if err := client.ProduceTo(bounded(t), bus.TopicTelemetry, 0, bus.Message{Value: fmt.Append(nil, i)}); err != nil {
			t.Fatal(err)
		}
	}
	finished := make(chan struct{})
	join(t, client, "range", func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() != 0 {
			return nil
		}
		defer close(finished)
		claim.Seek(1_000_000)
		messages, err := claim.Read(ctx, 1<<20, 10*time.Second)
		if err != nil {
			return err
		}
		if len(messages) == 0 || messages[0].Offset != 0 {
			t.Errorf("%d messages, want those from offset 0", len(messages))
		}
		return nil
	})
	await(t, finished, "the read")
	if got := metric(t, registry, "mimamori_bus_offset_out_of_range_total"); got != 1 {
		t.Errorf("%g counted, want 1", got)
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

func testGarbage(t *testing.T, config bus.Config) {
	client := connect(t, config)
	read := newCollector()
	join(t, client, "garbage", read.own)
	garbage := map[string][]byte{
		"nothing":           nil,
		"half a size":       {0, 0},
		"HTTP":              []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"TLS":               {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 1, 2, 3, 4},
		"a size of 4 GB":    {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, 'x'},
		"a size of 2 GB":    {0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, 'x'},
		"a size of zero":    make([]byte, 64),
		"an unknown key":    {0, 0, 0, 11, 0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 'x'},
		"a negative key":    {0, 0, 0, 11, 0xff, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 'x'},
		"an absurd version": {0, 0, 0, 11, 0, 3, 0x7f, 0xff, 0, 0, 0, 1, 0, 1, 'x'},
		"half a request":    {0, 0, 1, 0, 0, 3, 0, 12, 0, 0, 0, 1, 0, 1, 'x', 0},
		"a body of ones":    append([]byte{0, 0, 0, 110, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, 'x'}, bytes.Repeat([]byte{0xff}, 99)...),
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	for what, content := range garbage {
		network, address := "tcp", config.Brokers[0]
		if path, ok := config.Socket(); ok {
			network, address = "unix", path
		}
		connection, err := dialer.DialContext(t.Context(), network, address)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		t.Cleanup(func() { connection.Close() }) // held open until the end on purpose
		if _, err := connection.Write(content); err != nil {
			t.Logf("%s: the broker hung up: %v", what, err)
		}
		if err := client.Produce(bounded(t), bus.TopicTelemetry, bus.Message{Key: bus.Key(1), Value: []byte(what)}); err != nil {
			t.Fatalf("after %s: %v", what, err)
		}
	}
	read.await(t, "the messages sent meanwhile", func() bool { return read.count() >= len(garbage) })
}

func await(t testing.TB, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s: not after %s", what, patience)
	}
}
