package processors

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/processors/availability"
	"mimamori/storage"
)

const (
	// readBytes is how much is asked of the bus at a time.
	readBytes = 4 << 20
	// shortRead is how long a read of a fixed range waits before it looks again
	// whether the range's end is still there.
	shortRead = time.Second
)

// worker processes one partition for as long as it is owned.
type worker struct {
	*Processor
	claim   bus.Claim
	insist  *insistence
	store   Store // insists
	figures []figure
	batch   *batch
	derived storage.Derived

	unread []bus.Message     // read from the claim and not in a batch yet
	next   int64             // offset the next batch begins at; bus.NoOffset before the first message
	tick   availability.Tick // the last tick before next
	done   atomic.Int64      // as next, for whoever asks for the lag
}

// own processes a claim until the context ends, finishes the batch in hand and leaves
// the position clean. It returns bus.ErrFenced when the partition was lost, the
// context's error when there was no time left to finish, and no other error that time
// could heal.
func (p *Processor) own(ctx context.Context, claim bus.Claim) error {
	work, stop := outlive(ctx, p.cfg.DrainTimeout)
	defer stop()
	w := &worker{Processor: p, claim: claim, insist: p.insistence(claim)}
	w.done.Store(claim.Position().Offset)
	defer w.enter()()
	rest, err := w.begin(work)
	if err != nil {
		return err
	}
	ticking, stopTicking := context.WithCancel(ctx)
	var ticks sync.WaitGroup
	ticks.Go(func() { p.tick(ticking, claim.Topic(), claim.Partition()) })
	defer ticks.Wait()
	defer stopTicking()
	if rest.pending {
		if err := w.finish(work, rest.last); err != nil {
			return err
		}
	}
	for ctx.Err() == nil {
		last, err := w.gather(ctx)
		if err != nil && !errors.Is(err, context.Cause(ctx)) {
			return err
		}
		if ctx.Err() != nil {
			break // nothing was promised for what was gathered
		}
		if last == bus.NoOffset {
			continue
		}
		if err := w.write(work, last); err != nil {
			return err
		}
	}
	return w.leave(work)
}

// outlive returns a context that ends some time after its parent.
func outlive(parent context.Context, by time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		time.AfterFunc(by, func() { cancel(context.Cause(parent)) })
	})
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// begin takes a claim up where it was left: at the position that was committed, with
// the figures as they stood there.
func (w *worker) begin(ctx context.Context) (position, error) {
	p, claim := w.Processor, w.claim
	logger := w.insist.logger
	w.store = patientStore{p.store, w.insist}
	incarnation, err := ask(ctx, w.insist, "ask for the topic's incarnation", func() (string, error) {
		return p.bus.Incarnation(ctx, claim.Topic())
	})
	if err != nil {
		return position{}, err
	}
	committed := claim.Position()
	rest, err := parsePosition(committed.Metadata)
	if err != nil {
		return rest, fmt.Errorf("take up %s-%d at offset %d: %w", claim.Topic(), claim.Partition(), committed.Offset, err)
	}
	w.next, w.tick = committed.Offset, rest.tick
	if rest.incarnation != "" && rest.incarnation != incarnation {
		logger.Warn("the topic was made anew since it was last processed: beginning with its first message")
		claim.Seek(bus.NoOffset)
		w.done.Store(bus.NoOffset)
		w.next, w.tick, rest = bus.NoOffset, availability.Tick{}, position{}
	}
	w.batch, err = newBatch(storage.Source{Incarnation: incarnation, Topic: claim.Topic(), Partition: claim.Partition()})
	if err != nil {
		return rest, err
	}
	w.figures, err = p.newFigures(ctx, w.store, claim.Topic(), claim.Partition(), max(w.next, 0), w.tick)
	if err != nil {
		return rest, err
	}
	logger.Info("a partition is taken up", "offset", w.next, "batch_pending", rest.pending)
	return rest, nil
}

// enter makes the worker's lag count until the function it returns is called.
func (w *worker) enter() (exit func()) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.workers[w] = struct{}{}
	return func() {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		delete(w.workers, w)
		w.metrics.lastTick.DeleteLabelValues(w.claim.Topic(), strconv.Itoa(w.claim.Partition()))
	}
}

// gather reads a batch: until it has enough rows, or has waited long enough. It
// returns its last offset, or bus.NoOffset when there was nothing to read.
func (w *worker) gather(ctx context.Context) (last int64, err error) {
	w.batch.reset()
	last = bus.NoOffset
	var deadline time.Time
	for {
		if len(w.unread) == 0 {
			wait := w.cfg.BatchLinger
			if last != bus.NoOffset {
				if wait = time.Until(deadline); wait <= 0 {
					return last, nil
				}
			}
			if w.unread, err = w.claim.Read(ctx, readBytes, wait); err != nil {
				return last, err
			}
			if len(w.unread) == 0 {
				return last, nil
			}
			if last == bus.NoOffset {
				deadline = time.Now().Add(w.cfg.BatchLinger)
			}
		}
		decoded := w.metrics.stage("decode")
		for len(w.unread) > 0 && !w.batch.full(w.cfg.BatchRows) {
			message := w.unread[0]
			w.unread = w.unread[1:]
			if last == bus.NoOffset {
				w.batch.Source.First = message.Offset
			}
			last = message.Offset
			w.batch.add(message, w.owners)
		}
		decoded()
		if w.batch.full(w.cfg.BatchRows) {
			return last, nil
		}
	}
}

// finish makes the batch that was begun and may or may not have been written: exactly
// the range of its intent.
func (w *worker) finish(ctx context.Context, last int64) error {
	w.batch.reset()
	w.batch.Source.First = w.next
	w.claim.Seek(w.next)
	for at := w.next; at <= last; {
		if len(w.unread) == 0 {
			var err error
			if w.unread, err = w.claim.Read(ctx, readBytes, shortRead); err != nil {
				return err
			}
			if len(w.unread) == 0 {
				if end := w.claim.HighWatermark(); end == bus.NoOffset || end > last {
					continue // nobody has answered, or the rest is still to come
				}
				w.logger.Error("the partition ends before the batch that was begun: the rest of it is lost",
					"topic", w.claim.Topic(), "partition", w.claim.Partition(), "last", last, "end", w.claim.HighWatermark())
				break
			}
		}
		if at = w.unread[0].Offset; at > last {
			break
		}
		w.batch.add(w.unread[0], w.owners)
		w.unread = w.unread[1:]
		at++
	}
	return w.process(ctx, last)
}

// write commits the intent to make the batch and makes it.
func (w *worker) write(ctx context.Context, last int64) error {
	done := w.metrics.stage("intent")
	intent := position{incarnation: w.batch.Source.Incarnation, pending: true, last: last, tick: w.tick}
	err := w.commit(ctx, w.batch.Source.First, intent)
	done()
	if err != nil {
		return err
	}
	return w.process(ctx, last)
}

// process writes the batch and what the figures make of it. Once it has returned, the
// next commit finalises the batch.
func (w *worker) process(ctx context.Context, last int64) error {
	w.batch.Source.Last = last
	if err := w.bury(ctx); err != nil {
		return err
	}
	done := w.metrics.stage("raw")
	err := w.store.WriteRaw(ctx, &w.batch.Batch)
	done()
	if err != nil {
		return err
	}
	done = w.metrics.stage("derive")
	clearDerived(&w.derived)
	for _, figure := range w.figures {
		if err := figure.Process(ctx, &w.batch.Batch, &w.derived); err != nil {
			return err
		}
	}
	done()
	if !w.derived.Empty() {
		done = w.metrics.stage("derived")
		err := w.store.WriteDerived(ctx, w.batch.Source, &w.derived)
		done()
		if err != nil {
			return err
		}
	}
	w.count()
	w.next = last + 1
	w.done.Store(w.next)
	return nil
}

// bury keeps the messages that could not be used in the dead-letter topic.
func (w *worker) bury(ctx context.Context) error {
	if len(w.batch.refused) == 0 {
		return nil
	}
	letters := make([]bus.Message, len(w.batch.refused))
	for i, refused := range w.batch.refused {
		letters[i] = w.batch.letter(refused)
	}
	if err := w.keep(ctx, letters); err != nil {
		return err
	}
	for _, refused := range w.batch.refused {
		w.metrics.rejected.WithLabelValues(refused.reason).Inc()
	}
	first := w.batch.refused[0]
	w.logger.Warn("messages could not be used and went to the dead-letter topic",
		"topic", w.claim.Topic(), "partition", w.claim.Partition(), "messages", len(letters), "first_offset", first.message.Offset, "first_reason", first.reason)
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

// count tells what was written and takes up the batch's last tick.
func (w *worker) count() {
	for _, block := range w.batch.Blocks {
		w.metrics.blocks.WithLabelValues(block.Kind.String()).Inc()
		if block.Kind == sample.KindTicks {
			if tick := (availability.Tick{TimeMs: block.SlotMs, Offset: block.Offset}); tick.Follows(w.tick) {
				w.tick = tick
			}
			w.metrics.lastTick.WithLabelValues(w.claim.Topic(), strconv.Itoa(w.claim.Partition())).Set(float64(w.tick.TimeMs) / 1000)
		}
	}
	for kind, table := range w.batch.Tables {
		w.metrics.rows.WithLabelValues(kind.String()).Add(float64(table.Rows.Len()))
	}
	w.rows.Add(uint64(w.batch.rows))
	w.metrics.batches.WithLabelValues(w.claim.Topic()).Inc()
}

// leave commits that all is written up to the next offset.
func (w *worker) leave(ctx context.Context) error {
	if w.next == bus.NoOffset {
		return nil
	}
	return w.commit(ctx, w.next, position{incarnation: w.batch.Source.Incarnation, tick: w.tick})
}

func (w *worker) commit(ctx context.Context, offset int64, at position) error {
	return w.insist.do(ctx, "commit a position", func() error { return w.claim.Commit(ctx, offset, at.String()) })
}

// lag is how many messages of the partition are not written yet, 0 until a broker has
// said where it ends. Any goroutine may ask.
func (w *worker) lag() int64 { return max(0, w.claim.HighWatermark()-max(w.done.Load(), 0)) }

// clearDerived empties what was derived and keeps its memory.
func clearDerived(d *storage.Derived) {
	u := &d.Utilization
	for _, column := range []*[]sample.ID{&u.Customer, &u.Site, &u.Device, &u.Interface, &u.InBits, &u.OutBits,
		&u.InPackets, &u.OutPackets, &u.InBroadcast, &u.OutBroadcast, &u.InMulticast, &u.OutMulticast, &u.InErrors, &u.OutErrors, &u.InDiscards, &u.OutDiscards, &u.SpeedBps} {
		*column = (*column)[:0]
	}
	u.EndMs, u.Offset, u.IntervalMs, u.Gap = u.EndMs[:0], u.Offset[:0], u.IntervalMs[:0], u.Gap[:0]
	d.Links, d.DeviceStates, d.Intervals = d.Links[:0], d.DeviceStates[:0], d.Intervals[:0]
	d.Reboots, d.VoiceMinutes, d.Dirty = d.Reboots[:0], d.VoiceMinutes[:0], d.Dirty[:0]
	d.RolledSites = d.RolledSites[:0]
	d.Revisions, d.Recomputes = d.Revisions[:0], d.Recomputes[:0]
}
