package storage

import "time"

// StateStretch is a stretch of time in which a device was in one state, up included, cut
// to the time asked for.
type StateStretch struct {
	Entity
	From, To  time.Time // To is not included
	State     State
	Cause     Cause
	Evidence  string // what it was concluded from
	Corrected bool   // made anew after the fact
	// Maintenance says that a window covers the stretch: stretches end where windows do.
	Maintenance bool
	// Merged is how many stretches a slice of a down-sampled answer stands for; 1 for a
	// stretch as it was. The worst of them gave it state and cause.
	Merged int
}

// StateStretches are the stretches of devices in a time.
type StateStretches struct {
	Stretches []StateStretch // by customer, site, device and time
	Devices   int            // that the question is about
	Shown     int            // of them, in Stretches: less where the question had a limit
	Slice     time.Duration  // shortest stretch shown; 0 where nothing was merged
}

// WorseState says whether a state is worse than another, for which a slice has room for
// one alone: down, then unknown, then degraded, then up.
func WorseState(a, b State) bool { return stateRank(a) > stateRank(b) }

func stateRank(s State) int {
	switch s {
	case StateDown:
		return 3
	case StateUnknown:
		return 2
	case StateDegraded:
		return 1
	}
	return 0
}
