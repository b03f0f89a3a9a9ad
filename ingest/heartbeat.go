package ingest

import (
	"context"
	"time"

	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
)

// heartbeatInterval is how often the appliance says that it is alive. The centre takes
// it for silent by the interval that its heartbeats announce.
func (a *Appliance) heartbeatInterval() time.Duration {
	if len(a.pollers) == 0 {
		return max(a.config.HeartbeatInterval, a.config.HeartbeatIdle)
	}
	return a.config.HeartbeatInterval
}

// heartbeats says at once and then once an interval that the appliance is alive, what
// waits behind it and what it has sent since it last did.
func (a *Appliance) heartbeats(ctx context.Context) error {
	pulse := pulse{packer: a.packer, sender: a.sender, interval: a.heartbeatInterval(), version: a.config.Version}
	ticker := time.NewTicker(pulse.interval)
	defer ticker.Stop()
	for {
		pulse.beat(time.Now())
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// pulse makes the heartbeats of one run.
type pulse struct {
	packer   *packer
	sender   *sender
	interval time.Duration
	version  string

	sequence   uint64
	before     time.Time // of the last one; zero before the first
	sentBefore uint64
}

// beat makes a heartbeat, which leaves before all that waits.
func (p *pulse) beat(now time.Time) {
	sent, since := p.sender.sent.Load(), time.Duration(0)
	if !p.before.IsZero() {
		since = now.Sub(p.before)
	}
	p.sequence++
	slot := schedule.Slot(now, p.interval)
	waits := p.sender.spool.Snapshot()
	p.packer.urgent(slot.UnixMilli(), &sample.Heartbeats{
		OffsetMs:      []uint32{uint32(now.Sub(slot).Milliseconds())},
		IntervalMs:    []uint32{uint32(p.interval.Milliseconds())},
		Sequence:      []uint64{p.sequence},
		BacklogBlocks: []uint32{uint32(waits.Blocks)},
		BacklogBytes:  []uint64{uint64(waits.Bytes)},
		DroppedBlocks: []uint64{waits.Dropped},
		Version:       []string{p.version},
		SentBytes:     []uint64{sent - p.sentBefore},
		SentMs:        []uint32{uint32(since.Milliseconds())},
	})
	p.before, p.sentBefore = now, sent
}
