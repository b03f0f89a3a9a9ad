package ingest

import (
	"context"
	"time"
)

// clockLook is how often the machine's clock is looked at.
const clockLook = time.Second

// watchClock says when the machine's clock is set, until the context ends. Nothing is
// done about it here: what was measured before bears the time it was then, slots follow
// the clock (schedule), and all that is a duration goes by the clock that nobody sets.
func (a *Appliance) watchClock(ctx context.Context) error {
	ticker := time.NewTicker(clockLook)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		step := a.clock.Step()
		if step == 0 {
			continue
		}
		a.metrics.clockSteps.Inc()
		a.metrics.clockStep.Set(step.Seconds())
		direction := "ahead"
		if step < 0 {
			direction = "back"
		}
		a.logger.Warn("the machine's clock was set, or the machine slept; what was measured before keeps the time it bears: see that a time service keeps the clock",
			"direction", direction, "by", step.Abs().Round(time.Millisecond))
	}
}
