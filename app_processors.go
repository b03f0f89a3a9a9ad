package main

import (
	"context"
	"os"
	"runtime/debug"

	"mimamori/bench/chaos"
	"mimamori/ingest/inventory"
	"mimamori/ingest/signature"
	"mimamori/processors"
	"mimamori/storage"
)

// garbagePercent is how much a process of processors may let lie beside what it holds, percent of it, where GOGC does not say.
// Go's usual 100 costs nothing where little is held; here a fleet is, and batches come and go beside it: 100,000 devices took
// 2.3 GB in place of 1.8, for a twentieth more rows a second.
const garbagePercent = 50

// processing turns what the bus carries into rows and figures.
func processing(a *application) ([]part, error) {
	a.warnOf(a.config.unverified())
	done := make(chan struct{})
	return []part{{
		name: "processors",
		ready: func(ctx context.Context) error {
			registry := registryOf(a.config.Ingest.Inventory)
			if err := a.insist(ctx, "save the registry of customers, sites and appliances", func() error {
				return a.store.SaveRegistry(ctx, registry)
			}); err != nil {
				return err
			}
			var connection processors.Bus = a.client
			if a.timeless {
				connection = chaos.Timeless{Bus: a.client}
			}
			processor, err := processors.New(a.config.Processors, connection, a.store, registry, a.logger, a.registry)
			if err != nil {
				return err
			}
			a.processor = processor
			close(done)
			return nil
		},
		run: func(ctx context.Context) error {
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(garbagePercent)
			}
			select {
			case <-done:
				return a.processor.Run(ctx)
			case <-ctx.Done():
				return nil
			}
		},
		check: func(context.Context) error {
			select {
			case <-done:
				return a.processor.Ready()
			default:
				return nil
			}
		},
		drain: a.config.Processors.DrainTimeout + leaving,
	}}, nil
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
		registry.Sites = append(registry.Sites, storage.Site{ID: station.SiteID, Customer: station.CustomerID, Name: station.Site,
			Contact: storage.Contact(station.Contact), Runbook: station.Runbook})
		registry.Appliances = append(registry.Appliances, storage.Appliance{ID: station.ApplianceID, Customer: station.CustomerID,
			Site: station.SiteID, Name: station.Appliance.Name, PublicKeys: keys})
		for _, device := range station.Devices {
			registry.Devices = append(registry.Devices, storage.Device{ID: device.ID, Name: device.Name})
		}
	}
	return registry
}
