package voice

import (
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// minuteOf makes a minute of rows, in the order given.
func minuteOf(rows ...row) storage.VoiceMinute {
	var table sample.Voice
	made := minute{}
	for i, r := range rows {
		appendVoice(&table, r)
		made.add(&table, i, r.slot, 0)
	}
	return made.row(DefaultConfig())
}

func TestNotes(t *testing.T) {
	steady := row{codec: "G.711", sent: 250, received: 250, rtt: 20_000, forwardUs: 2_500_000}
	for name, test := range map[string]struct {
		change func(*row)
		want   storage.VoiceNotes
	}{
		"nothing":                   {func(*row) {}, 0},
		"rerouted by hops":          {func(r *row) { r.condition.RouteChanges = 1 }, storage.NoteRerouted},
		"rerouted by delay":         {func(r *row) { r.condition.StepUs = -4000 }, storage.NoteRerouted},
		"remarked":                  {func(r *row) { r.condition.RemarkedPackets = 1 }, storage.NoteRemarked},
		"remarked out":              {func(r *row) { r.condition.RemarkedForward = 7 }, storage.NoteRemarkedOut},
		"duplicating":               {func(r *row) { r.duplicates = 3 }, storage.NoteDuplicating},
		"two duplicates":            {func(r *row) { r.duplicates = 2 }, 0},
		"reordering":                {func(r *row) { r.reordered = 2 }, storage.NoteReordering},
		"one way out":               {func(r *row) { r.operation.LossForward = 30; r.operation.LossBackward = 3 }, storage.NoteOneWayOut},
		"one way back":              {func(r *row) { r.operation.LossBackward = 3 }, storage.NoteOneWayBack},
		"both ways":                 {func(r *row) { r.operation.LossForward = 30; r.operation.LossBackward = 4 }, 0},
		"hardly any":                {func(r *row) { r.operation.LossForward = 2 }, 0},
		"silent":                    {func(r *row) { r.received = 0 }, storage.NoteSilent},
		"unreachable":               {func(r *row) { r.received = 0; r.condition.Undelivered = 9 }, storage.NoteSilent | storage.NoteUnreachable},
		"not synchronised":          {func(r *row) { r.forwardUs = 0 }, storage.NoteClockUnsynchronised},
		"stepped":                   {func(r *row) { r.forwardUs = 0; r.condition.ClockSteps = 1 }, storage.NoteClockStepped},
		"clocks off by 10 ms":       {func(r *row) { r.condition.ClockErrorUs = 10_000 }, 0},
		"clocks off by more":        {func(r *row) { r.condition.ClockErrorUs = 10_001 }, storage.NoteClockUncertain},
		"a router's unsynchronised": {func(r *row) { r.forwardUs = 0; r.operation.Origin = sample.OriginIPSLA }, storage.NoteClockUnsynchronised},
	} {
		changed := steady
		test.change(&changed)
		got := minuteOf(changed)
		if got.Notes != test.want {
			t.Errorf("%s: noted %q, want %q", name, got.NoteWords(), (&storage.VoiceMinute{Notes: test.want}).NoteWords())
		}
		clocks := storage.NoteClockStepped | storage.NoteClockUnsynchronised | storage.NoteClockUncertain
		if said := got.Notes&clocks != 0; got.Received > 0 && said == got.OneWay {
			t.Errorf("%s: one way %t, noted %q", name, got.OneWay, got.NoteWords())
		}
	}
}

// Clocks that may be off by more than the delay allows are not believed: the delay is half
// the round trip.
func TestClocksThatErr(t *testing.T) {
	for _, test := range []struct {
		rtt, err uint32 // us
		oneWay   bool
	}{{20_000, 0, true}, {20_000, 9_000, true}, {20_000, 16_000, false}, {200_000, 49_000, true}, {200_000, 51_000, false}} {
		got := minuteOf(row{codec: "G.711", sent: 250, received: 250, rtt: test.rtt, forwardUs: 250 * int64(test.rtt) * 7 / 10, condition: sample.Condition{ClockErrorUs: test.err}})
		network := float64(test.rtt) / 1000 / 2
		if test.oneWay {
			network = float64(test.rtt) / 1000 * 0.7
		}
		if got.OneWay != test.oneWay || got.DelayMs != network+60 {
			t.Errorf("round trip %d us, error %d us: one way %t, delay %g ms, want %g", test.rtt, test.err, got.OneWay, got.DelayMs, network+60)
		}
	}
}

// A minute is the same in whichever order its rows come.
func TestConditionsInAnyOrder(t *testing.T) {
	slots := []row{
		{slot: 0, codec: "G.711", sent: 250, received: 250, rtt: 20_000, dscp: 46, condition: sample.Condition{TTLForward: 251, TTLBackward: 60, ClockErrorUs: 300, StepUs: 5000}},
		{slot: 5000, codec: "G.711", sent: 250, received: 250, rtt: 20_000, dscp: 8, condition: sample.Condition{TTLForward: 250, TTLBackward: 60, RemarkedPackets: 3, RouteChanges: 1, ClockErrorUs: 900, StepUs: -5000}},
		{slot: 10000, codec: "G.711", sent: 250, received: 250, rtt: 20_000, dscp: 46, condition: sample.Condition{TTLForward: 249, TTLBackward: 59, RouteChanges: 2, Stateful: 1, RemarkedForward: 4, DSCPForward: 10}},
		{slot: 15000, codec: "G.711", sent: 250, dscp: 0, condition: sample.Condition{Undelivered: 12}},
	}
	want := minuteOf(slots...)
	if want.DSCPSent != 46 || want.DSCPReceived != 8 || want.DSCPForward != 10 || want.TTLForward != 249 || want.TTLBackward != 59 || want.RouteChanges != 3 ||
		want.Remarked != 3 || want.RemarkedForward != 4 || want.StepMs != 5 || want.ClockErrorMs != 0.9 || !want.Directional || want.Undelivered != 12 {
		t.Errorf("made %+v", want)
	}
	for _, order := range [][]int{{3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}} {
		var shuffled []row
		for _, i := range order {
			shuffled = append(shuffled, slots[i])
		}
		if got := minuteOf(shuffled...); got != want {
			t.Errorf("in the order %v: %+v, want %+v", order, got, want)
		}
	}
}
