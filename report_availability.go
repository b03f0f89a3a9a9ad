package main

import (
	"context"
	"fmt"
	"log/slog"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

type availabilityReport struct {
	reportFlags `embed:""`
}

// Run prints the report.
func (r *availabilityReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		devices, err := store.Availability(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for availability: %w", err)
		}
		return report.Availability(query, devices), nil
	})
}
