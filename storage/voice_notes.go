package storage

import (
	"fmt"
	"strconv"
)

// VoiceNotes are the things worth telling of a voice path's minute beside its figures, a
// bit each.
type VoiceNotes uint32

// The notes.
const (
	NoteUnreachable         VoiceNotes = 1 << iota // ICMP said that packets could not be delivered
	NoteSilent                                     // nothing came back: which way it was lost is not known
	NoteOneWayOut                                  // nearly all that was lost was lost on the way out
	NoteOneWayBack                                 // the same on the way back
	NoteRerouted                                   // the number of hops or the lowest round trip changed at once and for good
	NoteDuplicating                                // packets were answered twice or came back twice
	NoteReordering                                 // packets overtook others
	NoteRemarkedOut                                // packets came to the reflector with another DSCP than was sent
	NoteRemarked                                   // answers came back with another DSCP than was sent
	NoteClockUnsynchronised                        // a clock was not synchronised: delays are half the round trip
	NoteClockStepped                               // a clock was set: the same
	NoteClockUncertain                             // the clocks may be off by more than the delay allows: the same
)

// voiceNoteWords are the notes that need no figures.
var voiceNoteWords = map[VoiceNotes]string{
	NoteUnreachable: "unreachable", NoteSilent: "silent", NoteOneWayOut: "one-way (out)", NoteOneWayBack: "one-way (back)",
	NoteRerouted: "rerouted", NoteDuplicating: "duplicating", NoteReordering: "reordering",
	NoteClockUnsynchronised: "clock not synchronised", NoteClockStepped: "clock stepped",
}

// NoteWords says in words what the minute's notes are, the gravest first.
func (m *VoiceMinute) NoteWords() []string {
	var words []string
	for note := NoteUnreachable; note <= NoteClockUncertain; note <<= 1 {
		if m.Notes&note == 0 {
			continue
		}
		switch note {
		case NoteRemarkedOut:
			words = append(words, fmt.Sprintf("remarked out %s->%s", CodePoint(m.DSCPSent), CodePoint(m.DSCPForward)))
		case NoteRemarked:
			words = append(words, fmt.Sprintf("remarked %s->%s", CodePoint(m.DSCPSent), CodePoint(m.DSCPReceived)))
		case NoteClockUncertain:
			words = append(words, fmt.Sprintf("clock error %.0f ms", m.ClockErrorMs))
		default:
			words = append(words, voiceNoteWords[note])
		}
	}
	return words
}

// CodePoint names a DiffServ code point as RFC 2597, 3246, 5865 and 8622 do, and is its
// number where it has no name or is 0.
func CodePoint(dscp uint8) string {
	class, drop := dscp>>3, dscp>>1&3
	switch {
	case dscp == 46:
		return "EF"
	case dscp == 44:
		return "VA"
	case dscp == 1:
		return "LE"
	case dscp > 0 && dscp&7 == 0:
		return "CS" + strconv.Itoa(int(class))
	case dscp&1 == 0 && drop > 0 && class >= 1 && class <= 4:
		return "AF" + strconv.Itoa(int(class)) + strconv.Itoa(int(drop))
	}
	return strconv.Itoa(int(dscp))
}
