package chaos

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Deed is what is done to a part or to a link.
type Deed string

// The deeds.
const (
	Kill    Deed = "kill"    // SIGKILL; started again after For
	Freeze  Deed = "freeze"  // SIGSTOP, and SIGCONT after For
	Restart Deed = "restart" // SIGTERM; started again once it has ended
	Break   Deed = "break"   // the connections end in the middle of what they carry
	Refuse  Deed = "refuse"  // the same, and new ones are closed at once for a time
	Hole    Deed = "hole"    // nothing passes and nothing is said for a time
	Slow    Deed = "slow"    // 50 KB/s pass for a time
)

// longFreeze is for how long a processor stands still now and then in a long run: others
// have done its work for many batches when it wakes.
const longFreeze = 60 * time.Second

// Event is one line of the schedule.
type Event struct {
	After  time.Duration // since the beginning
	Deed   Deed
	Target string
	For    time.Duration
}

// target is what an event may hit.
type target struct {
	name   string
	weight int
	deeds  []Deed
	// grouped is a member of the consumer group, which is frozen for longer than the
	// group waits as well, and for longFreeze.
	grouped bool
	// rest is how long it is left alone afterwards, so that it can get something done.
	rest time.Duration
}

// schedule returns what happens in a time. It follows from the seed and the targets. Of
// what is hit nothing more is asked until it had time to recover.
func schedule(seed uint64, length, every time.Duration, targets []target) []Event {
	random := rand.New(rand.NewPCG(seed, 0x6d696d616d6f7269))
	between := func(low, high time.Duration) time.Duration {
		return (low + time.Duration(random.Int64N(int64(high-low)))).Round(time.Millisecond)
	}
	busy := map[string]time.Duration{}
	var events []Event
	for at := every; ; at += between(every/3, 5*every/3) {
		if at > length {
			return events
		}
		free := slices.DeleteFunc(slices.Clone(targets), func(t target) bool { return busy[t.name] > at })
		if len(free) == 0 {
			continue
		}
		hit := pick(random, free)
		event := Event{After: at, Deed: hit.deeds[random.IntN(len(hit.deeds))], Target: hit.name}
		switch event.Deed {
		case Kill:
			event.For = between(100*time.Millisecond, 2*time.Second)
		case Freeze:
			event.For = between(300*time.Millisecond, 4*time.Second)
			if hit.grouped {
				event.For = max(event.For, absence(random.IntN(4), between(time.Second, 5*time.Second), length-at))
			}
		case Refuse, Hole:
			event.For = between(500*time.Millisecond, 6*time.Second)
		case Slow:
			event.For = between(time.Second, 6*time.Second)
		default: // it is done at once
		}
		event.For = min(event.For, max(length-at, 100*time.Millisecond))
		busy[hit.name] = at + event.For + hit.rest
		if event.Deed == Restart {
			busy[hit.name] += drainTime / 2
		}
		events = append(events, event)
	}
}

// absence is how long a member of the group is frozen at least: half the time for longer
// than the group waits for it, and in a quarter for much longer, where there is the time.
func absence(draw int, more, left time.Duration) time.Duration {
	switch {
	case draw == 0 && left > 2*longFreeze:
		return longFreeze
	case draw < 2:
		return sessionSeconds*time.Second + more
	default:
		return 0
	}
}

func pick(random *rand.Rand, targets []target) target {
	sum := 0
	for _, t := range targets {
		sum += t.weight
	}
	draw := random.IntN(sum)
	for _, t := range targets {
		if draw -= t.weight; draw < 0 {
			return t
		}
	}
	return targets[len(targets)-1]
}
