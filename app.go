package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest"
	embeddedbus "mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/inventory"
	"mimamori/ingest/signature"
	"mimamori/ingest/voice"
	"mimamori/processors"
	"mimamori/storage"
	"mimamori/storage/api"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// application assembles the parts of a process from its configuration. Fields are
// set as the parts become ready.
type application struct {
	config   Config
	logger   *slog.Logger
	registry *prometheus.Registry
	serving  atomic.Bool // what /ready says

	store     *clickhouse.Store
	client    *kafka.Client
	processor *processors.Processor
	address   string // of the HTTP server
	api       http.Handler
	asking    atomic.Pointer[clickhouse.Store] // what the HTTP API asks
}

// leaving is what a part needs to end beside the time it is given to drain.
const leaving = 2 * time.Second

func newApplication(config Config, logger *slog.Logger) *application {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return &application{config: config, logger: logger, registry: registry}
}

// centre returns the parts of the partner's centre: store, bus and processors, with
// the embedded ones where the configuration names no server.
func (a *application) centre() ([]part, error) {
	if err := a.enableAPI(); err != nil {
		return nil, err
	}
	parts := a.http()
	store, err := a.storeParts()
	if err != nil {
		return nil, err
	}
	parts = append(parts, store...)
	if a.api != nil {
		parts = append(parts, a.askPart())
	}
	broker, err := a.brokerParts()
	if err != nil {
		return nil, err
	}
	parts = append(parts, broker...)
	return append(parts, a.processorPart()), nil
}

// storeParts returns the engine, where it is embedded, and the connection to the
// store with its schema brought up to date.
func (a *application) storeParts() ([]part, error) {
	settings := a.config.Storage.ClickHouse
	var parts []part
	var engine *embedded.Engine
	if a.config.embeddedStore() {
		config := a.config.Storage.Embedded
		config.Directory = a.engineDirectory()
		command, err := engineCommand()
		if err != nil {
			return nil, err
		}
		if engine, err = embedded.New(config, command, a.logger, a.registry); err != nil {
			return nil, fmt.Errorf("set up the embedded store: %w", err)
		}
		parts = append(parts, part{name: "embedded store", run: engine.Run, drain: 5 * time.Second})
	}
	connect := func(ctx context.Context) error {
		if engine != nil {
			endpoint, err := engine.Endpoint(ctx)
			if err != nil {
				return err
			}
			settings = clickhouseConfig(settings, endpoint)
		}
		store, err := clickhouse.Open(ctx, settings, a.logger, a.registry)
		if err != nil {
			return err
		}
		a.store = store
		if err := store.WaitReady(ctx); err != nil {
			return err
		}
		if err := store.Migrate(ctx); err != nil {
			return err
		}
		return store.Retain(ctx, a.config.Storage.Retention)
	}
	disconnect := func() error {
		if a.store == nil {
			return nil
		}
		return a.store.Close()
	}
	return append(parts, part{name: "store", ready: connect, stop: disconnect}), nil
}

func (a *application) engineDirectory() string { return filepath.Join(a.config.Data, "engine") }

// engineCommand is how this binary is started as the child process that serves the
// engine.
func engineCommand() ([]string, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	return []string{binary, "engine"}, nil
}

// clickhouseConfig points the client at the embedded engine.
func clickhouseConfig(settings clickhouse.Config, endpoint embedded.Endpoint) clickhouse.Config {
	settings.Protocol = "http"
	settings.Address = endpoint.Address
	settings.Database = endpoint.Database
	settings.Username = "default"
	settings.Password = endpoint.Token
	return settings
}

// brokerParts returns the broker, where it is embedded, and the client with the
// topics made.
func (a *application) brokerParts() ([]part, error) {
	var parts []part
	if a.config.embeddedBroker() {
		config := embeddedbus.DefaultConfig()
		config.Directory = filepath.Join(a.config.Data, "broker")
		config.Socket = a.brokerSocket()
		broker, err := embeddedbus.New(config, a.logger, a.registry)
		if err != nil {
			return nil, fmt.Errorf("set up the embedded broker: %w", err)
		}
		a.config.Ingest.Bus.Brokers = []string{"unix:" + config.Socket}
		parts = append(parts, part{name: "embedded broker", run: broker.Run, ready: func(ctx context.Context) error {
			select {
			case <-broker.Ready():
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}})
	}
	connect := func(ctx context.Context) error {
		client, err := kafka.Open(a.config.Ingest.Bus, a.logger, a.registry)
		if err != nil {
			return err
		}
		a.client = client
		if err := client.WaitReady(ctx); err != nil {
			return err
		}
		return client.EnsureTopics(ctx)
	}
	disconnect := func() error {
		if a.client == nil {
			return nil
		}
		return a.client.Close()
	}
	return append(parts, part{name: "bus", ready: connect, stop: disconnect}), nil
}

// brokerSocket is where the embedded broker listens. A socket's path may have 107
// bytes, so a long data directory moves it to the temporary directory.
func (a *application) brokerSocket() string {
	path := filepath.Join(a.config.Data, "broker.sock")
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	if len(path) < 100 {
		return path
	}
	hash := fnv.New64a() // so that a command can find the broker of a running process
	hash.Write([]byte(path))
	return filepath.Join(os.TempDir(), fmt.Sprintf("mimamori-%016x.sock", hash.Sum64()))
}

func (a *application) processorPart() part {
	done := make(chan struct{})
	return part{
		name: "processors",
		ready: func(ctx context.Context) error {
			registry := registryOf(a.config.Ingest.Inventory)
			if err := a.store.SaveRegistry(ctx, registry); err != nil {
				return fmt.Errorf("save the registry of customers, sites and appliances: %w", err)
			}
			processor, err := processors.New(a.config.Processors, a.client, a.store, registry, a.logger, a.registry)
			if err != nil {
				return err
			}
			a.processor = processor
			close(done)
			return nil
		},
		run: func(ctx context.Context) error {
			select {
			case <-done:
				return a.processor.Run(ctx)
			case <-ctx.Done():
				return nil
			}
		},
		drain: a.config.Processors.DrainTimeout + leaving,
	}
}

func registryOf(config inventory.Config) storage.Registry {
	var registry storage.Registry
	known := map[uint64]bool{}
	for _, station := range config.Stations() {
		keys, _ := signature.ParsePublicKeys(station.Appliance.PublicKeys) // the inventory is valid
		if !known[station.CustomerID] {
			known[station.CustomerID] = true
			registry.Customers = append(registry.Customers, storage.Customer{ID: station.CustomerID, Name: station.Customer})
		}
		registry.Sites = append(registry.Sites, storage.Site{ID: station.SiteID, Customer: station.CustomerID, Name: station.Site})
		registry.Appliances = append(registry.Appliances, storage.Appliance{ID: station.ApplianceID, Customer: station.CustomerID,
			Site: station.SiteID, Name: station.Appliance.Name, PublicKeys: keys})
		for _, device := range station.Devices {
			registry.Devices = append(registry.Devices, storage.Device{ID: device.ID, Name: device.Name})
		}
	}
	return registry
}

// sources returns the parts that measure: the appliances, and the reflector that
// answers the voice probes of others where one is configured.
func (a *application) sources() []part {
	parts := []part{a.appliances()}
	if a.config.Ingest.Voice.Reflector.Listen != "" {
		parts = append(parts, part{name: "voice reflector", run: func(ctx context.Context) error {
			reflector, err := voice.NewReflector(a.config.Ingest.Voice.Reflector, a.logger, a.registry)
			if err != nil {
				return err
			}
			return reflector.Run(ctx)
		}})
	}
	return parts
}

// appliances returns the part that runs every appliance of the inventory. Each has a
// client of its own where it has an uplink of its own.
func (a *application) appliances() part {
	return part{
		name: "appliances",
		run: func(ctx context.Context) error {
			group, ctx := errgroup.WithContext(ctx)
			for _, station := range a.config.Ingest.Inventory.Stations() {
				group.Go(func() error { return a.appliance(ctx, station) })
			}
			return group.Wait()
		},
		drain: a.config.Ingest.Drain + leaving,
	}
}

func (a *application) appliance(ctx context.Context, station inventory.Station) error {
	uplink, err := a.uplink(station)
	if err != nil {
		return err
	}
	if uplink != a.client {
		defer func() { _ = uplink.Close() }() // everything it sent was acknowledged or counted as lost
	}
	config := a.config.Ingest
	if config.Spool.Directory == "" {
		config.Spool.Directory = filepath.Join(a.config.Data, "spool")
	}
	appliance, err := ingest.New(config, station, uplink, a.logger, a.registry)
	if err != nil {
		return fmt.Errorf("appliance %s (%s / %s): %w", station.Appliance.Name, station.Customer, station.Site, err)
	}
	if err := appliance.Run(ctx); err != nil {
		return fmt.Errorf("appliance %s (%s / %s): %w", station.Appliance.Name, station.Customer, station.Site, err)
	}
	return nil
}

func (a *application) uplink(station inventory.Station) (*kafka.Client, error) {
	if station.Appliance.Uplink == "" && a.client != nil {
		return a.client, nil
	}
	config := a.config.Ingest.Bus
	if station.Appliance.Uplink != "" {
		config.Brokers = []string{station.Appliance.Uplink}
	}
	registerer := prometheus.Registerer(a.registry)
	if a.client == nil { // else they share the metrics of the centre's client, which has no such label
		registerer = prometheus.WrapRegistererWith(prometheus.Labels{"appliance": station.Appliance.Name}, a.registry)
	}
	client, err := kafka.Open(config, a.logger.With("appliance", station.Appliance.Name), registerer)
	if err != nil {
		return nil, fmt.Errorf("reach the bus of appliance %s: %w", station.Appliance.Name, err)
	}
	return client, nil
}

// http serves /metrics, /healthz, /ready and, where it is enabled, the HTTP API, from
// the first part to the last.
func (a *application) http() []part {
	if a.config.HTTP.Listen == "" {
		return nil
	}
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{Registry: a.registry}))
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	routes.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if !a.serving.Load() {
			http.Error(w, "starting or stopping", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	if a.api != nil {
		routes.Handle(api.Prefix, a.api)
	}
	// A write has a minute; the HTTP API moves its own deadlines on.
	server := &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	var listener net.Listener
	return []part{{
		name: "HTTP server",
		ready: func(ctx context.Context) (err error) {
			listener, err = new(net.ListenConfig).Listen(ctx, "tcp", a.config.HTTP.Listen)
			if err != nil {
				return fmt.Errorf("listen on %s: %w; end what listens there (another mimamori?), or set http.listen to a free address, or to \"\" for none", a.config.HTTP.Listen, err)
			}
			a.address = listener.Addr().String()
			go func() { _ = server.Serve(listener) }() // ends with the listener, which stop closes
			return nil
		},
		stop: func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if listener == nil {
				return nil
			}
			return server.Shutdown(ctx)
		},
	}}
}

// run runs the parts until the context ends; started is called once all are ready.
func (a *application) run(ctx context.Context, parts []part, started func(context.Context) error) error {
	return supervision{
		logger: a.logger,
		parts:  parts,
		started: func(ctx context.Context) error {
			a.serving.Store(true)
			a.logger.Info("ready", "http", a.address)
			if started != nil {
				return started(ctx)
			}
			<-ctx.Done()
			return nil
		},
		stopping: func() { a.serving.Store(false) },
	}.run(ctx)
}
