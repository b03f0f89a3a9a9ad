package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/inventory"
	"mimamori/ingest/voice"
)

// measuring runs the appliances, and the reflector that answers the voice probes of
// others where one is configured.
func measuring(a *application) ([]part, error) {
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
	return parts, nil
}

// appliances returns the part that runs the appliances of this machine. Each has a
// client of its own where it has an uplink of its own.
func (a *application) appliances() part {
	return part{
		name: "appliances",
		run: func(ctx context.Context) error {
			if len(a.stations) == 0 {
				<-ctx.Done() // nobody to poll yet is no reason to end the other roles
				return nil
			}
			group, ctx := errgroup.WithContext(ctx)
			for _, station := range a.stations {
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
	config.Version = version
	if config.Spool.Directory == "" {
		config.Spool.Directory = filepath.Join(a.config.Data, "spool")
	}
	appliance, err := ingest.New(config, station, uplink, a.logger, a.registry)
	if err != nil {
		return fmt.Errorf("appliance %s (%s / %s): %w", station.Appliance.Name, station.Customer, station.Site, err)
	}
	if a.feed != nil {
		a.feed(appliance)
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
