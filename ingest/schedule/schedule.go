package schedule

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Round is one turn of one entity.
type Round struct {
	Entity int       // index of the entity
	Slot   time.Time // start of the interval the round belongs to, the same for all entities
	Due    time.Time // when the round is due: Slot plus the entity's offset
}

// Offset returns the place of an entity in the interval: from 0 up to but not
// including the interval, in whole milliseconds, fixed by the entity's id.
func Offset(id uint64, interval time.Duration) time.Duration {
	milliseconds := uint64(interval / time.Millisecond)
	if milliseconds == 0 {
		return 0
	}
	return time.Duration(id%milliseconds) * time.Millisecond
}

// Slot returns the start of the interval that a moment lies in, counted from the
// Unix epoch.
func Slot(at time.Time, interval time.Duration) time.Time {
	since := at.UnixNano()
	return time.Unix(0, since-since%int64(interval))
}

// Run calls fire for each entity once an interval until the context ends, in the
// order the rounds are due. The slots are aligned to the Unix epoch. fire must not
// block: it hands the round to a worker or turns it down. Rounds that could not be
// fired within an interval of being due (the machine slept, the clock stepped) are
// left out and reported to skipped, which may be nil.
func Run(ctx context.Context, interval time.Duration, offsets []time.Duration, fire func(Round), skipped func(rounds int)) error {
	if interval < time.Millisecond {
		return fmt.Errorf("schedule rounds: interval %s is too short, must be at least 1ms", interval)
	}
	if len(offsets) == 0 {
		<-ctx.Done()
		return nil
	}
	order := make([]int, len(offsets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(offsets[a] - offsets[b]) })

	timer := time.NewTimer(0)
	defer timer.Stop()
	// The first slot is the one under way: entities whose place has not passed yet
	// have their turn in it.
	started := time.Now()
	slot := Slot(started, interval)
	for {
		for _, entity := range order {
			due := slot.Add(offsets[entity])
			if due.Before(started) {
				continue
			}
			now := time.Now()
			if now.Sub(due) > interval {
				if skipped != nil {
					skipped(1)
				}
				continue
			}
			if wait := due.Sub(now); wait > 0 {
				timer.Reset(wait)
				select {
				case <-ctx.Done():
					return nil
				case <-timer.C:
				}
			} else if ctx.Err() != nil {
				return nil
			}
			fire(Round{Entity: entity, Slot: slot, Due: due})
		}
		slot = slot.Add(interval)
		// After a long sleep whole slots have passed: say so and go on with the
		// present one, rather than running through the past.
		if missed := time.Since(slot) / interval; missed > 1 {
			if skipped != nil {
				skipped(int(missed) * len(order))
			}
			slot = slot.Add(missed * interval)
		}
	}
}
