package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	pipeline "github.com/prometheus/alertmanager/notify"
)

// passing knows of the notifications that are on their way through the pipeline, which
// Alertmanager's dispatcher does not wait for when it stops: what was delivered must be
// in the log of notifications before that is saved for the last time.
type passing struct {
	next  pipeline.Stage
	renew func(context.Context) error // before each

	mu     sync.Mutex
	closed bool
	under  sync.WaitGroup
}

// Exec implements Alertmanager's Stage.
func (p *passing) Exec(ctx context.Context, logger *slog.Logger, alerts ...*alert.Alert) (context.Context, []*alert.Alert, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return ctx, nil, ErrStopped
	}
	p.under.Add(1)
	p.mu.Unlock()
	defer p.under.Done()
	ctx = withChange(ctx, alerts)
	if err := p.renew(ctx); err != nil { // what is new is told all the same
		logger.Error("Who was told before may not hear of what changed", "error", err)
	}
	return p.next.Exec(ctx, logger, alerts...)
}

// close lets no further notification in.
func (p *passing) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}

// wait returns when none is under way, and ends their attempts after the timeout.
func (p *passing) wait(timeout time.Duration, abort func()) {
	late := time.AfterFunc(timeout, abort)
	defer late.Stop()
	p.under.Wait()
}
