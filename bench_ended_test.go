package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What was measured is printed, also where a part does not drain when all is stopped; that is a failure all the same.
func TestWhatWasMeasuredOutlivesAPartThatDoesNotDrain(t *testing.T) {
	const named = "stop bus: it did not drain within 5s"
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		stuck := part{name: "bus", drain: 5 * time.Second, run: func(context.Context) error { <-release; return nil }}
		run := func(started func(context.Context) error) error {
			return supervision{logger: slog.New(slog.DiscardHandler), health: &health{}, parts: []part{stuck}, started: started}.run(t.Context())
		}
		ended, err := measured(run, func(context.Context) error { return nil })
		if err != nil || ended == nil {
			t.Fatalf("a part that does not drain: ended %v, error %v", ended, err)
		}
		for _, asJSON := range []bool{true, false} {
			var output bytes.Buffer
			err := tellMeasured(&output, asJSON, &latencyFigures{Devices: 2000, Failed: 150, Told: 149, P99: 1234}, ended)
			if !errors.As(err, &unfinished{}) || !strings.Contains(err.Error(), named) {
				t.Errorf("it fails with %v", err)
			}
			var figures latencyFigures
			switch err := json.Unmarshal(output.Bytes(), &figures); {
			case !asJSON && !strings.Contains(output.String(), "1234 ms (p99)"):
				t.Errorf("printed was %q", output.String())
			case asJSON && (err != nil || figures.Told != 149 || figures.P99 != 1234 || !strings.Contains(figures.Failure, named)):
				t.Errorf("printed was %q", output.String())
			}
		}
		if ended, err = measured(run, func(context.Context) error { return io.ErrUnexpectedEOF }); ended != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a measurement that failed: ended %v, error %v", ended, err)
		}
	})
	// Parts that are stopped for an interruption end well, and yet nothing was measured.
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	for name, started := range map[string]func(context.Context) error{"meanwhile": func(ctx context.Context) error { return ctx.Err() }, "before": nil} {
		ended, err := measured(func(measure func(context.Context) error) error {
			if started == nil {
				return nil
			}
			return supervision{logger: slog.New(slog.DiscardHandler), started: measure}.run(interrupted)
		}, started)
		if ended != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted %s: ended %v, error %v", name, ended, err)
		}
	}
	var output bytes.Buffer
	if err := tellMeasured(&output, true, &latencyFigures{}, nil); err != nil || strings.Contains(output.String(), "failure") {
		t.Errorf("a run that ended well says %q, error %v", output.String(), err)
	}
}
