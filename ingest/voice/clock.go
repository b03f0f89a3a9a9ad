package voice

import (
	"time"

	"golang.org/x/sys/unix"
)

// clockRefresh is how long what the kernel said of its clock is believed.
const clockRefresh = 10 * time.Second

// clock knows how good the machine's clock is. It belongs to one goroutine.
type clock struct {
	estimate ErrorEstimate
	read     time.Time
}

// errorEstimate returns what to put into a packet sent now.
func (c *clock) errorEstimate(now time.Time) ErrorEstimate {
	if c.read.IsZero() || now.Sub(c.read) > clockRefresh {
		c.estimate, c.read = kernelErrorEstimate(), now
	}
	return c.estimate
}

// kernelErrorEstimate asks the kernel whether a time service keeps its clock, and
// how far it may be off.
func kernelErrorEstimate() ErrorEstimate {
	var state unix.Timex
	condition, err := unix.Adjtimex(&state)
	if err != nil {
		return NewErrorEstimate(false, false, time.Hour)
	}
	synchronised := condition != unix.TIME_ERROR && state.Status&unix.STA_UNSYNC == 0
	return NewErrorEstimate(synchronised, false, time.Duration(state.Maxerror)*time.Microsecond)
}

// leastClockStep is by how much wall clock and monotonic clock must part from one look to
// the next for the clock to have been set: a time service that slews it moves both.
const leastClockStep = time.Millisecond

// clockReading is the machine's clocks at one moment.
type clockReading struct {
	now     time.Time
	wall    int64         // Unix nanoseconds
	elapsed time.Duration // by the monotonic clock, since some moment
}

// clockWatch notices when the machine's clock is set. It belongs to one goroutine.
type clockWatch struct {
	read   func() clockReading
	offset int64 // of the wall clock over the monotonic one, nanoseconds
	looked bool
}

// watchClock returns a watch of the machine's clock.
func watchClock() *clockWatch {
	epoch := time.Now()
	return &clockWatch{read: func() clockReading {
		now := time.Now()
		return clockReading{now, now.UnixNano(), now.Sub(epoch)}
	}}
}

// look returns what time it is and by how much the clock was set since the last look.
func (w *clockWatch) look() (now time.Time, step time.Duration) {
	now, offset := w.readOffset()
	if !w.looked {
		w.offset, w.looked = offset, true
	}
	step = time.Duration(offset - w.offset)
	if step.Abs() >= leastClockStep {
		// The machine may have done something else between reading one clock and the
		// other.
		now, offset = w.readOffset()
		step = time.Duration(offset - w.offset)
	}
	if step.Abs() < leastClockStep {
		return now, 0
	}
	w.offset = offset
	return now, step
}

func (w *clockWatch) readOffset() (time.Time, int64) {
	reading := w.read()
	return reading.now, reading.wall - int64(reading.elapsed)
}
