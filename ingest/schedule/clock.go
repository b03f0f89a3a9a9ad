package schedule

import "time"

// The clock of the wall was set where it and the one that nobody sets part by more than
// leastStep and a slewed part of the time between two looks. A time service that slews it
// does so by half as much at most (Linux, 500 millionths).
const (
	leastStep = 500 * time.Millisecond
	slewed    = 1000
)

// reading is the machine's clocks at one moment.
type reading struct {
	wall    time.Time     // without a monotonic part
	elapsed time.Duration // by the clock that nobody sets, since some moment
}

// Clock is the machine's clock, of which it notices when it is set. It belongs to one
// goroutine.
type Clock struct {
	read func() reading
	last reading
}

// NewClock returns the machine's clock.
func NewClock() *Clock {
	epoch := time.Now()
	return ClockOf(func() (time.Time, time.Duration) {
		now := time.Now()
		return now, now.Sub(epoch)
	})
}

// ClockOf returns a clock that is read so: the time of the wall, and the time since some
// moment by a clock that nobody sets.
func ClockOf(read func() (wall time.Time, elapsed time.Duration)) *Clock {
	c := &Clock{read: func() reading {
		wall, elapsed := read()
		return reading{wall.Round(0), elapsed}
	}}
	c.last = c.read()
	return c
}

// Now returns the time of the wall.
func (c *Clock) Now() time.Time { return c.read().wall }

// Step returns by how much the clock was set since the last call, zero for not at all;
// positive is ahead. A machine that slept looks as if its clock was set ahead.
func (c *Clock) Step() time.Duration {
	now := c.read()
	elapsed := now.elapsed - c.last.elapsed
	step := now.wall.Sub(c.last.wall) - elapsed
	c.last = now
	if step.Abs() < leastStep+elapsed/slewed {
		return 0
	}
	return step
}
