package availability

import (
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// An appliance that pings every minute and then falls silent: its devices are unknown
// since the last round received, and that is known with the first tick after three of
// the heartbeats it announced, though two ping intervals are longer.
func TestASilentApplianceIsNoticedWithinThreeHeartbeats(t *testing.T) {
	for _, test := range []struct {
		every, lastBeat int64 // ms
		known           int64 // the tick that finds it, ms
	}{
		{10_000, 80_000, 120_000}, // 80 s + 3 x 10 s + 2 s under way, and a tick every 10 s
		{5_000, 85_000, 110_000},
		{30_000, 60_000, 160_000},
	} {
		var arrivals []arrival
		round := func(at int64) {
			pings := &sample.Pings{}
			addPing(pings, 11, 137, 60_000, 1, true)
			arrivals = append(arrivals, arrival{at + 3_000, message{slot: epochMs + at, appliance: 9, rows: pings}})
		}
		round(0)
		round(60_000)
		for at := int64(0); at <= test.lastBeat; at += test.every {
			beat := &sample.Heartbeats{}
			addHeartbeat(beat, 0, uint32(test.every), uint64(at/test.every)+1)
			arrivals = append(arrivals, arrival{at + 50, message{slot: epochMs + at, appliance: 9, rows: beat}})
		}
		for at := int64(10_000); at <= 200_000; at += 10_000 {
			arrivals = append(arrivals, arrival{at, message{slot: epochMs + at, rows: &sample.Ticks{Sequence: []uint64{1}}}})
		}
		messages := inOrder(arrivals)
		store, figure := newMemory(), (*Figure)(nil)
		tick := Tick{}
		for i := range messages {
			if i%2 == 0 { // whoever takes over notices it with the same tick
				figure = newFigure(t, store, messages[i].offset, tick)
			}
			process(t, figure, store, messages[i:i+1], 5)
			tick = lastTick(messages[i:i+1], tick)
			got := store.current(11)
			if got.FirstSeenMs == 0 {
				continue
			}
			if unknown := got.State == storage.StateUnknown; unknown != (tick.TimeMs >= epochMs+test.known) {
				t.Fatalf("heartbeats every %d ms, tick %.0f: %s %s since %.3f", test.every, seconds(tick.TimeMs), got.State, got.Cause, seconds(got.SinceMs))
			}
		}
		if got := store.current(11); got.Cause != storage.CauseSilent || seconds(got.SinceMs) != 60.137 {
			t.Errorf("heartbeats every %d ms: %s since %.3f", test.every, got.Cause, seconds(got.SinceMs))
		}
	}
}

// Heartbeats that stay away while rows come say nothing of the devices.
func TestRowsWithoutHeartbeatsAreEnough(t *testing.T) {
	w := one(thing{pinged: true})
	var rest []message
	for _, m := range w.stream() {
		if m.rows.Kind() != sample.KindHeartbeats || m.slot < epochMs+100_000 {
			m.offset = int64(len(rest))
			rest = append(rest, m)
		}
	}
	expect(t, run(t, rest), 11, silentAtTheEnd)
}
