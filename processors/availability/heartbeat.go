package availability

import (
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// beat is the newest heartbeat of an appliance.
type beat struct {
	at       int64 // when it was sent by the appliance's clock, Unix milliseconds
	interval int64 // when the next was due then, ms
	cameMs   int64 // the last tick before it, 0 where nobody knows
	behind   int64 // by how much that clock is behind the centre's at least, ms, up to storage.LongestBehindMs
}

func (f *Figure) applyHeartbeats(block *storage.Block, rows *sample.Heartbeats) {
	for i := block.From; i < block.To; i++ {
		now := beat{at: block.SlotMs + int64(rows.OffsetMs[i]), interval: int64(rows.IntervalMs[i]), cameMs: block.CameMs}
		if last := f.beats[block.Appliance]; now.interval > 0 && now.at > last.at {
			now.behind = now.behindAfter(last)
			f.beats[block.Appliance] = now
		}
	}
}

// behindAfter is by how much the clock of a heartbeat is behind: the tick before it came earlier, and would not be later by
// a clock that is right. Where there is none since the heartbeat before, as while the centre was off, that one told more.
func (b beat) behindAfter(last beat) int64 {
	if b.cameMs == 0 {
		return storage.LongestBehindMs // nobody knows, until the next one
	}
	behind := min(max(b.cameMs-b.at, 0), storage.LongestBehindMs)
	if b.cameMs == last.cameMs {
		behind = max(behind, last.behind)
	}
	return behind
}

// heartbeatInterval is how often an appliance reports, by its own word, ms.
func (f *Figure) heartbeatInterval(appliance sample.ID) int64 {
	if last, known := f.beats[appliance]; known {
		return last.interval
	}
	return f.rules.heartbeatMs
}

// local is the time of a tick by an appliance's clock, ms: what is overdue is held against that, because that clock
// dates the rows.
func (f *Figure) local(now Tick, appliance sample.ID) int64 {
	return now.TimeMs - f.beats[appliance].behind
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
		f.quiet[appliance] = f.local(now, appliance)-at > f.rules.heartbeats*f.heartbeatInterval(appliance)+f.rules.delivery
	}
}
