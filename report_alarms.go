package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

type alarmsReport struct {
	reportFlags `embed:""`
	Alert       string `help:"Only alarms of this rule, such as DeviceDown."`
	Open        bool   `help:"Only what has not cleared at the end of the time."`
	Limit       int    `help:"Only so many, the newest; 0 for all." default:"0"`
}

// Run prints the report.
func (r *alarmsReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if r.Limit < 0 {
		return usageError{errors.New("--limit is negative: give 0 for all, or how many")}
	}
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Alarm, query.Limit = storage.AlarmFilter{Rule: r.Alert, Open: r.Open}, r.Limit
		raised, err := store.Alarms(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for alarms: %w", err)
		}
		sheet := report.Alarms(query, raised)
		if r.Alert != "" {
			sheet.Empty += fmt.Sprintf(": the rule %q is looked for as it is written, in upper and lower case", r.Alert)
		}
		return sheet, nil
	})
}
