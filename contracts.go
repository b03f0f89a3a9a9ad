package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/sla"
)

// promising has the store know what this configuration promises to every customer,
// so that reports can tell a figure as it stood before a change.
func promising(a *application) ([]part, error) {
	return []part{{name: "contracts", ready: func(ctx context.Context) error {
		by, err := enteredBy("")
		if err != nil { // a container may run as a number without a name
			by = storage.ByItself
		}
		var customers []string
		for _, customer := range a.config.Ingest.Inventory.Customers {
			customers = append(customers, customer.Name)
		}
		return a.insist(ctx, "keep what is promised to customers", func() error {
			return keepContracts(ctx, a.store, a.config.Service, customers, by, "configuration changed", a.logger)
		})
	}}}, nil
}

// keepContracts stores what is promised to customers, where it has changed.
func keepContracts(ctx context.Context, store *clickhouse.Store, service sla.Config, customers []string, by, why string, logger *slog.Logger) error {
	kept, err := store.SaveContracts(ctx, service.Revisions(customers, time.Now(), by, why))
	if err != nil {
		return fmt.Errorf("keep what is promised to customers: %w", err)
	}
	for _, revision := range kept {
		if revision.Why != storage.FirstDeployment {
			logger.Info("what is promised has changed: reports show the figure before", "customer", revision.Customer, "by", by, "why", why)
		}
	}
	return nil
}
