package voice

import (
	"fmt"
	"math"
	"math/bits"
	"time"
)

// Timestamp is a point in time as it stands in a packet: 64 bits whose format the Z
// bit of the error estimate names. It is kept as it came, because a reflector must
// return the sender's timestamp bit by bit.
type Timestamp uint64

// ntpToUnix is the time from the start of the NTP era 0 (1900) to the Unix epoch,
// seconds.
const ntpToUnix = 2208988800

const nanosecondsPerSecond = 1_000_000_000

// NTPTimestamp converts Unix nanoseconds to the NTP format of RFC 5905: 32 bits of
// seconds, 32 bits of fraction, rounded down.
func NTPTimestamp(unixNano int64) Timestamp {
	seconds, nanoseconds := floorSeconds(unixNano)
	fraction := uint64(nanoseconds) << 32 / nanosecondsPerSecond
	return Timestamp(uint64(uint32(seconds+ntpToUnix))<<32 | fraction)
}

// PTPTimestamp converts Unix nanoseconds to the truncated PTPv2 format of RFC 8186:
// 32 bits of seconds, 32 bits of nanoseconds.
func PTPTimestamp(unixNano int64) Timestamp {
	seconds, nanoseconds := floorSeconds(unixNano)
	return Timestamp(uint64(uint32(seconds))<<32 | uint64(nanoseconds))
}

// UnixNano returns the timestamp in Unix nanoseconds, read as PTPv2 or else as NTP.
// NTP times are taken to lie between 1968 and 2104, PTPv2 times between 1970 and
// 2106.
func (t Timestamp) UnixNano(ptp bool) int64 {
	seconds, fraction := int64(t>>32), uint64(uint32(t))
	if ptp {
		return seconds*nanosecondsPerSecond + int64(fraction)
	}
	if seconds < 1<<31 {
		seconds += 1 << 32 // era 1, from 2036
	}
	// Rounded to the nearest, which undoes the rounding down of NTPTimestamp.
	nanoseconds := (fraction*nanosecondsPerSecond + 1<<31) >> 32
	return (seconds-ntpToUnix)*nanosecondsPerSecond + int64(nanoseconds)
}

func floorSeconds(unixNano int64) (seconds, nanoseconds int64) {
	seconds, nanoseconds = unixNano/nanosecondsPerSecond, unixNano%nanosecondsPerSecond
	if nanoseconds < 0 {
		seconds, nanoseconds = seconds-1, nanoseconds+nanosecondsPerSecond
	}
	return seconds, nanoseconds
}

// ErrorEstimate is the error estimate of RFC 4656, section 4.1.2, with the Z bit of
// RFC 8186: S, Z, six bits of scale, eight bits of multiplier.
type ErrorEstimate uint16

const (
	synchronisedBit ErrorEstimate = 1 << 15
	ptpBit          ErrorEstimate = 1 << 14
)

// NewErrorEstimate returns the estimate of a clock that is or is not synchronised to
// UTC and errs by at most the given time, rounded up to what the format can say. ptp
// sets the Z bit: the timestamps beside it are PTPv2 and not NTP.
func NewErrorEstimate(synchronised, ptp bool, clockError time.Duration) ErrorEstimate {
	units := uint64(1) // of 2^-32 s
	if clockError > 0 {
		// A clock error beyond an hour says no more than one of an hour.
		high, low := bits.Mul64(uint64(min(clockError, time.Hour)), 1<<32)
		quotient, remainder := bits.Div64(high, low, nanosecondsPerSecond)
		if remainder > 0 {
			quotient++
		}
		units = max(units, quotient)
	}
	scale := 0
	for ; units > math.MaxUint8; scale++ {
		units = (units + 1) / 2
	}
	estimate := ErrorEstimate(scale)<<8 | ErrorEstimate(units)
	if synchronised {
		estimate |= synchronisedBit
	}
	if ptp {
		estimate |= ptpBit
	}
	return estimate
}

// Synchronised is the S bit: the clock is synchronised to UTC by an external source.
func (e ErrorEstimate) Synchronised() bool { return e&synchronisedBit != 0 }

// PTP is the Z bit: timestamps are in the PTPv2 format, else NTP.
func (e ErrorEstimate) PTP() bool { return e&ptpBit != 0 }

// Valid reports whether the estimate says anything: a multiplier of zero is not
// allowed.
func (e ErrorEstimate) Valid() bool { return e&0xff != 0 }

// Seconds is the estimated error, multiplier * 2^(scale-32) seconds.
func (e ErrorEstimate) Seconds() float64 {
	return math.Ldexp(float64(e&0xff), int(e>>8&0x3f)-32)
}

// String says what the four fields are.
func (e ErrorEstimate) String() string {
	return fmt.Sprintf("S=%t Z=%t scale=%d multiplier=%d", e.Synchronised(), e.PTP(), e>>8&0x3f, e&0xff)
}
