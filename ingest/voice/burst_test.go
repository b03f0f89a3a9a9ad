package voice

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// slots plays packets through a stream and returns what is counted in each slot.
func slots(t *testing.T, packets int, lost map[int]bool, slot time.Duration) (all []tally) {
	t.Helper()
	s := newStream(slot, testInterval, testTimeout, 46)
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
		lost, flags := map[int]bool{}, make([]bool, number("packets"))
		for _, text := range strings.Fields(row["lost_indices"]) {
			index, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			lost[index], flags[index] = true, true
		}
		want := Bursts{number("n_bursts_3611"), number("burst_pkts"), number("burst_losses")}
		if got := CountBursts(flags); got != want {
			t.Errorf("%s: counted %+v, want %+v", row["pattern"], got, want)
		}
		got := slots(t, int(number("packets")), lost, time.Minute)
		if len(got) != 1 || got[0].bursts != want {
			t.Errorf("%s: a stream counts %+v, want %+v", row["pattern"], got, want)
		}
	}
}

// A path that loses all the time has its bursts cut, so that its rows are not late.
func TestABurstIsFollowedABoundedWay(t *testing.T) {
	lost := map[int]bool{}
	for i := 100; i < 3400; i += 10 {
		lost[i] = true
	}
	got := slots(t, 3400, lost, 20*time.Second) // slots of 1000 packets
	if len(got) != 4 || got[0].slot != 0 || got[1].slot != 1 {
		t.Fatalf("got %+v", got)
	}
	// 100 to 1250: the next loss is more than maxBurstTail packets after the slot.
	if got[0].bursts != (Bursts{1, 1151, 116}) {
		t.Errorf("first slot: %+v", got[0])
	}
	if got[1].bursts != (Bursts{1, 991, 100}) {
		t.Errorf("second slot: %+v", got[1])
	}
}
