package syslog

import (
	"net/netip"
	"sync"
	"time"
)

// What is logged of connections: of each address once in noticeTime, of no more than
// noticeAddresses. The metrics count all of it.
const (
	noticeTime      = time.Hour
	noticeAddresses = 1000
)

// notices keeps senders that go wrong from filling the log.
type notices struct {
	lock  sync.Mutex
	since time.Time
	told  map[netip.Addr]struct{}
}

// due says whether something about an address is to be logged.
func (n *notices) due(address netip.Addr, now time.Time) bool {
	n.lock.Lock()
	defer n.lock.Unlock()
	if n.told == nil || now.Sub(n.since) >= noticeTime {
		n.since, n.told = now, map[netip.Addr]struct{}{}
	}
	if _, told := n.told[address]; told || len(n.told) >= noticeAddresses {
		return false
	}
	n.told[address] = struct{}{}
	return true
}
