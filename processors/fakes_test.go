package processors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

var (
	customer  = sample.CustomerID("acme")
	site      = sample.SiteID("acme", "tokyo")
	appliance = applianceOf("tokyo", 3)
	registry  = storage.Registry{Appliances: []storage.Appliance{{ID: appliance, Customer: customer, Site: site, Name: "a1"}}}
)

// slotMs is an hour after the time at which a bubble of synctest begins.
const slotMs = 946_688_400_000

// log is a partition in memory, and its claim and its bus.
type log struct {
	topic string

	mutex    sync.Mutex
	messages []bus.Message
	at       int64
	position bus.Position
	commits  []bus.Position
	commit   func() error // nil: succeeds
	produced map[string][]bus.Message
	changed  chan struct{}
	silent   int // so many reads go unanswered
	letters  int // calls that produced dead letters
	largest  int // bytes a produced message may have, 0 any

	fallsBack bool // what lies behind the end is read from the first message
}

func newLog(topic string, messages ...bus.Message) *log {
	l := &log{topic: topic, position: bus.Position{Offset: bus.NoOffset}, produced: map[string][]bus.Message{}, changed: make(chan struct{}, 1)}
	for i := range messages {
		messages[i].Offset = int64(i)
	}
	l.messages = messages
	return l
}

func (l *log) Topic() string          { return l.topic }
func (l *log) Partition() int         { return 3 }
func (l *log) Position() bus.Position { return l.position }

func (l *log) HighWatermark() int64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.silent > 0 {
		return bus.NoOffset
	}
	return int64(len(l.messages))
}
func (l *log) Seek(offset bus.Offset) { l.at = max(offset, 0) }

func (l *log) Read(ctx context.Context, maxBytes int, wait time.Duration) ([]bus.Message, error) {
	l.mutex.Lock()
	if l.fallsBack && l.at > int64(len(l.messages)) {
		l.at = 0
	}
	rest := l.messages[min(l.at, int64(len(l.messages))):]
	if l.silent > 0 {
		l.silent--
		rest = nil
	}
	l.mutex.Unlock()
	if len(rest) == 0 {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(wait):
			return nil, nil
		}
	}
	rest = slices.Clone(rest[:min(len(rest), 7)]) // the reader may count otherwise
	l.at = rest[len(rest)-1].Offset + 1
	return rest, nil
}

func (l *log) Commit(_ context.Context, offset int64, metadata string) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.commit != nil {
		if err := l.commit(); err != nil {
			return err
		}
	}
	l.position = bus.Position{Offset: offset, Metadata: metadata}
	l.commits = append(l.commits, l.position)
	return nil
}

func (l *log) Consume(ctx context.Context, _ string, _ []string, own func(context.Context, bus.Claim) error) error {
	if l.position.Offset != bus.NoOffset {
		l.at = l.position.Offset
	}
	return own(ctx, l)
}

func (l *log) Produce(_ context.Context, topic string, messages ...bus.Message) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, message := range messages {
		if l.largest > 0 && len(message.Value) > l.largest {
			return bus.ErrTooLarge
		}
	}
	if topic == bus.TopicDeadLetter {
		l.letters++
	}
	l.produced[topic] = append(l.produced[topic], messages...)
	return nil
}

func (l *log) ProduceTo(ctx context.Context, topic string, partition int, messages ...bus.Message) error {
	return l.Produce(ctx, fmt.Sprintf("%s-%d", topic, partition), messages...)
}

func (l *log) Incarnation(context.Context, string) (string, error) { return "topic1", nil }
func (l *log) Partitions(context.Context, string) (int, error)     { return partitions, nil }

// partitions are those of the topics of which a log is number 3.
const partitions = 4

// applianceOf is the first appliance of a site whose messages belong to a partition.
func applianceOf(site string, partition int) sample.ID {
	for i := 1; ; i++ {
		if id := sample.ApplianceID("acme", site, fmt.Sprint("a", i)); bus.PartitionOf(bus.Key(id), partitions) == partition {
			return id
		}
	}
}

// tape is a store that keeps what it is told to write, and knows nothing.
type tape struct {
	mutex   sync.Mutex
	writes  []string
	clocks  []storage.ApplianceClock
	reads   []storage.StreamRead
	came    []int64 // of the heartbeats
	rows    int
	raw     func() error // nil: succeeds
	derived func() error
	states  func() error // of DeviceStates
	wrote   chan struct{}

	revisions map[string][]byte
	rolled    func() // by RollUpLog
	last      int64  // of LastOffset
}

func newTape() *tape { return &tape{wrote: make(chan struct{}, 1000)} }

func (s *tape) WriteRaw(_ context.Context, batch *storage.Batch) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.raw != nil {
		if err := s.raw(); err != nil {
			return err
		}
	}
	s.rows += batch.Rows()
	for i := range batch.Blocks {
		if batch.Blocks[i].Kind == sample.KindHeartbeats {
			s.came = append(s.came, batch.Blocks[i].CameMs)
		}
	}
	s.writes = append(s.writes, fmt.Sprintf("raw %s: %d rows", batch.Source, batch.Rows()))
	s.wrote <- struct{}{}
	return nil
}

func (s *tape) WriteDerived(_ context.Context, source storage.Source, derived *storage.Derived) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.writes = append(s.writes, fmt.Sprintf("derived %s: %d rows", source, len(derived.Utilization.Interface)))
	s.clocks = append(s.clocks, derived.Clocks...)
	if derived.Read.TimeMs != 0 {
		s.reads = append(s.reads, derived.Read)
	}
	if s.derived != nil {
		return s.derived()
	}
	return nil
}

func (s *tape) told() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string{}, s.writes...)
}

func (*tape) Raw(context.Context, storage.RawQuery) (*storage.Batch, error) {
	return &storage.Batch{}, nil
}
func (s *tape) DeviceStates(context.Context, int, int64) ([]storage.DeviceState, error) {
	if s.states != nil {
		return nil, s.states()
	}
	return nil, nil
}
func (*tape) Intervals(context.Context, sample.ID, int64, int64) ([]storage.Interval, error) {
	return nil, nil
}
func (*tape) Reboots(context.Context, sample.ID, int64, int64) ([]storage.Reboot, error) {
	return nil, nil
}
func (*tape) IntervalsOf(context.Context, []sample.ID, int64, int64) ([]storage.Interval, error) {
	return nil, nil
}
func (*tape) RebootsOf(context.Context, []sample.ID, int64, int64) ([]storage.Reboot, error) {
	return nil, nil
}
func (*tape) PendingDirty(context.Context, int, int64) ([]storage.DirtyRange, error) { return nil, nil }
func (*tape) PendingRecomputes(context.Context, int, string, int64) ([]storage.Recompute, error) {
	return nil, nil
}
func (*tape) VoiceMinutes(context.Context, []sample.ID, int64, int64) ([]storage.VoiceMinute, error) {
	return nil, nil
}

func (*tape) RolledSites(context.Context, int, int64) ([]storage.RolledSite, error) { return nil, nil }
func (*tape) OldestFigure(context.Context) (int64, error)                           { return 0, nil }
func (*tape) RollUpHours(context.Context, storage.RollUp) error                     { return nil }
func (*tape) RollUpDays(context.Context, storage.RollUp) error                      { return nil }

func (s *tape) RollUpLog(_ context.Context, hours storage.RollUp) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.rolled != nil {
		s.rolled()
	}
	s.writes = append(s.writes, fmt.Sprintf("log of %d ms from %d", hours.ToMs-hours.FromMs, hours.FromMs-slotMs))
	return nil
}

func (s *tape) SaveRevision(_ context.Context, name string, document []byte) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.revisions == nil {
		s.revisions = map[string][]byte{}
	}
	s.revisions[name] = document
	return nil
}

func (s *tape) Revision(_ context.Context, name string) ([]byte, bool, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	document, found := s.revisions[name]
	return document, found, nil
}

func (s *tape) LastOffset(context.Context, bool, int) (int64, error) {
	if s.last != 0 {
		return s.last, nil
	}
	return -1, nil
}

var errAway = errors.New("it is away")

func block(t testing.TB, by sample.ID, rows sample.Rows) bus.Message {
	t.Helper()
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	value, err := encoder.Encode(nil, sample.Header{Appliance: by, Slot: slotMs}, rows)
	if err != nil {
		t.Fatal(err)
	}
	return bus.Message{Key: bus.Key(by), Value: value}
}

// tickAt is the message of a tick so long after slotMs.
func tickAt(t testing.TB, ms int64) bus.Message {
	t.Helper()
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	value, err := encoder.Encode(nil, sample.Header{Slot: slotMs + ms}, &sample.Ticks{Sequence: []uint64{1}})
	if err != nil {
		t.Fatal(err)
	}
	return bus.Message{Value: value}
}

func interfaces(n int) *sample.Interfaces {
	rows := &sample.Interfaces{}
	for i := range n {
		rows.Device = append(rows.Device, 1)
		rows.Interface = append(rows.Interface, sample.ID(i+1))
		rows.OffsetMs = append(rows.OffsetMs, 100)
		rows.IntervalMs = append(rows.IntervalMs, 5000)
		rows.SpeedBps = append(rows.SpeedBps, 1e9)
		rows.UptimeStart = append(rows.UptimeStart, 0)
		rows.UptimeEnd = append(rows.UptimeEnd, 500)
		for _, column := range []*[]uint8{&rows.AdminStatus, &rows.OperStatus} {
			*column = append(*column, 1)
		}
		rows.Width = append(rows.Width, 64)
		rows.Evidence = append(rows.Evidence, 0)
		for _, column := range []*[]uint64{&rows.InOctets, &rows.OutOctets, &rows.InUcastPkts, &rows.OutUcastPkts,
			&rows.InMulticastPkts, &rows.OutMulticastPkts, &rows.InBroadcastPkts, &rows.OutBroadcastPkts,
			&rows.InErrors, &rows.OutErrors, &rows.InDiscards, &rows.OutDiscards} {
			*column = append(*column, uint64(i))
		}
	}
	return rows
}

// sayings is a log that may be read while it is written.
type sayings struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (s *sayings) Write(line []byte) (int, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.text.Write(line)
}

func (s *sayings) String() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.text.String()
}

func newProcessor(t testing.TB, change func(*Config), connection Bus, store Store) (*Processor, *sayings) {
	t.Helper()
	return newProcessorOf(t, registry, change, connection, store)
}

func newProcessorOf(t testing.TB, registry storage.Registry, change func(*Config), connection Bus, store Store) (*Processor, *sayings) {
	t.Helper()
	cfg := DefaultConfig()
	cfg.BatchLinger = 20 * time.Millisecond
	cfg.ClockAhead = 24 * time.Hour
	cfg.RetryBackoff, cfg.RetryLongest = time.Millisecond, 2*time.Millisecond
	if change != nil {
		change(&cfg)
	}
	var said sayings
	processor, err := New(cfg, connection, store, registry, slog.New(slog.NewTextHandler(&said, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return processor, &said
}

// reading is what a counter or a gauge says.
func reading(t testing.TB, metric prometheus.Metric) float64 {
	t.Helper()
	var answer dto.Metric
	if err := metric.Write(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.GetCounter().GetValue() + answer.GetGauge().GetValue()
}
