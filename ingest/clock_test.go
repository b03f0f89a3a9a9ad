package ingest

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mimamori/ingest/schedule"
)

func TestAClockThatIsSetIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, registry, log := testAppliance(t, &fakeUplink{}, nil)
		epoch, by := time.Now(), atomic.Int64{}
		a.clock = schedule.ClockOf(func() (time.Time, time.Duration) { return time.Now().Add(time.Duration(by.Load())), time.Since(epoch) })
		time.AfterFunc(10500*time.Millisecond, func() { by.Store(int64(58 * time.Minute)) })
		time.AfterFunc(40500*time.Millisecond, func() { by.Store(int64(-time.Minute)) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		text := log.String()
		if strings.Count(text, "clock was set") != 2 || !strings.Contains(text, "direction=ahead by=58m0s") || !strings.Contains(text, "direction=back by=59m0s") {
			t.Errorf("it says:\n%s", text)
		}
		if steps, last := counted(t, registry, "mimamori_ingest_clock_steps_total"), counted(t, registry, "mimamori_ingest_clock_step_seconds"); steps != 2 || last != -59*60 {
			t.Errorf("%v steps, the last by %v s", steps, last)
		}
	})
}
