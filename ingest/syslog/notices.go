package syslog

import (
	"net/netip"
	"sync"
	"time"
)

// What is logged of connections: of each address and reason once in noticeTime, and no
// more than noticesMost in all. The metrics count all of it.
const (
	noticeTime  = time.Hour
	noticesMost = 1000
)

// notices keeps senders that go wrong from filling the log.
type notices struct {
	lock  sync.Mutex
	since time.Time
	told  map[notice]struct{}
}

// notice is what is told once: what went wrong with whom.
type notice struct {
	address netip.Addr
	reason  string
}

// due says whether something about an address is to be logged.
func (n *notices) due(address netip.Addr, reason string, now time.Time) bool {
	n.lock.Lock()
	defer n.lock.Unlock()
	if n.told == nil || now.Sub(n.since) >= noticeTime {
		n.since, n.told = now, map[notice]struct{}{}
	}
	about := notice{address, reason}
	if _, told := n.told[about]; told || len(n.told) >= noticesMost {
		return false
	}
	n.told[about] = struct{}{}
	return true
}
