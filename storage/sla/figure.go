package sla

import "math"

// Figure is the availability of a device, or of several together, in the time that a
// contract counts. ScheduledMs - ExcludedMs = UpMs + DegradedMs + DownMs + UnknownMs.
// Of several devices it holds the sum of their time (device-milliseconds).
type Figure struct {
	ScheduledMs   int64 // within the contract's hours, from the first row on
	ExcludedMs    int64 // of it, under maintenance that the contract excludes
	UpMs          int64
	DegradedMs    int64 // counts as up
	DownMs        int64
	UnknownMs     int64 // neither up nor down
	UnreachableMs int64 // of DownMs, while a device on the way was down
	Outages       int   // how often it was down
	LongestMs     int64 // counted time of the longest outage
}

// Percent returns the availability on known time: (up+degraded)/(up+degraded+down), in
// percent; false where nothing is known.
func (f Figure) Percent() (float64, bool) { return share(f.UpMs+f.DegradedMs, f.known()) }

// PessimisticPercent counts unknown time as down; false where no time counts.
func (f Figure) PessimisticPercent() (float64, bool) {
	return share(f.UpMs+f.DegradedMs, f.known()+f.UnknownMs)
}

func (f Figure) known() int64 { return f.UpMs + f.DegradedMs + f.DownMs }

func share(part, whole int64) (float64, bool) {
	if whole <= 0 {
		return 0, false
	}
	return 100 * float64(part) / float64(whole), true
}

// MTBF returns the mean up time between failures in milliseconds, (up+degraded) by the
// outages; false without an outage.
func (f Figure) MTBF() (float64, bool) {
	if f.Outages == 0 {
		return 0, false
	}
	return float64(f.UpMs+f.DegradedMs) / float64(f.Outages), true
}

// MTTR returns the mean time to restore in milliseconds, down time by the outages;
// false without an outage.
func (f Figure) MTTR() (float64, bool) {
	if f.Outages == 0 {
		return 0, false
	}
	return float64(f.DownMs) / float64(f.Outages), true
}

// Nines returns how many nines the availability has: 3 for 99.9 %, 3.3 for 99.95 %.
// It is false where nothing is known, and without any downtime: there is no end to
// the nines of 100 %.
func (f Figure) Nines() (float64, bool) {
	if f.DownMs == 0 || f.known() == 0 {
		return 0, false
	}
	return math.Log10(float64(f.known()) / float64(f.DownMs)), true
}

// millionths of a percent in all of it.
const whole = 100_000_000

// AllowedMs returns the downtime in milliseconds that a target, in percent, allows in
// the known time. A target is taken to the millionth of a percent.
func (f Figure) AllowedMs(targetPct float64) int64 { return allowed(f.known(), targetPct) }

func allowed(milliseconds int64, targetPct float64) int64 {
	failing := whole - math.Round(targetPct*whole/100)
	// The small addition takes back what the division lost.
	return int64(math.Floor(float64(milliseconds)*failing/whole + 1e-6))
}

// Met reports whether a target, in percent, was met; ok is false where nothing is known.
func (f Figure) Met(targetPct float64) (met, ok bool) {
	return f.DownMs <= f.AllowedMs(targetPct), f.known() > 0
}

// plus adds the time of another device.
func (f Figure) plus(other Figure) Figure {
	return Figure{
		ScheduledMs: f.ScheduledMs + other.ScheduledMs, ExcludedMs: f.ExcludedMs + other.ExcludedMs,
		UpMs: f.UpMs + other.UpMs, DegradedMs: f.DegradedMs + other.DegradedMs,
		DownMs: f.DownMs + other.DownMs, UnknownMs: f.UnknownMs + other.UnknownMs,
		UnreachableMs: f.UnreachableMs + other.UnreachableMs,
		Outages:       f.Outages + other.Outages, LongestMs: max(f.LongestMs, other.LongestMs),
	}
}
