package syslog

import (
	"net/netip"
	"testing"
	"time"
)

func TestNoticesAreFew(t *testing.T) {
	var n notices
	at := time.Now()
	told := 0
	for i := range 3 * noticeAddresses {
		address := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		for range 3 {
			if n.due(address, at) {
				told++
			}
		}
	}
	if told != noticeAddresses {
		t.Errorf("told %d times", told)
	}
	if address := netip.AddrFrom4([4]byte{10, 0, 0, 1}); !n.due(address, at.Add(noticeTime)) || n.due(address, at.Add(noticeTime)) {
		t.Error("not told again once after an hour")
	}
}
