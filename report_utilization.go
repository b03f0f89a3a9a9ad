package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

type utilizationReport struct {
	reportFlags `embed:""`
	Interface   string        `help:"Only interfaces of this name."`
	Step        time.Duration `help:"Length of a bucket; 0 for one bucket of the whole time." default:"0s"`
}

// Run prints the report.
func (r *utilizationReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Interface, query.Step = r.Interface, r.Step
		if err := query.Validate(); err != nil {
			return report.Sheet{}, usageError{err}
		}
		links, err := store.Utilization(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for utilization: %w", err)
		}
		return report.Utilization(query, links), nil
	})
}
