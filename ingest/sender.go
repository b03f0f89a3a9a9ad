package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/spool"
)

// Uplink is the way to the centre. A message is stored for good when Produce
// returns nil; after an error it may or may not have been. A message the way can
// never carry is bus.ErrTooLarge. *kafka.Client is one.
type Uplink interface {
	Produce(ctx context.Context, topic string, messages ...bus.Message) error
}

// batchBlocks bounds what is under way at a time.
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
// it takes.
type sender struct {
	spool    *spool.Spool
	uplink   Uplink
	key      []byte
	private  ed25519.PrivateKey // signs the blocks; nil where they are not signed
	logger   *slog.Logger
	metrics  *metrics
	draining <-chan struct{} // closed when there is little time left

	awaySince time.Time // zero while the uplink is there
}

// run delivers until the spool is closed and empty or the context ends.
func (s *sender) run(ctx context.Context) {
	s.metrics.uplinkUp.Set(1)
	for {
		blocks := s.spool.Take(ctx, batchBlocks)
		if len(blocks) == 0 {
			return
		}
		var telemetry, logs []spool.Block
		for _, block := range blocks {
			if block.Kind.Logged() {
				logs = append(logs, block)
			} else {
				telemetry = append(telemetry, block)
			}
		}
		if !s.deliver(ctx, bus.TopicTelemetry, telemetry) || !s.deliver(ctx, bus.TopicLogs, logs) {
			return
		}
	}
}

// deliver repeats until the blocks have arrived; false when the context ended first.
func (s *sender) deliver(ctx context.Context, topic string, blocks []spool.Block) bool {
	if len(blocks) == 0 {
		return true
	}
	messages := make([]bus.Message, len(blocks))
	for i, block := range blocks {
		messages[i] = bus.Sign(s.private, topic, bus.Message{Key: s.key, Value: block.Bytes})
	}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		attempt, cancel := context.WithTimeout(ctx, attemptTime)
		err := s.uplink.Produce(attempt, topic, messages...)
		cancel()
		switch {
		case err == nil:
			s.arrived(blocks)
			return true
		case errors.Is(err, bus.ErrTooLarge) && len(blocks) == 1:
			s.refuse(blocks[0], err)
			return true
		case errors.Is(err, bus.ErrTooLarge):
			for i := range blocks {
				if !s.deliver(ctx, topic, blocks[i:i+1]) {
					return false
				}
			}
			return true
		case ctx.Err() != nil:
			return false
		}
		s.away(err)
		if !s.pause(ctx, pause) {
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

func (s *sender) arrived(blocks []spool.Block) {
	s.spool.Delivered(blocks)
	for _, block := range blocks {
		s.metrics.delivered.WithLabelValues(block.Kind.String()).Inc()
	}
	if s.awaySince.IsZero() {
		return
	}
	s.metrics.uplinkUp.Set(1)
	s.logger.Info("the centre is back", "away", time.Since(s.awaySince).Round(time.Second), "waiting_blocks", s.spool.Snapshot().Blocks)
	s.awaySince = time.Time{}
}

func (s *sender) away(err error) {
	s.metrics.failures.Inc()
	if !s.awaySince.IsZero() {
		return
	}
	s.awaySince = time.Now()
	s.metrics.uplinkUp.Set(0)
	s.logger.Warn("the centre cannot be reached; what is measured is kept and sent when it is back", "error", err)
}

func (s *sender) refuse(block spool.Block, err error) {
	s.spool.Delivered([]spool.Block{block})
	s.metrics.refused.WithLabelValues(block.Kind.String()).Inc()
	s.logger.Error("a block is lost that the bus refuses; raise ingest.bus.max_message_bytes and the brokers' message.max.bytes",
		"kind", block.Kind.String(), "bytes", len(block.Bytes), "error", err)
}
