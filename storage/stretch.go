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
	// Merged is how many stretches that were not up it stands for: 1 for one as it was.
	// The worst of more gave it all the rest.
	Merged int
}

// StateStretches are the stretches of devices in a time.
type StateStretches struct {
	Stretches []StateStretch // by customer, site, device and time
	Devices   int            // with a stretch
	// Slice is the length of time in which stretches that are not up are merged; 0 where
	// nothing was.
	Slice time.Duration
}

// rank orders stretches of which only one can be shown: down, unknown, degraded, up;
// what is in maintenance behind what is not, but for up.
func (s *StateStretch) rank() int {
	of := 0
	switch s.State {
	case StateDown:
		of = 6
	case StateUnknown:
		of = 4
	case StateDegraded:
		of = 2
	case StateUp:
	}
	if s.Maintenance != (of == 0) {
		return of
	}
	return of + 1
}

// Plain says whether there is nothing to be said of a stretch but that the device was up.
func (s *StateStretch) Plain() bool { return s.State == StateUp && !s.Maintenance }

// MergeShort makes one of neighbouring stretches of a device wherever several that are not
// plain lie in a slice of time, with the worst one's state: none is lost, and what is
// longer than a slice keeps its edges. Stretches are by time without gaps, but at the beginning; so is the answer,
// which has no more than four for each slice of its time and one.
func MergeShort(all []StateStretch, slice time.Duration) []StateStretch {
	if slice <= 0 {
		return all
	}
	merged := make([]StateStretch, 0, len(all))
	for _, next := range all {
		if next.Plain() {
			merged = append(merged, next)
			continue
		}
		if next.Merged == 0 {
			next.Merged = 1
		}
		last := len(merged) - 1
		for last >= 0 && merged[last].Plain() {
			last--
		}
		if last < 0 || next.To.Sub(merged[last].From) > slice {
			merged = append(merged, next)
			continue
		}
		worst, from, count := merged[last], merged[last].From, merged[last].Merged+next.Merged
		if next.rank() > worst.rank() {
			worst = next
		}
		worst.From, worst.To, worst.Merged = from, next.To, count
		merged = append(merged[:last], worst)
	}
	return merged
}
