package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

type voiceReport struct {
	reportFlags `embed:""`
	Path        string        `help:"Only this path."`
	Step        time.Duration `help:"Length of a bucket; 0 for minutes, with all that the model was given." default:"0s"`
}

// Run prints the report.
func (r *voiceReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if r.Device != "" {
		return usageError{errors.New("--device: a voice path runs between sites and belongs to no device: use --site or --path")}
	}
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Path, query.Step = r.Path, r.Step
		if err := query.Validate(); err != nil {
			return report.Sheet{}, usageError{err}
		}
		if query.Step > 0 {
			periods, err := store.VoicePeriods(ctx, query)
			if err != nil {
				return report.Sheet{}, fmt.Errorf("ask for voice quality: %w", err)
			}
			return report.VoicePeriods(query, periods), nil
		}
		minutes, err := store.Voice(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for voice quality: %w", err)
		}
		return report.Voice(query, minutes), nil
	})
}
