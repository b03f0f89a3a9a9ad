package availability

import (
	"mimamori/storage"
)

// Tick is the centre's time as the stream carries it.
type Tick struct {
	TimeMs int64 // Unix milliseconds, 0 where there was none
	Offset int64 // of its message
}

// setBack is how far below the last tick one must be to say that the centre's clock
// was set back, ms. Two owners of a partition for a moment differ by less.
const setBack = 60_000

// Follows says whether a tick that comes after another in the stream is to be taken:
// it is later, or so much earlier that the one before was ahead of time.
func (t Tick) Follows(last Tick) bool {
	return t.TimeMs > last.TimeMs || last.TimeMs-t.TimeMs > setBack
}

// stretch is a closed time in which a device was not up: [from, to).
type stretch struct {
	from, to int64
	state    storage.State
	cause    storage.Cause
	evidence string
}

// machine judges the rows of one device in the order they are given to it. All its
// times are event times in Unix milliseconds. Everything in it but pending, lossy,
// closed and the flags is kept in storage.DeviceState; see checkpoint.
type machine struct {
	state        storage.State
	cause        storage.Cause
	since        int64
	firstSeen    int64
	pingMark     int64  // due time of the newest ping round applied, 0 none
	pingInterval uint32 // 0: never pinged
	lastSeen     int64  // newest sign of life, 0 never
	pending      int64  // due time of a lost round whose repeat has not been heard of, 0 none
	lossy        int64  // due time of a lossy round that the next one decides upon, 0 none
	clocks       clocks // the newest reading applied

	closed []stretch // stretches that ended since the owner last looked
}

// verdict is what became of a row.
type verdict uint8

const (
	applied   verdict = iota
	repeated          // it says nothing new
	late              // it is older than what was applied: only a recompute can use it
	premature         // applied, and it shows that the silence before it was a delay
)

// echo is what came back of one attempt of a ping round.
type echo uint8

const (
	nothing echo = iota
	some         // so little that a second round like it makes the device degraded
	enough
)

// heard judges an attempt by the share of its packets that were answered.
func (r *rules) heard(sent, received uint8) echo {
	switch {
	case received == 0:
		return nothing
	case int(sent-min(sent, received))*100 >= r.degradedLoss*int(sent):
		return some
	}
	return enough
}

// undecided says whether the next round decides what the newest one was: a checkpoint
// cannot tell that.
func (m *machine) undecided() bool { return m.pending != 0 || m.lossy != 0 }

// row is the newest event time applied, 0 for none.
func (m *machine) row() int64 { return max(m.pingMark, m.clocks.atMs) }

// ping applies one attempt of a ping round that was due at a time.
func (m *machine) ping(due int64, interval uint32, attempt uint8, heard echo, silence int64, r *rules) verdict {
	if due < m.pingMark {
		return late
	}
	if due == m.pingMark && m.pending != due {
		return m.again(due, heard)
	}
	m.see(due)
	early := m.arrive(due, silence)
	if m.pending != 0 && m.pending != due {
		m.lose(m.pending) // the next round came: the one before stands as it is
	}
	m.pingMark, m.pingInterval = due, interval
	switch {
	case heard == enough:
		m.pending, m.lossy = 0, 0
		m.lastSeen = max(m.lastSeen, due)
		m.turn(storage.StateUp, storage.CauseNone, due)
	case heard == some:
		m.pending = 0
		m.lastSeen = max(m.lastSeen, due)
		m.degrade(due)
	case attempt >= r.attempts:
		m.lose(due)
	default:
		m.pending = due
	}
	return early
}

// again judges another attempt of a round that was decided already. An answer counts
// all the same.
func (m *machine) again(due int64, heard echo) verdict {
	if heard == nothing || m.state == storage.StateUp || m.state == storage.StateDegraded {
		return repeated
	}
	if m.state == storage.StateUnknown {
		return late
	}
	since := m.since
	m.lastSeen = max(m.lastSeen, due)
	m.turn(storage.StateUp, storage.CauseNone, due)
	if since == due {
		return late // it was never down: since when it is up is for a recompute to find
	}
	return applied
}

// uptime applies a reading of a device's clocks.
func (m *machine) uptime(now clocks, silence int64, r *rules) verdict {
	switch {
	case now.atMs == m.clocks.atMs:
		return repeated
	case now.atMs < m.clocks.atMs:
		return late
	}
	m.see(now.atMs)
	early := m.arrive(now.atMs, silence)
	m.clocks = now
	m.lastSeen = max(m.lastSeen, now.atMs)
	if m.pingInterval == 0 || now.atMs-m.pingMark > r.unpinged {
		if m.pending != 0 {
			m.lose(m.pending)
		}
		m.turn(storage.StateUp, storage.CauseNone, now.atMs)
	}
	return early
}

// see moves the beginning of the device's record.
func (m *machine) see(at int64) {
	switch {
	case m.firstSeen == 0:
		m.firstSeen, m.since = at, at
	case at < m.firstSeen:
		if m.state == storage.StateUp && m.since == m.firstSeen {
			m.since = at
		}
		m.firstSeen = at
	}
}

// arrive judges the time since the row before: too long a gap was silence. A row
// that ends a silence a tick has found, and shows by its own time that there was
// none, is premature.
func (m *machine) arrive(at, silence int64) verdict {
	last := m.row()
	if last == 0 {
		return applied
	}
	silent := m.state == storage.StateUnknown && m.pending == 0
	if at-last > silence {
		if !silent {
			m.fallSilent(last)
		}
		return applied
	}
	if silent && m.since == last {
		return premature
	}
	return applied
}

// tick applies the centre's time, by the appliance's clock: what is overdue by then is decided. Of a quiet
// appliance nothing was heard for longer than it may be silent.
func (m *machine) tick(now, silence int64, quiet bool, r *rules) {
	if m.pending != 0 && now-m.pending > int64(m.pingInterval)+r.attemptTimeout {
		m.lose(m.pending)
	}
	if last := m.row(); last != 0 && m.state != storage.StateUnknown && (quiet && now > last || now-last > silence+r.delivery) {
		m.fallSilent(last)
	}
}

func (m *machine) fallSilent(last int64) {
	if m.pending != 0 {
		m.lose(m.pending)
	}
	m.lossy = 0
	m.turn(storage.StateUnknown, storage.CauseSilent, last)
}

// degrade takes a round that lost much, but not all. One is chance; from the second in
// a row on the device is degraded since the first. A device's very first round is not
// held against it, for its checkpoint could not tell.
func (m *machine) degrade(due int64) {
	switch {
	case m.state == storage.StateDegraded:
	case m.lossy != 0:
		m.turn(storage.StateDegraded, storage.CauseLoss, m.lossy)
		m.lossy = 0
	default:
		m.turn(storage.StateUp, storage.CauseNone, due)
		if due != m.firstSeen {
			m.lossy = due
		}
	}
}

// lose says that the round due at a time is lost for good.
func (m *machine) lose(due int64) {
	m.pending, m.lossy = 0, 0
	m.turn(storage.StateDown, storage.CauseNoAnswer, due)
}

// turn goes over to a state, unless the device is in it, and closes the stretch that
// ends.
func (m *machine) turn(to storage.State, cause storage.Cause, at int64) {
	if m.state == to {
		return
	}
	if m.state != storage.StateUp && at > m.since {
		m.closed = append(m.closed, stretch{from: m.since, to: at, state: m.state, cause: m.cause})
	}
	m.state, m.cause, m.since = to, cause, at
}
