package schedule

import (
	"context"
	"time"
)

// retryAfter is how soon what failed is renewed again.
const retryAfter = 30 * time.Second

// Renew keeps up what entities learn from elsewhere, such as the address of a name:
// it calls renew for one entity after another, at once and then an interval after the
// last time, or 30 s after it failed where that is sooner. It returns when the context
// ends.
func Renew(ctx context.Context, interval time.Duration, entities int, renew func(entity int) (ok bool)) {
	due := make([]time.Time, entities)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		next := time.Now().Add(interval)
		for entity := range due {
			if !time.Now().Before(due[entity]) {
				pause := interval
				if !renew(entity) {
					pause = min(retryAfter, interval)
				}
				due[entity] = time.Now().Add(pause)
			}
			if due[entity].Before(next) {
				next = due[entity]
			}
		}
		timer.Reset(time.Until(next))
	}
}
