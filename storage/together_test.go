package storage

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

// A question that panics, or fails, is the answer's first error, and the others need not go on.
func TestOneOfSeveralQuestionsFails(t *testing.T) {
	away := errors.New("away")
	waiting := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	if err := Together(t.Context(), waiting, func(context.Context) error { return away }, waiting); !errors.Is(err, away) {
		t.Errorf("the error is %v", err)
	}
	var nothing []int
	err := Together(t.Context(), waiting, func(context.Context) error { nothing[0]++; return nil })
	if err == nil || !strings.Contains(err.Error(), "index out of range") || !strings.Contains(err.Error(), "together_test.go") {
		t.Errorf("a fault is the error %v", err)
	}
}

// An answer with many questions asks some at a time, and all of them.
func TestFewQuestionsAtATime(t *testing.T) {
	var asked, under, most atomic.Int32
	full := make(chan struct{})
	parts := make([]func(context.Context) error, 3*mostTogether)
	for i := range parts {
		parts[i] = func(context.Context) error {
			now := under.Add(1)
			defer under.Add(-1)
			for known := most.Load(); known < now && !most.CompareAndSwap(known, now); known = most.Load() {
			}
			if asked.Add(1) == mostTogether {
				close(full)
			}
			<-full
			return nil
		}
	}
	if err := Together(t.Context(), parts...); err != nil {
		t.Fatal(err)
	}
	if asked.Load() != int32(len(parts)) || most.Load() != mostTogether {
		t.Errorf("%d of %d were asked, %d at a time", asked.Load(), len(parts), most.Load())
	}
}
