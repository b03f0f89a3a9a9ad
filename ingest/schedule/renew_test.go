package schedule

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatFailedIsRenewedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 630*time.Second)
		defer cancel()
		began := time.Now()
		renewed := make([][]time.Duration, 2)
		Renew(ctx, 5*time.Minute, len(renewed), func(entity int) bool {
			renewed[entity] = append(renewed[entity], time.Since(began))
			return entity == 0 || len(renewed[1]) > 2
		})
		const second, minute = time.Second, time.Minute
		for entity, want := range [][]time.Duration{
			{0, 5 * minute, 10 * minute},
			{0, 30 * second, minute, 6 * minute},
		} {
			if !slices.Equal(renewed[entity], want) {
				t.Errorf("entity %d is renewed after %v, want %v", entity, renewed[entity], want)
			}
		}
	})
}

func TestAShortIntervalIsNotLengthenedByAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 9500*time.Millisecond)
		defer cancel()
		calls := 0
		Renew(ctx, time.Second, 1, func(int) bool { calls++; return false })
		if calls != 10 {
			t.Errorf("%d calls in 9.5 s, want 10", calls)
		}
	})
}
