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
// fired within an interval of being due (the machine was busy, the clock was set) are
// left out and reported to skipped, which may be nil: of those that lie in time the
// clock jumped over, the ones of the slot under way alone, for nobody could have fired
// the others. Where the clock was set back, rounds go on with the slot it is then.
func Run(ctx context.Context, interval time.Duration, offsets []time.Duration, fire func(Round), skipped func(rounds int)) error {
	return run(ctx, NewClock(), interval, offsets, fire, skipped)
}

func run(ctx context.Context, clock *Clock, interval time.Duration, offsets []time.Duration, fire func(Round), skipped func(rounds int)) error {
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
	skip := func(rounds int) {
		if skipped != nil {
			skipped(rounds)
		}
	}
	// The first slot is the one under way: entities whose place has not passed yet
	// have their turn in it.
	started := clock.Now()
	slot := Slot(started, interval)
	for ctx.Err() == nil {
		for _, entity := range order {
			due := slot.Add(offsets[entity])
			if due.Before(started) {
				continue
			}
			switch wait(ctx, clock, timer, due, interval) {
			case fired:
				fire(Round{Entity: entity, Slot: slot, Due: due})
				continue
			case late:
				skip(1)
				continue
			case ended:
				return nil
			case setBack:
				// What is left of the slot lies as far ahead as the clock was set back.
				skip(1)
				started = clock.Now()
				slot = Slot(started, interval).Add(-interval)
			}
			break
		}
		slot = slot.Add(interval)
		// Where whole slots have passed, go on with the present one, rather than running
		// through the past, and say how many were missed.
		jumped := max(clock.Step(), 0)
		if passed := clock.Now().Sub(slot); passed/interval > 1 {
			skip(int(max(passed-jumped, 0)/interval) * len(order))
			slot = slot.Add(passed / interval * interval)
		}
	}
	return nil
}

// outcome is how the wait for a round ended.
type outcome uint8

const (
	fired   outcome = iota // it is due
	late                   // it was due more than an interval ago
	setBack                // it is further ahead than any round can be: the clock was set back
	ended                  // the context ended
)

// longestWait is how long at most nobody looks at the clock, so that one that was
// set is noticed.
const longestWait = time.Second

// wait waits until a round is due by the clock of the wall.
func wait(ctx context.Context, clock *Clock, timer *time.Timer, due time.Time, interval time.Duration) outcome {
	for {
		outcome, ahead := judge(clock.Now(), due, interval)
		if outcome != fired || ahead <= 0 {
			if ctx.Err() != nil {
				return ended
			}
			return outcome
		}
		timer.Reset(min(ahead, longestWait))
		select {
		case <-ctx.Done():
			return ended
		case <-timer.C:
		}
	}
}

// judge says what is to become of a round, and how long it is still ahead.
func judge(now, due time.Time, interval time.Duration) (outcome, time.Duration) {
	ahead := due.Sub(now)
	switch {
	case ahead < -interval:
		return late, 0
	case ahead > interval:
		return setBack, 0
	}
	return fired, ahead
}
