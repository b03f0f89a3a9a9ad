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

type blindSpotsReport struct {
	reportFlags `embed:""`
	Unasked     bool `help:"Also list devices that the inventory has pinged alone."`
}

// Run prints the report.
func (r *blindSpotsReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		found, err := store.BlindSpots(ctx, query, r.Unasked)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for blind spots: %w", err)
		}
		return report.BlindSpots(query, found), nil
	})
}

// noteBlindSpots notes below figures that reach to the present how many devices tell
// nothing: they are not to pass for healthy.
func noteBlindSpots(ctx context.Context, store *clickhouse.Store, query storage.Query, sheet report.Sheet) (report.Sheet, error) {
	if time.Since(query.To) > report.Present {
		return sheet, nil
	}
	query.From = query.To.Add(-report.Present)
	found, err := store.BlindSpots(ctx, query, false)
	if err != nil {
		return sheet, fmt.Errorf("ask for blind spots: %w", err)
	}
	return sheet.WithBlindSpots(found), nil
}
