package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// protocol records what parts did, in order.
type protocol struct {
	mutex sync.Mutex
	lines []string
}

func (j *protocol) add(line string) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.lines = append(j.lines, line)
}

func (j *protocol) part(name string) part {
	return part{
		name:  name,
		run:   func(ctx context.Context) error { <-ctx.Done(); j.add("drained " + name); return nil },
		ready: func(context.Context) error { j.add("ready " + name); return nil },
		stop:  func() error { j.add("closed " + name); return nil },
	}
}

func TestPartsStartInOrderAndStopInReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		protocol := &protocol{}
		ctx, cancel := context.WithCancel(t.Context())
		health := &health{}
		bus := protocol.part("bus")
		drained := bus.run
		bus.run = func(ctx context.Context) error {
			<-ctx.Done()
			if !health.report(t.Context(), io.Discard) {
				protocol.add("no longer ready")
			}
			return drained(ctx)
		}
		supervised := supervision{
			logger: slog.New(slog.DiscardHandler),
			parts:  []part{protocol.part("store"), bus},
			health: health,
			started: func(context.Context) error {
				if health.report(t.Context(), io.Discard) {
					protocol.add("started")
				}
				cancel()
				return nil
			},
		}
		if err := supervised.run(ctx); err != nil {
			t.Fatal(err)
		}
		want := []string{"ready store", "ready bus", "started", "no longer ready",
			"drained bus", "closed bus", "drained store", "closed store"}
		if !slices.Equal(protocol.lines, want) {
			t.Fatalf("got %q, want %q", protocol.lines, want)
		}
	})
}

func TestADyingPartEndsTheWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		protocol := &protocol{}
		dying := part{name: "processors", run: func(context.Context) error {
			<-time.After(time.Second)
			return errors.New("disk full")
		}}
		err := supervision{logger: slog.New(slog.DiscardHandler), parts: []part{protocol.part("store"), dying}}.run(t.Context())
		if err == nil || err.Error() != "processors: disk full" {
			t.Fatalf("got %v, want the reason of the part that died, once", err)
		}
		if !slices.Contains(protocol.lines, "closed store") {
			t.Fatalf("the other part was not stopped: %q", protocol.lines)
		}
	})
}

func TestAPartThatDoesNotDrainIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		stuck := part{name: "bus", drain: time.Second, run: func(context.Context) error { <-release; return nil }}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := supervision{logger: slog.New(slog.DiscardHandler), parts: []part{stuck}}.run(ctx)
		if err == nil || !strings.Contains(err.Error(), "stop bus: it did not drain within 1s") {
			t.Fatalf("got %v", err)
		}
	})
}

func TestAPartThatDiesWhileAnotherStartsEndsTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dying := part{name: "engine", run: func(context.Context) error { return errors.New("library missing") }}
		waiting := part{name: "store", ready: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		err := supervision{logger: slog.New(slog.DiscardHandler), parts: []part{dying, waiting}}.run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "library missing") {
			t.Fatalf("got %v", err)
		}
	})
}
