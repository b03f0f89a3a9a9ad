package bustest

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// quick shortens what a group waits for, as far as brokers allow.
func quick(config bus.Config) bus.Config {
	config.SessionTimeout = 6 * time.Second
	config.HeartbeatInterval = 100 * time.Millisecond
	config.RebalanceTimeout = 2 * time.Second
	config.RetryTimeout = patience
	return config
}

func logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// connect opens a client of its own and waits until the topics are there.
func connect(t testing.TB, config bus.Config) *kafka.Client {
	t.Helper()
	client, _ := connectWith(t, config)
	return client
}

func connectWith(t testing.TB, config bus.Config) (*kafka.Client, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	client, err := kafka.Open(config, logger(t), registry)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx := bounded(t)
	if err := client.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	if err := client.EnsureTopics(ctx); err != nil {
		t.Fatal(err)
	}
	return client, registry
}

// bounded is a context for what must not take longer than a test has patience.
func bounded(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// member is a running Consume.
type member struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// join starts a member; it is stopped at the end of the test at the latest.
func join(t testing.TB, client *kafka.Client, group string, own func(context.Context, bus.Claim) error) *member {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(m.done)
		m.err = client.Consume(ctx, group, []string{bus.TopicTelemetry}, own)
	}()
	t.Cleanup(func() { _ = m.stop() }) // the test has looked at the error where it matters
	return m
}

// stop ends the membership and waits for Consume to return.
func (m *member) stop() error {
	m.cancel()
	return m.wait()
}

func (m *member) wait() error {
	select {
	case <-m.done:
		return m.err
	case <-time.After(patience):
		return fmt.Errorf("after %s Consume has not returned", patience)
	}
}

// collector is an own that keeps what it reads.
type collector struct {
	mutex    sync.Mutex
	messages map[int][]bus.Message // by partition
	claims   []bus.Claim
	changed  chan struct{}
}

func newCollector() *collector {
	return &collector{messages: make(map[int][]bus.Message), changed: make(chan struct{}, 1)}
}

func (c *collector) own(ctx context.Context, claim bus.Claim) error {
	c.mutex.Lock()
	c.claims = append(c.claims, claim)
	c.mutex.Unlock()
	for {
		messages, err := claim.Read(ctx, 1<<20, 100*time.Millisecond)
		if err != nil {
			return err
		}
		c.add(claim.Partition(), messages)
	}
}

func (c *collector) add(partition int, messages []bus.Message) {
	c.mutex.Lock()
	c.messages[partition] = append(c.messages[partition], messages...)
	c.mutex.Unlock()
	c.notify()
}

func (c *collector) notify() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// await waits until the condition holds; it is called with the collector locked.
func (c *collector) await(t testing.TB, what string, condition func() bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		c.mutex.Lock()
		ok := condition()
		c.mutex.Unlock()
		if ok {
			return
		}
		select {
		case <-c.changed:
		case <-time.After(20 * time.Millisecond): // for what changes elsewhere
		case <-timeout:
			t.Fatalf("%s: not after %s", what, patience)
		}
	}
}

// count returns how many messages there are. The collector is locked.
func (c *collector) count() int {
	total := 0
	for _, messages := range c.messages {
		total += len(messages)
	}
	return total
}

// metric returns the sum of a metric over its labels.
func metric(t testing.TB, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

func await(t testing.TB, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s: not after %s", what, patience)
	}
}
