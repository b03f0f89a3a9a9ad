package clickhouse

import (
	"slices"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// streamsWorld has the appliance of acme in one partition and that of zen in another.
type streamsWorld struct {
	t      *testing.T
	store  *Store
	offset int64
}

var partitionOf = map[sample.ID]int{acme: 3, zen: 4}

// beat writes a heartbeat of an appliance's own time that came after a tick.
func (w *streamsWorld) beat(customer sample.ID, of, came time.Duration) {
	w.t.Helper()
	w.say(customer, of, came, heartbeat(uint64(w.offset)+1))
}

func (w *streamsWorld) say(customer sample.ID, of, came time.Duration, rows sample.Rows) {
	w.t.Helper()
	w.offset++
	batch := &storage.Batch{Source: source(partitionOf[customer], w.offset, w.offset), Tables: map[sample.Kind]*storage.Table{rows.Kind(): table(rows, at(of), w.offset, customer)},
		Blocks: []storage.Block{{Kind: rows.Kind(), Customer: customer, SlotMs: at(of), Offset: w.offset, To: rows.Len(), CameMs: at(came)}}}
	if err := w.store.WriteRaw(w.t.Context(), batch); err != nil {
		w.t.Fatal(err)
	}
}

// read writes that the partition of a customer's appliance is read up to a tick.
func (w *streamsWorld) read(customer sample.ID, until time.Duration) {
	w.t.Helper()
	w.offset++
	derived := &storage.Derived{Read: storage.StreamRead{TimeMs: at(until), StepMs: 10_000, Offset: w.offset}}
	if err := w.store.WriteDerived(w.t.Context(), source(partitionOf[customer], w.offset, w.offset), derived); err != nil {
		w.t.Fatal(err)
	}
}

// stands returns how a customer's appliance stands at a time.
func (w *streamsWorld) stands(customer string, after time.Duration) storage.ApplianceStatus {
	w.t.Helper()
	query := storage.Query{Scope: storage.EveryCustomer(), From: noon.Add(after - time.Hour), To: noon.Add(after), Customer: customer}
	all, err := w.store.Appliances(w.t.Context(), query)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d appliances, error %v", len(all), err)
	}
	sites, err := w.store.Sites(w.t.Context(), query)
	if err != nil || len(sites) != 1 {
		w.t.Fatalf("%d sites, error %v", len(sites), err)
	}
	if silent := sites[0].Silent == 1; silent != all[0].Silent {
		w.t.Errorf("at its site the appliance is silent: %v; asked alone: %v", silent, all[0].Silent)
	}
	return all[0]
}

// testStreams: what the centre has not read yet is missing nowhere.
func testStreams(t *testing.T, config Config) {
	w := &streamsWorld{t: t, store: open(t, config)}
	populate(t, w.store)
	w.offset = 100
	for after := time.Duration(0); after <= time.Minute; after += 10 * time.Second {
		w.beat(acme, after, after)
		w.beat(zen, after, after)
	}
	w.read(acme, time.Minute)
	w.read(zen, time.Minute)
	w.say(acme, 0, 0, outcomes(told{device: router, started: -time.Hour, result: sample.OutcomeOK, asked: sample.AskedSNMP}))

	// Two hours later neither was read on: nobody is silent, and of the devices is only not known what they said since.
	for _, customer := range []string{"acme", "zen"} {
		if got := w.stands(customer, 2*time.Hour); got.Silent || !got.Read.Equal(noon.Add(time.Minute)) || !got.LastHeartbeat.Equal(noon.Add(time.Minute)) {
			t.Errorf("the appliance of %s, of which nothing was read since, is %+v", customer, got)
		}
	}
	spots := func(after time.Duration) (all []storage.BlindReason) {
		t.Helper()
		found, err := w.store.BlindSpots(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: noon, To: noon.Add(after)}, false)
		if err != nil {
			t.Fatal(err)
		}
		(&blindWorld{t: t, store: w.store}).viewed(noon.Add(after), found)
		for _, spot := range found.Spots {
			all = append(all, spot.Reason)
		}
		return all
	}
	if got := spots(2 * time.Hour); len(got) != 0 {
		t.Errorf("where nothing is read blind are %v", got)
	}

	// One is read on, and its appliance said nothing: that one is silent, as of what was read.
	w.read(acme, 2*time.Minute)
	if got := w.stands("acme", 2*time.Hour); !got.Silent || !got.SilentSince.Equal(noon.Add(time.Minute)) {
		t.Errorf("the appliance that said nothing is %+v", got)
	}
	if w.stands("zen", 2*time.Hour).Silent {
		t.Error("the appliance whose partition is not read is silent")
	}
	if got := spots(2 * time.Hour); !slices.Equal(got, []storage.BlindReason{storage.BlindSilent}) {
		t.Errorf("behind the silent appliance blind are %v", got)
	}
	if got := w.stands("acme", 50*time.Second); got.Silent || !got.Read.Equal(noon.Add(50*time.Second)) {
		t.Errorf("before that it was %+v", got)
	}

	// A clock that is more than a minute behind makes nobody silent whose heartbeats come.
	w.beat(zen, 2*time.Minute, 200*time.Second)
	w.read(zen, 210*time.Second)
	if got := w.stands("zen", 2*time.Hour); got.Silent {
		t.Errorf("the appliance whose clock is behind is %+v", got)
	}
	w.read(zen, 250*time.Second)
	w.read(zen, 260*time.Second)
	if got := w.stands("zen", 2*time.Hour); !got.Silent || !got.SilentSince.Equal(noon.Add(200*time.Second)) {
		t.Errorf("it fell silent and is %+v", got)
	}

	// One that is minutes ahead was heard when it came.
	w.beat(acme, 400*time.Second, 130*time.Second)
	w.read(acme, 140*time.Second)
	if got := w.stands("acme", 410*time.Second); got.Silent || !got.LastHeartbeat.Equal(noon.Add(400*time.Second)) || !got.Heard.Equal(noon.Add(170*time.Second)) {
		t.Errorf("the appliance whose clock is ahead is %+v", got)
	}

	// Whoever takes over is told when each heartbeat came.
	raw, err := w.store.Raw(t.Context(), storage.RawQuery{Kinds: []sample.Kind{sample.KindHeartbeats}, Partition: partitionOf[zen], After: -1, Before: 1000})
	if err != nil || len(raw.Blocks) != 8 || raw.Blocks[0].CameMs != at(0) || raw.Blocks[7].SlotMs != at(2*time.Minute) || raw.Blocks[7].CameMs != at(200*time.Second) {
		t.Errorf("the heartbeats came in %+v, error %v", raw.Blocks, err)
	}
	streams, err := w.store.Streams(t.Context(), noon.Add(2*time.Hour))
	if err != nil || !slices.Equal(streams, []storage.Stream{
		{Partition: 3, Read: noon.Add(140 * time.Second), Step: 10 * time.Second}, {Partition: 4, Read: noon.Add(260 * time.Second), Step: 10 * time.Second},
	}) {
		t.Errorf("the streams are %+v, error %v", streams, err)
	}
	if streams, err = w.store.Streams(t.Context(), noon.Add(30*24*time.Hour)); err != nil || len(streams) != 0 {
		t.Errorf("a month later there are the streams %+v, error %v", streams, err)
	}
}
