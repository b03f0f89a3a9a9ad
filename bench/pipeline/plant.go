package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/child"
	"mimamori/bench/load"
	"mimamori/ingest/bus"
	"mimamori/ingest/bus/apache"
	"mimamori/ingest/bus/kafka"
	"mimamori/processors"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// The brokers that can be measured.
const (
	EmbeddedBroker = "embedded"
	KafkaBroker    = "kafka"
)

// Parts are the commands that serve as the pipeline's processes.
type Parts struct {
	Binary     string   // this program
	Engine     []string // serves the embedded engine
	Processors []string // arguments of Binary: the role process without ticks, which prints how many rows it has stored; --config FILE is added
	Broker     string   // EmbeddedBroker or KafkaBroker
}

// validate says what is wrong and what to do about it.
func (p Parts) validate() error {
	if p.Broker != EmbeddedBroker && p.Broker != KafkaBroker {
		return fmt.Errorf("--broker is %q: use %s or %s", p.Broker, EmbeddedBroker, KafkaBroker)
	}
	return nil
}

// startTime is how long a part may take to serve.
const startTime = 60 * time.Second

// plant is the whole centre as processes.
type plant struct {
	Parts
	directory  string
	logger     *slog.Logger
	partitions int // of the topic telemetry
	batchRows  int // processors.batch_rows

	endpoint   embedded.Endpoint
	store      *clickhouse.Store
	brokers    []string // as in ingest.bus.brokers
	brokerPID  int
	client     *kafka.Client
	processors *part
	http       string // where the processors serve their metrics
	stops      []func() error
}

// openPlant starts a broker and an engine and makes topics and tables.
func openPlant(ctx context.Context, parts Parts, logger *slog.Logger) (p *plant, err error) {
	settings := bus.DefaultConfig()
	p = &plant{Parts: parts, logger: logger, partitions: settings.Partitions.Telemetry, batchRows: processors.DefaultConfig().BatchRows}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.directory, err = os.MkdirTemp("", "mimamori-bench"); err != nil { // short enough for a socket in it
		return p, fmt.Errorf("make a folder to measure in: %w", err)
	}
	p.stops = append(p.stops, func() error { return os.RemoveAll(p.directory) })
	if err := p.startEngine(ctx); err != nil {
		return p, err
	}
	if err := p.startBroker(); err != nil {
		return p, err
	}
	settings.Brokers = p.brokers
	if p.client, err = kafka.Open(settings, logger, prometheus.NewRegistry()); err != nil {
		return p, err
	}
	p.stops = append(p.stops, p.client.Close)
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := p.client.WaitReady(ctx); err != nil {
		return p, err
	}
	return p, p.client.EnsureTopics(ctx)
}

func (p *plant) startEngine(ctx context.Context) error {
	config := embedded.DefaultConfig()
	config.Directory = filepath.Join(p.directory, "engine")
	engine, err := embedded.New(config, p.Engine, p.logger, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(running) }()
	p.stops = append(p.stops, func() error {
		cancel()
		return <-ended
	})
	if p.endpoint, err = engine.Endpoint(ctx); err != nil {
		return err
	}
	settings := clickhouse.DefaultConfig()
	settings.Protocol, settings.Address, settings.Database, settings.Password = clickhouse.ProtocolHTTP, p.endpoint.Address, p.endpoint.Database, p.endpoint.Token
	if p.store, err = clickhouse.Open(ctx, settings, p.logger, prometheus.NewRegistry()); err != nil {
		return err
	}
	p.stops = append(p.stops, p.store.Close)
	return errors.Join(p.store.WaitReady(ctx), p.store.Migrate(ctx))
}

func (p *plant) startBroker() error {
	if p.Broker == KafkaBroker {
		cluster, err := apache.Start(context.Background(), apache.Options{Directory: filepath.Join(p.directory, "kafka")})
		if err != nil {
			return err
		}
		p.stops = append(p.stops, cluster.Close)
		p.brokers, p.brokerPID = cluster.Addresses(), cluster.PID(0)
		return nil
	}
	socket := bus.SocketPrefix + filepath.Join(p.directory, "broker.sock")
	file := filepath.Join(p.directory, "broker.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "{data: %q, ingest: {bus: {brokers: [%q]}}}\n", p.directory, socket), 0o600); err != nil {
		return fmt.Errorf("write the configuration of the broker: %w", err)
	}
	broker, err := startPart("the broker", filepath.Join(p.directory, "broker.log"), p.Binary, "broker", "--config", file)
	if err != nil {
		return err
	}
	p.stops = append(p.stops, broker.stop)
	p.brokers, p.brokerPID = []string{socket}, broker.pid()
	return nil
}

// startProcessors starts the processors of a fleet and returns once they are ready.
func (p *plant) startProcessors(ctx context.Context, fleet *load.Fleet, arguments ...string) error {
	file, err := p.writeSettings(fleet)
	if err != nil {
		return err
	}
	arguments = append(append(append([]string(nil), p.Processors...), "--config", file), arguments...)
	p.processors, err = startPart("the processors", filepath.Join(p.directory, "processors.log"), p.Binary, arguments...)
	if err != nil {
		return err
	}
	p.stops = append(p.stops, p.processors.stop)
	return p.processors.await(ctx, 0, startTime)
}

// freeze makes the processors stand still, thaw lets them go on.
func (p *plant) freeze() error { return p.processors.signal(syscall.SIGSTOP) }
func (p *plant) thaw() error   { return p.processors.signal(syscall.SIGCONT) }

// close ends all parts, the last started first.
func (p *plant) close() (err error) {
	for i := len(p.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, p.stops[i]())
	}
	p.stops = nil
	return err
}

// use is processor time of each part.
type use struct{ processors, broker, engine, beside time.Duration }

func (u use) less(before use) use {
	return use{processors: u.processors - before.processors, broker: u.broker - before.broker, engine: u.engine - before.engine}
}

// used is the processor time that the parts have used so far.
func (p *plant) used() (u use, err error) {
	var problems [3]error
	u.processors, problems[0] = child.ProcessorTime(p.processors.pid())
	u.broker, problems[1] = child.ProcessorTime(p.brokerPID)
	u.engine, problems[2] = child.ProcessorTime(p.endpoint.PID)
	return u, errors.Join(problems[:]...)
}
