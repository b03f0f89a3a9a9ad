package main

import (
	"context"
	"fmt"
	"log/slog"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

type voiceReport struct {
	reportFlags `embed:""`
	Path        string `help:"Only this path."`
}

// Run prints the report.
func (r *voiceReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Path = r.Path
		minutes, err := store.Voice(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for voice quality: %w", err)
		}
		return report.Voice(query, minutes), nil
	})
}
