package alert

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Backtest tries rules on the past: it looks at the store as of each step from one time to another, as the
// engine would have, and returns the alarms that it would have raised, by the time they were raised. Those that
// were still raised at the end have no time at which they cleared. Progress is told after each step.
func Backtest(ctx context.Context, cfg Config, only string, store Store, promises Promises, from, to time.Time, step time.Duration, progress func(at time.Time)) ([]Alarm, error) {
	past := &history{}
	engine, err := New(cfg, Deps{Store: func() Store { return store }, Promises: promises, Ledger: past, Notifier: past, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if only != "" {
		engine.rules = slices.DeleteFunc(engine.rules, func(rule *Rule) bool { return rule.Alert != only })
		if len(engine.rules) == 0 {
			return nil, fmt.Errorf("no rule is called %q, or it is off", only)
		}
	}
	engine.gap = max(engine.gap, 2*step)
	for at := from; !at.After(to); at = at.Add(step) {
		if err := engine.look(ctx, at); err != nil {
			return nil, fmt.Errorf("look at the past as of %s: %w", at.Format(time.RFC3339), err)
		}
		progress(at)
	}
	slices.SortStableFunc(past.alarms, func(a, b Alarm) int { return a.Raised.Compare(b.Raised) })
	return past.alarms, nil
}

// history keeps each alarm that was raised as it was in the end.
type history struct{ alarms []Alarm }

func (h *history) Load(context.Context) ([]Alarm, error) { return nil, nil }

func (h *history) Save(_ context.Context, changes Changes) error {
	for _, a := range changes.Alarms {
		at := slices.IndexFunc(h.alarms, func(known Alarm) bool { return known.Key == a.Key && known.Raised.Equal(a.Raised) })
		if at < 0 {
			h.alarms = append(h.alarms, a)
			continue
		}
		h.alarms[at] = a
	}
	return nil
}

func (h *history) Put(context.Context, ...Alarm) error { return nil }
