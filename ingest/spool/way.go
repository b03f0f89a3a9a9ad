package spool

import (
	"slices"

	"mimamori/ingest/sample"
)

// Way is one of the ways to the centre. Blocks of one do not wait for those of another:
// each has its own taker, its own order and its own blocks under way.
type Way uint8

// The ways.
const (
	Telemetry Way = iota // what figures are made of
	Logs                 // syslog and SNMP notifications

	Ways // how many there are
)

// WayOf is the way that blocks of a kind go.
func WayOf(kind sample.Kind) Way {
	if kind.Logged() {
		return Logs
	}
	return Telemetry
}

// queue is what waits for one way, and what is under way on it.
type queue struct {
	urgent, live lane
	held         lane          // backlog in memory alone, younger than that on disk
	underway     []*entry      // taken and not delivered yet
	blocks       int           // not delivered yet, with those on disk alone
	wake         chan struct{} // holds one token while there may be something new to take
}

func (s *Spool) queueOf(kind sample.Kind) *queue { return &s.queues[WayOf(kind)] }

// Waiting is how many blocks of a way are neither delivered nor under way.
func (s *Spool) Waiting(on Way) int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.queues[on].blocks - len(s.queues[on].underway)
}

// blocks counts those not delivered yet.
func (s *Spool) blocks() int {
	count := 0
	for i := range s.queues {
		count += s.queues[i].blocks
	}
	return count
}

// signal wakes whoever waits for something to take.
func (s *Spool) signal() {
	for i := range s.queues {
		s.queues[i].signal()
	}
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// everyWay returns the entries of all ways that choose returns of each, the oldest first.
func (s *Spool) everyWay(choose func(*queue) []*entry) []*entry {
	var all []*entry
	for i := range s.queues {
		all = append(all, choose(&s.queues[i])...)
	}
	slices.SortStableFunc(all, func(a, b *entry) int { return a.since.Compare(b.since) })
	return all
}

// oldestAlone returns the oldest entry that is in memory alone, and its lane, of those
// that choose returns of each way; nil where there is none.
func (s *Spool) oldestAlone(choose func(*queue) *lane) (oldest *entry, in *lane) {
	for i := range s.queues {
		l := choose(&s.queues[i])
		at := slices.IndexFunc(l.all(), func(e *entry) bool { return e.segment == nil })
		if at < 0 {
			continue
		}
		if e := l.all()[at]; oldest == nil || e.since.Before(oldest.since) {
			oldest, in = e, l
		}
	}
	return oldest, in
}
