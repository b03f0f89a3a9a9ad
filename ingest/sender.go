package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/spool"
)

// Uplink is the way to the centre. A message is stored for good when Produce
// returns nil; after an error it may or may not have been. A message the way can
// never carry is bus.ErrTooLarge. Several goroutines call it at a time. *kafka.Client is one.
type Uplink interface {
	Produce(ctx context.Context, topic string, messages ...bus.Message) error
}

// batchBlocks bounds what is under way to a topic at a time.
const batchBlocks = 64

// The pauses between attempts to deliver: the first, and the longest it grows to.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Second
	drainPause   = 100 * time.Millisecond // once the appliance was told to stop
)

// attemptTime bounds one attempt, so that an uplink that hangs is noticed.
const attemptTime = 30 * time.Second

// sender takes blocks from the spool and delivers them, in that order, however long
// it takes. The topics do not wait for each other: one that takes nothing, as without the
// right to write to it, must not make the appliance look silent.
type sender struct {
	spool    *spool.Spool
	uplink   Uplink
	key      []byte
	private  ed25519.PrivateKey // signs the blocks; nil where they are not signed
	logger   *slog.Logger
	metrics  *metrics
	draining <-chan struct{} // closed when there is little time left
	sent     atomic.Uint64   // bytes of the messages that Kafka has acknowledged: keys, blocks and signatures

	lock sync.Mutex
	away int // topics that cannot be reached
}

// delivery is the sender's work for one topic. It is used by one goroutine.
type delivery struct {
	*sender
	way       spool.Way
	topic     string
	awaySince time.Time // zero while the topic can be reached
}

// run delivers until the spool is closed and empty or the context ends.
func (s *sender) run(ctx context.Context) {
	s.metrics.uplinkUp.Set(1)
	var deliveries sync.WaitGroup
	for _, d := range s.deliveries() {
		deliveries.Go(func() { d.run(ctx) })
	}
	deliveries.Wait()
}

// deliveries are the sender's work, by topic.
func (s *sender) deliveries() []*delivery {
	return []*delivery{
		{sender: s, way: spool.Telemetry, topic: bus.TopicTelemetry},
		{sender: s, way: spool.Logs, topic: bus.TopicLogs},
	}
}

func (d *delivery) run(ctx context.Context) {
	for {
		blocks := d.spool.Take(ctx, d.way, batchBlocks)
		if len(blocks) == 0 || !d.deliver(ctx, blocks) {
			return
		}
	}
}

// deliver repeats until the blocks have arrived; false when the context ended first.
func (d *delivery) deliver(ctx context.Context, blocks []spool.Block) bool {
	messages := make([]bus.Message, len(blocks))
	size := 0
	for i, block := range blocks {
		messages[i] = bus.Sign(d.private, d.topic, bus.Message{Key: d.key, Value: block.Bytes})
		size += len(d.key) + len(block.Bytes)
		for _, header := range messages[i].Headers {
			size += len(header.Key) + len(header.Value)
		}
	}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		attempt, cancel := context.WithTimeout(ctx, attemptTime)
		err := d.uplink.Produce(attempt, d.topic, messages...)
		cancel()
		switch {
		case err == nil:
			d.sent.Add(uint64(size))
			d.arrived(blocks)
			return true
		case errors.Is(err, bus.ErrTooLarge) && len(blocks) == 1:
			d.refuse(blocks[0], err)
			return true
		case errors.Is(err, bus.ErrTooLarge):
			for i := range blocks {
				if !d.deliver(ctx, blocks[i:i+1]) {
					return false
				}
			}
			return true
		case ctx.Err() != nil:
			return false
		}
		d.unreachable(err)
		if !d.pause(ctx, pause) {
			return false
		}
	}
}

// pause waits before the next attempt; false when the context ended.
func (s *sender) pause(ctx context.Context, pause time.Duration) bool {
	draining := s.draining
	select {
	case <-draining:
		pause, draining = drainPause, nil
	default:
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-draining:
	case <-timer.C:
	}
	return true
}

func (d *delivery) arrived(blocks []spool.Block) {
	d.spool.Delivered(blocks)
	for _, block := range blocks {
		d.metrics.delivered.WithLabelValues(block.Kind.String()).Inc()
	}
	if d.awaySince.IsZero() {
		return
	}
	d.turn(-1)
	d.logger.Info("the centre is back", "topic", d.topic, "away", time.Since(d.awaySince).Round(time.Second), "waiting_blocks", d.spool.Snapshot().Blocks)
	d.awaySince = time.Time{}
}

func (d *delivery) unreachable(err error) {
	d.metrics.failures.Inc()
	if !d.awaySince.IsZero() {
		return
	}
	d.awaySince = time.Now()
	d.turn(1)
	d.logger.Warn("the centre cannot be reached; what is measured is kept and sent when it is back", "topic", d.topic, "error", err)
}

// turn counts the topics that cannot be reached.
func (s *sender) turn(by int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.away += by
	up := 0.0
	if s.away == 0 {
		up = 1
	}
	s.metrics.uplinkUp.Set(up)
}

func (s *sender) refuse(block spool.Block, err error) {
	s.spool.Delivered([]spool.Block{block})
	s.metrics.refused.WithLabelValues(block.Kind.String()).Inc()
	s.logger.Error("a block is lost that the bus refuses; raise ingest.bus.max_message_bytes and the brokers' message.max.bytes",
		"kind", block.Kind.String(), "bytes", len(block.Bytes), "error", err)
}
