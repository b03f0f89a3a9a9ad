package main

import (
	"context"
	"fmt"
	"log/slog"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/figures"
	"mimamori/storage/report"
)

// customersReport is the wall.
type customersReport struct {
	reportFlags `embed:""`
	Limit       int `help:"Rows at most, the most urgent first; 0 for all." default:"0"`
}

// Run prints the report.
func (r *customersReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printStanding(ctx, logger, &r.reportFlags, r.Limit, output, "how customers stand", figures.Customers)
}

type sitesReport struct {
	reportFlags `embed:""`
	Limit       int `help:"Rows at most, the most urgent first; 0 for all." default:"0"`
}

// Run prints the report.
func (r *sitesReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printStanding(ctx, logger, &r.reportFlags, r.Limit, output, "how sites stand", figures.Sites)
}

type appliancesReport struct {
	reportFlags `embed:""`
	Limit       int `help:"Rows at most; 0 for all." default:"0"`
}

// Run prints the report.
func (r *appliancesReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printStanding(ctx, logger, &r.reportFlags, r.Limit, output, "how appliances stand", figures.Appliances)
}

// printStanding prints a report of how things stand at the end of the time asked for.
func printStanding(ctx context.Context, logger *slog.Logger, flags *reportFlags, limit int, output stdout, what string,
	ask func(context.Context, figures.Present, figures.Question) (report.Sheet, error)) error {
	if flags.Device != "" {
		return usageError{fmt.Errorf("--device %s: this report is about whole sites: report health and report availability tell of one device", flags.Device)}
	}
	return printReport(ctx, logger, flags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Limit = limit
		if err := query.Validate(); err != nil {
			return report.Sheet{}, usageError{err}
		}
		sheet, err := ask(ctx, store, figures.Question{Query: query})
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask %s: %w", what, err)
		}
		return sheet, nil
	})
}

type interfacesReport struct {
	reportFlags `embed:""`
	Interface   string `help:"Only this interface, by its name."`
	Kind        string `help:"Only links of this kind: lan, wan or ignored."`
	Search      string `help:"Only interfaces with this in their name or alias, in upper or lower case."`
	Top         int    `help:"Only so many, the busiest first; 0 for all, by name." default:"0"`
	Limit       int    `help:"Rows at most; 0 for all." default:"0"`
	Offset      int    `help:"Leave so many rows out at the beginning." default:"0"`
}

// Run prints the report.
func (r *interfacesReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		if r.Top < 0 || r.Offset < 0 {
			return report.Sheet{}, usageError{fmt.Errorf("--top and --offset must not be negative")}
		}
		query.Interface, query.Kind, query.Limit = r.Interface, r.Kind, r.Limit
		if r.Top > 0 {
			query.Limit = r.Top
		}
		if err := query.Validate(); err != nil {
			return report.Sheet{}, usageError{err}
		}
		sheet, total, err := figures.Interfaces(ctx, store, figures.Question{Query: query}, storage.InterfaceChoice{Text: r.Search, Busiest: r.Top > 0, Offset: r.Offset})
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for interfaces: %w", err)
		}
		if shown := len(sheet.Rows); shown < total && r.Top == 0 {
			sheet.Notes = append(sheet.Notes, fmt.Sprintf("%d of %d interfaces are shown", shown, total))
		}
		return sheet, nil
	})
}
