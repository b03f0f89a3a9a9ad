package processors

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// hanging is a store that does not answer until it is let go: each write is given up
// after a while, as insert_timeout has it.
type hanging struct {
	*tape
	held chan struct{}
	rows atomic.Int64
}

func (s *hanging) WriteRaw(ctx context.Context, batch *storage.Batch) error {
	select {
	case <-s.held:
		s.rows.Add(int64(batch.Rows()))
		return nil
	case <-time.After(500 * time.Millisecond):
		return &storage.Failure{Reason: storage.FailureSlow, Remedy: "it is slow", Err: context.DeadlineExceeded}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *hanging) WriteDerived(context.Context, storage.Source, *storage.Derived) error { return nil }

// lines counts what is logged.
type lines struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(what string) int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return strings.Count(l.text.String(), what)
}

// TestAStoreThatHangs: while the store does not answer the processor reads no further,
// takes no more memory however much waits, keeps its partitions for longer than a
// session, says how far it is behind, and goes on when the store does.
func TestAStoreThatHangs(t *testing.T) {
	connection := startBroker(t)
	client := openClient(t, connection)
	const perBlock, waiting, allowed = 500, 64 << 20, 24 << 20
	slot := time.Now().UnixMilli()
	content := interfaces(perBlock)
	for i := range perBlock { // so that it does not compress
		content.InOctets[i], content.OutOctets[i], content.InUcastPkts[i], content.OutUcastPkts[i] = rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64()
	}
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	bytes, blocks := 0, int64(0)
	for bytes < waiting {
		var messages []bus.Message
		for i := range 20 {
			by := fleetAppliance(i)
			value, err := encoder.Encode(nil, sample.Header{Appliance: by, Slot: slot}, content)
			if err != nil {
				t.Fatal(err)
			}
			messages = append(messages, bus.Message{Key: bus.Key(by), Value: value})
			bytes += len(value)
		}
		if err := client.Produce(t.Context(), bus.TopicTelemetry, messages...); err != nil {
			t.Fatal(err)
		}
		blocks += int64(len(messages))
	}

	said := &lines{}
	store := &hanging{tape: newTape(), held: make(chan struct{})}
	cfg := DefaultConfig()
	cfg.BatchRows, cfg.RetryLongest = 2000, time.Second
	processor, err := New(cfg, client, store, fleetRegistry(), slog.New(slog.NewTextHandler(said, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- processor.Run(ctx) }()
	hungFor := connection.SessionTimeout + 2*time.Second
	for began := time.Now(); time.Since(began) < hungFor; <-time.After(500 * time.Millisecond) {
		if grown := heap() - before; grown > allowed {
			t.Fatalf("the heap grew by %d MiB while %d MiB wait, at most %d are allowed", grown>>20, bytes>>20, allowed>>20)
		}
	}
	t.Logf("%d MiB wait, the heap grew by %d KiB", bytes>>20, (heap()-before)>>10)
	if lag := processor.Lag(); lag < blocks {
		t.Errorf("the lag is %d messages, want all %d", lag, blocks)
	}
	if taken := said.count("a partition is taken up"); taken != 3 {
		t.Errorf("partitions were taken up %d times, want once each of 3: the processor was fenced for waiting", taken)
	}
	if said.count("it is slow") != 2 { // in each partition that has messages
		t.Errorf("it is said %d times, want once in each of 2 partitions", said.count("it is slow"))
	}
	close(store.held)
	for began := time.Now(); store.rows.Load() < blocks*perBlock; <-time.After(20 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal(fmt.Sprint(store.rows.Load(), " rows were written, want ", blocks*perBlock))
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := store.rows.Load(); n < blocks*perBlock || n > blocks*perBlock+100 { // and ticks
		t.Errorf("%d rows were written, want %d and some ticks", n, blocks*perBlock)
	}
}

// heap is what is in use after a collection, bytes.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
