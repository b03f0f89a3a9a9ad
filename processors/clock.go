package processors

import (
	"slices"
	"time"

	"mimamori/ingest/sample"
	"mimamori/processors/availability"
	"mimamori/storage"
)

// longestBacklogMs is how far behind the centre's time a block may be, ms: further than any
// backlog lasts, so that a clock that lost its battery begins no record years ago.
const longestBacklogMs = 400 * 86_400_000

// clockJudgement is what a batch's blocks are held against to find clocks that are wrong.
// The time comes from the intent, so that a batch that is made again judges alike.
type clockJudgement struct {
	nowMs   int64             // the centre's time when the batch was begun, 0 where nobody knows
	aheadMs int64             // how far ahead of it a block may be
	heard   availability.Tick // the last before the block at hand, zero for none
	before  availability.Tick // the last but one, or heard itself where no tick came since the batch began
	clocks  []storage.ApplianceClock
	beats   map[sample.ID]beatHeard // by appliance, of the batches before as well
}

// beatHeard is the newest heartbeat of an appliance by its own clock, and the tick before it.
type beatHeard struct{ atMs, cameMs int64 }

// beatHeld is for how long, ms, a heartbeat outranks older ones: longer than any interval between two, and no
// longer, for a clock may be put back.
const beatHeld = 90_000

// judgeClocks begins a batch.
func (c *clockJudgement) judgeClocks(nowMs int64, ahead time.Duration, last availability.Tick) {
	*c = clockJudgement{nowMs: nowMs, aheadMs: ahead.Milliseconds(), heard: last, before: last, beats: c.beats}
}

// follow takes a tick.
func (c *clockJudgement) follow(block *storage.Block) {
	if tick := (availability.Tick{TimeMs: block.SlotMs, Offset: block.Offset}); tick.Follows(c.heard) {
		c.before, c.heard = c.heard, tick
	}
}

// read is how far the batch takes the reading of its partition.
func (c *clockJudgement) read(logs bool) storage.StreamRead {
	switch {
	case c.heard == c.before: // no tick is in it
		return storage.StreamRead{}
	case c.before.TimeMs == 0:
		return storage.StreamRead{Logs: logs, TimeMs: c.heard.TimeMs, Offset: c.heard.Offset}
	}
	return storage.StreamRead{Logs: logs, TimeMs: c.heard.TimeMs, StepMs: max(0, c.heard.TimeMs-c.before.TimeMs), Offset: c.heard.Offset}
}

// misdated says why a block is of a time that cannot be, empty where it can. Lines of the
// log that are ahead are taken: nothing else is measured in their place.
func (c *clockJudgement) misdated(header sample.Header) (reason string) {
	switch {
	case c.nowMs == 0:
	case header.Slot < c.nowMs-longestBacklogMs:
		return "bad_time"
	case header.Slot > c.nowMs+c.aheadMs && !header.Kind.Logged():
		return "clock_ahead"
	}
	return ""
}

// hear compares an appliance's clock with the centre's where the block is a heartbeat.
func (c *clockJudgement) hear(block *storage.Block, rows sample.Rows) {
	beats, ok := rows.(*sample.Heartbeats)
	if !ok || c.nowMs == 0 || block.From == block.To {
		return
	}
	at := block.SlotMs + int64(beats.OffsetMs[block.To-1])
	if last := c.beats[block.Appliance]; at < last.atMs && c.heard.TimeMs-last.cameMs < beatHeld {
		return // it waited, while the appliance was cut off: that says nothing of its clock
	}
	if c.beats == nil {
		c.beats = map[sample.ID]beatHeard{}
	}
	c.beats[block.Appliance] = beatHeard{at, c.heard.TimeMs}
	switch {
	// Ahead of when its batch was begun, which is never too early; behind the tick before it in the stream, because a batch
	// may be begun long after it came.
	case at-c.nowMs > storage.LongestAheadMs:
		c.tell(block, at-c.nowMs, false)
	case c.heard.TimeMs != 0 && at-c.heard.TimeMs < -storage.LongestBehindMs:
		c.tell(block, at-c.heard.TimeMs, false)
	default:
		c.clocks = slices.DeleteFunc(c.clocks, func(told storage.ApplianceClock) bool {
			return told.Appliance == block.Appliance && told.Customer == block.Customer && !told.Refused
		})
	}
}

// tell keeps what is known of an appliance's clock, the latest of the batch.
func (c *clockJudgement) tell(block *storage.Block, skewMs int64, refused bool) {
	told := storage.ApplianceClock{
		Customer: block.Customer, Site: block.Site, Appliance: block.Appliance,
		AtMs: c.nowMs, SkewMs: skewMs, Refused: refused, Offset: block.Offset,
	}
	for i := range c.clocks {
		if c.clocks[i].Appliance == block.Appliance && c.clocks[i].Customer == block.Customer {
			c.clocks[i] = told
			return
		}
	}
	c.clocks = append(c.clocks, told)
}
