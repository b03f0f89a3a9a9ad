package processors

import (
	"log/slog"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/processors/utilization"
	"mimamori/storage"
)

// TestChangedRulesReachKnownInterfaces takes a partition up with other rules than those
// its interfaces were first seen under, against a real store: they hold at once, and a
// later identity outranks them.
func TestChangedRulesReachKnownInterfaces(t *testing.T) {
	p := newPipeline(t)
	if err := p.store.SaveRegistry(t.Context(), fleetRegistry()); err != nil {
		t.Fatal(err)
	}
	const device, port = sample.ID(71), sample.ID(72)
	slot := time.Now().Add(-time.Hour).UnixMilli()
	identity := func(offset int64, alias string) *storage.Batch {
		origin := storage.Origin{
			Customer: []sample.ID{customer}, Site: []sample.ID{site}, Appliance: []sample.ID{fleetAppliance(0)},
			SlotMs: []int64{slot + offset}, Offset: []int64{offset},
		}
		return &storage.Batch{
			Source: storage.Source{Incarnation: "topic1", Topic: bus.TopicTelemetry, Partition: 3, First: offset, Last: offset},
			Tables: map[sample.Kind]*storage.Table{sample.KindInterfaceIdentities: {Origin: origin, Rows: &sample.InterfaceIdentities{
				Device: []sample.ID{device}, Interface: []sample.ID{port}, IfIndex: []uint32{1}, IfType: []uint32{6}, MTU: []uint32{1500},
				Name: []string{"Gi0/0"}, Alias: []string{alias}, Description: []string{""}, PhysAddress: []string{""}, SpeedBps: []uint64{1e9},
			}}},
		}
	}
	takeUp := func(first int64, rules ...utilization.Rule) []figure {
		t.Helper()
		processor, _ := newProcessor(t, func(c *Config) { c.Utilization.Rules = rules }, nil, p.store)
		w := &worker{
			Processor: processor, claim: &stream{Claim: newLog(bus.TopicTelemetry)}, logger: slog.New(slog.DiscardHandler), store: p.store, next: first,
			batch: &batch{Batch: storage.Batch{Source: storage.Source{Incarnation: "topic1", Topic: bus.TopicTelemetry, Partition: 3, First: first}}},
		}
		if err := w.take(t.Context(), processor.ours, true); err != nil {
			t.Fatal(err)
		}
		if err := w.writeLinks(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.figures
	}
	process := func(figures []figure, batch *storage.Batch) {
		t.Helper()
		if err := p.store.WriteRaw(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		var derived storage.Derived
		if err := figures[0].Process(t.Context(), batch, &derived); err != nil {
			t.Fatal(err)
		}
		derived.Utilization = storage.Utilization{
			Customer: []sample.ID{customer}, Site: []sample.ID{site}, Device: []sample.ID{device}, Interface: []sample.ID{port},
			EndMs: []int64{slot}, IntervalMs: []uint32{1000}, InBits: []uint64{1}, OutBits: []uint64{1}, InPackets: []uint64{1}, OutPackets: []uint64{1},
			InBroadcast: []uint64{0}, OutBroadcast: []uint64{0}, InMulticast: []uint64{0}, OutMulticast: []uint64{0},
			InErrors: []uint64{0}, OutErrors: []uint64{0}, InDiscards: []uint64{0}, OutDiscards: []uint64{0},
			SpeedBps: []uint64{1e9}, AdminStatus: []uint8{1}, OperStatus: []uint8{1}, Gap: []storage.Gap{storage.GapNone}, Offset: []int64{batch.Source.First},
		}
		if err := p.store.WriteDerived(t.Context(), batch.Source, &derived); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(when string, want storage.LinkProfile) {
		t.Helper()
		links, err := p.store.Utilization(t.Context(), storage.Query{Scope: storage.EveryCustomer(),
			From: time.UnixMilli(slot).Add(-time.Minute), To: time.UnixMilli(slot).Add(time.Minute)})
		if err != nil || len(links) != 1 || links[0].LinkProfile != want {
			t.Errorf("%s: %+v, error %v, want %+v", when, links, err, want)
		}
	}
	radio := utilization.Rule{Rule: "radio", Alias: "radio", Kind: "wan", Duplex: "half", Tx: "10M"}
	process(takeUp(0), identity(10, "radio"))
	expect("without a rule", storage.LinkProfile{})
	takeUp(11, radio)
	expect("with a rule", storage.LinkProfile{Kind: storage.LinkWAN, HalfDuplex: true, TxBps: 10e6, Rule: "radio"})
	faster := radio
	faster.Tx = "20M"
	takeUp(11, faster) // nothing has come meanwhile
	expect("with another", storage.LinkProfile{Kind: storage.LinkWAN, HalfDuplex: true, TxBps: 20e6, Rule: "radio"})
	process(takeUp(12, faster), identity(12, "desks"))
	expect("once it has another alias", storage.LinkProfile{})
	takeUp(12, radio) // a processor that is behind
	expect("after a processor that is behind", storage.LinkProfile{})
}
