package bustest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
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
