package fleet

import (
	"math"
	"time"
)

// Flow is the traffic of an interface in one direction, in closed form: a mean rate
// with a slow sine on it, and where it follows the hours of a week two more, replaced by another rate during changes. Times are
// seconds since the fleet's start.
type Flow struct {
	Mean      float64  `json:"mean"`      // octets a second
	Amplitude float64  `json:"amplitude"` // of the sine, as a fraction of the mean, 0 to less than 1
	Period    float64  `json:"period"`    // of the sine, seconds
	Phase     float64  `json:"phase"`     // of the sine at the start, radians
	Changes   []Change `json:"changes,omitempty"`

	Day       float64 `json:"day,omitempty"`        // of a sine of a day, as a fraction of the mean
	DayPhase  float64 `json:"day_phase,omitempty"`  // of it at the start, radians
	Week      float64 `json:"week,omitempty"`       // of a sine of a week, as a fraction of the mean
	WeekPhase float64 `json:"week_phase,omitempty"` // of it at the start, radians
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

// undisturbed is the integral of mean*(1+amplitude*sin(2 pi t/period + phase)), with the sines of a day and a week added to
// the first.
func (f *Flow) undisturbed(at float64) float64 {
	octets := at + f.Amplitude*wave(at, f.Period, f.Phase)
	if f.Day != 0 || f.Week != 0 {
		octets += f.Day*wave(at, day.Seconds(), f.DayPhase) + f.Week*wave(at, 7*day.Seconds(), f.WeekPhase)
	}
	return f.Mean * octets
}

// wave is the integral of sin(2 pi t/period + phase).
func wave(at, period, phase float64) float64 {
	angular := 2 * math.Pi / period
	return (math.Cos(phase) - math.Cos(angular*at+phase)) / angular
}

const day = 24 * time.Hour

// The hours of a week, where the sites are: most passes at two in the afternoon and, of the days, in the middle of the week.
const (
	dayShare  = 0.4
	weekShare = 0.2
	busyHour  = 14 * time.Hour
	busyDay   = 2*day + 12*time.Hour // since Monday
	zone      = 9 * time.Hour        // ahead of UTC
)

// atHours returns a copy of the flow that follows the hours of a week from a start.
func (f Flow) atHours(start time.Time) Flow {
	local := start.UTC().Add(zone)
	sinceMidnight := local.Sub(local.Truncate(day))
	sinceMonday := time.Duration((int(local.Weekday())+6)%7)*day + sinceMidnight
	// A sine is at its most a quarter of its period after its beginning.
	phase := func(since, most, period time.Duration) float64 {
		return 2*math.Pi*float64(since-most)/float64(period) + math.Pi/2
	}
	f.Day, f.DayPhase = dayShare, phase(sinceMidnight, busyHour, day)
	f.Week, f.WeekPhase = weekShare, phase(sinceMonday, busyDay, 7*day)
	return f
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
