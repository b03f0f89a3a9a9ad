package snmp

import (
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

func TestDating(t *testing.T) {
	type answer struct {
		sent, received int64 // milliseconds
		sysUpTime      uint32
		want           int64
	}
	for name, answers := range map[string][]answer{
		"prompt answers are dated by their coming":    {{100, 103, 500, 103}, {5100, 5119, 1001, 5119}},
		"a late one by sysUpTime":                     {{100, 103, 500, 103}, {5100, 6700, 1001, 5113}, {10100, 10103, 1500, 10103}},
		"also in a row":                               {{100, 103, 500, 103}, {5100, 6700, 1001, 5113}, {10100, 11700, 1501, 10113}},
		"never before the request":                    {{100, 103, 500, 103}, {5100, 6700, 900, 5100}},
		"never after the answer":                      {{100, 103, 500, 103}, {5100, 6700, 9000, 6700}},
		"a long way is no delay":                      {{100, 400, 500, 400}, {5100, 5430, 1001, 5430}, {10100, 11700, 1501, 10430}},
		"a restart begins anew":                       {{100, 103, 500, 103}, {5100, 6700, 20, 6700}, {10100, 10103, 400, 10103}, {15100, 16000, 901, 15113}},
		"a roll-over begins anew":                     {{100, 103, 1<<32 - 1, 103}, {5100, 5103, 499, 5103}, {10100, 11000, 1000, 10113}},
		"the first is dated by its coming, even late": {{100, 2000, 500, 2000}},
	} {
		var dating dating
		for i, answer := range answers {
			if got := dating.date(answer.sent, answer.received, answer.sysUpTime); got != answer.want {
				t.Errorf("%s: answer %d is dated %d, want %d", name, i, got, answer.want)
			}
		}
	}
}

// The traffic of a time must not seem to be that of a longer one because an answer
// came late.
func TestALateAnswerIsOfWhenItWasRead(t *testing.T) {
	s := newSingle(t, DefaultConfig())
	begun := time.Now()
	uptime := func(*request) {
		s.agent.put(oidSysUpTime, gosnmp.TimeTicks, uint32(1_000_000+time.Since(begun).Milliseconds()/10))
	}
	s.agent.tables(true, port{index: 1, name: "eth0"})
	s.agent.change(func() { s.agent.before = uptime })
	s.poll()
	s.wantResult(resultOK)

	const late = 500 * time.Millisecond
	s.agent.tables(true, port{index: 1, name: "eth0", in: 1000})
	s.agent.change(func() {
		s.agent.after = func(asked *request) {
			if asked.kind == gosnmp.GetBulkRequest {
				<-time.After(late)
			}
		}
	})
	before := time.Since(begun)
	s.poll()
	s.wantResult(resultOK)
	if s.interfaces.Len() != 1 {
		t.Fatalf("%d rows", s.interfaces.Len())
	}
	elapsed := time.Since(begun)
	if interval := time.Duration(s.interfaces.IntervalMs[0]) * time.Millisecond; interval > elapsed-late || interval > before+late/2 {
		t.Errorf("the row covers %s; its values were read after about %s, the answer came after %s", interval, before, elapsed)
	}
	if offset, uptimeOffset := s.interfaces.OffsetMs[0], s.uptimes.OffsetMs[0]; offset > uptimeOffset+uint32(late.Milliseconds()/2) {
		t.Errorf("the row is dated %d ms after the clocks", offset-uptimeOffset)
	}
}
