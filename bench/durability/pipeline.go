package durability

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	embeddedbus "mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
	"mimamori/processors"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// pipeline is a broker that forces all to the disk, and a store.
type pipeline struct {
	logger *slog.Logger
	client *kafka.Client
	store  *clickhouse.Store
	stops  []func() error
}

func openPipeline(ctx context.Context, folder string, command []string, logger *slog.Logger) (p *pipeline, err error) {
	p = &pipeline{logger: logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	config := embedded.DefaultConfig()
	config.Directory = filepath.Join(folder, "engine")
	engine, err := embedded.New(config, command, logger, prometheus.NewRegistry())
	if err != nil {
		return p, err
	}
	p.stops = append(p.stops, keepRunning(ctx, engine.Run))
	endpoint, err := engine.Endpoint(ctx)
	if err != nil {
		return p, err
	}
	settings := clickhouse.DefaultConfig()
	settings.Protocol, settings.Address, settings.Database, settings.Password = clickhouse.ProtocolHTTP, endpoint.Address, endpoint.Database, endpoint.Token
	if p.store, err = clickhouse.Open(ctx, settings, logger, prometheus.NewRegistry()); err != nil {
		return p, err
	}
	p.stops = append(p.stops, p.store.Close)
	if err := errors.Join(p.store.WaitReady(ctx), p.store.Migrate(ctx)); err != nil {
		return p, err
	}
	if err := p.store.SaveRegistry(ctx, registry()); err != nil {
		return p, err
	}
	var stop func() error
	p.client, stop, err = openBroker(ctx, filepath.Join(folder, "bus"), true, logger)
	if err == nil {
		p.stops = append(p.stops, stop)
	}
	return p, err
}

// openBroker starts a broker and connects to it.
func openBroker(ctx context.Context, folder string, fsync bool, logger *slog.Logger) (*kafka.Client, func() error, error) {
	config := embeddedbus.DefaultConfig()
	config.Directory, config.SyncWrites = folder, fsync
	broker, err := embeddedbus.New(config, logger, prometheus.NewRegistry())
	if err != nil {
		return nil, nil, err
	}
	stop := keepRunning(ctx, broker.Run)
	select {
	case <-broker.Ready():
	case <-ctx.Done():
		return nil, nil, errors.Join(ctx.Err(), stop())
	case <-time.After(30 * time.Second):
		return nil, nil, errors.Join(errors.New("the broker is not ready after 30s"), stop())
	}
	settings := bus.DefaultConfig()
	settings.Brokers = broker.Addresses()[:1]
	settings.Partitions.Telemetry, settings.Partitions.Logs = 2, 1
	client, err := kafka.Open(settings, logger, prometheus.NewRegistry())
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	stopAll := func() error { return errors.Join(client.Close(), stop()) }
	if err := client.EnsureTopics(ctx); err != nil {
		return nil, nil, errors.Join(err, stopAll())
	}
	return client, stopAll, nil
}

// keepRunning runs a part until the function it returns is called.
func keepRunning(ctx context.Context, run func(context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

func (p *pipeline) close() (err error) {
	for i := len(p.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, p.stops[i]())
	}
	p.stops = nil
	return err
}

// lap takes a turn's blocks from the producer to the store, with or without intents.
// What it takes to join the group and to leave it is not counted.
func (p *pipeline) lap(ctx context.Context, load *load, intents bool) (taken lap, err error) {
	var connection processors.Bus = p.client
	if !intents {
		connection = promiseless{p.client}
	}
	config := processors.DefaultConfig()
	config.BatchLinger = 100 * time.Millisecond // the end of the turn is not to wait for rows that do not come
	processor, err := processors.New(config, connection, p.store, registry(), p.logger, prometheus.NewRegistry())
	if err != nil {
		return taken, err
	}
	stop := keepRunning(ctx, processor.Run)
	defer func() { err = errors.Join(err, stop()) }()
	// Once rows of all appliances have come through, all partitions are taken up.
	first, rows, err := load.turn(appliances)
	if err != nil {
		return taken, err
	}
	if err := p.carry(ctx, processor, first, uint64(rows)); err != nil {
		return taken, err
	}
	messages, more, err := load.turn(load.blocks)
	if err != nil {
		return taken, err
	}
	return timed(func() error { return p.carry(ctx, processor, messages, uint64(rows+more)) })
}

// lapLimit is how long a turn may take.
const lapLimit = 5 * time.Minute

// carry produces blocks and waits until the processor has stored so many rows in all.
func (p *pipeline) carry(ctx context.Context, processor *processors.Processor, messages []bus.Message, rows uint64) error {
	if err := produce(ctx, p.client, bus.TopicTelemetry, messages); err != nil {
		return err
	}
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(lapLimit); processor.Rows() < rows; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d rows are stored after %s", processor.Rows(), rows, lapLimit)
		}
	}
	return nil
}

// produceAtOnce is how many blocks are produced at a time, as the senders of that many
// appliances do.
const produceAtOnce = 64

func produce(ctx context.Context, client *kafka.Client, topic string, messages []bus.Message) error {
	for len(messages) > 0 {
		some := messages[:min(produceAtOnce, len(messages))]
		messages = messages[len(some):]
		if err := client.Produce(ctx, topic, some...); err != nil {
			return fmt.Errorf("produce %d blocks: %w", len(some), err)
		}
	}
	return nil
}

// promiseless is a bus on which nothing is promised before it is written: only what a
// processor leaves behind is committed. A crash would double rows.
type promiseless struct{ *kafka.Client }

// Consume hands out claims whose intents go nowhere.
func (b promiseless) Consume(ctx context.Context, group string, topics []string, own func(context.Context, bus.Claim) error) error {
	return b.Client.Consume(ctx, group, topics, func(ctx context.Context, claim bus.Claim) error {
		return own(ctx, promiselessClaim{claim})
	})
}

type promiselessClaim struct{ bus.Claim }

// Commit leaves intents out.
func (c promiselessClaim) Commit(ctx context.Context, offset bus.Offset, metadata string) error {
	if strings.Contains(metadata, " pend=") {
		return nil
	}
	return c.Claim.Commit(ctx, offset, metadata)
}
