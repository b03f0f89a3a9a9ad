package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
	"mimamori/storage/sla"
)

type availabilityReport struct {
	reportFlags `embed:""`
	By          sla.By `help:"What there is a row for: device, site, customer, or group (a service group of the configuration)." enum:"device,site,customer,group" default:"device"`
	Calendar    string `help:"Hours that count, by their name in service.calendars, or 24x7; without it those of each customer's contract." placeholder:"NAME"`
	Rows        string `help:"Print what is behind the rows instead: outages, corrections, or contributors (by site or customer)." enum:",outages,corrections,contributors" default:"" placeholder:"WHAT"`
}

// Run prints the report.
func (r *availabilityReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	config, err := configFlag(r.storeFlags).load()
	if err != nil {
		return err
	}
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		answer, err := sla.Ask(ctx, store, config.Service, sla.Question{
			Query: query, By: r.By, Calendar: r.Calendar,
			FiguresOnly: r.Format == "csv" && r.Rows == "", // a CSV has no room for what is behind them
		})
		if errors.Is(err, sla.ErrQuestion) {
			return report.Sheet{}, usageError{err}
		}
		if err != nil {
			return report.Sheet{}, err
		}
		sheet := report.ServiceLevels(answer)
		if r.By == sla.ByDevice {
			if sheet, err = noteBlindSpots(ctx, store, query, sheet); err != nil {
				return sheet, err
			}
		}
		if r.Rows == "" {
			return sheet, nil
		}
		for _, details := range sheet.Details {
			if details.Name == r.Rows {
				return sheet.Of(details), nil
			}
		}
		return report.Sheet{}, usageError{fmt.Errorf("--rows %s is not behind rows by %s: use --by site or --by customer", r.Rows, r.By)}
	})
}
