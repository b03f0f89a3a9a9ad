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

type notificationsReport struct {
	reportFlags `embed:""`
	Name        string `help:"Only notifications of this name or object identifier, such as linkDown."`
	Limit       int    `help:"Only so many, the newest first; 0 for all, the oldest first." default:"0"`
}

// Run prints the report.
func (r *notificationsReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if r.Limit < 0 {
		return usageError{errors.New("--limit is negative: give 0 for all, or how many")}
	}
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Notification, query.Limit = r.Name, r.Limit
		notifications, err := store.Notifications(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for notifications: %w", err)
		}
		sheet := report.Notifications(query, notifications)
		if r.Name != "" {
			sheet.Empty += fmt.Sprintf(": %q is looked for as it is written, in upper and lower case", r.Name)
		}
		return sheet, nil
	})
}
