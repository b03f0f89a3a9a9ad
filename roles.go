package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// configFlag names the configuration file.
type configFlag struct {
	Config string `help:"Configuration file; docs/configuration.md describes it." required:"" type:"existingfile" placeholder:"FILE"`
}

func (f configFlag) load() (Config, error) {
	config, err := loadConfig(f.Config)
	if err != nil {
		return Config{}, usageError{err}
	}
	return config, nil
}

// loadToRun loads what this machine is to run, with what to be wary of.
func (f configFlag) loadToRun() (Config, []error, error) {
	config, warnings, err := loadToRun(f.Config)
	if err != nil {
		return Config{}, nil, usageError{err}
	}
	return config, warnings, nil
}

// allCommand runs every role on one machine.
type allCommand struct {
	configFlag `embed:""`
}

// Run polls and keeps the figures until the context ends.
func (c *allCommand) Run(ctx context.Context, logger *slog.Logger) error {
	config, _, err := c.loadToRun() // the receiver warns by itself
	if err != nil {
		return err
	}
	application := newApplication(config, logger)
	parts, err := application.centre()
	if err != nil {
		return err
	}
	parts = append(parts, application.contractPart())
	return application.run(ctx, append(parts, application.sources()...), nil)
}

// pollCommand runs appliances alone.
type pollCommand struct {
	configFlag `embed:""`
}

// Run polls until the context ends.
func (c *pollCommand) Run(ctx context.Context, logger *slog.Logger) error {
	config, _, err := c.loadToRun() // the receiver warns by itself
	if err != nil {
		return err
	}
	for _, station := range config.Ingest.Inventory.Stations() {
		if station.Appliance.Uplink == "" && config.embeddedBroker() {
			return usageError{fmt.Errorf("appliance %s has nowhere to send to: set ingest.bus.brokers, or uplink: of the appliance", station.Appliance.Name)}
		}
	}
	application := newApplication(config, logger)
	return application.run(ctx, append(application.http(), application.sources()...), nil)
}

// checkCommand says what is wrong with a configuration.
type checkCommand struct {
	configFlag `embed:""`
}

// Run reads the configuration and says what it found in it.
func (c *checkCommand) Run(output stdout) error {
	config, warnings, err := c.loadToRun()
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		if _, err := fmt.Fprintln(output, warning); err != nil {
			return err
		}
	}
	customers, sites, devices, paths := len(config.Ingest.Inventory.Customers), 0, 0, 0
	for _, station := range config.Ingest.Inventory.Stations() {
		sites, devices, paths = sites+1, devices+len(station.Devices), paths+len(station.Paths)
	}
	store, broker := "ClickHouse at "+config.Storage.ClickHouse.Address, fmt.Sprintf("Kafka at %v", config.Ingest.Bus.Brokers)
	if config.embeddedStore() {
		store = "the embedded store"
	}
	if config.embeddedBroker() {
		broker = "the embedded broker"
	}
	_, err = fmt.Fprintf(output, "%s is right: customers %d, sites %d, devices %d, voice paths %d; %s, %s\n",
		c.Config, customers, sites, devices, paths, broker, store)
	return err
}

// configCommand prints the effective configuration.
type configCommand struct {
	configFlag `embed:""`
}

// Run prints the configuration with the defaults filled in and the secrets hidden.
func (c *configCommand) Run(output stdout) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	hideSecrets(&config)
	return writeYAML(output, config)
}

func writeYAML(output stdout, config Config) error {
	text, err := yaml.Marshal(config)
	if err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	_, err = output.Write(text)
	return err
}

// storeFlags say which store to ask.
type storeFlags struct {
	Config string `help:"Configuration file of the installation to ask; a running demo prints the path of its own." required:"" type:"existingfile" placeholder:"FILE"`
}

// withStore connects to the store of the configuration as the one who reads. Where that
// is the embedded one and nobody runs it, it is started for the time of the question.
func (f storeFlags) withStore(ctx context.Context, logger *slog.Logger, ask func(*clickhouse.Store) error) error {
	return f.connect(ctx, clickhouse.Config.ForReader, logger, ask)
}

// changeStore is withStore for who has something to write.
func (f storeFlags) changeStore(ctx context.Context, logger *slog.Logger, change func(*clickhouse.Store) error) error {
	return f.connect(ctx, func(writer clickhouse.Config) clickhouse.Config { return writer }, logger, change)
}

func (f storeFlags) connect(ctx context.Context, user func(clickhouse.Config) clickhouse.Config, logger *slog.Logger, ask func(*clickhouse.Store) error) error {
	config, err := configFlag(f).load()
	if err != nil {
		return err
	}
	application := newApplication(config, logger)
	if config.embeddedStore() {
		endpoint, err := embedded.ReadEndpoint(application.engineDirectory())
		if err == nil {
			return askServer(ctx, clickhouseConfig(config.Storage.ClickHouse, endpoint), logger, ask)
		}
		if _, missing := os.Stat(application.engineDirectory()); errors.Is(missing, os.ErrNotExist) {
			return fmt.Errorf("there is no store in %s: run mimamori all with this configuration first", filepath.Clean(config.Data))
		}
		parts, err := application.storeParts()
		if err != nil {
			return err
		}
		return application.run(ctx, parts, func(context.Context) error { return ask(application.store) })
	}
	return askServer(ctx, user(config.Storage.ClickHouse), logger, ask)
}

func askServer(ctx context.Context, settings clickhouse.Config, logger *slog.Logger, ask func(*clickhouse.Store) error) error {
	store, err := clickhouse.Open(ctx, settings, logger, newApplication(Config{}, logger).registry)
	if err != nil {
		return err
	}
	// The centre that made the tables may be of another version than this program.
	if err := store.CheckSchema(ctx); err != nil {
		return errors.Join(err, store.Close())
	}
	return errors.Join(ask(store), store.Close())
}

// engineProcess is the child process that serves the embedded store.
type engineProcess struct{}

// Run serves the engine until the standard input, held by the parent, ends.
func (engineProcess) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return embedded.ServeStdio(ctx, os.Stdin, output, logger)
}
