package clickhouse

import (
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// lateStates are what pages say of the states of a customer's devices at a time, which all must be the same.
func (w *streamsWorld) lateStates(customer string, after time.Duration) storage.State {
	w.t.Helper()
	query := storage.Query{Scope: storage.EveryCustomer(), From: noon, To: noon.Add(after), Customer: customer}
	wall, err := w.store.Customers(w.t.Context(), query)
	if err != nil || len(wall) != 1 {
		w.t.Fatalf("%d customers, error %v", len(wall), err)
	}
	nodes, err := w.store.Topology(w.t.Context(), query)
	if err != nil || len(nodes) == 0 {
		w.t.Fatalf("%d devices, error %v", len(nodes), err)
	}
	devices, err := w.store.Availability(w.t.Context(), query)
	if err != nil || len(devices) == 0 {
		w.t.Fatalf("availability of %d devices, error %v", len(devices), err)
	}
	totals, err := w.store.AvailabilityTotals(w.t.Context(), query, true)
	if err != nil || len(totals) != len(devices) {
		w.t.Fatalf("totals of %d devices, error %v", len(totals), err)
	}
	query.Trouble = true
	troubled, err := w.store.Topology(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	unknown := 0
	for i := range devices {
		if devices[i].State == storage.StateUnknown {
			unknown++
		}
		if devices[i].State != totals[i].State || devices[i].UnknownMs != totals[i].UnknownMs {
			w.t.Errorf("%s at %s: one by one %+v, added up %+v", customer, after, devices[i], totals[i])
		}
	}
	if wall[0].Unknown != unknown || wall[0].Up+wall[0].Unknown != len(nodes) || len(troubled) != unknown {
		w.t.Errorf("%s at %s: on the wall %+v, %d of %d devices in trouble, availability says %d unknown", customer, after, wall[0], len(troubled), len(nodes), unknown)
	}
	return devices[0].State
}

// fresh says how new what is known of a customer's appliances is, of all with an empty name.
func (w *streamsWorld) fresh(customer string, after time.Duration) storage.Freshness {
	w.t.Helper()
	fresh, err := w.store.Newest(w.t.Context(), storage.Query{Scope: storage.EveryCustomer(), Customer: customer, From: noon, To: noon.Add(after)})
	if err != nil {
		w.t.Fatal(err)
	}
	return fresh
}

// testLateCentre: while the centre is late, what it shows is what it has read last, and it says as of when that is.
func testLateCentre(t *testing.T, config Config) {
	w := &streamsWorld{t: t, store: open(t, config)}
	populate(t, w.store)
	w.offset = 100
	derive(t, w.store, 3, 3, &storage.Derived{DeviceStates: []storage.DeviceState{state(router, storage.StateUp, 0, 3), state(toggle, storage.StateUp, 0, 3)}})
	other := state(zenRouter, storage.StateUp, 0, 3)
	other.Partition = partitionOf[zen]
	if err := w.store.WriteDerived(t.Context(), source(other.Partition, 3, 3), &storage.Derived{DeviceStates: []storage.DeviceState{other}}); err != nil {
		t.Fatal(err)
	}
	for after := time.Duration(0); after <= time.Minute; after += 10 * time.Second {
		w.beat(acme, after, after)
		w.beat(zen, after, after)
	}
	w.read(acme, time.Minute)
	w.read(zen, time.Minute)

	// All partitions are late.
	for _, customer := range []string{"acme", "zen"} {
		if got := w.lateStates(customer, 10*time.Minute); got != storage.StateUp {
			t.Errorf("devices of %s, of which nothing was read since, are %s", customer, got)
		}
		if got := w.fresh(customer, 10*time.Minute); got != (storage.Freshness{AsOf: noon.Add(time.Minute), Late: true}) {
			t.Errorf("what is known of %s is %+v", customer, got)
		}
	}
	// What nobody has read is no time in which a device was up.
	sums, err := w.store.Availability(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: noon, To: noon.Add(10 * time.Minute), Customer: "zen"})
	if err != nil || len(sums) != 1 || sums[0].UpMs != 60_000 || sums[0].UnknownMs != 540_000 || len(sums[0].Outages) != 1 || sums[0].Outages[0].Evidence != "the centre has not read it yet" || sums[0].Outages[0].Ongoing {
		t.Errorf("unread time counts as %+v, error %v", sums, err)
	}

	// One is read on: of the other customer it is known that it is late, of both together too.
	for after := 70 * time.Second; after <= 10*time.Minute; after += 10 * time.Second {
		w.beat(zen, after, after)
	}
	w.read(zen, 10*time.Minute)
	for customer, want := range map[string]storage.Freshness{
		"acme": {AsOf: noon.Add(time.Minute), Late: true}, "": {AsOf: noon.Add(time.Minute), Late: true}, "zen": {AsOf: noon.Add(10 * time.Minute)},
	} {
		if got := w.fresh(customer, 10*time.Minute+5*time.Second); got != want {
			t.Errorf("what is known of %q is %+v, want %+v", customer, got, want)
		}
	}
	if got := w.lateStates("acme", 10*time.Minute); got != storage.StateUp {
		t.Errorf("devices of a partition that is late are %s", got)
	}

	// Everything is read, and nobody said anything: that is silence.
	w.read(acme, 20*time.Minute)
	w.read(zen, 20*time.Minute)
	for _, customer := range []string{"acme", "zen"} {
		if got := w.lateStates(customer, 20*time.Minute); got != storage.StateUnknown {
			t.Errorf("devices of %s, which is silent, are %s", customer, got)
		}
	}
	if got := w.fresh("", 20*time.Minute); got != (storage.Freshness{AsOf: noon.Add(10 * time.Minute)}) {
		t.Errorf("of silent appliances is known %+v", got)
	}
	// Of times to come nothing is known.
	future := time.Since(noon) + time.Hour
	w.read(zen, 21*time.Minute)
	if got := w.lateStates("zen", future); got != storage.StateUnknown {
		t.Errorf("in an hour devices are %s", got)
	}
}

// testClockBehind: an appliance whose clock is behind is heard when it is heard.
func testClockBehind(t *testing.T, config Config) {
	w := &streamsWorld{t: t, store: open(t, config)}
	populate(t, w.store)
	w.offset = 100
	derive(t, w.store, 3, 3, &storage.Derived{DeviceStates: []storage.DeviceState{state(router, storage.StateUp, -time.Hour, 3), state(toggle, storage.StateUp, -time.Hour, 3)}})
	for after := time.Minute; after <= 2*time.Minute; after += 10 * time.Second {
		w.beat(acme, after-55*time.Second, after)
	}
	w.read(acme, 2*time.Minute)
	w.read(acme, 130*time.Second)
	if got := w.lateStates("acme", 131*time.Second); got != storage.StateUp {
		t.Errorf("devices behind a clock that is 55 s behind are %s", got)
	}
	// Its polls every few seconds are missed as little; the other customer's appliance reports as well.
	w.beat(zen, 2*time.Minute, 2*time.Minute)
	w.read(zen, 130*time.Second)
	polled := outcomes(told{device: router, started: -time.Hour, result: sample.OutcomeOK, asked: sample.AskedSNMP})
	polled.IntervalMs[0], polled.HoldsMs[0] = 10_000, 0
	w.say(acme, 2*time.Minute-55*time.Second, 2*time.Minute, polled)
	query := storage.Query{Scope: storage.EveryCustomer(), From: noon, To: noon.Add(131 * time.Second)}
	blind, err := w.store.BlindSpots(t.Context(), query, false)
	if err != nil || len(blind.Spots) != 0 {
		t.Errorf("blind are %+v, error %v", blind.Spots, err)
	}
	(&blindWorld{t: t, store: w.store}).viewed(query.To, blind)
	if got := w.fresh("acme", 131*time.Second); got != (storage.Freshness{AsOf: noon.Add(2 * time.Minute)}) {
		t.Errorf("what is known is %+v", got)
	}
}
