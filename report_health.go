package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

type healthReport struct {
	reportFlags `embed:""`
	NotOK       bool          `name:"not-ok" help:"Only sensors that their device called in danger or failed."`
	Step        time.Duration `help:"Length of a bucket; 0 for one bucket of the whole time." default:"0s"`
}

// Run prints the report.
func (r *healthReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Step = r.Step
		if err := query.Validate(); err != nil {
			return report.Sheet{}, usageError{err}
		}
		sensors, err := store.Health(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for the health of devices: %w", err)
		}
		known := len(sensors) > 0
		if r.NotOK {
			sensors = slices.DeleteFunc(sensors, func(sensor storage.SensorHealth) bool { return !sensor.Worst.Failing() })
		}
		sheet := report.Health(query, sensors)
		if known && len(sensors) == 0 {
			sheet.Empty = "no sensor of this selection was in danger or failed in this time"
		}
		return noteBlindSpots(ctx, store, query, sheet)
	})
}
