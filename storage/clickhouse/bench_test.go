package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func benchmarkStore(b *testing.B) *Store {
	config := servers(b)["embedded"]
	config.Database = "bench"
	store := open(b, config)
	populate(b, store)
	return store
}

// fleet is the interfaces of so many devices, 20 each, in the order a poller sends
// them.
func fleet(devices int) (device, port []sample.ID) {
	for d := range devices {
		id := sample.DeviceID("acme", "tokyo", fmt.Sprint(d))
		for p := range 20 {
			device = append(device, id)
			port = append(port, sample.InterfaceID(id, fmt.Sprint(p)))
		}
	}
	return device, port
}

// interfaceRows are a batch of 20 polls of 250 devices: 100,000 rows.
func interfaceRows() *storage.Table {
	random := rand.New(rand.NewPCG(1, 2))
	devices, ports := fleet(250)
	rows := &sample.Interfaces{}
	t := &storage.Table{Rows: rows}
	for poll := range 20 {
		for i := range devices {
			rows.Device = append(rows.Device, devices[i])
			rows.Interface = append(rows.Interface, ports[i])
			rows.OffsetMs = append(rows.OffsetMs, uint32(random.IntN(5000)))
			rows.IntervalMs = append(rows.IntervalMs, 4990+uint32(random.IntN(20)))
			rows.SpeedBps = append(rows.SpeedBps, 1_000_000_000)
			rows.AdminStatus = append(rows.AdminStatus, 1)
			rows.OperStatus = append(rows.OperStatus, 1)
			rows.Width = append(rows.Width, 64)
			rows.Evidence = append(rows.Evidence, 0)
			rows.UptimeStart = append(rows.UptimeStart, uint32(500*poll))
			rows.UptimeEnd = append(rows.UptimeEnd, uint32(500*poll+500))
			in, out := random.Uint64N(1e8), random.Uint64N(1e8)
			rows.InOctets, rows.OutOctets = append(rows.InOctets, in), append(rows.OutOctets, out)
			rows.InUcastPkts, rows.OutUcastPkts = append(rows.InUcastPkts, in/700), append(rows.OutUcastPkts, out/700)
			rows.InMulticastPkts = append(rows.InMulticastPkts, in%17)
			rows.OutMulticastPkts = append(rows.OutMulticastPkts, 0)
			rows.InBroadcastPkts = append(rows.InBroadcastPkts, in%5)
			rows.OutBroadcastPkts = append(rows.OutBroadcastPkts, 0)
			rows.InErrors, rows.OutErrors = append(rows.InErrors, 0), append(rows.OutErrors, 0)
			rows.InDiscards, rows.OutDiscards = append(rows.InDiscards, 0), append(rows.OutDiscards, 0)
			t.Customer = append(t.Customer, acme)
			t.Site = append(t.Site, acmeTokyo)
			t.Appliance = append(t.Appliance, acmeBox)
			t.SlotMs = append(t.SlotMs, at(time.Duration(poll)*5*time.Second))
			t.Offset = append(t.Offset, int64(poll*100+i/50))
		}
	}
	return t
}

func BenchmarkWriteInterfaces(b *testing.B) {
	store := benchmarkStore(b)
	rows := interfaceRows()
	n := rows.Rows.Len()
	b.ReportAllocs()
	first := int64(1000)
	for b.Loop() {
		write(b, store, first, first+999, rows)
		first += 1000
	}
	rate(b, n)
	b.StopTimer()
	var bytes, stored uint64
	err := store.query(b.Context(), "size", "SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE database = currentDatabase() AND table = 'raw_interfaces' AND active",
		nil, []any{&bytes, &stored}, func() {})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(bytes)/float64(stored), "bytes/row")
}

func rate(b *testing.B, rows int) {
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// utilizationRows are polls every 5 s until so long after noon.
func utilizationRows(devices int, from, to time.Duration) (u storage.Utilization) {
	device, port := fleet(devices)
	var all []poll
	for end := from; end < to; end += 5 * time.Second {
		for i := range device {
			all = append(all, poll{device: device[i], port: port[i], end: end + time.Duration(i%5000)*time.Millisecond,
				length: 5 * time.Second, in: uint64(i*7919+int(end/time.Second)*104729) % 1e9, offset: int64(end / time.Second)})
		}
	}
	u = polls(all...)
	for _, column := range [][]uint64{u.InErrors, u.OutErrors, u.InDiscards, u.OutDiscards} { // rare
		clear(column)
	}
	for i := range u.SpeedBps {
		u.SpeedBps[i] = 1_000_000_000
	}
	return u
}

func BenchmarkWriteUtilization(b *testing.B) {
	store := benchmarkStore(b)
	rows := utilizationRows(250, 0, 100*time.Second)
	derived := &storage.Derived{Utilization: rows}
	b.ReportAllocs()
	first := int64(1000)
	for b.Loop() {
		derive(b, store, first, first+999, derived)
		first += 1000
	}
	rate(b, len(rows.EndMs))
}

func BenchmarkWritePings(b *testing.B) {
	store := benchmarkStore(b)
	rows := &sample.Pings{}
	for i := range 100_000 {
		rows.Device = append(rows.Device, sample.ID(i%5000))
		rows.OffsetMs = append(rows.OffsetMs, uint32(i%5000))
		rows.IntervalMs = append(rows.IntervalMs, 5000)
		rows.Attempt, rows.Sent = append(rows.Attempt, 1), append(rows.Sent, 3)
		rows.Received, rows.ICMPError = append(rows.Received, 3), append(rows.ICMPError, 0)
		rows.ICMPCode, rows.ErrorFrom = append(rows.ICMPCode, 0), append(rows.ErrorFrom, "")
		rows.Duplicates, rows.Reordered, rows.ReplyTTL = append(rows.Duplicates, 0), append(rows.Reordered, 0), append(rows.ReplyTTL, 64)
		rows.RTT.Append(uint32(1000+i%777), uint32(1000+i%555), uint32(1000+i%333))
	}
	t := table(rows, at(0), 1, acme)
	for i := range t.SlotMs {
		t.SlotMs[i] += int64(i/5000) * 5000
	}
	b.ReportAllocs()
	first := int64(1000)
	for b.Loop() {
		write(b, store, first, first+999, t)
		first += 1000
	}
	rate(b, rows.Len())
}

// board is an hour of 200 devices with 20 interfaces each: 2.9 million polls.
func board(b *testing.B) *Store {
	store := benchmarkStore(b)
	const devices = 200
	offset := int64(1)
	for from := time.Duration(0); from < time.Hour; from += 2 * time.Minute {
		derive(b, store, offset, offset, &storage.Derived{Utilization: utilizationRows(devices, from, from+2*time.Minute)})
		offset++
	}
	derived := &storage.Derived{}
	known, pings := &sample.Devices{}, &sample.Pings{}
	identities := &sample.InterfaceIdentities{}
	device, port := fleet(devices)
	for i := range device {
		identities.Device = append(identities.Device, device[i])
		identities.Interface = append(identities.Interface, port[i])
		identities.IfIndex, identities.IfType = append(identities.IfIndex, 1), append(identities.IfType, 6)
		identities.MTU = append(identities.MTU, 1500)
		identities.Name, identities.Alias = append(identities.Name, fmt.Sprint("Gi0/", i%20)), append(identities.Alias, "")
		identities.Description, identities.PhysAddress = append(identities.Description, ""), append(identities.PhysAddress, "")
		identities.SpeedBps = append(identities.SpeedBps, 1_000_000_000)
		derived.Links = append(derived.Links, storage.Link{Customer: acme, Site: acmeTokyo, Device: device[i], Interface: port[i], LinkProfile: storage.LinkProfile{Kind: storage.LinkKind(bit(i%20 == 0))}})
	}
	for d := range devices {
		id := device[20*d]
		known.Device, known.Behind = append(known.Device, id), append(known.Behind, 0)
		known.Name, known.Address = append(known.Name, fmt.Sprint("device-", d)), append(known.Address, "10.0.0.1")
		known.SysObjectID, known.SysName, known.SysDescr = append(known.SysObjectID, ""), append(known.SysName, ""), append(known.SysDescr, "")
		for n := range int64(10) {
			derived.DeviceStates = append(derived.DeviceStates, state(id, storage.StateUp, time.Duration(n)*time.Minute, n))
			derived.Intervals = append(derived.Intervals, interval(id, time.Duration(n)*time.Minute, time.Duration(n)*time.Minute+time.Second, storage.StateDown, storage.Version{Offset: n}))
		}
		for n := range 720 {
			pings.Device, pings.OffsetMs = append(pings.Device, id), append(pings.OffsetMs, uint32(n)*5000)
			pings.IntervalMs, pings.Attempt = append(pings.IntervalMs, 5000), append(pings.Attempt, 1)
			pings.Sent, pings.Received, pings.ICMPError = append(pings.Sent, 3), append(pings.Received, 3), append(pings.ICMPError, 0)
			pings.ICMPCode, pings.ErrorFrom = append(pings.ICMPCode, 0), append(pings.ErrorFrom, "")
			pings.Duplicates, pings.Reordered, pings.ReplyTTL = append(pings.Duplicates, 0), append(pings.Reordered, 0), append(pings.ReplyTTL, 64)
			pings.RTT.Append(1, 2, 3)
		}
	}
	for path := range sample.ID(10) {
		for n := range 60 {
			derived.VoiceMinutes = append(derived.VoiceMinutes, storage.VoiceMinute{Customer: acme, Site: acmeTokyo, Path: path, MinuteMs: at(time.Duration(n) * time.Minute)})
		}
	}
	derive(b, store, 5000, 5000, derived)
	write(b, store, 5000, 5000, table(known, at(0), 5000, acme), table(identities, at(0), 5000, acme), table(pings, at(0), 5000, acme))
	return store
}

func benchmarkQuery(b *testing.B, length time.Duration, ask func(*Store, storage.Query) (int, error)) {
	store := board(b)
	query := storage.Query{Scope: storage.EveryCustomer(), From: noon.Add(time.Hour - length), To: noon.Add(time.Hour)}
	for b.Loop() {
		if n, err := ask(store, query); err != nil || n == 0 {
			b.Fatalf("%d rows, error %v", n, err)
		}
	}
}

func BenchmarkUtilizationQuery(b *testing.B) {
	ask := func(store *Store, query storage.Query) (int, error) {
		rows, err := store.Utilization(b.Context(), query)
		return len(rows), err
	}
	b.Run("last 30 s of 4000 interfaces", func(b *testing.B) { benchmarkQuery(b, 30*time.Second, ask) })
	b.Run("an hour by the minute of one device", func(b *testing.B) {
		benchmarkQuery(b, time.Hour, func(store *Store, query storage.Query) (int, error) {
			query.Device, query.Step = "device-7", time.Minute
			return ask(store, query)
		})
	})
}

func BenchmarkBoard(b *testing.B) {
	b.Run("availability", func(b *testing.B) {
		benchmarkQuery(b, 5*time.Minute, func(store *Store, query storage.Query) (int, error) {
			rows, err := store.Availability(b.Context(), query)
			return len(rows), err
		})
	})
	b.Run("devices", func(b *testing.B) {
		benchmarkQuery(b, 5*time.Minute, func(store *Store, query storage.Query) (int, error) {
			rows, err := store.Devices(b.Context(), query)
			return len(rows), err
		})
	})
	b.Run("voice", func(b *testing.B) {
		benchmarkQuery(b, 3*time.Minute, func(store *Store, query storage.Query) (int, error) {
			rows, err := store.Voice(b.Context(), query)
			return len(rows), err
		})
	})
}
