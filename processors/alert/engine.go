package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Ledger keeps alarms between two runs.
type Ledger interface {
	// Load returns what Save kept.
	Load(context.Context) ([]Alarm, error)
	// Save keeps changes, all or none.
	Save(context.Context, Changes) error
}

// Changes are what changed of the alarms.
type Changes struct {
	Alarms    []Alarm // as they are now
	Forgotten []Key   // of no use any more
	Entries   []Entry // of what people did
}

// Entry is a line of the audit log: what somebody did to an alarm.
type Entry struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Action string    `json:"action"` // acknowledged, unacknowledged; of its ticket: responded, commented, severity, priority
	Key
	ID     string    `json:"id"`
	Owner  string    `json:"owner,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	To     string    `json:"to,omitempty"` // the severity or priority that was set
}

// Notifier hands alarms to people. It is given an alarm when it is raised, each time it changes, every
// so often while it is raised, and when it has cleared; the same twice does no harm.
type Notifier interface {
	Put(context.Context, ...Alarm) error
}

// Engine looks at the store, holds what it sees against rules, and hands on what is raised or has cleared.
type Engine struct {
	cfg      Config
	rules    []*Rule
	store    func() Store
	promises Promises
	ledger   Ledger
	notifier Notifier
	failing  func() []Failing
	owed     func(ctx context.Context, at time.Time) []Owed
	logger   *slog.Logger
	metrics  *metrics
	done     atomic.Int64 // when a look was done whole, Unix milliseconds

	// looked is when each kind was looked at, wide when it was for all that may come late; judged has the
	// rules that something was held against since the beginning, or since something arrives again. One look at a time has them.
	looked, wide map[string]time.Time
	judged       map[string]bool
	broken       map[string]error // by rule, what could not be asked when it was due the last time
	unasked      time.Time        // since when the figures cannot be asked; zero while they can
	asking       time.Duration    // how long the store was asked for what changes at once, in the last look
	rests        rest             // of what changes slowly
	progress     progress
	gap          time.Duration // two looks further apart are not taken for following each other

	mutex  sync.Mutex                // guards what follows; never held while the store is asked or alarms are handed on
	alarms map[string]map[Key]*Alarm // by rule
	told   time.Time                 // when all alarms were handed on
	unkept map[Key]*Alarm            // what the ledger could not keep yet; nil to be forgotten
}

// Deps are what an engine works with.
type Deps struct {
	Store    func() Store // nil while there is none
	Promises Promises     // nil for none
	Failing  func() []Failing
	// Owed are the answers that people owe to tickets; nil for none.
	Owed     func(ctx context.Context, at time.Time) []Owed
	Ledger   Ledger
	Notifier Notifier
	Logger   *slog.Logger
	Metrics  prometheus.Registerer
}

// New returns an engine. It asks nothing before Run.
func New(cfg Config, deps Deps) (*Engine, error) {
	rules, err := cfg.rules()
	if err == nil {
		err = cfg.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("set up the alarms: %w", err)
	}
	metrics, err := newMetrics(deps.Metrics)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of the alarms: %w", err)
	}
	return &Engine{cfg: cfg, rules: rules, store: deps.Store, promises: deps.Promises, failing: deps.Failing, owed: deps.Owed, ledger: deps.Ledger, notifier: deps.Notifier, logger: deps.Logger, metrics: metrics,
		alarms: map[string]map[Key]*Alarm{}, unkept: map[Key]*Alarm{}, looked: map[string]time.Time{}, wide: map[string]time.Time{}, judged: map[string]bool{}, broken: map[string]error{}, gap: cfg.Stalled / 2}, nil
}

// Run looks until the context ends. Load comes before.
func (e *Engine) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		began := time.Now()
		err := e.round(ctx, began)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case err != nil && !failing:
			e.logger.Warn("the alarms could not be seen to: it is tried again, and told when it works", "error", err)
		case err == nil && failing:
			e.logger.Info("the alarms are seen to again")
		}
		if failing = err != nil; failing {
			e.metrics.failed.Inc()
		} else {
			e.done.Store(time.Now().UnixMilli())
		}
		timer.Reset(e.pause(e.asking))
	}
}

// pause is how long to wait after a look that asked for so long: a store that is slow is left alone half of the
// time, but one slow answer must not put off all else for long.
func (e *Engine) pause(took time.Duration) time.Duration {
	return max(e.cfg.Every, min(took, e.cfg.Stalled/4))
}

// leisure is how many times as long as it was asked for what changes slowly the store is then left alone with that.
const leisure = 3

// rest is a time in which the store is not asked for what changes slowly.
type rest struct {
	since time.Time
	long  time.Duration
}

// errUnasked says that something could not be asked.
var errUnasked = errors.New("the figures cannot be asked")

// round looks once, and raises the alarm of the centre where the figures could not be asked for too long.
func (e *Engine) round(ctx context.Context, at time.Time) error {
	err := e.look(ctx, at)
	attended := e.attend(ctx, at) // last: what cleared with this look is owed no more
	switch {
	case !errors.Is(err, errUnasked):
		e.unasked = time.Time{}
	case e.unasked.IsZero():
		e.unasked = at
	case at.Sub(e.unasked) >= e.cfg.Stalled && ctx.Err() == nil:
		return errors.Join(err, attended, e.stalled(ctx, at, e.unasked, "the store cannot be asked, or not all of it: the log says what, see whether it runs and can be reached"))
	}
	return errors.Join(err, attended)
}

// Load takes up what the ledger kept and hands it on, so that it is known before anything new is.
func (e *Engine) Load(ctx context.Context) error {
	kept, err := e.ledger.Load(ctx)
	if err != nil {
		return fmt.Errorf("read the open alarms: %w", err)
	}
	e.mutex.Lock()
	for i := range kept {
		e.put(&kept[i])
	}
	open := e.open(time.Now())
	e.mutex.Unlock()
	if err := e.notifier.Put(ctx, open...); err != nil {
		return fmt.Errorf("hand on the open alarms: %w", err)
	}
	return nil
}

// Alive says whether the figures were asked of late, and what was raised handed on.
func (e *Engine) Alive() bool { return time.Since(time.UnixMilli(e.done.Load())) < e.cfg.Stalled }

func (e *Engine) put(a *Alarm) {
	if e.alarms[a.Rule] == nil {
		e.alarms[a.Rule] = map[Key]*Alarm{}
	}
	e.alarms[a.Rule][a.Key] = a
}

// Alarms returns the alarms that are raised or pending, the gravest first, then by time.
func (e *Engine) Alarms() []Alarm {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	var all []Alarm
	for _, alarms := range e.alarms {
		for _, a := range alarms {
			if a.State != Cleared {
				all = append(all, a.copy())
			}
		}
	}
	slices.SortFunc(all, func(a, b Alarm) int {
		return cmp.Or(cmp.Compare(slices.Index(Severities, a.Severity), slices.Index(Severities, b.Severity)), a.Since.Compare(b.Since), a.compare(b.Key))
	})
	return all
}
