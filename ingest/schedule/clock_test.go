package schedule

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// set is a machine whose clock is set while it runs.
type set struct {
	epoch time.Time
	by    time.Duration
}

func (s *set) read() (wall time.Time, elapsed time.Duration) {
	now := time.Now()
	return now.Add(s.by).Round(0), now.Sub(s.epoch)
}

func (s *set) wall() time.Time {
	wall, _ := s.read()
	return wall
}

// Whatever the clock is set by, each entity goes on once an interval, a round or two
// around the step aside, and what is said to be skipped is no more than that.
func TestRoundsGoOnWhereverTheClockIsSet(t *testing.T) {
	const interval, entities = 10 * time.Second, 3
	for _, by := range []time.Duration{
		time.Second, 4 * time.Second, 11 * time.Second, 90 * time.Second, time.Hour, 48 * time.Hour, 16 * 365 * 24 * time.Hour,
	} {
		for _, by := range []time.Duration{by, -by} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
				defer cancel()
				machine := &set{epoch: time.Now()}
				time.AfterFunc(10*time.Minute+3*time.Second, func() { machine.by = by })
				fired, skipped := make([]int, entities), 0
				last := make([]time.Time, entities)
				var longest time.Duration
				err := run(ctx, ClockOf(machine.read), interval, []time.Duration{0, 2 * time.Second, 7 * time.Second}, func(round Round) {
					if slot := Slot(machine.wall(), interval); !round.Slot.Equal(slot) && !round.Slot.Equal(slot.Add(-interval)) {
						t.Errorf("set by %s: a round of the slot %s at %s", by, round.Slot, machine.wall())
					}
					if fired[round.Entity]++; !last[round.Entity].IsZero() {
						longest = max(longest, time.Since(last[round.Entity]))
					}
					last[round.Entity] = time.Now()
				}, func(rounds int) { skipped += rounds })
				if err != nil {
					t.Fatal(err)
				}
				for entity, rounds := range fired {
					if rounds < 118 || rounds > 122 {
						t.Errorf("set by %s: entity %d fired %d times in 20 minutes, want about 120", by, entity, rounds)
					}
				}
				if longest > 2*interval+longestWait || skipped > 2*entities {
					t.Errorf("set by %s: %s without a round, %d rounds skipped", by, longest, skipped)
				}
			})
		}
	}
}

func TestAStepOfTheClockIsNoticedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		machine := &set{epoch: time.Now()}
		clock := ClockOf(machine.read)
		for _, by := range []time.Duration{0, time.Hour, time.Hour, 0, -2 * time.Second} {
			before := machine.by
			machine.by = by
			<-time.After(time.Minute)
			if step := clock.Step(); step != by-before {
				t.Errorf("set from %s to %s: a step of %s", before, by, step)
			}
		}
		// Slewed, 500 millionths at most: nobody set it.
		for _, look := range []time.Duration{time.Second, time.Minute, 24 * time.Hour} {
			for range 600 {
				<-time.After(look)
				machine.by += look / 2000
				if step := clock.Step(); step != 0 {
					t.Fatalf("looked at every %s: a step of %s", look, step)
				}
			}
		}
	})
}
