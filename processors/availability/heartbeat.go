package availability

import (
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// beat is the newest heartbeat of an appliance.
type beat struct {
	at       int64 // when it was sent by the appliance's clock, Unix milliseconds
	interval int64 // when the next was due then, ms
}

func (f *Figure) applyHeartbeats(block *storage.Block, rows *sample.Heartbeats) {
	for i := block.From; i < block.To; i++ {
		now := beat{block.SlotMs + int64(rows.OffsetMs[i]), int64(rows.IntervalMs[i])}
		if now.interval > 0 && now.at > f.beats[block.Appliance].at {
			f.beats[block.Appliance] = now
		}
	}
}

// heartbeatInterval is how often an appliance reports, by its own word, ms.
func (f *Figure) heartbeatInterval(appliance sample.ID) int64 {
	if last, known := f.beats[appliance]; known {
		return last.interval
	}
	return f.rules.heartbeatMs
}

// listen finds the appliances that are quiet at a tick: of which neither a heartbeat nor
// a row came for as many intervals as they may miss. Whether a device is up is unknown
// then, however rarely it is polled. One without heartbeats is judged by its rows alone,
// each device for itself, and so is one whose heartbeats bear times to come.
func (f *Figure) listen(now Tick) {
	f.quiet = make(map[sample.ID]bool, len(f.beats))
	heard := make(map[sample.ID]int64, len(f.beats))
	for appliance, last := range f.beats {
		heard[appliance] = last.at
	}
	for _, d := range f.devices {
		if at, known := heard[d.appliance]; known {
			heard[d.appliance] = max(at, d.row())
		}
	}
	for appliance, at := range heard {
		f.quiet[appliance] = now.TimeMs-at > f.rules.heartbeats*f.heartbeatInterval(appliance)+f.rules.delivery
	}
}
