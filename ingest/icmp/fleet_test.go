package icmp

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func sortDurations(durations []time.Duration) { slices.Sort(durations) }

// Twenty thousand devices, a round of three packets each 20 s: 3000 packets a second,
// which leave evenly, and none of whose answers is lost.
func TestTwentyThousandDevices(t *testing.T) {
	needSockets(t, false)
	if testing.Short() {
		t.Skip("takes 7 s")
	}
	var addresses []string
	for i := range 20000 {
		addresses = append(addresses, fmt.Sprintf("127.%d.%d.%d", 80+i/50000, i/250%200, 1+i%250))
	}
	out := &emitted{}
	poller := pollerOf(t, DefaultConfig(), station(addresses...), out)
	const mean = 3000.0
	before := processorTime()
	stop := start(t, poller)
	waitFor(t, "18,000 answers", func() bool { return valueOf(poller.metrics.results[inTime]) >= 6*mean })
	used := processorTime() - before
	stop()
	var sentAt []time.Duration
	for i := range poller.targets {
		for _, packet := range poller.targets[i].packets {
			if packet.state != unsent {
				sentAt = append(sentAt, packet.sentAt)
			}
		}
	}
	const window = 100 * time.Millisecond
	worst := within(t, sentAt, window, headroom*mean*(window+paceSlack).Seconds()+writeBatch)
	t.Logf("%d packets, at most %d in %s, the mean is %.0f; %s of processor time", len(sentAt), worst, window, mean*window.Seconds(), used)
	if dropped := valueOf(poller.metrics.overflows); dropped != 0 {
		t.Errorf("the kernel dropped %g answers", dropped)
	}
	if failed := valueOf(poller.metrics.sendErrors); failed != 0 {
		t.Errorf("%g requests were not sent", failed)
	}
	out.mutex.Lock()
	defer out.mutex.Unlock()
	for i := range out.rows.Device {
		if out.rows.Sent[i] != 3 || out.rows.Received[i] != 3 || out.rows.Duplicates[i] != 0 {
			t.Fatalf("row %d: %d sent, %d received, %d duplicates", i, out.rows.Sent[i], out.rows.Received[i], out.rows.Duplicates[i])
		}
	}
}
