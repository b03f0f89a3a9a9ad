package syslog

import "strings"

// lastRepeated is how senders count what they did not send again.
const lastRepeated = "last message repeated "

// repeated returns the N of "last message repeated N times" and of rsyslog's "message
// repeated N times: [ message]", 0 of anything else.
func repeated(message string) uint32 {
	rest, ok := strings.CutPrefix(message, lastRepeated)
	if !ok {
		if rest, ok = strings.CutPrefix(message, "message repeated "); !ok {
			return 0
		}
	}
	count, size := number(rest, 9)
	if size == 0 || !strings.HasPrefix(rest[size:], " time") {
		return 0
	}
	return uint32(count)
}
