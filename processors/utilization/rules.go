package utilization

import (
	"mimamori/ingest/sample"
	"mimamori/storage"
)

const (
	// narrowSpeed is the speed up to which RFC 2863 3.1.6 finds 32-bit octet counters
	// wide enough, bit/s.
	narrowSpeed = 20_000_000
	// tolerance is how far above the line rate a rate may be measured, percent: agents
	// round ifSpeed and count framing differently.
	tolerance = 5
	// slackMs is how far apart the reading of the clock and of the counter may be;
	// over a short interval that weighs more than the tolerance.
	slackMs = 250
)

// judge says whether the differences of row i can be turned into traffic. The line
// carries its speed each way, or of a half-duplex one both ways together, whatever
// subrate is paid for.
func judge(rows *sample.Interfaces, i int, half bool) storage.Gap {
	if rows.IntervalMs[i] == 0 {
		return storage.GapNoInterval
	}
	if evidence := rows.Evidence[i]; evidence != 0 {
		if evidence&sample.EvidenceDiscontinuity != 0 {
			return storage.GapDiscontinuity
		}
		if wasReset(evidence, rows.Width[i]) {
			return storage.GapReset
		}
	}
	speed := rows.SpeedBps[i]
	if rows.Width[i] == 32 && ambiguous(speed, rows.IntervalMs[i]) {
		return storage.GapAmbiguousWrap
	}
	if speed == 0 {
		return storage.GapNone
	}
	// Octets the line can carry: speed/8 a second, in the interval with tolerance and
	// slack. In floating point, as 400 Gbit/s over an hour passes 64 bits.
	limit := float64(speed) / 8000 * (float64(rows.IntervalMs[i])*(1+tolerance/100.0) + slackMs)
	in, out := float64(rows.InOctets[i]), float64(rows.OutOctets[i])
	if in > limit || out > limit || half && in+out > limit {
		return storage.GapImplausible
	}
	return storage.GapNone
}

// wasReset says whether the counters may have begun again. An agent that restarts
// usually reads on from the kernel's counters. With 64 bits it shows if it does not;
// a 32-bit counter that fell looks like one that wrapped.
func wasReset(evidence sample.Evidence, width uint8) bool {
	if evidence&sample.EvidenceCountersFell != 0 {
		return true
	}
	if evidence&sample.EvidenceAgentRestart != 0 {
		return width == 32
	}
	return evidence&sample.EvidenceUptimeReset != 0
}

// ambiguous says whether a 32-bit octet counter could have wrapped more than once:
// beyond 20 Mbit/s the interval must be under half the wrap time at line rate, up to
// there under the wrap time itself. An interface of unknown speed is held to be one
// that RFC 2863 lets do with 32 bits.
func ambiguous(speed uint64, intervalMs uint32) bool {
	if speed == 0 {
		speed = narrowSpeed
	}
	wrapMs := float64(8*1000*(1<<32)) / float64(speed)
	if speed > narrowSpeed {
		wrapMs /= 2
	}
	return float64(intervalMs) > wrapMs
}
