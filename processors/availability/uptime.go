package availability

import (
	"fmt"
	"time"

	"mimamori/ingest/sample"
)

// clocks are a device's clocks as one poll read them.
type clocks struct {
	atMs           int64  // when they were read, 0 never
	sysUpTime      uint32 // hundredths of a second
	hrSystemUptime uint32 // hundredths of a second, with HasHrSystemUptime
	engineTime     uint32 // seconds, with HasEngineTime
	engineBoots    uint32
	presence       sample.UptimePresence
}

// restart is what lies between two readings.
type restart uint8

const (
	continuous   restart = iota
	deviceBooted         // at bootMs
	agentStarted         // at bootMs, and the device went on
)

const (
	wrapHundredths = 1 << 32 // sysUpTime rolls over after 497 days
	// drift is how far a device's clock may stray from the centre's: this plus a
	// fiftieth of the time that passed.
	driftMs = 3_000
)

// compare says whether a device or its agent was restarted between two readings, and
// when. A sysUpTime that is about as much higher as time has passed, modulo its
// roll-over, is continuous.
func compare(before, after clocks) (verdict restart, bootMs int64) {
	passed := after.atMs - before.atMs
	if within(hundredths(before.sysUpTime, after.sysUpTime), passed) {
		return continuous, 0
	}
	bootMs = after.atMs - int64(after.sysUpTime)*10
	if bootMs <= before.atMs-driftMs-passed/50 {
		// The clock says the device was up at the reading before: it jumped, for
		// instance because the agent was slow to answer. No boot explains it.
		return continuous, 0
	}
	both := before.presence & after.presence
	if both&sample.HasHrSystemUptime != 0 && within(hundredths(before.hrSystemUptime, after.hrSystemUptime), passed) {
		return agentStarted, bootMs
	}
	if both&sample.HasEngineTime != 0 && before.engineBoots == after.engineBoots && after.engineTime >= before.engineTime &&
		within(int64(after.engineTime-before.engineTime)*1000, passed) {
		return agentStarted, bootMs
	}
	return deviceBooted, bootMs
}

// hundredths returns the milliseconds from one reading of TimeTicks to the next,
// modulo the roll-over.
func hundredths(before, after uint32) int64 { return int64(after-before) * 10 }

// within says whether a clock that advanced by so much is compatible with the time
// that passed.
func within(advancedMs, passedMs int64) bool {
	difference := advancedMs - passedMs%(wrapHundredths*10)
	if half := int64(wrapHundredths * 10 / 2); difference > half {
		difference -= wrapHundredths * 10
	} else if difference < -half {
		difference += wrapHundredths * 10
	}
	tolerance := driftMs + passedMs/50
	return -tolerance <= difference && difference <= tolerance
}

// evidence tells a person what a restart was concluded from.
func evidence(after clocks, bootMs int64) string {
	return fmt.Sprintf("sysUpTime %.2f s at %s: started at %s", float64(after.sysUpTime)/100, clock(after.atMs), clock(bootMs))
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05Z") }
