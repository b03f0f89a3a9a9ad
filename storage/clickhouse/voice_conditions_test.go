package clickhouse

import (
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testVoiceConditions: what is told of a minute's way and clocks comes back as it was
// written, and the view says the notes in the same words.
func testVoiceConditions(t *testing.T, config Config) {
	store := open(t, config)
	var minutes []storage.VoiceMinute
	add := func(notes storage.VoiceNotes, sent, received, forward uint8) {
		minutes = append(minutes, storage.VoiceMinute{
			Customer: acme, Site: acmeTokyo, Path: 7, MinuteMs: at(time.Duration(len(minutes)) * time.Minute), Sent: 3000, Received: 2990,
			Notes: notes, DSCPSent: sent, DSCPReceived: received, DSCPForward: forward, Remarked: 1, RemarkedForward: 2, TTLForward: 251, TTLBackward: 60,
			RouteChanges: 3, StepMs: -4.5, Directional: true, LostForward: 8, LostBackward: 9, ClockErrorMs: 16.4, ClockSteps: 4, Undelivered: 5,
			Duplicates: 11, Reordered: 12, Version: storage.Version{Offset: 1},
		})
	}
	for note := storage.NoteUnreachable; note <= storage.NoteClockUncertain; note <<= 1 {
		add(note, 46, 0, 34)
	}
	for dscp := range uint8(64) {
		add(storage.NoteRemarked|storage.NoteRemarkedOut|storage.NoteRerouted, dscp, dscp, 63-dscp)
	}
	minutes = append(minutes, storage.VoiceMinute{Customer: acme, Site: acmeTokyo, Path: 8, MinuteMs: at(0), Sent: 3000, Received: 2990, Origin: sample.OriginIPSLA, LostForward: 3, Version: storage.Version{Offset: 1}})
	derive(t, store, 1, 1, &storage.Derived{VoiceMinutes: minutes})

	query := ask()
	query.To = query.From.Add(2 * time.Hour)
	answer, err := store.Voice(t.Context(), query)
	if err != nil || len(answer) != len(minutes) {
		t.Fatalf("%d minutes, %v, want %d", len(answer), err, len(minutes))
	}
	for i := range answer {
		if got := answer[i].VoiceMinute; got != minutes[i] {
			t.Errorf("minute %d: %+v, want %+v", i, got, minutes[i])
		}
	}
	var notes string
	var lost, received, duplicates, hops, sent uint32
	var clockError float64
	row := 0
	err = store.query(t.Context(), "view", `SELECT notes, ifNull(lost_forward, 999), ifNull(toUInt32(dscp_sent), 999), ifNull(toUInt32(dscp_received), 999), duplicates, ifNull(toUInt32(ttl_forward), 999), ifNull(clock_error_ms, 999)
FROM v_voice_minutes ORDER BY path_id, minute`, nil, []any{&notes, &lost, &sent, &received, &duplicates, &hops, &clockError}, func() {
		want := minutes[row]
		if words := strings.Join(want.NoteWords(), "; "); notes != words {
			t.Errorf("the view's minute %d is %q, want %q", row, notes, words)
		}
		if want.Origin == sample.OriginIPSLA {
			if lost != 3 || sent != 999 || received != 999 || hops != 999 || clockError != 999 {
				t.Errorf("the view's minute of a router: lost %d, DSCP %d and %d, %d hops, error %g", lost, sent, received, hops, clockError)
			}
		} else if lost != 8 || sent != uint32(want.DSCPSent) || received != uint32(want.DSCPReceived) || duplicates != 11 || hops != 251 || clockError != 16.4 {
			t.Errorf("the view's minute %d: lost %d, DSCP %d and %d, %d duplicates, %d hops, error %g", row, lost, sent, received, duplicates, hops, clockError)
		}
		row++
	})
	if err != nil || row != len(minutes) {
		t.Errorf("the view has %d minutes, %v, want %d", row, err, len(minutes))
	}
}
