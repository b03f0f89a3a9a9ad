package clickhouse

import (
	"reflect"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func testRecomputes(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	asked := storage.Recompute{
		Request: 9, Customer: acme, Site: acmeTokyo, Appliance: acmeBox, Figure: "availability", FromMs: at(0), ToMs: at(time.Hour),
		AskedMs: at(2 * time.Hour), By: "ito", Why: "wrong windows", Partition: 3, NextMs: at(0), Entities: 2, Offset: 5,
	}
	further, other, done := asked, asked, asked
	further.NextMs, further.Offset = at(time.Minute), 7
	other.Figure = "voice"
	done.NextMs, done.KeptMs, done.Done, done.Offset = at(time.Hour), 1500, true, 9
	first := asked // asked before, though its id is higher
	first.Request, first.Offset = 10, 4
	derive(t, store, 1, 5, &storage.Derived{Recomputes: []storage.Recompute{first, asked, other}})
	derive(t, store, 6, 7, &storage.Derived{Recomputes: []storage.Recompute{further}})
	derive(t, store, 8, 9, &storage.Derived{Recomputes: []storage.Recompute{done}})
	for before, want := range map[int64][]storage.Recompute{
		4: nil, 5: {first}, 6: {first, asked}, 8: {first, further}, 10: {first},
	} {
		got, err := store.PendingRecomputes(t.Context(), 3, "availability", before)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("before %d: %+v, want %+v, error %v", before, got, want, err)
		}
	}
	if got, err := store.PendingRecomputes(t.Context(), 4, "availability", 100); err != nil || got != nil {
		t.Errorf("another partition: %+v, error %v", got, err)
	}
	got, err := store.Recomputes(t.Context(), 9)
	if want := []storage.Recompute{done, other}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the request: %+v, want %+v, error %v", got, want, err)
	}
}

func testCorrections(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	path := sample.PathID("acme", "tokyo", "to osaka")
	paths := &sample.Paths{Path: []sample.ID{path}, Name: []string{"to osaka"}, Target: []string{"192.0.2.1:862"}, Codec: []string{"G.711"}}
	write(t, store, 2, 2, table(paths, at(0), 2, acme))
	piece := func(from, to time.Duration) storage.Piece {
		return storage.Piece{FromMs: at(from), ToMs: at(to), State: storage.StateDown, Cause: storage.CauseNoAnswer}
	}
	late := storage.Revision{
		Customer: acme, Site: acmeTokyo, Entity: router, Figure: "availability", FromMs: at(-time.Minute), ToMs: at(3 * time.Minute),
		AtMs: at(5 * time.Minute), By: storage.ByItself, Why: storage.LateRows, Offset: 5,
		Before: []storage.Piece{piece(-time.Minute, time.Minute), {FromMs: at(2 * time.Minute), ToMs: at(3 * time.Minute), State: storage.StateUp}},
	}
	one := storage.Revision{
		Customer: acme, Site: acmeTokyo, Entity: router, Figure: "availability", Request: 9, FromMs: at(10 * time.Minute), ToMs: at(20 * time.Minute),
		AtMs: at(50 * time.Minute), By: "ito", Why: "a backlog", Before: []storage.Piece{piece(10*time.Minute, 12*time.Minute)}, Offset: 7,
	}
	two := one
	two.FromMs, two.ToMs, two.Before = at(20*time.Minute), at(30*time.Minute), []storage.Piece{piece(25*time.Minute, 26*time.Minute)}
	outside := two
	outside.Request, outside.FromMs, outside.ToMs = 10, at(50*time.Minute), at(80*time.Minute)
	outside.Before = []storage.Piece{piece(61*time.Minute, 62*time.Minute)}
	foreign := late
	foreign.Customer, foreign.Site, foreign.Entity = zen, zenOsaka, zenRouter
	voice := storage.Revision{
		Customer: acme, Site: acmeTokyo, Entity: path, Figure: "voice", Request: 9, FromMs: at(0), ToMs: at(time.Hour), AtMs: at(50 * time.Minute),
		By: "ito", Why: "a backlog", Minutes: 4, MOSBefore: 16, MOSAfter: 12, Offset: 7,
	}
	derive(t, store, 1, 5, &storage.Derived{Revisions: []storage.Revision{late, foreign}})
	for range 2 {
		derive(t, store, 6, 7, &storage.Derived{Revisions: []storage.Revision{two, one, outside, voice}})
	}
	outage := func(from, to time.Duration, state storage.State, cause storage.Cause) storage.Outage {
		return storage.Outage{From: noon.Add(from), To: noon.Add(to), State: state, Cause: cause}
	}
	device := storage.Entity{ID: router, Customer: "acme", Site: "tokyo", Device: "router"}
	wantVoice := storage.Correction{
		Entity: storage.Entity{ID: path, Customer: "acme", Site: "tokyo", Name: "to osaka"}, Figure: "voice", Request: 9,
		From: noon, To: noon.Add(time.Hour), At: noon.Add(50 * time.Minute), By: "ito", Why: "a backlog", Changed: true, Minutes: 4, MOSBefore: 4, MOSAfter: 3,
	}
	wantLate := storage.Correction{
		Entity: device, Figure: "availability", From: noon, To: noon.Add(3 * time.Minute), At: noon.Add(5 * time.Minute),
		By: storage.ByItself, Why: storage.LateRows, Changed: true,
		Before: []storage.Outage{outage(0, time.Minute, storage.StateDown, storage.CauseNoAnswer), outage(2*time.Minute, 3*time.Minute, storage.StateUp, storage.CauseNone)},
	}
	wantAsked := storage.Correction{
		Entity: device, Figure: "availability", Request: 9, From: noon.Add(10 * time.Minute), To: noon.Add(30 * time.Minute), At: noon.Add(50 * time.Minute),
		By: "ito", Why: "a backlog", Changed: true,
		Before: []storage.Outage{outage(10*time.Minute, 12*time.Minute, storage.StateDown, storage.CauseNoAnswer), outage(25*time.Minute, 26*time.Minute, storage.StateDown, storage.CauseNoAnswer)},
	}
	query := ask()
	query.Customer = "acme"
	got, err := store.Corrections(t.Context(), query)
	if want := []storage.Correction{wantVoice, wantLate, wantAsked}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v, error %v", got, want, err)
	}
	query.Device = "router"
	if got, err = store.Corrections(t.Context(), query); err != nil || !reflect.DeepEqual(got, []storage.Correction{wantLate, wantAsked}) {
		t.Errorf("of the router: %+v, error %v", got, err)
	}
	query.Device, query.Path = "", "to osaka"
	if got, err = store.Corrections(t.Context(), query); err != nil || !reflect.DeepEqual(got, []storage.Correction{wantVoice}) {
		t.Errorf("of the path: %+v, error %v", got, err)
	}
	query = ask()
	query.Scope = storage.OnlyCustomers(zen)
	if got, err = store.Corrections(t.Context(), query); err != nil || len(got) != 1 || got[0].Customer != "zen" {
		t.Errorf("of the other customer: %+v, error %v", got, err)
	}
}
