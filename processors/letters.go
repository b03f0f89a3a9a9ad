package processors

import (
	"context"
	"errors"
	"strconv"

	"mimamori/ingest/bus"
)

// bury keeps the messages that could not be used in the dead-letter topic.
func (w *worker) bury(ctx context.Context) error {
	if len(w.batch.refused) == 0 {
		return nil
	}
	letters := make([]bus.Message, len(w.batch.refused))
	for i, refused := range w.batch.refused {
		letters[i] = w.letter(refused)
	}
	if err := w.keep(ctx, letters); err != nil {
		return err
	}
	for _, refused := range w.batch.refused {
		w.metrics.rejected.WithLabelValues(refused.reason).Inc()
	}
	first := w.batch.refused[0]
	w.logger.Warn("messages could not be used and went to the dead-letter topic",
		"messages", len(letters), "first_offset", w.claim.own(first.message.Offset), "first_reason", first.reason)
	return nil
}

// keep sends letters to the dead-letter topic at once. Where one is too large none is
// sent: halving finds it.
func (w *worker) keep(ctx context.Context, letters []bus.Message) error {
	tooLarge := false
	err := w.insist.do(ctx, "keep unusable messages", func() error {
		err := w.bus.Produce(ctx, bus.TopicDeadLetter, letters...)
		if errors.Is(err, bus.ErrTooLarge) {
			tooLarge = true
			return nil
		}
		return err
	})
	if err != nil || !tooLarge {
		return err
	}
	if len(letters) == 1 {
		w.metrics.lost.Inc()
		return nil
	}
	half := len(letters) / 2
	if err := w.keep(ctx, letters[:half]); err != nil {
		return err
	}
	return w.keep(ctx, letters[half:])
}

// letter is the refused message as the dead-letter topic keeps it. One that comes twice,
// after a crash, has the same headers twice.
func (w *worker) letter(r refusal) bus.Message {
	return bus.Message{Key: r.message.Key, Value: r.message.Value, Headers: []bus.Header{
		{Key: "incarnation", Value: []byte(w.batch.Source.Incarnation)},
		{Key: "topic", Value: []byte(w.batch.Source.Topic)},
		{Key: "partition", Value: strconv.AppendInt(nil, int64(w.batch.Source.Partition), 10)},
		{Key: "offset", Value: strconv.AppendInt(nil, w.claim.own(r.message.Offset), 10)},
		{Key: "reason", Value: []byte(r.reason)},
	}}
}
