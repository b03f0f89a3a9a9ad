package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
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

// loadToRun loads what this machine is to run. Of the appliances these run here; all where
// none is named. What to be wary of the receiver says by itself.
func (f configFlag) loadToRun(appliances []string) (Config, error) {
	config, _, err := loadToRun(f.Config, appliances)
	if err != nil {
		return Config{}, usageError{err}
	}
	return config, nil
}

// serveFlags are the flags of a role that runs apart.
type serveFlags struct {
	configFlag `embed:""`
	Listen     string `help:"Serve /metrics, /healthz and /ready here rather than at http.listen, so that several roles on a machine share a configuration file." placeholder:"HOST:PORT"`
}

// load loads the configuration of a role that others do the rest for.
func (f serveFlags) load() (Config, error) {
	config, err := f.configFlag.load()
	if err != nil {
		return Config{}, err
	}
	return f.heed(config)
}

// heed puts the flags in the place of what the file says.
func (f serveFlags) heed(config Config) (Config, error) {
	if f.Listen == "" {
		return config, nil
	}
	if _, _, err := net.SplitHostPort(f.Listen); err != nil {
		return Config{}, usageError{fmt.Errorf("--listen is %q, not host:port: write it as 127.0.0.1:9465", f.Listen)}
	}
	config.HTTP.Listen = f.Listen
	return config, nil
}

// apart returns an error where a configuration leaves the store or the bus, where the role needs that, to a
// process that has everything: roles apart meet at servers.
func (c Config) apart(bus bool) error {
	var problems []error
	if bus && c.embeddedBroker() {
		problems = append(problems, errors.New("ingest.bus.brokers is empty: roles apart meet at a broker; name its address, or run mimamori all"))
	}
	if c.embeddedStore() {
		problems = append(problems, errors.New("storage.clickhouse.address is empty: roles apart share a store; name its address, or run mimamori all"))
	}
	if err := errors.Join(problems...); err != nil {
		return usageError{err}
	}
	return nil
}

// allCommand runs every role on one machine.
type allCommand struct {
	configFlag `embed:""`
}

// Run polls and keeps the figures until the context ends.
func (c *allCommand) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.loadToRun(nil)
	if err != nil {
		return err
	}
	return newApplication(config, logger).play(ctx, allRole, nil)
}

// processCommand turns what the bus carries into rows and figures.
type processCommand struct {
	serveFlags `embed:""`
}

// Run processes until the context ends. Several share the partitions.
func (c *processCommand) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	if err := config.apart(true); err != nil {
		return err
	}
	return newApplication(config, logger).play(ctx, processRole, nil)
}

// pollCommand runs appliances alone.
type pollCommand struct {
	serveFlags `embed:""`
	Appliance  []string `help:"Run this appliance of the file alone, by its name or as CUSTOMER/SITE; may be given several times. Default: all of the file." placeholder:"NAME"`
}

// Run polls until the context ends.
func (c *pollCommand) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.loadToRun(c.Appliance)
	if err != nil {
		return err
	}
	if config, err = c.heed(config); err != nil {
		return err
	}
	here, err := choose(config.Ingest.Inventory, c.Appliance)
	if err != nil {
		return usageError{err}
	}
	application := newApplication(config, logger)
	application.stations = stationsOf(config.Ingest.Inventory, here)
	for _, station := range application.stations {
		if station.Appliance.Uplink == "" && config.embeddedBroker() {
			return usageError{fmt.Errorf("appliance %s has nowhere to send to: set ingest.bus.brokers, or uplink: of the appliance", station.Appliance.Name)}
		}
	}
	return application.play(ctx, pollRole, nil)
}
