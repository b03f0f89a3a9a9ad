package fleet

import (
	"context"
	"time"
)

const (
	// glance is how often the fleet looks at the clock.
	glance = 100 * time.Millisecond
	// standstill is how far the clock may be from where it should be at a glance. Whoever measures voice begins anew
	// after twice that.
	standstill = 500 * time.Millisecond
)

// Standstill is a time that passed at once for the fleet: its machine stood still, or the clock was set. Who measures on
// the same machine could not measure meanwhile, whatever the networks did.
type Standstill struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// noteStandstills notes them until the context ends.
func (f *Fleet) noteStandstills(ctx context.Context) {
	every := time.NewTicker(glance)
	defer every.Stop()
	last := time.Now().Round(0) // by the wall clock, which all are stamped with
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		now := time.Now().Round(0)
		if stood, was := standstillBetween(last, now); was {
			f.journal.stood(stood)
			f.logger.Warn("the machine stood still, or its clock was set: voice measured meanwhile is not what the paths were", "from", stood.From, "to", stood.To)
		}
		last = now
	}
}

// standstillBetween returns the standstill that two glances one after another tell of; false where there was none.
func standstillBetween(last, now time.Time) (Standstill, bool) {
	passed := now.Sub(last)
	if (passed - glance).Abs() < standstill {
		return Standstill{}, false
	}
	if passed < 0 {
		last, now = now, last
	}
	return Standstill{last.UTC(), now.UTC()}, true
}

func (j *journal) stood(stood Standstill) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.standstills = append(j.standstills, stood)
}
