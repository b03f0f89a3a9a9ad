package processors

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mimamori/ingest/bus"
	"mimamori/storage"
)

// What fails for long is said each minute, makes the processor not ready, and neither
// when it is over.
func TestWhatFailsForLongIsNotReady(t *testing.T) {
	for name, trial := range map[string]struct {
		failure     *storage.Failure
		first, line string
	}{
		"full": {&storage.Failure{Reason: storage.FailureFull, Remedy: "the store's disk is full", Err: errAway},
			"level=WARN", "it still fails"},
		"rejected": {&storage.Failure{Reason: storage.FailureRejected, Remedy: "the store makes no sense of it", Err: errAway},
			"level=ERROR", "trying again is not likely to help"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(3)))
				store := newTape()
				fails := true
				store.raw = func() error {
					if fails {
						return trial.failure
					}
					return nil
				}
				processor, said := newProcessor(t, nil, messages, store)
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- processor.Run(ctx) }()

				time.Sleep(20 * time.Second) // of the bubble's clock
				synctest.Wait()
				if err := processor.Ready(); err != nil {
					t.Errorf("a short outage: %v", err)
				}
				if lines := strings.Count(said.String(), trial.failure.Remedy); lines != 1 || !strings.Contains(said.String(), trial.first) {
					t.Errorf("%d lines at first, want one with %s:\n%s", lines, trial.first, said)
				}
				time.Sleep(2*time.Minute + 30*time.Second)
				synctest.Wait()
				err := processor.Ready()
				if !errors.Is(err, errAway) || !strings.Contains(err.Error(), "write raw rows of telemetry-3 has failed for 2m") || !strings.Contains(err.Error(), trial.failure.Remedy) {
					t.Errorf("a long outage: %v", err)
				}
				if lines := strings.Count(said.String(), "level=ERROR"); lines < 2 || lines > 3 || !strings.Contains(said.String(), trial.line) {
					t.Errorf("%d errors in two and a half minutes, want one a minute:\n%s", lines, said)
				}
				store.mutex.Lock()
				fails = false
				store.mutex.Unlock()
				time.Sleep(time.Second)
				synctest.Wait()
				if err := processor.Ready(); err != nil {
					t.Errorf("after it: %v", err)
				}
				if !strings.Contains(said.String(), "it works again") {
					t.Errorf("nothing is said of its end:\n%s", said)
				}
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}
