package clickhouse

import (
	"reflect"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testKeptSamples holds that who keeps the samples of whole days answers as who reads all of them, whatever is added up anew.
func testKeptSamples(t *testing.T, store *Store) {
	config := store.config
	config.Remember = time.Nanosecond // nothing but what does not change
	remembers := openOnly(t, config)
	port, other := sample.InterfaceID(router, "Gi0/0"), sample.InterfaceID(router, "Gi0/1")
	mark := func(from time.Time, offset int64, done bool) storage.DirtyRange {
		return storage.DirtyRange{Customer: acme, Site: acmeTokyo, Figure: storage.RollUpHours, Entity: acmeTokyo, FromMs: from.UnixMilli(), ToMs: from.Add(time.Hour).UnixMilli(),
			Partition: 3, Version: storage.Version{Offset: offset, Deleted: done}}
	}
	derive(t, store, 10, 10, &storage.Derived{Utilization: join(
		samplesOf(port, midnight, steady{0, 700, 100, 200, 1e6, storage.GapNone}, steady{710, 1000, 300, 100, 1e6, storage.GapNone}),
		samplesOf(other, midnight, steady{0, 5, 7, 7, 1e6, storage.GapNone}))})
	rollUpAll(t, store, 11)
	same := func(when string) (first storage.LinkCapacity) {
		t.Helper()
		for _, from := range []time.Time{midnight, midnight.Add(5*time.Hour + 10*time.Minute), midnight.AddDate(0, 0, -3), midnight} { // in the end as in the beginning
			query := storage.Query{Scope: storage.OnlyCustomers(acme), From: from, To: midnight.Add(83 * time.Hour), Path: "of no link"}
			want, err := store.Capacity(t.Context(), query)
			if err != nil || len(want) == 0 {
				t.Fatalf("%s: %d links, error %v", when, len(want), err)
			}
			if from.Equal(midnight) {
				first = want[0]
			}
			for range 2 {
				if got, err := remembers.Capacity(t.Context(), query); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s from %s: error %v\ngot  %+v\nwant %+v", when, from, err, got, want)
				}
			}
		}
		return first
	}
	before := same("added up")
	if remembers.samples.count < 500 || store.samples.count > 0 {
		t.Errorf("%d samples are kept, and %d where nothing is to be remembered", remembers.samples.count, store.samples.count)
	}
	// An hour with a hole is filled: it is read from the polls until it is added up anew.
	hole := midnight.Add(58 * time.Hour)
	derive(t, store, 20, 20, &storage.Derived{Utilization: samplesOf(port, midnight, steady{700, 706, 900_000, 900_000, 1e6, storage.GapNone}),
		Dirty: []storage.DirtyRange{mark(hole, 20, false), {Customer: acme, Site: acmeTokyo, Figure: storage.RollUpDays, Entity: acmeTokyo, FromMs: midnight.AddDate(0, 0, 2).UnixMilli(), ToMs: midnight.AddDate(0, 0, 3).UnixMilli(),
			Partition: 3, Version: storage.Version{Offset: 20}}}})
	filled := same("marked")
	if filled.Samples != before.Samples+6 {
		t.Errorf("%d samples, want the %d of before and 6", filled.Samples, before.Samples)
	}
	again := func(offset int64) {
		t.Helper()
		if err := store.RollUpHours(t.Context(), storage.RollUp{Customer: acme, Sites: []sample.ID{acmeTokyo}, FromMs: hole.UnixMilli(), ToMs: hole.Add(time.Hour).UnixMilli()}); err != nil {
			t.Fatal(err)
		}
		derive(t, store, offset, offset, &storage.Derived{Dirty: []storage.DirtyRange{mark(hole, offset, true)}})
	}
	again(30)
	if got := same("added up anew"); got.Samples != filled.Samples || got.P95 != filled.P95 {
		t.Errorf("%d samples and %+v, want %d and %+v", got.Samples, got.P95, filled.Samples, filled.P95)
	}
	// Nobody asks between the mark and the end of it.
	derive(t, store, 40, 40, &storage.Derived{Utilization: samplesOf(port, midnight, steady{706, 708, 900_000, 900_000, 1e6, storage.GapNone}), Dirty: []storage.DirtyRange{mark(hole, 40, false)}})
	again(50)
	if got := same("unseen"); got.Samples != filled.Samples+2 {
		t.Errorf("%d samples, want the %d of before and 2", got.Samples, filled.Samples)
	}
}

func TestSamplesAreForgotten(t *testing.T) {
	var shelf sampleShelf
	days := spans{{0, dayMs}}
	read := func(port linkKey, n int) map[linkKey]*linkSamples {
		return map[linkKey]*linkSamples{port: {linkKey: port, all: make([]linkSample, n)}}
	}
	a, b, c := linkKey{port: 1}, linkKey{port: 2}, linkKey{port: 3}
	shelf.keep([]linkKey{a}, days, 1, read(a, mostKeptSamples/2))
	shelf.keep([]linkKey{b}, days, 1, read(b, mostKeptSamples/2))
	if found, missing := shelf.find([]linkKey{a, c}, days, 1); len(found) != 1 || len(missing) != 1 || missing[0] != c {
		t.Errorf("%d found, %v missing, want the first found and the third missing", len(found), missing)
	}
	if found, _ := shelf.find([]linkKey{a}, days, 2); len(found) != 0 {
		t.Error("what is kept is found at another revision")
	}
	if found, _ := shelf.find([]linkKey{a}, spans{{0, 2 * dayMs}}, 1); len(found) != 0 {
		t.Error("what is kept is found for other days")
	}
	shelf.keep([]linkKey{c}, days, 1, nil)
	if _, missing := shelf.find([]linkKey{a, b, c}, days, 1); len(missing) != 1 || missing[0] != b || shelf.count != mostKeptSamples/2+1 {
		t.Errorf("%v missing, %d kept, want the one forgotten that nobody asked for the longest", missing, shelf.count)
	}
}

func TestPiecesByTime(t *testing.T) {
	piece := func(buckets ...int64) (all []linkSample) {
		for _, bucket := range buckets {
			all = append(all, linkSample{bucket: bucket})
		}
		return all
	}
	for _, pieces := range [][][]linkSample{
		{piece(1, 2, 3, 4, 5, 6)},
		{piece(2, 3), piece(1, 4), piece(5, 6)},
		{piece(1, 5, 6), piece(2, 4), piece(3)},
		{piece(6), piece(1, 2, 3, 4, 5)},
	} {
		if got := byTime(pieces); !reflect.DeepEqual(got, piece(1, 2, 3, 4, 5, 6)) {
			t.Errorf("%v", got)
		}
	}
	if got := byTime(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
