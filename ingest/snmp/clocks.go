package snmp

import "mimamori/ingest/sample"

// clocks is what an agent's clocks showed in one poll.
type clocks struct {
	at             int64 // when they were read, milliseconds on the poller's clock
	wall           int64 // the same, Unix milliseconds
	sysUpTime      uint32
	hrSystemUptime uint32
	engineTime     uint32
	engineBoots    uint32
	hasSysUpTime   bool
	presence       sample.UptimePresence
}

// restartedSince says whether sysUpTime began anew after the earlier reading.
func (c *clocks) restartedSince(earlier *clocks) bool {
	return c.hasSysUpTime && earlier.hasSysUpTime && restarted(earlier.sysUpTime, c.sysUpTime, c.at-earlier.at)
}

// outlived says whether the device went on since the earlier reading by a clock
// that a restart of its agent alone does not reset.
func (c *clocks) outlived(earlier *clocks) bool {
	elapsed := c.at - earlier.at
	both := c.presence & earlier.presence
	if both&sample.HasHrSystemUptime != 0 && continuous(earlier.hrSystemUptime, c.hrSystemUptime, elapsed) {
		return true
	}
	if both&sample.HasEngineTime == 0 || c.engineBoots != earlier.engineBoots || c.engineTime < earlier.engineTime {
		return false
	}
	return within(int64(c.engineTime-earlier.engineTime)*100, elapsed/10)
}

// continuous says whether a clock of hundredths of a second that showed start went
// on to end in the elapsed milliseconds, rolling over after 2^32 if it had to.
func continuous(start, end uint32, elapsed int64) bool {
	ticks := elapsed / 10
	if end < start && int64(start)+ticks+tolerance(ticks) < 1<<32 {
		return false // it fell and was not near its roll-over
	}
	return within(int64(int32(end-start-uint32(ticks)))+ticks, ticks)
}

// restarted says whether such a clock began anew in between: it fell without a
// roll-over, or shows less than the time that has passed since.
func restarted(start, end uint32, elapsed int64) bool {
	if continuous(start, end, elapsed) {
		return false
	}
	ticks := elapsed / 10
	return end < start || int64(end)+tolerance(ticks) < ticks
}

func within(gained, ticks int64) bool {
	difference := gained - ticks
	return max(difference, -difference) <= tolerance(ticks)
}

// tolerance allows for agents' clocks that run up to 1 % fast or slow and for
// those that are brought up to date only every few seconds.
func tolerance(ticks int64) int64 { return 500 + ticks/100 }
