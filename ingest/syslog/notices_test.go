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
	for i := range 3 * noticesMost {
		address := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		for range 3 {
			if n.due(address, "reset", at) {
				told++
			}
		}
	}
	if told != noticesMost {
		t.Errorf("told %d times", told)
	}
	address, later := netip.AddrFrom4([4]byte{10, 0, 0, 1}), at.Add(noticeTime)
	if !n.due(address, "reset", later) || n.due(address, "reset", later) {
		t.Error("not told again once after an hour")
	}
	if !n.due(address, "frame_length", later) {
		t.Error("one reason keeps another from being told")
	}
}
