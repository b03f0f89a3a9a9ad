package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// part is one thing that runs. Parts are started in order, each when the one before
// is ready, and stopped in reverse. Every function may be nil.
type part struct {
	name  string
	run   func(ctx context.Context) error // blocks until its context ends and it has drained
	ready func(ctx context.Context) error // blocks until the part can be used
	stop  func() error                    // called after run has returned
	drain time.Duration                   // how long run may take to return; 0 means defaultDrain
	check func(ctx context.Context) error // why the part cannot be used just now; asked by /ready, also before ready has returned
}

const defaultDrain = 3 * time.Second

// supervision runs parts until its context ends or one of them dies.
type supervision struct {
	logger *slog.Logger
	parts  []part
	// started is called once all parts are ready; when it returns, or the context
	// ends, the parts are stopped. Nil waits for the context.
	started func(ctx context.Context) error
	// health is told how the parts stand, and that they stop before the first does. Nil
	// where nobody asks.
	health *health
}

type running struct {
	part
	cancel context.CancelFunc
	done   chan error // holds run's result
}

// run returns the first reason to end that is not a cancelled context, and what
// went wrong while stopping.
func (s supervision) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if s.health == nil {
		s.health = new(health)
	}
	s.health.begin(s.parts)
	var live []running
	err := s.start(ctx, cancel, &live)
	if err == nil {
		if s.started != nil {
			err = s.started(ctx)
		} else {
			<-ctx.Done()
		}
		if died := context.Cause(ctx); died != nil && !errors.Is(died, context.Canceled) {
			err = died
		}
	}
	s.health.stop()
	first := ignoreCancelled(err)
	problems := []error{first}
	for i := len(live) - 1; i >= 0; i-- {
		if err := s.end(live[i]); first == nil || !errors.Is(err, first) { // why it ends is said once
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func (s supervision) start(ctx context.Context, died context.CancelCauseFunc, live *[]running) error {
	for i, each := range s.parts {
		s.health.set(i, starting)
		started := running{part: each, cancel: func() {}}
		if each.run != nil {
			// A part outlives the context that ends the whole: it is stopped in its turn.
			own, cancel := context.WithCancel(context.WithoutCancel(ctx))
			started.cancel, started.done = cancel, make(chan error, 1)
			go func() {
				err := each.run(own)
				if own.Err() == nil {
					if err == nil {
						err = errors.New("it ended by itself")
					}
					err = fmt.Errorf("%s: %w", each.name, err)
					died(err)
				}
				started.done <- ignoreCancelled(err)
			}()
		}
		*live = append(*live, started)
		if each.ready != nil {
			if err := each.ready(ctx); err != nil {
				if reason := context.Cause(ctx); reason != nil {
					return reason
				}
				return fmt.Errorf("start %s: %w", each.name, err)
			}
		}
		s.health.set(i, usable)
	}
	return nil
}

func (s supervision) end(part running) error {
	drain := part.drain
	if drain == 0 {
		drain = defaultDrain
	}
	began := time.Now()
	part.cancel()
	if part.done != nil {
		timer := time.NewTimer(drain)
		defer timer.Stop()
		select {
		case err := <-part.done:
			if err != nil {
				return fmt.Errorf("stop: %w", err)
			}
		case <-timer.C:
			return fmt.Errorf("stop %s: it did not drain within %s", part.name, drain)
		}
	}
	s.logger.Debug("stopped", "part", part.name, "took", time.Since(began).Round(time.Millisecond))
	if part.stop != nil {
		if err := part.stop(); err != nil {
			return fmt.Errorf("stop %s: %w", part.name, err)
		}
	}
	return nil
}

func ignoreCancelled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
