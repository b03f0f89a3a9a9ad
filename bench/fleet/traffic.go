package fleet

import "math"

// Flow is the traffic of an interface in one direction, in closed form: a mean rate
// with a slow sine on it, replaced by another rate during changes. Times are
// seconds since the fleet's start.
type Flow struct {
	Mean      float64  `json:"mean"`      // octets a second
	Amplitude float64  `json:"amplitude"` // of the sine, as a fraction of the mean, 0 to less than 1
	Period    float64  `json:"period"`    // of the sine, seconds
	Phase     float64  `json:"phase"`     // of the sine at the start, radians
	Changes   []Change `json:"changes,omitempty"`
}

// Change replaces the rate of a Flow for a while. Changes of a Flow do not overlap.
type Change struct {
	From float64 `json:"from"` // seconds since the fleet's start
	To   float64 `json:"to"`
	Rate float64 `json:"rate"` // octets a second
}

// Octets returns the octets that passed from the start to the time: the exact
// integral of the rate.
func (f *Flow) Octets(at float64) float64 {
	octets := f.undisturbed(at)
	for _, change := range f.Changes {
		if at <= change.From {
			continue
		}
		end := min(at, change.To)
		octets += change.Rate*(end-change.From) - (f.undisturbed(end) - f.undisturbed(change.From))
	}
	return octets
}

// undisturbed is the integral of mean*(1+amplitude*sin(2 pi t/period + phase)).
func (f *Flow) undisturbed(at float64) float64 {
	angular := 2 * math.Pi / f.Period
	wave := (math.Cos(f.Phase) - math.Cos(angular*at+f.Phase)) / angular
	return f.Mean * (at + f.Amplitude*wave)
}

// with returns a copy of the flow with one more change.
func (f Flow) with(change Change) Flow {
	f.Changes = append(append([]Change(nil), f.Changes...), change)
	return f
}

// until returns a copy of the flow in which changes that go on end at a time.
func (f Flow) until(at float64) Flow {
	f.Changes = append([]Change(nil), f.Changes...)
	for i := range f.Changes {
		f.Changes[i].To = min(f.Changes[i].To, at)
	}
	return f
}
