package storage

import "time"

// StreamRead is how far a batch takes the reading of its partition: to its last tick. Natural
// key Logs and the batch's partition; the row with the highest offset is what is known.
type StreamRead struct {
	Logs   bool  // of the topic of the log; else of that of the measurements
	TimeMs int64 // the centre's time that the tick bears, Unix milliseconds; 0 where the batch has none
	StepMs int64 // how long before it the tick before was, ms; 0 where there was none
	Offset int64 // of the tick's message
}

// Stream is how far the centre has read a partition. Of what is missing there of the time up to
// Read it is certain that it did not come; of the time after it, the centre may be what is late.
type Stream struct {
	Logs      bool // of the topic of the log; else of that of the measurements
	Partition int
	Read      time.Time     // by the centre's own time
	Step      time.Duration // between its last two ticks: Read is up to so much behind by itself
}

// Lag is for how long the centre has been late with the partition at a moment, 0 where it is not.
func (s *Stream) Lag(at time.Time) time.Duration { return max(0, at.Sub(s.Read)-s.Step) }

// Freshness is how new is what is known of some appliances.
type Freshness struct {
	// AsOf is the time of the newest heartbeat; where the centre is late with what some of the appliances sent,
	// up to when it has read that. Zero where nothing was heard in the day before.
	AsOf time.Time
	Late bool // the centre is late: what came since AsOf waits to be read
}
