package storage

import (
	"slices"
	"testing"
)

func TestNoteWords(t *testing.T) {
	for _, test := range []struct {
		minute VoiceMinute
		want   []string
	}{
		{VoiceMinute{}, nil},
		{VoiceMinute{Notes: NoteRerouted | NoteDuplicating | NoteOneWayBack}, []string{"one-way (back)", "rerouted", "duplicating"}},
		{VoiceMinute{Notes: NoteRemarked | NoteRemarkedOut, DSCPSent: 46, DSCPReceived: 0, DSCPForward: 34}, []string{"remarked out EF->AF41", "remarked EF->0"}},
		{VoiceMinute{Notes: NoteClockUncertain, ClockErrorMs: 16.4}, []string{"clock error 16 ms"}},
		{VoiceMinute{Notes: NoteSilent | NoteUnreachable}, []string{"unreachable", "silent"}},
	} {
		if got := test.minute.NoteWords(); !slices.Equal(got, test.want) {
			t.Errorf("%b: %q, want %q", test.minute.Notes, got, test.want)
		}
	}
	for note := NoteUnreachable; note <= NoteClockUncertain; note <<= 1 {
		if words := (&VoiceMinute{Notes: note}).NoteWords(); len(words) != 1 || words[0] == "" {
			t.Errorf("note %b has the words %q", note, words)
		}
	}
}

func TestCodePoint(t *testing.T) {
	for dscp, want := range map[uint8]string{0: "0", 1: "LE", 8: "CS1", 10: "AF11", 34: "AF41", 38: "AF43", 40: "CS5", 42: "42", 44: "VA", 45: "45", 46: "EF", 48: "CS6", 50: "50", 56: "CS7", 63: "63", 2: "2"} {
		if got := CodePoint(dscp); got != want {
			t.Errorf("%d is %q, want %q", dscp, got, want)
		}
	}
}
