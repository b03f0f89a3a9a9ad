package processors

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/ingest/signature"
	"mimamori/processors/availability"
	"mimamori/processors/rollup"
	"mimamori/processors/utilization"
	"mimamori/processors/voice"
	"mimamori/storage"
)

// Bus is what the runner asks of Kafka; ingest/bus/kafka provides it.
type Bus interface {
	Consume(ctx context.Context, group string, topics []string, own func(ctx context.Context, claim bus.Claim) error) error
	Produce(ctx context.Context, topic string, messages ...bus.Message) error
	ProduceTo(ctx context.Context, topic string, partition int, messages ...bus.Message) error
	Incarnation(ctx context.Context, topic string) (string, error)
	Partitions(ctx context.Context, topic string) (int, error)
}

// Store is what the runner and the figures ask of the store; storage/clickhouse
// provides it. Writes may be repeated, wholly or after a failure half-way.
type Store interface {
	WriteRaw(ctx context.Context, batch *storage.Batch) error
	WriteDerived(ctx context.Context, source storage.Source, derived *storage.Derived) error
	Raw(ctx context.Context, query storage.RawQuery) (*storage.Batch, error)
	DeviceStates(ctx context.Context, partition int, before int64) ([]storage.DeviceState, error)
	Intervals(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Interval, error)
	Reboots(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Reboot, error)
	IntervalsOf(ctx context.Context, devices []sample.ID, fromMs, toMs int64) ([]storage.Interval, error)
	RebootsOf(ctx context.Context, devices []sample.ID, fromMs, toMs int64) ([]storage.Reboot, error)
	PendingDirty(ctx context.Context, partition int, before int64) ([]storage.DirtyRange, error)
	PendingRecomputes(ctx context.Context, partition int, figure string, before int64) ([]storage.Recompute, error)
	VoiceMinutes(ctx context.Context, paths []sample.ID, fromMs, toMs int64) ([]storage.VoiceMinute, error)
	RolledSites(ctx context.Context, partition int, before int64) ([]storage.RolledSite, error)
	OldestFigure(ctx context.Context) (int64, error)
	RollUpHours(ctx context.Context, hours storage.RollUp) error
	RollUpDays(ctx context.Context, days storage.RollUp) error
	RollUpLog(ctx context.Context, hours storage.RollUp) error
	SaveRevision(ctx context.Context, name string, document []byte) error
	Revision(ctx context.Context, name string) (document []byte, found bool, err error)
	LastOffset(ctx context.Context, logs bool, partition int) (int64, error)
}

// figure derives what follows from a batch whose raw rows are stored and appends it.
// What it derives depends on the stream up to the batch's end and on nothing else.
// It fails only when its context ends: the store it is given insists.
type figure interface {
	Process(ctx context.Context, batch *storage.Batch, derived *storage.Derived) error
}

// Processor is a member of the group that turns the topics into rows and figures.
type Processor struct {
	cfg     Config
	bus     Bus
	store   Store
	ours    *revision
	private ed25519.PrivateKey // of the centre; nil where it signs nothing
	logger  *slog.Logger
	metrics *metrics
	rows    atomic.Uint64
	began   time.Time // what beats are counted from
	company company   // of the partitions

	mutex   sync.Mutex
	workers map[*worker]struct{}
}

// New returns a processor; it connects to nothing before Run. The registry says
// which appliances there are and whose they are.
func New(cfg Config, connection Bus, store Store, registry storage.Registry, logger *slog.Logger, registerer prometheus.Registerer) (*Processor, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("set up the processors: %w", err)
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of the processors: %w", err)
	}
	private, accepted, err := signature.Pair(cfg.PrivateKeyFile, cfg.PublicKeys)
	if err != nil {
		return nil, fmt.Errorf("set up the processors: the centre's keys: %w", err)
	}
	registry.CentreKeys = accepted
	ours, err := newRevision(cfg, registry)
	if err != nil {
		return nil, err
	}
	p := &Processor{
		cfg: cfg, bus: connection, store: store, ours: ours, private: private, logger: logger, metrics: metrics,
		workers: map[*worker]struct{}{}, began: time.Now(),
	}
	if err := registerer.Register(lagGauge{p}); err != nil {
		return nil, fmt.Errorf("register the lag of the processors: %w", err)
	}
	return p, nil
}

// Run processes the partitions the group assigns until the context ends, then
// finishes the batches in hand within DrainTimeout. It returns nil then, and an error
// when the bus cannot be used at all.
func (p *Processor) Run(ctx context.Context) error {
	// Before the first intent that names it.
	err := p.insistence(p.logger).do(ctx, "keep the revision of the registry and the configuration", func() error {
		return p.store.SaveRevision(ctx, p.ours.name, p.ours.text)
	})
	if err == nil {
		err = p.bus.Consume(ctx, p.cfg.Group, []string{bus.TopicTelemetry, bus.TopicLogs}, p.own)
	}
	if err != nil && !errors.Is(err, context.Cause(ctx)) {
		return fmt.Errorf("process the topics %s and %s: %w", bus.TopicTelemetry, bus.TopicLogs, err)
	}
	return nil
}

// Lag returns how many messages of the partitions owned are not written yet, as far
// as the brokers have said where they end.
func (p *Processor) Lag() int64 {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	sum := int64(0)
	for w := range p.workers {
		sum += w.lag()
	}
	return sum
}

// Rows returns how many rows were written to the store since the start.
func (p *Processor) Rows() uint64 { return p.rows.Load() }

// newFigures returns the figures of a topic's partition as they stood before the offset
// first, under a revision, and the links of all interfaces known there as that revision
// has them.
func newFigures(ctx context.Context, by *revision, store Store, topic string, partition int, first int64, tick availability.Tick) ([]figure, []storage.Link, error) {
	if topic != bus.TopicTelemetry {
		lines, err := rollup.NewLog(by.RollUp, store, partition)
		if err != nil {
			return nil, nil, err
		}
		return []figure{lines}, nil, lines.Restore(ctx, first, tick.TimeMs)
	}
	traffic := utilization.New(by.links)
	links, err := traffic.Restore(ctx, store, partition, first)
	if err != nil {
		return nil, nil, err
	}
	quality, err := voice.New(by.Voice, store, partition)
	if err != nil {
		return nil, nil, err
	}
	if err := quality.Restore(ctx, first); err != nil {
		return nil, nil, err
	}
	states, err := availability.New(by.Availability, store, partition)
	if err != nil {
		return nil, nil, err
	}
	if err := states.Restore(ctx, first, tick); err != nil {
		return nil, nil, err
	}
	sums, err := rollup.New(by.RollUp, store, partition)
	if err != nil {
		return nil, nil, err
	}
	if err := sums.Restore(ctx, first, tick.TimeMs); err != nil {
		return nil, nil, err
	}
	return []figure{traffic, quality, states, sums}, links, nil // the sums are of what the others derived
}
