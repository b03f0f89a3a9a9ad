package voice

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// bursts plays packets through a stream with one long slot and returns what is counted
// of it.
func bursts(t *testing.T, packets int, lost map[int]bool, slot time.Duration) (all []tally) {
	t.Helper()
	s := newStream(slot, testInterval, testTimeout)
	s.begin(0)
	epoch := time.Unix(0, 0)
	for i := range packets {
		at := time.Duration(i) * testInterval
		sequence := s.send(int64(at), int64(at+testInterval), epoch.Add(at), Timestamp(i))
		if !lost[i] {
			s.receive(s.find(sequence, Timestamp(i)), answer{elapsed: time.Millisecond})
		}
		s.collect(epoch.Add(at), func(done *tally) { all = append(all, *done) })
	}
	s.decide(epoch.Add(24 * time.Hour))
	s.endBurst()
	for _, open := range s.open {
		all = append(all, *open)
	}
	return all
}

func TestBurstsAgainstVectors(t *testing.T) {
	for _, row := range vectors(t, "burst_gilbert.csv") {
		number := func(name string) uint32 {
			value, err := strconv.ParseUint(row[name], 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			return uint32(value)
		}
		lost := map[int]bool{}
		for _, text := range strings.Fields(row["lost_indices"]) {
			index, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			lost[index] = true
		}
		got := bursts(t, int(number("packets")), lost, time.Minute)
		if len(got) != 1 || got[0].bursts != number("n_bursts_3611") || got[0].burstPackets != number("burst_pkts") || got[0].burstLost != number("burst_losses") {
			t.Errorf("%s: got %+v", row["pattern"], got)
		}
	}
}

// A path that loses all the time has its bursts cut, so that its rows are not late.
func TestABurstIsFollowedABoundedWay(t *testing.T) {
	lost := map[int]bool{}
	for i := 100; i < 3400; i += 10 {
		lost[i] = true
	}
	got := bursts(t, 3400, lost, 20*time.Second) // slots of 1000 packets
	if len(got) != 4 || got[0].slot != 0 || got[1].slot != 1 {
		t.Fatalf("got %+v", got)
	}
	// 100 to 1250: the next loss is more than maxBurstTail packets after the slot.
	if got[0].bursts != 1 || got[0].burstPackets != 1151 || got[0].burstLost != 116 {
		t.Errorf("first slot: %+v", got[0])
	}
	if got[1].bursts != 1 || got[1].burstPackets != 991 || got[1].burstLost != 100 {
		t.Errorf("second slot: %+v", got[1])
	}
}
