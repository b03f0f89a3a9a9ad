package icmp

import (
	"fmt"
	"testing"
	"time"
)

// Whoever asks, and however late, no more leave than the rate and its slack allow.
func TestPaceBoundsTheRate(t *testing.T) {
	const rate = 3000.0
	pace := newPace(rate)
	const begin = int64(1_800_000_000) * int64(time.Second)
	left, late := 0, 0
	for now := begin; now < begin+int64(time.Second); {
		pause := pace.pause(now)
		if pause == 0 {
			if pace.take(now, begin) {
				late++
			}
			left++
			continue
		}
		// The sender looks again after a tick at the earliest.
		now += int64(max(pause, tick))
	}
	slack := int(rate * paceSlack.Seconds())
	if left < rate*0.95 || left > rate+slack+1 {
		t.Errorf("%d packets left in a second at a rate of %g", left, rate)
	}
	if late != left-slack-1 {
		t.Errorf("%d of %d were held up, all but the first %d were", late, left, slack+1)
	}
	pace.reset()
	if pace.pause(1) != 0 || pace.take(1, 1) {
		t.Error("held up after the clock was set back")
	}
}

func TestPaceDoesNotHoldUpWhatIsSlow(t *testing.T) {
	pace := newPace(1000)
	for now := int64(time.Hour); now < int64(time.Hour+time.Second); now += int64(2 * time.Millisecond) {
		if pause := pace.pause(now); pause != 0 || pace.take(now, now) {
			t.Fatalf("held up for %s at half the rate", pause)
		}
	}
}

func TestRateOfConfig(t *testing.T) {
	config := DefaultConfig()
	for _, test := range []struct {
		devices, attempts int
		want              float64
	}{
		{1, 2, minRate},
		{20000, 2, 9000}, // three times 20,000 devices by 3 packets in 20 s
		{20000, 10, 33000},
	} {
		config.Attempts = test.attempts
		if got, err := config.rate(test.devices); err != nil || got != test.want {
			t.Errorf("%d devices, %d attempts: %g packets a second, %v, want %g", test.devices, test.attempts, got, err, test.want)
		}
	}
}

// Devices that are all due at once are not asked at once.
func TestNoStampede(t *testing.T) {
	needSockets(t, false)
	var addresses []string
	for i := range 500 {
		addresses = append(addresses, fmt.Sprintf("127.70.%d.%d", i/250, 1+i%250))
	}
	config := quickConfig()
	config.Packets, config.Attempts, config.MaxRate = 1, 1, 1000
	out := &emitted{}
	poller := pollerOf(t, config, station(addresses...), out)
	for i := range poller.targets {
		poller.targets[i].offset = 500 * time.Millisecond
	}
	stop := start(t, poller)
	waitFor(t, "a round of each device", func() bool {
		out.mutex.Lock()
		defer out.mutex.Unlock()
		return out.rows.Len() >= len(addresses)
	})
	stop()
	var sentAt []time.Duration
	for i := range poller.targets {
		sentAt = append(sentAt, poller.targets[i].packets[0].sentAt)
	}
	within(t, sentAt, 100*time.Millisecond, 1000*(100*time.Millisecond+paceSlack).Seconds()+writeBatch)
	if paced := valueOf(poller.metrics.paced); paced < 400 {
		t.Errorf("%g requests were held up", paced)
	}
}

// within holds that no more were sent in any stretch of time.
func within(t *testing.T, sentAt []time.Duration, stretch time.Duration, most float64) (worst int) {
	t.Helper()
	sortDurations(sentAt)
	first := 0
	for last, at := range sentAt {
		for at-sentAt[first] > stretch {
			first++
		}
		worst = max(worst, last-first+1)
	}
	if float64(worst) > most {
		t.Errorf("%d packets were sent within %s, want at most %.0f", worst, stretch, most)
	}
	return worst
}
