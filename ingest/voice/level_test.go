package voice

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestLevel(t *testing.T) {
	const slot = 12 * time.Second // parts of a second, 50 packets each
	for name, test := range map[string]struct {
		rtt  func(second int, random *rand.Rand) uint32 // us
		want []int64                                    // the steps told, in ms
	}{
		"steady":             {func(int, *rand.Rand) uint32 { return 20_000 }, nil},
		"queues come and go": {func(s int, r *rand.Rand) uint32 { return 20_000 + uint32(r.IntN(400)) + uint32(s%4)*3000 }, nil},
		"a longer way": {func(s int, r *rand.Rand) uint32 {
			if s >= 30 {
				return 32_000 + uint32(r.IntN(5000))
			}
			return 20_000 + uint32(r.IntN(5000))
		}, []int64{12}},
		"a longer way and back": {func(s int, r *rand.Rand) uint32 {
			if s >= 30 && s < 45 {
				return 24_000 + uint32(r.IntN(500))
			}
			return 20_000 + uint32(r.IntN(500))
		}, []int64{4, -4}},
		"a queue of two seconds": {func(s int, _ *rand.Rand) uint32 {
			if s == 30 || s == 31 {
				return 90_000
			}
			return 20_000
		}, nil},
		"a queue that builds up": {func(s int, r *rand.Rand) uint32 { return 20_000 + uint32(max(s-20, 0))*2000 + uint32(r.IntN(300)) }, nil},
		"half a millisecond": {func(s int, _ *rand.Rand) uint32 {
			if s >= 30 {
				return 20_500
			}
			return 20_000
		}, nil},
	} {
		random := rand.New(rand.NewPCG(1, 2))
		var watched level
		var got []int64
		for packet := range 60 * 50 {
			at := int64(packet) * int64(testInterval)
			if step := watched.add(at, slot, test.rtt(packet/50, random)); step != 0 {
				got = append(got, (step+500*sign(step))/1000)
			}
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: steps of %v ms, want %v", name, got, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: steps of %v ms, want %v", name, got, test.want)
			}
		}
	}
}

func sign(value int64) int64 {
	if value < 0 {
		return -1
	}
	return 1
}
