package processors

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"mimamori/ingest/bus"
)

// bury keeps the messages that could not be used in the dead-letter topic.
func (w *worker) bury(ctx context.Context) error {
	if len(w.batch.refused) == 0 {
		return nil
	}
	kept, err := w.keep(ctx, w.batch.refused)
	if err != nil || len(kept) == 0 {
		return err
	}
	for _, refused := range kept {
		w.metrics.rejected.WithLabelValues(refused.reason).Inc()
	}
	w.logger.Warn("messages could not be used and went to the dead-letter topic",
		"messages", len(kept), "first_offset", w.claim.own(kept[0].message.Offset), "first_reason", kept[0].reason)
	return nil
}

// keep sends messages to the dead-letter topic at once and returns those that went
// there. Where one is too large none is sent: halving finds it.
func (w *worker) keep(ctx context.Context, refused []refusal) (kept []refusal, err error) {
	letters := make([]bus.Message, len(refused))
	for i := range refused {
		letters[i] = w.letter(refused[i])
	}
	tooLarge := false
	err = w.insist.do(ctx, "keep unusable messages", func() error {
		err := w.bus.Produce(ctx, bus.TopicDeadLetter, letters...)
		if errors.Is(err, bus.ErrTooLarge) {
			tooLarge = true
			return nil
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !tooLarge:
		return refused, nil
	case len(refused) == 1:
		w.metrics.lost.Inc()
		w.logger.Error("a message is lost that could not be used and is too large for the dead-letter topic; raise that topic's max.message.bytes and ingest.bus.max_message_bytes",
			"offset", w.claim.own(refused[0].message.Offset), "reason", refused[0].reason, "bytes", len(refused[0].message.Value))
		return nil, nil
	}
	half := len(refused) / 2
	first, err := w.keep(ctx, refused[:half])
	if err != nil {
		return nil, err
	}
	second, err := w.keep(ctx, refused[half:])
	return slices.Concat(first, second), err
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
