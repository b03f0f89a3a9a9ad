package snmp

const (
	// safeRepetitions is the most that every agent understands: there are those that
	// take a larger max-repetitions for a negative number or for its last octet.
	safeRepetitions = 127
	// growAfter is after how many full answers more rows are asked at once, where
	// nothing speaks against it; probeAfter where as many had failed before.
	growAfter, probeAfter, longestProbe = 4, 256, 16384
)

// pace is how many rows one request asks a device for: halved when an answer is too
// big or lost, grown again slowly.
type pace struct {
	repetitions int
	limit       int // what the configuration allows, or safeRepetitions
	failed      int // the fewest that failed; 0 none
	answered    int // full answers in turn
	probe       int // how many it takes before as many as failed are tried again
}

func newPace(limit int) pace { return pace{repetitions: limit, limit: limit, probe: probeAfter} }

// full takes note of an answer to a request for this many rows.
func (p *pace) full(repetitions int) {
	if repetitions < p.repetitions || p.repetitions >= p.limit {
		return // something else sets the limit
	}
	p.answered++
	next := min(p.limit, p.repetitions+max(1, p.repetitions/4))
	if p.failed > 0 && next >= p.failed {
		if p.repetitions+1 < p.failed {
			next = p.failed - 1
		} else if p.answered < p.probe {
			return
		} else {
			next, p.failed = min(p.limit, p.failed), 0
			p.probe = min(2*p.probe, longestProbe) // the next time it takes longer
		}
	}
	if p.answered < growAfter {
		return
	}
	p.answered, p.repetitions = 0, next
}

// fell takes note of a request for this many rows that failed.
func (p *pace) fell(repetitions int) {
	p.answered, p.failed = 0, repetitions
	p.repetitions = max(1, repetitions/2)
}

// misread takes note of an agent that does not understand large numbers.
func (p *pace) misread() {
	p.limit = min(p.limit, safeRepetitions)
	p.repetitions, p.answered = min(p.repetitions, p.limit), 0
}
