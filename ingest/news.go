package ingest

import (
	"mimamori/ingest/sample"
)

// mostLast bounds what is remembered: interfaces come and go, and each has a name of its own. Beyond it all is forgotten, and
// all is news once.
const mostLast = 1 << 18

// warning is the severity of RFC 5424 from which on a line of the log is news; less is worse.
const warning = 4

// news tells rows that say something from those that say once more that all is as it was: counters, rounds of pings that were
// all answered, lines of the log below a warning. Somebody may wait for the former, and nobody does for the latter. It is not
// for use by several at a time.
type news struct {
	last map[subject]uint32 // what was last said of each
}

type subject struct {
	kind sample.Kind
	id   sample.ID
}

// in says whether there is news among rows. What is said of something for the first time is.
func (n *news) in(rows sample.Rows) bool {
	found := false
	switch rows := rows.(type) {
	case *sample.Pings:
		for i, device := range rows.Device {
			missing := rows.Sent[i] - min(rows.Sent[i], rows.Received[i])
			found = n.changed(subject{sample.KindPings, device}, min(uint32(missing), 1)) || missing > 0 || rows.ICMPError[i] != 0 || found
		}
	case *sample.Uptimes:
		for i, device := range rows.Device {
			before, known := n.say(subject{sample.KindUptimes, device}, rows.SysUpTime[i])
			found = found || !known || rows.SysUpTime[i] < before // it restarted, or went round
		}
	case *sample.Outcomes:
		for i, device := range rows.Device {
			bad := rows.Result[i] != sample.OutcomeOK && rows.Result[i] != sample.OutcomeNotAsked
			found = n.changed(subject{sample.KindOutcomes, device}, uint32(rows.Result[i])) || bad || found
		}
	case *sample.Interfaces:
		for i, port := range rows.Interface {
			found = n.changed(subject{sample.KindInterfaces, port}, uint32(rows.AdminStatus[i])<<8|uint32(rows.OperStatus[i])) || found
		}
	case *sample.Health:
		for i, sensor := range rows.Sensor {
			found = n.changed(subject{sample.KindHealth, sensor}, uint32(rows.Status[i])) || found
		}
	case *sample.Syslog:
		for i, device := range rows.Device {
			found = n.changed(subject{sample.KindSyslog, device}, 0) || rows.Severity[i] <= warning || found
		}
	case *sample.Notifications, *sample.Voice: // a minute of voice may be a bad one, and is one row
		found = true
	}
	return found
}

// changed says whether something else is said of a subject than the last time.
func (n *news) changed(of subject, state uint32) bool {
	before, known := n.say(of, state)
	return !known || before != state
}

// say remembers what is said of a subject, and returns what was before; false where it was nothing.
func (n *news) say(of subject, state uint32) (before uint32, known bool) {
	before, known = n.last[of]
	if !known && len(n.last) >= mostLast {
		clear(n.last)
	}
	n.last[of] = state
	return before, known
}
