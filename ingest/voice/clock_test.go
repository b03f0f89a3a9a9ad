package voice

import (
	"testing"
	"time"
)

func TestClockWatch(t *testing.T) {
	var wall int64
	var elapsed time.Duration
	var busy time.Duration // between reading one clock and the other, once
	watch := &clockWatch{read: func() clockReading {
		reading := clockReading{wall: wall, elapsed: elapsed + busy}
		busy = 0
		return reading
	}}
	pass := func(by time.Duration) { wall, elapsed = wall+int64(by), elapsed+by }
	for i, step := range []struct {
		passes, set, busy, want time.Duration
	}{
		{0, 0, 0, 0},
		{time.Millisecond, 0, 0, 0},
		{time.Millisecond, 300 * time.Millisecond, 0, 300 * time.Millisecond},
		{20 * time.Millisecond, 0, 0, 0},
		{time.Millisecond, -2 * time.Second, 0, -2 * time.Second},
		{time.Millisecond, 0, 40 * time.Millisecond, 0},                        // the machine was busy, its clock was not set
		{time.Millisecond, time.Hour, 40 * time.Millisecond, time.Hour},        // both
		{time.Millisecond, 400 * time.Microsecond, 0, 0},                       // too little to tell,
		{time.Millisecond, 700 * time.Microsecond, 0, 1100 * time.Microsecond}, // until it adds up
		{time.Millisecond, 0, 0, 0},
	} {
		pass(step.passes)
		wall += int64(step.set)
		busy = step.busy
		if _, got := watch.look(); got != step.want {
			t.Errorf("step %d: set by %s, want %s", i, got, step.want)
		}
	}
	if now, step := watchClock().look(); time.Since(now) > time.Minute || step != 0 {
		t.Errorf("the machine's clock: %s, set by %s", now, step)
	}
}
