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
