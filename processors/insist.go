package processors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// insistence repeats what fails until it works. It says so at once and each minute, and
// once when it works again. It is the runner's only answer to a store or a bus that is
// away: it reads on no further meanwhile.
type insistence struct {
	first, longest time.Duration
	logger         *slog.Logger
	metrics        *metrics
	failing        atomic.Pointer[failing] // nil while all goes well; anybody may ask
}

func (p *Processor) insistence(logger *slog.Logger) *insistence {
	return &insistence{first: p.cfg.RetryBackoff, longest: p.cfg.RetryLongest, metrics: p.metrics, logger: logger}
}

// failing is what is repeated just now.
type failing struct {
	what  string
	since time.Time // when the first attempt began
	err   error     // of the last one
}

const (
	// remind is how often it is said that something still fails.
	remind = time.Minute
	// stalled is how long something must fail before the processor is not ready.
	stalled = 30 * time.Second
)

// do repeats the attempt until it succeeds, the context ends or the claim is fenced;
// the errors are the context's and bus.ErrFenced.
func (i *insistence) do(ctx context.Context, what string, attempt func() error) error {
	defer i.failing.Store(nil)
	pause, began, said := i.first, time.Now(), time.Time{}
	for failures := 0; ; failures++ {
		err := attempt()
		if err == nil {
			if failures > 0 {
				i.logger.Info("it works again", "what", what, "attempts", failures+1, "after", time.Since(began).Round(time.Millisecond))
			}
			return nil
		}
		if errors.Is(err, bus.ErrFenced) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		i.metrics.retries.WithLabelValues(what).Inc()
		i.failing.Store(&failing{what, began, err})
		if failures == 0 || time.Since(said) >= remind {
			said = time.Now()
			i.complain(what, began, failures+1, err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
		pause = min(2*pause, i.longest)
	}
}

// complain says what fails. What time alone does not heal is an error from the first.
func (i *insistence) complain(what string, began time.Time, attempts int, err error) {
	failure := (*storage.Failure)(nil)
	switch {
	case errors.As(err, &failure) && !failure.Heals():
		i.logger.Error("it was refused, and trying again is not likely to help; nothing is lost or skipped, and nothing further is read", "what", what, "attempts", attempts, "error", err)
	case attempts == 1:
		i.logger.Warn("it failed; trying until it works, and reading no further meanwhile", "what", what, "error", err)
	default:
		i.logger.Error("it still fails; trying until it works, and reading no further meanwhile", "what", what,
			"for", time.Since(began).Round(time.Second), "attempts", attempts, "error", err)
	}
}

// Ready returns nil while the processor writes what it reads, and what is in its way
// where that has failed for half a minute or a partition is held.
func (p *Processor) Ready() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	var longest *failing
	var in *worker
	var held []string
	for w := range p.workers {
		if w.held.Load() {
			held = append(held, fmt.Sprintf("%s-%d", w.claim.Topic(), w.claim.Partition()))
		}
		if now := w.insist.failing.Load(); now != nil && (longest == nil || now.since.Before(longest.since)) {
			longest, in = now, w
		}
	}
	if len(held) > 0 {
		slices.Sort(held)
		return fmt.Errorf("%s cannot be read on because of a fault of this program: report the line of the log that says so, and start another version", strings.Join(held, ", "))
	}
	if longest == nil || time.Since(longest.since) < stalled {
		return nil
	}
	return fmt.Errorf("%s of %s-%d has failed for %s: %w", longest.what, in.claim.Topic(), in.claim.Partition(),
		time.Since(longest.since).Round(time.Second), longest.err)
}

// patientStore is a store whose every call insists.
type patientStore struct {
	store Store
	*insistence
}

var _ Store = patientStore{}

func ask[T any](ctx context.Context, i *insistence, what string, attempt func() (T, error)) (T, error) {
	var answer T
	err := i.do(ctx, what, func() (err error) {
		answer, err = attempt()
		return err
	})
	return answer, err
}

func (s patientStore) WriteRaw(ctx context.Context, batch *storage.Batch) error {
	return s.do(ctx, "write raw rows", func() error { return s.store.WriteRaw(ctx, batch) })
}

func (s patientStore) WriteDerived(ctx context.Context, source storage.Source, derived *storage.Derived) error {
	return s.do(ctx, "write derived rows", func() error { return s.store.WriteDerived(ctx, source, derived) })
}

func (s patientStore) Raw(ctx context.Context, query storage.RawQuery) (*storage.Batch, error) {
	return ask(ctx, s.insistence, "read raw rows", func() (*storage.Batch, error) { return s.store.Raw(ctx, query) })
}

func (s patientStore) DeviceStates(ctx context.Context, partition int, before int64) ([]storage.DeviceState, error) {
	return ask(ctx, s.insistence, "read device states", func() ([]storage.DeviceState, error) { return s.store.DeviceStates(ctx, partition, before) })
}

func (s patientStore) Intervals(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Interval, error) {
	return ask(ctx, s.insistence, "read intervals", func() ([]storage.Interval, error) { return s.store.Intervals(ctx, device, fromMs, toMs) })
}

func (s patientStore) Reboots(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Reboot, error) {
	return ask(ctx, s.insistence, "read reboots", func() ([]storage.Reboot, error) { return s.store.Reboots(ctx, device, fromMs, toMs) })
}

func (s patientStore) IntervalsOf(ctx context.Context, devices []sample.ID, fromMs, toMs int64) ([]storage.Interval, error) {
	return ask(ctx, s.insistence, "read intervals", func() ([]storage.Interval, error) { return s.store.IntervalsOf(ctx, devices, fromMs, toMs) })
}

func (s patientStore) RebootsOf(ctx context.Context, devices []sample.ID, fromMs, toMs int64) ([]storage.Reboot, error) {
	return ask(ctx, s.insistence, "read reboots", func() ([]storage.Reboot, error) { return s.store.RebootsOf(ctx, devices, fromMs, toMs) })
}

func (s patientStore) PendingDirty(ctx context.Context, partition int, before int64) ([]storage.DirtyRange, error) {
	return ask(ctx, s.insistence, "read dirty ranges", func() ([]storage.DirtyRange, error) { return s.store.PendingDirty(ctx, partition, before) })
}

func (s patientStore) PendingRecomputes(ctx context.Context, partition int, figure string, before int64) ([]storage.Recompute, error) {
	return ask(ctx, s.insistence, "read requests to recompute", func() ([]storage.Recompute, error) {
		return s.store.PendingRecomputes(ctx, partition, figure, before)
	})
}

func (s patientStore) VoiceMinutes(ctx context.Context, paths []sample.ID, fromMs, toMs int64) ([]storage.VoiceMinute, error) {
	return ask(ctx, s.insistence, "read voice minutes", func() ([]storage.VoiceMinute, error) {
		return s.store.VoiceMinutes(ctx, paths, fromMs, toMs)
	})
}

func (s patientStore) RolledSites(ctx context.Context, partition int, before int64) ([]storage.RolledSite, error) {
	return ask(ctx, s.insistence, "read since when sites are added up", func() ([]storage.RolledSite, error) {
		return s.store.RolledSites(ctx, partition, before)
	})
}

func (s patientStore) OldestFigure(ctx context.Context) (int64, error) {
	return ask(ctx, s.insistence, "read the oldest figure", func() (int64, error) { return s.store.OldestFigure(ctx) })
}

func (s patientStore) RollUpHours(ctx context.Context, hours storage.RollUp) error {
	return s.do(ctx, "add hours up", func() error { return s.store.RollUpHours(ctx, hours) })
}

func (s patientStore) RollUpDays(ctx context.Context, days storage.RollUp) error {
	return s.do(ctx, "add days up", func() error { return s.store.RollUpDays(ctx, days) })
}

func (s patientStore) RollUpLog(ctx context.Context, hours storage.RollUp) error {
	return s.do(ctx, "add hours of the log up", func() error { return s.store.RollUpLog(ctx, hours) })
}

func (s patientStore) SaveRevision(ctx context.Context, name string, document []byte) error {
	return s.do(ctx, "keep a revision", func() error { return s.store.SaveRevision(ctx, name, document) })
}

func (s patientStore) Revision(ctx context.Context, name string) (document []byte, found bool, err error) {
	document, err = ask(ctx, s.insistence, "read a revision", func() (text []byte, err error) {
		text, found, err = s.store.Revision(ctx, name)
		return text, err
	})
	return document, found, err
}

func (s patientStore) LastOffset(ctx context.Context, logs bool, partition int) (int64, error) {
	return ask(ctx, s.insistence, "read the last offset stored", func() (int64, error) { return s.store.LastOffset(ctx, logs, partition) })
}
