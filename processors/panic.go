package processors

import (
	"context"
	"fmt"
	"runtime/debug"
)

// panicked is a fault of a figure.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("a figure panicked: %v", p.value) }

// derive lets the figures derive from the batch, whose raw rows are stored. Where one
// panics, which is a fault of this program, nothing is derived from the batch: one batch
// without figures, whose raw rows are there, is less than a partition that stands still.
// The figures are then restored from the store, for what is in their memory may be half
// done.
func (w *worker) derive(ctx context.Context) error {
	clearDerived(&w.derived)
	fault, err := w.try(ctx)
	if fault == nil {
		return err
	}
	w.metrics.panics.WithLabelValues(w.claim.Topic()).Inc()
	w.logger.Error("a figure panicked, which is a fault of this program: nothing is derived from the batch, its raw rows are stored. Please report it with this line; recompute makes up for availability and voice once it is mended",
		"batch", w.batch.Source.String(), "panic", fault.value, "stack", string(fault.stack))
	clearDerived(&w.derived)
	w.faulted = true
	return nil
}

// try runs the figures and returns a panic of theirs.
func (w *worker) try(ctx context.Context) (fault *panicked, err error) {
	defer func() {
		if value := recover(); value != nil {
			fault = &panicked{value, debug.Stack()}
		}
	}()
	for _, figure := range w.figures {
		if err := figure.Process(ctx, &w.batch.Batch, &w.derived); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// hold keeps a partition that cannot be gone on with, because restoring its figures
// panics, until it is assigned anew. The others go on.
func (w *worker) hold(ctx context.Context) {
	value := recover()
	if value == nil {
		return
	}
	w.metrics.panics.WithLabelValues(w.claim.Topic()).Inc()
	held := w.metrics.held.WithLabelValues(w.claim.Topic())
	held.Inc()
	defer held.Dec()
	w.held.Store(true)
	w.logger.Error("a partition is held: a fault of this program stands in the way of reading on. Nothing is lost of it while its messages are kept; please report it with this line",
		"offset", w.next, "panic", value, "stack", string(debug.Stack()))
	<-ctx.Done()
}
