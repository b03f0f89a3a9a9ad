package processors

import (
	"context"
	"time"

	"mimamori/ingest/bus"
)

// life is how far apart at least the offsets of two lives of a partition are, and what
// each life's begin with a multiple of.
const life = 1 << 20

// stream is a claim whose offsets go on where those of the partition begin again: when
// its topic is made anew, when the log is cut back at its end, or when nobody knows any
// more what was committed. What the store holds is ordered by offset and knows of one
// life only.
type stream struct {
	bus.Claim
	base int64 // added to the partition's own offsets
}

// nextLife is the base of a life that begins after the offset last was stored.
func nextLife(last int64) int64 {
	if last < 0 {
		return 0
	}
	return (last/life + 2) * life
}

// own returns the partition's own offset.
func (s *stream) own(offset int64) int64 {
	if offset == bus.NoOffset {
		return bus.NoOffset
	}
	return offset - s.base
}

func (s *stream) of(own int64) int64 {
	if own == bus.NoOffset {
		return bus.NoOffset
	}
	return own + s.base
}

// Seek implements bus.Claim.
func (s *stream) Seek(offset bus.Offset) { s.Claim.Seek(s.own(offset)) }

// HighWatermark implements bus.Claim.
func (s *stream) HighWatermark() bus.Offset { return s.of(s.Claim.HighWatermark()) }

// Read implements bus.Claim.
func (s *stream) Read(ctx context.Context, maxBytes int, wait time.Duration) ([]bus.Message, error) {
	messages, err := s.Claim.Read(ctx, maxBytes, wait)
	for i := range messages {
		messages[i].Offset += s.base
	}
	return messages, err
}

// Commit implements bus.Claim.
func (s *stream) Commit(ctx context.Context, offset bus.Offset, metadata string) error {
	return s.Claim.Commit(ctx, s.own(offset), metadata)
}
