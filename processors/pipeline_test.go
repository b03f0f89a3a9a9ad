package processors

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	broker "mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
	"mimamori/storage/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// pipeline is a real broker and a real store.
type pipeline struct {
	client *kafka.Client
	store  *clickhouse.Store
}

func newPipeline(t testing.TB) *pipeline {
	t.Helper()
	return &pipeline{openClient(t, startBroker(t)), openStore(t, embeddedtest.Start(t), clickhouse.DefaultConfig().Database)}
}

// openStore returns a store in a database of an engine, with its tables made.
func openStore(t testing.TB, endpoint embedded.Endpoint, database string) *clickhouse.Store {
	t.Helper()
	cfg := clickhouse.DefaultConfig()
	cfg.Address, cfg.Password, cfg.Protocol, cfg.Database = endpoint.Address, endpoint.Token, clickhouse.ProtocolHTTP, database
	store, err := clickhouse.Open(t.Context(), cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

// openClient returns a client of a broker, with the topics made.
func openClient(t testing.TB, connection bus.Config) *kafka.Client {
	t.Helper()
	client, err := kafka.Open(connection, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := client.EnsureTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	return client
}

func startBroker(t testing.TB) bus.Config {
	t.Helper()
	directory, err := os.MkdirTemp("", "bus") // short enough for a socket in it
	if err != nil {
		t.Fatal(err)
	}
	cfg := broker.DefaultConfig()
	cfg.Directory, cfg.SyncWrites = directory, false
	server, err := broker.New(cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(directory); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-server.Ready():
	case err := <-done:
		done <- nil
		t.Fatal(err)
	}
	client := bus.DefaultConfig()
	client.Brokers = server.Addresses()
	client.Partitions.Telemetry, client.Partitions.Logs = 2, 1
	client.SessionTimeout, client.HeartbeatInterval = 6*time.Second, 200*time.Millisecond
	return client
}

// plug stands between a processor and everything else. Once pulled, nothing the
// processor does has an effect or succeeds, as when its machine lost power.
type plug struct {
	*pipeline
	journal *journal
	mutex   sync.Mutex
	left    int // calls until it is pulled
	half    bool
}

// journal remembers which batches reached the store. One may come again exactly as it
// was, which the store knows by its token; one that overlaps another would be written
// twice, and only merging would hide that.
type journal struct {
	mutex    sync.Mutex
	sources  []storage.Source
	rows     []int
	problems []string
}

func (j *journal) note(batch *storage.Batch) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	source, rows := batch.Source, batch.Rows()
	for i, old := range j.sources {
		switch {
		case old == source && j.rows[i] == rows:
			return
		case old.Topic == source.Topic && old.Partition == source.Partition && old.First <= source.Last && source.First <= old.Last:
			j.problems = append(j.problems, fmt.Sprintf("%s with %d rows overlaps %s with %d rows", source, rows, old, j.rows[i]))
		}
	}
	j.sources, j.rows = append(j.sources, source), append(j.rows, rows)
}

var errPulled = errors.New("the plug is pulled")

// through lets a call through, or not. The call at which the plug is pulled may have
// its effect without the processor learning of it.
func (p *plug) through(call func() error) error {
	p.mutex.Lock()
	p.left--
	left := p.left
	p.mutex.Unlock()
	if left < 0 || left == 0 && !p.half {
		return errPulled
	}
	err := call()
	if left == 0 {
		return errPulled
	}
	return err
}

type pluggedClaim struct {
	bus.Claim
	plug *plug
}

func (c pluggedClaim) Commit(ctx context.Context, offset int64, metadata string) error {
	return c.plug.through(func() error { return c.Claim.Commit(ctx, offset, metadata) })
}

type pluggedBus struct {
	*kafka.Client
	plug *plug
}

func (b pluggedBus) Consume(ctx context.Context, group string, topics []string, own func(context.Context, bus.Claim) error) error {
	return b.Client.Consume(ctx, group, topics, func(ctx context.Context, claim bus.Claim) error {
		return own(ctx, pluggedClaim{claim, b.plug})
	})
}

type pluggedStore struct {
	*clickhouse.Store
	plug *plug
}

func (s pluggedStore) WriteRaw(ctx context.Context, batch *storage.Batch) error {
	return s.plug.through(func() error {
		s.plug.journal.note(batch)
		return s.Store.WriteRaw(ctx, batch)
	})
}

func (s pluggedStore) WriteDerived(ctx context.Context, source storage.Source, derived *storage.Derived) error {
	return s.plug.through(func() error { return s.Store.WriteDerived(ctx, source, derived) })
}

// start runs a processor until stop is called.
func (p *plug) start(t testing.TB, change func(*Config)) (processor *Processor, stop func()) {
	t.Helper()
	cfg := DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	processor, err := New(cfg, pluggedBus{p.client, p}, pluggedStore{p.store, p}, fleetRegistry(), slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- processor.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return processor, stop
}

const fleetAppliances = 6

func fleetAppliance(i int) sample.ID {
	return sample.ApplianceID("acme", "tokyo", fmt.Sprint(i%fleetAppliances))
}

func fleetRegistry() storage.Registry {
	registry := storage.Registry{
		Customers: []storage.Customer{{ID: customer, Name: "acme"}},
		Sites:     []storage.Site{{ID: site, Customer: customer, Name: "tokyo"}},
	}
	for i := range fleetAppliances {
		registry.Appliances = append(registry.Appliances, storage.Appliance{ID: fleetAppliance(i), Customer: customer, Site: site, Name: fmt.Sprint(i)})
	}
	return registry
}

// produce sends one block of interface rows and one of ping rows for each round and
// appliance.
func (p *pipeline) produce(t testing.TB, start time.Time, rounds, perBlock int, pings bool) (rows, bits uint64) {
	t.Helper()
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	random := mathrand.New(mathrand.NewPCG(1, 2))
	var messages []bus.Message
	size := 0
	send := func() {
		if err := p.client.Produce(t.Context(), bus.TopicTelemetry, messages...); err != nil {
			t.Fatal(err)
		}
		messages, size = nil, 0
	}
	add := func(by sample.ID, slot int64, content sample.Rows) {
		header := sample.Header{Appliance: by, Slot: slot}
		rand.Read(header.UUID[:])
		value, err := encoder.Encode(nil, header, content)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, bus.Message{Key: bus.Key(by), Value: value})
		rows += uint64(content.Len())
		if size += len(value); size > 4<<20 {
			send()
		}
	}
	for round := range rounds {
		slot := start.Add(time.Duration(round) * 5 * time.Second).UnixMilli()
		for i := range fleetAppliances {
			by := fleetAppliance(i)
			content := interfaces(perBlock)
			for j := range perBlock {
				content.Device[j] = by + uint64(j/20)
				content.Interface[j] = by + uint64(j)
				content.OffsetMs[j] = uint32(j/20*37) % 5000
				content.UptimeStart[j], content.UptimeEnd[j] = uint32(500*round), uint32(500*round+500)
				in, out := random.Uint64N(1e8), random.Uint64N(1e8)
				content.InOctets[j], content.OutOctets[j] = in, out
				content.InUcastPkts[j], content.OutUcastPkts[j] = in/700, out/700
				content.InErrors[j], content.OutErrors[j], content.InDiscards[j], content.OutDiscards[j] = 0, 0, 0, 0
				bits += 8 * in
			}
			add(by, slot, content)
			if !pings {
				continue
			}
			content2 := &sample.Pings{}
			for j := range perBlock / 20 {
				content2.Device = append(content2.Device, by+uint64(j))
				content2.OffsetMs = append(content2.OffsetMs, uint32(j))
				content2.IntervalMs = append(content2.IntervalMs, 5000)
				content2.Attempt = append(content2.Attempt, 1)
				content2.Sent = append(content2.Sent, 3)
				content2.Received = append(content2.Received, 3)
				content2.ICMPError = append(content2.ICMPError, 0)
				content2.ICMPCode, content2.ErrorFrom = append(content2.ICMPCode, 0), append(content2.ErrorFrom, "")
				content2.Duplicates, content2.Reordered, content2.ReplyTTL = append(content2.Duplicates, 0), append(content2.Reordered, 0), append(content2.ReplyTTL, 64)
				content2.RTT.Append(900, 1000, 1100)
			}
			add(by, slot, content2)
		}
	}
	if len(messages) > 0 {
		send()
	}
	return rows, bits
}

// await waits until a condition holds.
func await(t testing.TB, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(limit); !condition(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain: %s", limit, what)
		}
	}
}

// Whatever moment the power fails at: no row is lost, none is written twice.
func TestPowerFailuresLoseAndDoubleNothing(t *testing.T) {
	p := newPipeline(t)
	if err := p.store.SaveRegistry(t.Context(), fleetRegistry()); err != nil {
		t.Fatal(err)
	}
	start := time.Now().UTC().Truncate(time.Hour).Add(-time.Hour)
	rows, bits := p.produce(t, start, 60, 100, true)
	random := mathrand.New(mathrand.NewPCG(3, 4))
	quick := func(c *Config) {
		// Cut otherwise each time, so that a batch is the same only if it was promised.
		c.BatchRows, c.BatchLinger, c.TickInterval = 300+random.IntN(2000), 20*time.Millisecond, time.Minute
		c.RetryBackoff, c.RetryLongest, c.DrainTimeout = 5*time.Millisecond, 20*time.Millisecond, 100*time.Millisecond
	}
	written := &journal{}
	for range 12 {
		pulled := &plug{pipeline: p, journal: written, left: 1 + random.IntN(12), half: random.IntN(2) == 0}
		_, stop := pulled.start(t, quick)
		await(t, 30*time.Second, "the plug is never pulled", func() bool {
			pulled.mutex.Lock()
			defer pulled.mutex.Unlock()
			return pulled.left < 0
		})
		stop()
	}
	last := &plug{pipeline: p, journal: written, left: 1 << 30}
	processor, stop := last.start(t, quick)
	await(t, 60*time.Second, "the rest is never written", func() bool {
		stored, err := p.store.RawRows(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return stored >= rows && processor.Lag() == 0
	})
	stop()
	for _, problem := range written.problems {
		t.Error(problem)
	}
	// A batch that was written twice is there twice until its parts are merged.
	if err := clickhouse.Merge(t.Context(), p.store); err != nil {
		t.Fatal(err)
	}
	if stored, err := p.store.RawRows(t.Context()); err != nil || stored != rows {
		t.Errorf("%d raw rows are stored, %d were sent, error %v", stored, rows, err)
	}
	end := start.Add(time.Hour)
	links, err := p.store.Utilization(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: start.Add(-time.Minute), To: end})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, link := range links {
		sum += link.InBits
		if len(link.Gaps) > 0 {
			t.Errorf("gaps %v", link.Gaps)
		}
	}
	if len(links) != fleetAppliances*100 || sum < 0.9999999*float64(bits) || sum > 1.0000001*float64(bits) {
		t.Errorf("%d interfaces carried %.0f bits, want %d and %d", len(links), sum, fleetAppliances*100, bits)
	}
	devices, err := p.store.Availability(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: start, To: start.Add(5 * time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	if len(devices) != fleetAppliances*5 {
		t.Errorf("%d devices have states, want %d", len(devices), fleetAppliances*5)
	}
	for _, device := range devices {
		if percent, known := device.Percent(); !known || percent != 100 || len(device.Outages) != 0 {
			t.Errorf("availability %.3f %%, outages %+v", percent, device.Outages)
		}
	}
}

// pings is one device's ping rounds on the stream, with the ticks between them.
type pings struct {
	*pipeline
	t       *testing.T
	encoder *sample.Encoder
	start   time.Time
	sent    uint64
}

func (s *pings) send(slot time.Time, by sample.ID, rows sample.Rows, to func(bus.Message) error) {
	s.t.Helper()
	header := sample.Header{Appliance: by, Slot: slot.UnixMilli()}
	rand.Read(header.UUID[:])
	value, err := s.encoder.Encode(nil, header, rows)
	if err != nil {
		s.t.Fatal(err)
	}
	message := bus.Message{Value: value}
	if by != 0 {
		message.Key = bus.Key(by)
	}
	if err := to(message); err != nil {
		s.t.Fatal(err)
	}
}

// round sends the round that is due so many seconds after the start.
func (s *pings) round(second int, answered bool) {
	s.t.Helper()
	rows := &sample.Pings{}
	for attempt := uint8(1); attempt == 1 || attempt == 2 && !answered; attempt++ {
		rows.Device = append(rows.Device, 77)
		rows.OffsetMs = append(rows.OffsetMs, 0)
		rows.IntervalMs = append(rows.IntervalMs, 5000)
		rows.Attempt = append(rows.Attempt, attempt)
		rows.Sent = append(rows.Sent, 3)
		rows.ICMPError = append(rows.ICMPError, 0)
		rows.ICMPCode, rows.ErrorFrom = append(rows.ICMPCode, 0), append(rows.ErrorFrom, "")
		rows.Duplicates, rows.Reordered, rows.ReplyTTL = append(rows.Duplicates, 0), append(rows.Reordered, 0), append(rows.ReplyTTL, 64)
		if answered {
			rows.Received = append(rows.Received, 3)
			rows.RTT.Append(900, 1000, 1100)
			continue
		}
		rows.Received = append(rows.Received, 0)
		rows.RTT.Append()
	}
	s.sent += uint64(rows.Len())
	s.send(s.start.Add(time.Duration(second)*time.Second), fleetAppliance(0), rows, func(message bus.Message) error {
		return s.client.Produce(s.t.Context(), bus.TopicTelemetry, message)
	})
}

func (s *pings) tick(second int) {
	s.t.Helper()
	for partition := range 2 {
		s.send(s.start.Add(time.Duration(second)*time.Second), 0, &sample.Ticks{Sequence: []uint64{1}}, func(message bus.Message) error {
			return s.client.ProduceTo(s.t.Context(), bus.TopicTelemetry, partition, message)
		})
	}
}

// process runs a processor of its own until all rows are stored and the outages until
// a time, in seconds after the start, are those wanted.
func (s *pings) process(until int, want ...string) {
	s.t.Helper()
	whole := &plug{pipeline: s.pipeline, journal: &journal{}, left: 1 << 30}
	processor, stop := whole.start(s.t, func(c *Config) { c.BatchLinger, c.TickInterval = 50*time.Millisecond, time.Minute })
	await(s.t, 30*time.Second, "the pings are never processed", func() bool {
		stored, err := s.store.RawRows(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		return stored >= s.sent && processor.Lag() == 0 && slices.Equal(s.outages(until), want)
	})
	stop()
}

// outages tells what is stored until a time, in seconds after the start.
func (s *pings) outages(until int) (lines []string) {
	s.t.Helper()
	devices, err := s.store.Availability(s.t.Context(), storage.Query{
		Scope: storage.EveryCustomer(), From: s.start, To: s.start.Add(time.Duration(until) * time.Second),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, device := range devices {
		for _, outage := range device.Outages {
			lines = append(lines, fmt.Sprintf("%s %s %.0f-%.0f", outage.State, outage.Cause, outage.From.Sub(s.start).Seconds(), outage.To.Sub(s.start).Seconds()))
		}
	}
	return lines
}

// A backlog turns unknown into what it was, though the processor was another in the
// meantime.
func TestABacklogIsSettledInTheRealStore(t *testing.T) {
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	s := &pings{pipeline: newPipeline(t), t: t, encoder: encoder, start: time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour)}
	answered := func(second int) bool {
		return (second < 50 || second >= 80) && (second < 140 || second >= 155)
	}
	for second := 0; second < 200; second += 5 {
		if second < 120 || second >= 180 { // the rest is late
			s.round(second, answered(second))
		}
		if second%10 == 0 {
			s.tick(second + 6)
		}
	}
	s.process(200, "down no answer 50-80", "unknown silent 115-180")

	for second := 120; second < 180; second += 5 {
		s.round(second, answered(second))
	}
	s.process(200, "down no answer 50-80", "unknown silent 115-180") // dirty, and left to the next owner
	for second := 200; second < 260; second += 5 {
		s.round(second, answered(second))
		if second%10 == 0 {
			s.tick(second + 6)
		}
	}
	s.process(255, "down no answer 50-80", "down no answer 140-155")
}

// BenchmarkPipeline measures interface rows with 12 counters each from the embedded
// broker to the embedded store, raw and with their utilization.
func BenchmarkPipeline(b *testing.B) {
	p := newPipeline(b)
	total, took := uint64(0), time.Duration(0)
	start := time.Now().UTC().Truncate(24 * time.Hour)
	for b.Loop() {
		rows, _ := p.produce(b, start, 300, 500, false)
		start = start.Add(-24 * time.Hour)
		whole := &plug{pipeline: p, journal: &journal{}, left: 1 << 30}
		processor, stop := whole.start(b, nil)
		await(b, time.Minute, "nothing is assigned", func() bool { return processor.Lag() > 0 })
		began := time.Now()
		await(b, 5*time.Minute, "the rows are never written", func() bool { return processor.Rows() >= rows })
		took += time.Since(began)
		stop()
		total += rows
	}
	b.ReportMetric(float64(total)/took.Seconds(), "rows/s")
	b.ReportMetric(0, "ns/op")
}
