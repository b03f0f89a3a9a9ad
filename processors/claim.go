package processors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mimamori/ingest/bus"
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
	claim   *stream
	logger  *slog.Logger // names the partition
	insist  *insistence
	store   Store // insists
	by      *revision
	figures []figure
	links   []storage.Link // of all interfaces, which the next batch writes
	batch   *batch
	derived storage.Derived

	partitions int         // of the topic when the claim began
	faulted    bool        // a figure panicked at the batch in hand
	held       atomic.Bool // a fault of this program stands in the way of reading on; anybody may ask

	unread []bus.Message     // read from the claim and not in a batch yet
	next   int64             // offset the next batch begins at; bus.NoOffset before the first message
	tick   availability.Tick // the last tick before next
	done   atomic.Int64      // as next, by the partition's own count, for whoever asks for the lag
}

// own processes a claim until the context ends, finishes the batch in hand and leaves
// the position clean. It returns bus.ErrFenced when the partition was lost, the
// context's error when there was no time left to finish, and no other error that time
// could heal.
func (p *Processor) own(ctx context.Context, claim bus.Claim) error {
	work, stop := outlive(ctx, p.cfg.DrainTimeout)
	defer stop()
	logger := p.logger.With("topic", claim.Topic(), "partition", claim.Partition())
	w := &worker{Processor: p, claim: &stream{Claim: claim}, next: bus.NoOffset, logger: logger, insist: p.insistence(logger)}
	w.done.Store(claim.Position().Offset)
	defer w.enter()()
	defer w.hold(ctx)
	return w.work(ctx, work)
}

// work does what own says; a batch in hand is finished with the second context.
func (w *worker) work(ctx, work context.Context) error {
	rest, err := w.begin(work)
	if err != nil {
		return err
	}
	ticking, stopTicking := context.WithCancel(ctx)
	var ticks sync.WaitGroup
	ticks.Go(func() { w.Processor.tick(ticking, w.claim.Topic(), w.claim.Partition()) })
	defer ticks.Wait()
	defer stopTicking()
	if rest.pending {
		if err := w.finish(work, rest); err != nil {
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
		done := w.metrics.stage("wait")
		leave, err := w.company.join(ctx)
		done()
		if err != nil {
			break
		}
		err = w.write(work, last)
		leave()
		if err != nil {
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
// the figures as they stood there, under the revision that a pending batch was begun
// under, or ours.
func (w *worker) begin(ctx context.Context) (position, error) {
	w.store = patientStore{w.Processor.store, w.insist}
	incarnation, err := ask(ctx, w.insist, "ask for the topic's incarnation", func() (string, error) {
		return w.bus.Incarnation(ctx, w.claim.Topic())
	})
	if err != nil {
		return position{}, err
	}
	w.partitions, err = ask(ctx, w.insist, "ask for the number of the topic's partitions", func() (int, error) {
		return w.bus.Partitions(ctx, w.claim.Topic())
	})
	if err != nil {
		return position{}, err
	}
	committed := w.claim.Position()
	rest, err := parsePosition(committed.Metadata)
	if err != nil {
		return rest, fmt.Errorf("take up %s-%d at offset %d: %w", w.claim.Topic(), w.claim.Partition(), committed.Offset, err)
	}
	w.claim.base = rest.base
	w.next, w.tick = w.claim.of(committed.Offset), rest.tick
	if w.next == bus.NoOffset || rest.incarnation != "" && rest.incarnation != incarnation {
		if rest, err = w.beginAnew(ctx, rest); err != nil {
			return rest, err
		}
	}
	w.batch, err = newBatch(storage.Source{Incarnation: incarnation, Topic: w.claim.Topic(), Partition: w.claim.Partition()})
	if err != nil {
		return rest, err
	}
	by := w.ours
	w.batch.partitions = w.partitions
	if rest.pending {
		w.batch.partitions = rest.partitions
		if by, err = w.revisionOf(ctx, rest); err != nil {
			return rest, err
		}
	}
	// A batch that is pending may not have written the links yet.
	if err := w.take(ctx, by, rest.pending || rest.revision != by.name); err != nil {
		return rest, err
	}
	w.logger.Info("a partition is taken up", "offset", w.next, "batch_pending", rest.pending)
	return rest, nil
}

// beginAnew lets the stream go on behind all that is stored, with the first message the
// partition has: its topic was made anew, or nothing is committed.
func (w *worker) beginAnew(ctx context.Context, rest position) (position, error) {
	last, err := w.store.LastOffset(ctx, w.claim.Topic() == bus.TopicLogs, w.claim.Partition())
	if err != nil {
		return rest, err
	}
	base := nextLife(max(last, w.next))
	if base > 0 {
		reason := "nothing is committed of how far it was processed"
		if w.next != bus.NoOffset {
			reason = "its topic was made anew"
		}
		w.metrics.lives.WithLabelValues(w.claim.Topic()).Inc()
		w.logger.Warn("a partition is read from its first message; what was read before counts once", "reason", reason, "batch_given_up", rest.pending)
	}
	w.claim.base, w.next = base, bus.NoOffset
	w.claim.Seek(bus.NoOffset)
	w.done.Store(bus.NoOffset)
	return position{tick: w.tick}, nil
}

// goOn lets the stream go on behind what it had come to, with messages that the partition
// gave offsets below: its end was cut off, and what was lost with it is not known.
func (w *worker) goOn() {
	behind := w.next
	shift := nextLife(behind) - w.claim.base
	w.claim.base += shift
	for i := range w.unread {
		w.unread[i].Offset += shift
	}
	w.next = w.unread[0].Offset
	w.metrics.lives.WithLabelValues(w.claim.Topic()).Inc()
	w.logger.Error("a partition ends earlier than it did and is read from its first message; what was read before counts once, messages it has lost are lost",
		"was_at", behind-w.claim.base+shift, "first", w.claim.own(w.next))
}

// take makes the figures as they stand before the next batch, under a revision. Where the
// rows in the store may be of another one, the next batch writes the links again.
func (w *worker) take(ctx context.Context, by *revision, links bool) error {
	figures, known, err := newFigures(ctx, by, w.store, w.claim.Topic(), w.claim.Partition(), max(w.next, w.claim.base), w.tick)
	if err != nil {
		return err
	}
	w.by, w.figures, w.links = by, figures, nil
	if links {
		w.links = known
	}
	return nil
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
				deadline = w.beat(time.Now())
			}
		}
		if expected := max(last+1, w.next); w.unread[0].Offset < expected {
			if last != bus.NoOffset {
				return last, nil
			}
			w.goOn()
		}
		decoded := w.metrics.stage("decode")
		for len(w.unread) > 0 && !w.batch.full(w.cfg.BatchRows) {
			message := w.unread[0]
			w.unread = w.unread[1:]
			if last == bus.NoOffset {
				w.batch.Source.First = message.Offset
				w.batch.judgeClocks(time.Now().UnixMilli(), w.by.ClockAhead, w.tick)
			}
			last = message.Offset
			w.batch.add(message, w.by.owners)
		}
		decoded()
		if w.batch.full(w.cfg.BatchRows) {
			return last, nil
		}
	}
}

// beat is when a batch that begins now is cut at the latest. It is the same for all
// partitions of this process, which so write together.
func (p *Processor) beat(now time.Time) time.Time {
	beats := now.Sub(p.began)/p.cfg.BatchLinger + 1
	return p.began.Add(beats * p.cfg.BatchLinger)
}

// finish makes the batch that was begun and may or may not have been written: exactly
// the range of its intent, under its revision. What follows is made under ours.
func (w *worker) finish(ctx context.Context, rest position) error {
	w.batch.reset()
	w.batch.Source.First = w.next
	w.batch.judgeClocks(rest.nowMs, w.by.ClockAhead, w.tick)
	w.claim.Seek(w.next)
	last := rest.last
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
				w.lose(at, last)
				break
			}
		}
		if w.unread[0].Offset < at { // the partition is read from its first message again
			w.lose(at, last)
			break
		}
		if at = w.unread[0].Offset; at > last {
			break
		}
		w.batch.add(w.unread[0], w.by.owners)
		w.unread = w.unread[1:]
		at++
	}
	err := w.process(ctx, last)
	w.batch.partitions = w.partitions
	if err != nil || w.by == w.ours {
		return err
	}
	return w.take(ctx, w.ours, true)
}

// lose gives up what the partition has no more of the batch that was begun.
func (w *worker) lose(at, last int64) {
	w.metrics.cut.WithLabelValues(w.claim.Topic()).Add(float64(last - at + 1))
	w.logger.Error("the partition ends before the batch that was begun: the rest of it is lost",
		"messages", last-at+1, "last", w.claim.own(last), "end", w.claim.own(w.claim.HighWatermark()))
}

// write commits the intent to make the batch and makes it.
func (w *worker) write(ctx context.Context, last int64) error {
	done := w.metrics.stage("intent")
	intent := w.position()
	intent.revision, intent.pending, intent.last = w.ours.name, true, last
	intent.nowMs, intent.partitions = w.batch.nowMs, w.batch.partitions
	err := w.commit(ctx, w.batch.Source.First, intent)
	done()
	if err != nil {
		return err
	}
	return w.process(ctx, last)
}

// leave commits that all is written up to the next offset.
func (w *worker) leave(ctx context.Context) error {
	if w.next == bus.NoOffset {
		return nil
	}
	return w.commit(ctx, w.next, w.position())
}

// position is what to commit where nothing is pending. It names our revision once the
// links in the store are of it.
func (w *worker) position() position {
	at := position{incarnation: w.batch.Source.Incarnation, base: w.claim.base, tick: w.tick}
	if len(w.links) == 0 {
		at.revision = w.ours.name
	}
	return at
}

func (w *worker) commit(ctx context.Context, offset int64, at position) error {
	return w.insist.do(ctx, "commit a position", func() error { return w.claim.Commit(ctx, offset, at.String()) })
}

// lag is how many messages of the partition are not written yet, 0 until a broker has
// said where it ends. Any goroutine may ask.
func (w *worker) lag() int64 { return max(0, w.claim.Claim.HighWatermark()-max(w.done.Load(), 0)) }
