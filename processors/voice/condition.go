package voice

import (
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// noteFrom is the share of a minute's packets, in percent, from which on what they met is
// worth a note.
const noteFrom = 1

// otherWay is how many times fewer packets must be lost on the other way for the loss to
// be called that of one way.
const otherWay = 10

// condition is what a minute's rows say of the way their packets took and of the clocks.
// It is a sum, but for what was seen last, which is that of the latest slot.
type condition struct {
	remarked, remarkedForward uint64
	routeChanges, clockSteps  uint64
	undelivered               uint64
	stepUs                    int64
	clockErrorUs              uint32
	directional               bool

	latest, latestRemarked, latestForward, latestHeard int64 // slots, one more than they begin
	dscpSent, dscpReceived, dscpForward                uint8
	ttlForward, ttlBackward                            uint8
}

func (c *condition) add(rows *sample.Voice, i int, slot int64) {
	c.remarked += uint64(rows.RemarkedPackets[i])
	c.remarkedForward += uint64(rows.RemarkedForward[i])
	c.routeChanges += uint64(rows.RouteChanges[i])
	c.clockSteps += uint64(rows.ClockSteps[i])
	c.undelivered += uint64(rows.Undelivered[i])
	if step := rows.StepUs[i]; max(step, -step) > max(c.stepUs, -c.stepUs) || step == -c.stepUs && step > 0 {
		c.stepUs = step
	}
	c.clockErrorUs = max(c.clockErrorUs, rows.ClockErrorUs[i])
	c.directional = c.directional || rows.Stateful[i] == 1
	at := slot + 1
	if at > c.latest {
		c.latest, c.dscpSent = at, rows.DSCPSent[i]
	}
	if rows.RemarkedForward[i] > 0 && at > c.latestForward {
		c.latestForward, c.dscpForward = at, rows.DSCPForward[i]
	}
	if rows.Received[i] == 0 {
		return
	}
	if at > c.latestHeard {
		c.latestHeard, c.ttlForward, c.ttlBackward = at, rows.TTLForward[i], rows.TTLBackward[i]
		if c.latestRemarked == 0 {
			c.dscpReceived = rows.DSCPReceived[i]
		}
	}
	if rows.RemarkedPackets[i] > 0 && at > c.latestRemarked {
		c.latestRemarked, c.dscpReceived = at, rows.DSCPReceived[i]
	}
}

// fill tells what the minute's packets met. The rest of the row must be there.
func (c *condition) fill(row *storage.VoiceMinute, in *Inputs) {
	row.Notes = c.notes(row, in)
	if row.Origin == sample.OriginIPSLA {
		return
	}
	row.DSCPSent, row.DSCPReceived, row.DSCPForward = c.dscpSent, c.dscpReceived, c.dscpForward
	row.Remarked, row.RemarkedForward = saturate(c.remarked), saturate(c.remarkedForward)
	row.TTLForward, row.TTLBackward, row.RouteChanges = c.ttlForward, c.ttlBackward, saturate(c.routeChanges)
	row.StepMs = float64(c.stepUs) / 1000
	row.Directional = c.directional
	row.ClockErrorMs, row.ClockSteps = float64(c.clockErrorUs)/1000, saturate(c.clockSteps)
	row.Undelivered = saturate(c.undelivered)
}

func (c *condition) notes(row *storage.VoiceMinute, in *Inputs) storage.VoiceNotes {
	var notes storage.VoiceNotes
	note := func(holds bool, which storage.VoiceNotes) {
		if holds {
			notes |= which
		}
	}
	sent, received := uint64(row.Sent), uint64(row.Received)
	forward, backward := uint64(row.LostForward), uint64(row.LostBackward)
	note(c.undelivered > 0, storage.NoteUnreachable)
	note(sent > 0 && received == 0 && in.LateArrivals == 0, storage.NoteSilent)
	note(reaches(forward, sent) && forward >= otherWay*backward, storage.NoteOneWayOut)
	note(reaches(backward, sent) && backward >= otherWay*forward, storage.NoteOneWayBack)
	note(c.routeChanges > 0 || c.stepUs != 0, storage.NoteRerouted)
	note(reaches(uint64(row.Duplicates), received), storage.NoteDuplicating)
	note(reaches(uint64(row.Reordered), received), storage.NoteReordering)
	note(c.remarkedForward > 0, storage.NoteRemarkedOut)
	note(c.remarked > 0, storage.NoteRemarked)
	switch {
	case received == 0 || row.OneWay:
	case c.clockSteps > 0:
		notes |= storage.NoteClockStepped
	case !in.Synchronised:
		notes |= storage.NoteClockUnsynchronised
	default:
		notes |= storage.NoteClockUncertain
	}
	return notes
}

// reaches says whether some packets of all are enough for a note.
func reaches(some, all uint64) bool { return some > 0 && 100*some >= noteFrom*all }
