package processors

import (
	"context"
	"crypto/rand"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
)

// tick sends the centre's time into a topic's partition until the context ends. It is the
// one place where a clock enters the stream.
func (p *Processor) tick(ctx context.Context, topic string, partition int) {
	encoder, err := sample.NewEncoder()
	if err != nil {
		p.logger.Error("ticks cannot be encoded: silence will not be noticed", "topic", topic, "partition", partition, "error", err)
		return
	}
	ticker := time.NewTicker(p.cfg.TickInterval)
	defer ticker.Stop()
	failing := false
	for sequence := uint64(1); ; sequence++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := p.sendTick(ctx, encoder, topic, partition, sequence)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			p.metrics.ticksFailed.Inc()
			if !failing {
				p.logger.Warn("a tick could not be sent: silence is not noticed until one can", "topic", topic, "partition", partition, "error", err)
			}
		}
		failing = err != nil
	}
}

// sendTick sends the time, or nothing: one that could not be sent in time for the next
// would come when others have told a later one.
func (p *Processor) sendTick(ctx context.Context, encoder *sample.Encoder, topic string, partition int, sequence uint64) error {
	header := sample.Header{Slot: time.Now().UnixMilli()}
	rand.Read(header.UUID[:]) // never fails
	value, err := encoder.Encode(nil, header, &sample.Ticks{Sequence: []uint64{sequence}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.TickInterval)
	defer cancel()
	return p.bus.ProduceTo(ctx, topic, partition, bus.Sign(p.private, topic, bus.Message{Value: value}))
}
