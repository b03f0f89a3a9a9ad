package clickhouse

import (
	"context"
	"time"

	"mimamori/storage"
)

// missedHeartbeats times its interval is how long the newest heartbeat of all
// appliances may be past before nobody is held to report any more; reportDelay is
// what it may be under way.
const (
	missedHeartbeats = 3
	reportDelay      = 5 * time.Second
)

// lateRead is for how long what is not read yet may be taken for what was read last, ms: as long as
// it takes to find an appliance silent whose heartbeats come every 10 s.
const lateRead = 35_000

// reported is up to when it is known what appliances said, before query.To.
type reported struct {
	silentMs int64               // from when on no appliance reported; query.To where one did
	reads    map[uint16]readThen // how far each partition of the measurements is read
}

// last returns up to when devices of a partition may be held to be as they were last, toMs or
// before, and what is to be said of the time after that.
func (r reported) last(part uint16, toMs int64) (int64, stretch) {
	rest := stretch{toMs: toMs, state: storage.StateUnknown}
	if r.silentMs < toMs {
		rest.open, rest.cause, rest.evidence = true, storage.CauseSilent, "no appliance reports"
		return r.silentMs, rest
	}
	if read := r.reads[part]; read.late(toMs) {
		rest.evidence = "the centre has not read it yet"
		return read.ms, rest
	}
	return toMs, rest
}

// silentFrom returns from when on, before query.To, no appliance reported anything: see reported.
func (s *Store) silentFrom(ctx context.Context, query storage.Query) (int64, error) {
	found, err := s.reported(ctx, query)
	return found.silentMs, err
}

// reported finds out whether any appliance reported of late. What the centre has not read yet is missing
// nowhere, but of times to come: silent is who said nothing that could have been read. Where no heartbeat
// was ever stored nobody is.
func (s *Store) reported(ctx context.Context, query storage.Query) (reported, error) {
	toMs := query.To.UnixMilli()
	heard, err := s.lastHeard(ctx)
	found := reported{toMs, heard.reads}
	if err != nil || len(heard.latest) == 0 {
		return found, err
	}
	ahead := toMs > time.Now().Add(lateRead*time.Millisecond).UnixMilli()
	silentMs := int64(0)
	for from, newest := range heard.latest {
		atMs, read := toMs, heard.reads[from.part]
		if from.known && read.ms > 0 && !ahead {
			atMs = min(toMs, read.ms)
		}
		if !newest.missing(atMs, read.stepMs, 0) {
			return found, nil
		}
		silentMs = max(silentMs, newest.heardMs(read.stepMs))
	}
	found.silentMs = silentMs
	return found, nil
}

// beat is a heartbeat of an appliance.
type beat struct {
	ms, intervalMs int64
	cameMs         int64 // the last tick before it; 0 where nobody knows
}

// missing says whether those that should have followed it are missing at a time: by the clock of the appliance and by
// that of the centre, whose ticks are so far apart. listedMs is since when any were expected, 0 for ever.
func (b beat) missing(atMs, stepMs, listedMs int64) bool {
	patience := missedHeartbeats*b.intervalMs + reportDelay.Milliseconds()
	late := func(since int64) bool { return atMs-max(since, listedMs) > patience }
	return late(b.ms) && (b.cameMs == 0 || late(b.cameMs+stepMs))
}

// heardMs is when it came, as far as that is known: by its own time, unless a clock that is right cannot have told that.
func (b beat) heardMs(stepMs int64) int64 {
	if b.cameMs == 0 {
		return b.ms
	}
	return max(b.cameMs, min(b.ms, b.cameMs+stepMs+storage.LongestAheadMs))
}
