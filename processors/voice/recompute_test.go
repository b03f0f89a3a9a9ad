package voice

import (
	"context"
	"maps"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// ask sends a request of appliance 5 and ticks until it is done, and returns what was
// made of it.
func ask(t *testing.T, figure *Figure, store *recorded, request sample.ID, from, to, offset int64) (revisions []storage.Revision, last storage.Recompute) {
	t.Helper()
	rows := &sample.Recomputes{Request: []sample.ID{request}, Figure: []string{""}, FromMs: []int64{from}, ToMs: []int64{to}, By: []string{"ito"}, Why: []string{"a wrong buffer"}}
	batch := &storage.Batch{
		Blocks: []storage.Block{
			{Kind: sample.KindRecomputes, Customer: 1, Site: 2, Appliance: 5, SlotMs: 10_000_000, Offset: offset, To: 1},
			{Kind: sample.KindTicks, SlotMs: 10_000_001, Offset: offset + 1},
		},
		Tables: map[sample.Kind]*storage.Table{sample.KindRecomputes: {Rows: rows}, sample.KindVoice: {Rows: new(sample.Voice)}},
	}
	for ticks := 0; ; ticks++ {
		var derived storage.Derived
		if err := figure.Process(context.Background(), batch, &derived); err != nil {
			t.Fatal(err)
		}
		store.write(batch, &derived)
		revisions = append(revisions, derived.Revisions...)
		last = derived.Recomputes[len(derived.Recomputes)-1]
		if last.Done || ticks > 100 {
			return revisions, last
		}
		batch.Blocks = []storage.Block{{Kind: sample.KindTicks, Offset: offset + 2 + int64(ticks)}}
	}
}

func TestARecomputeRatesByThePresentConfiguration(t *testing.T) {
	rows := func(store *recorded, figure *Figure) {
		for i := range int64(600) {
			process(t, figure, store, []row{
				{path: 7, slot: i * 5000, offset: 2 * i, codec: "G.711", sent: 250, received: 240, rtt: 20_000 + uint32(i)*100},
				{path: 12, slot: i * 5000, offset: 2*i + 1, codec: "G.711", sent: 250, received: 240, rtt: 20_000},
			})
		}
	}
	slow := DefaultConfig()
	slow.JitterBufferMs = 200
	store, want := newRecorded(), newRecorded()
	rows(store, newFigure(t, store))
	wanted, err := New(slow, want, 0)
	if err != nil {
		t.Fatal(err)
	}
	rows(want, wanted)
	figure, err := New(slow, store, 0)
	if err != nil {
		t.Fatal(err)
	}
	was := maps.Clone(store.minutes)
	from, to := int64(10*minuteMs+17), int64(40*minuteMs-3)
	revisions, last := ask(t, figure, store, 77, from, to, 2000)
	if last.Entities != 10 || last.KeptMs != 0 || last.NextMs < to || last.AskedMs != 10_000_000 {
		t.Errorf("done with %+v", last)
	}
	before, after := 0.0, 0.0
	for at, old := range was {
		got, made := store.minutes[at], want.minutes[at]
		if at[0] != 7 || at[1] < 10*minuteMs || at[1] >= 40*minuteMs { // another's, or another time
			made = old
		} else {
			before, after = before+old.MOS, after+made.MOS
		}
		if !same(got, made) {
			t.Fatalf("path %d, minute %d: %+v\nwant %+v", at[0], at[1]/minuteMs, got, made)
		}
	}
	minutes, sumBefore, sumAfter := uint32(0), 0.0, 0.0
	for _, r := range revisions {
		if r.Entity != 7 || r.Request != 77 || r.By != "ito" || r.Why != "a wrong buffer" || r.FromMs < 10*minuteMs || r.ToMs > 40*minuteMs {
			t.Errorf("%+v", r)
		}
		minutes, sumBefore, sumAfter = minutes+r.Minutes, sumBefore+r.MOSBefore, sumAfter+r.MOSAfter
	}
	if minutes != 30 {
		t.Errorf("%d minutes were corrected, want 30", minutes)
	}
	expect(t, "MOS before", sumBefore, before, 1e-9)
	expect(t, "MOS after", sumAfter, after, 1e-9)

	again := maps.Clone(store.minutes)
	if revisions, _ := ask(t, figure, store, 78, from, to, 3000); len(revisions) > 0 || !maps.Equal(again, store.minutes) {
		t.Errorf("the second time %+v was corrected", revisions)
	}
	// A late row after it counts like any other.
	process(t, figure, store, []row{{path: 7, slot: 20*minuteMs + 1, offset: 4000, codec: "G.711", sent: 250, received: 250, rtt: 20_000}})
	if got := store.minutes[[2]int64{7, 20 * minuteMs}]; got.Sent != 13*250 || got.Offset != 4000 {
		t.Errorf("after a late row: %+v", got)
	}
}

func TestMinutesWithoutRowsStand(t *testing.T) {
	store := newRecorded()
	for i := range int64(10) {
		store.minutes[[2]int64{7, i * minuteMs}] = storage.VoiceMinute{Customer: 1, Site: 2, Path: 7, MinuteMs: i * minuteMs, Sent: 100, MOS: 4}
	}
	was := maps.Clone(store.minutes)
	revisions, last := ask(t, newFigure(t, store), store, 77, 0, 10*minuteMs, 5)
	if len(revisions) > 0 || !maps.Equal(was, store.minutes) || last.KeptMs != 10*minuteMs {
		t.Errorf("%+v was corrected, and %+v", revisions, last)
	}
}

func TestARequestIsTakenUpAgain(t *testing.T) {
	store := newRecorded()
	process(t, newFigure(t, store), store, []row{{path: 7, slot: 5000, offset: 1, codec: "G.711", sent: 250, received: 240, rtt: 20_000}})
	right := maps.Clone(store.minutes)
	clear(store.minutes)
	store.pending = []storage.Recompute{{Request: 77, Customer: 1, Site: 2, Appliance: 5, Figure: Name, ToMs: minuteMs, Offset: 5}}
	figure := newFigure(t, store)
	if err := figure.Restore(context.Background(), 6); err != nil {
		t.Fatal(err)
	}
	var derived storage.Derived
	batch := &storage.Batch{Blocks: []storage.Block{{Kind: sample.KindTicks, Offset: 9}}}
	if err := figure.Process(context.Background(), batch, &derived); err != nil {
		t.Fatal(err)
	}
	if len(derived.VoiceMinutes) != 1 || !same(derived.VoiceMinutes[0], right[[2]int64{7, 0}]) || !derived.Recomputes[0].Done {
		t.Errorf("made %+v", derived)
	}
}
