package rollup

import (
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// world is a stream of polls, the store they went to, and what was measured.
type world struct {
	*testing.T
	store    *clickhouse.Store
	random   *rand.Rand
	figure   *Figure
	start    time.Time
	tickMs   int64
	measured map[sample.ID]map[int64]float64 // bits by site and hour
}

var worldSites = []sample.ID{sample.SiteID("acme", "tokyo"), sample.SiteID("acme", "osaka")}

// newWorld is a world on an empty store.
func newWorld(t *testing.T) *world {
	t.Helper()
	endpoint := embeddedtest.Start(t)
	config := clickhouse.DefaultConfig()
	config.Address, config.Password, config.Protocol = endpoint.Address, endpoint.Token, clickhouse.ProtocolHTTP
	config.Database = "rolled"
	store, err := clickhouse.Open(t.Context(), config, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, store: store, random: rand.New(rand.NewPCG(1, 2)), measured: map[sample.ID]map[int64]float64{},
		start: time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -4)}
	for _, site := range worldSites {
		w.measured[site] = map[int64]float64{}
	}
	return w
}

// TestAnswersAreWhatWasMeasured runs three days through the real store: one before there
// were rollups, then with rows that come late, batches that are made twice and owners
// that change. Whatever is added up or not, an answer is what was measured until then.
func TestAnswersAreWhatWasMeasured(t *testing.T) {
	w := newWorld(t)
	w.announce()
	const perBatch = 30 * time.Minute
	offset := int64(10)
	for at := time.Duration(0); at < 24*time.Hour; at += perBatch {
		w.write(offset, w.polls(offset, at, perBatch))
		offset += 10
	}
	w.restore(offset)
	if w.figure.sites[place{sample.CustomerID("acme"), worldSites[0]}] != storage.NotRolled {
		t.Fatalf("the sites are %v: want a past that is not added up", w.figure.sites)
	}
	for at := 24 * time.Hour; at < 76*time.Hour; at += perBatch {
		if at == 40*time.Hour {
			at += 3 * time.Hour // nobody polled
		}
		rows := w.polls(offset, at, perBatch)
		now := w.start.Add(at + perBatch).UnixMilli()
		attempts := 1 + w.random.IntN(4)/3
		for range attempts {
			derived := &storage.Derived{Utilization: rows}
			if err := w.figure.Process(t.Context(), w.batch(offset, now), derived); err != nil {
				t.Fatal(err)
			}
			w.write(offset, derived)
			if attempts > 1 || w.random.IntN(10) == 0 {
				w.restore(offset) // as whoever makes the batch again
			}
		}
		if attempts > 1 {
			if err := w.figure.Process(t.Context(), w.batch(offset, now), &storage.Derived{Utilization: rows}); err != nil {
				t.Fatal(err)
			}
		}
		w.tickMs = now
		if offset += 10; offset%100 == 0 {
			w.compare(at + perBatch)
		}
	}
	w.compare(76 * time.Hour)
	for at, since := range w.figure.sites {
		if since != 0 {
			t.Errorf("site %x is added up since %d only", at.site, since)
		}
	}
	if hours, days := len(w.figure.hours.dirty), len(w.figure.days.dirty); hours > 6 || days > 2 {
		t.Errorf("%d hours and %d days are still dirty", hours, days)
	}
}

// announce names the devices, so that the store knows of the sites.
func (w *world) announce() {
	w.Helper()
	devices := &sample.Devices{}
	table := &storage.Table{Rows: devices}
	for i, site := range worldSites {
		devices.Device, devices.Behind = append(devices.Device, sample.ID(100+i)), append(devices.Behind, 0)
		devices.Name, devices.Address = append(devices.Name, "router"), append(devices.Address, "")
		devices.SysObjectID, devices.SysName, devices.SysDescr = append(devices.SysObjectID, ""), append(devices.SysName, ""), append(devices.SysDescr, "")
		table.Customer, table.Site = append(table.Customer, sample.CustomerID("acme")), append(table.Site, site)
		table.Appliance, table.SlotMs, table.Offset = append(table.Appliance, 1), append(table.SlotMs, w.start.UnixMilli()), append(table.Offset, 1)
	}
	batch := &storage.Batch{Source: w.source(1), Tables: map[sample.Kind]*storage.Table{sample.KindDevices: table}}
	if err := w.store.WriteRaw(w.Context(), batch); err != nil {
		w.Fatal(err)
	}
}

func (w *world) source(first int64) storage.Source {
	return storage.Source{Incarnation: "i", Topic: "telemetry", Partition: 3, First: first, Last: first + 9}
}

func (w *world) batch(first, nowMs int64) *storage.Batch {
	return &storage.Batch{Source: w.source(first), Blocks: []storage.Block{{Kind: sample.KindTicks, SlotMs: nowMs, Offset: first + 9}}}
}

func (w *world) write(first int64, rows any) {
	w.Helper()
	derived, whole := rows.(*storage.Derived)
	if !whole {
		derived = &storage.Derived{Utilization: rows.(storage.Utilization)}
	}
	if err := w.store.WriteDerived(w.Context(), w.source(first), derived); err != nil {
		w.Fatal(err)
	}
}

func (w *world) restore(first int64) {
	w.Helper()
	var err error
	if w.figure, err = New(DefaultConfig(), w.store, 3); err != nil {
		w.Fatal(err)
	}
	if err := w.figure.Restore(w.Context(), first, w.tickMs); err != nil {
		w.Fatal(err)
	}
}

// polls are those of a stretch of time, and now and then some of a day before.
func (w *world) polls(offset int64, at, length time.Duration) (u storage.Utilization) {
	for i, site := range worldSites {
		for range 20 {
			end := w.start.Add(at + time.Duration(w.random.Int64N(int64(length))))
			if w.random.IntN(60) == 0 {
				end = end.Add(-time.Duration(w.random.Int64N(int64(20 * time.Hour))))
			}
			interval := uint32(1 + w.random.IntN(9*60_000))
			bits := w.random.Uint64N(1 << 40)
			from := max(end.UnixMilli()-int64(interval), w.start.UnixMilli())
			for hour := floor(from, hourMs); hour < end.UnixMilli(); hour += hourMs {
				overlap := min(end.UnixMilli(), hour+hourMs) - max(from, hour)
				w.measured[site][hour] += float64(bits) * float64(overlap) / float64(interval)
			}
			u.Customer, u.Site = append(u.Customer, sample.CustomerID("acme")), append(u.Site, site)
			u.Device, u.Interface = append(u.Device, sample.ID(100+i)), append(u.Interface, sample.ID(w.random.IntN(3)+3*i))
			u.EndMs, u.IntervalMs, u.Offset = append(u.EndMs, end.UnixMilli()), append(u.IntervalMs, interval), append(u.Offset, offset)
			u.InBits = append(u.InBits, bits)
			for _, column := range []*[]uint64{&u.OutBits, &u.InPackets, &u.OutPackets, &u.InBroadcast, &u.OutBroadcast, &u.InMulticast, &u.OutMulticast,
				&u.InErrors, &u.OutErrors, &u.InDiscards, &u.OutDiscards, &u.SpeedBps} {
				*column = append(*column, 0)
			}
			u.AdminStatus, u.OperStatus = append(u.AdminStatus, 1), append(u.OperStatus, 1)
			u.Gap = append(u.Gap, storage.GapNone)
		}
	}
	return u
}

// compare asks for all the time until so long after the start.
func (w *world) compare(until time.Duration) {
	w.Helper()
	for _, step := range []time.Duration{0, time.Hour, 24 * time.Hour} {
		query := storage.Query{Scope: storage.EveryCustomer(), From: w.start, To: w.start.Add(until), Step: step}
		rows, err := w.store.Utilization(w.Context(), query)
		if err != nil {
			w.Fatal(err)
		}
		got, want := map[int64]float64{}, map[int64]float64{}
		bucket := func(ms int64) int64 {
			if step == 0 {
				return w.start.UnixMilli()
			}
			return floor(ms, step.Milliseconds())
		}
		for _, row := range rows {
			got[row.Start.UnixMilli()] += row.InBits
		}
		for _, hours := range w.measured {
			for hour, bits := range hours {
				want[bucket(hour)] += bits
			}
		}
		for start, bits := range want {
			if math.Abs(got[start]-bits) > 1e-9*bits {
				w.Fatalf("after %s by %s: %s has %v bits, want %v", until, step, time.UnixMilli(start).UTC(), got[start], bits)
			}
		}
	}
}
