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

// linkFlags choose interfaces, and how many of them.
type linkFlags struct {
	Interface string `help:"Only interfaces of this name."`
	Kind      string `help:"Only links of this kind: wan, lan or ignored; else all but the ignored ones." enum:",wan,lan,ignored" default:""`
	Top       int    `help:"Only so many links, those with most traffic or highest utilization first; 0 for all, by name." default:"0"`
	Order     string `help:"What --top goes by: bits or percent." enum:"bits,percent" default:"bits"`
}

func (f *linkFlags) check() error {
	if f.Top < 0 {
		return usageError{fmt.Errorf("--top %d is negative: use how many links to show, or 0 for all", f.Top)}
	}
	return nil
}

// choose puts the flags into a query.
func (f *linkFlags) choose(query *storage.Query) error {
	query.Interface, query.Kind = f.Interface, f.Kind
	if err := query.Validate(); err != nil {
		return usageError{err}
	}
	return nil
}

type utilizationReport struct {
	reportFlags `embed:""`
	linkFlags   `embed:""`
	Step        time.Duration `help:"Length of a bucket; 0 for one bucket of the whole time." default:"0s"`
}

// Run prints the report.
func (r *utilizationReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if err := r.check(); err != nil {
		return err
	}
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Step = r.Step
		if err := r.choose(&query); err != nil {
			return report.Sheet{}, err
		}
		links, err := store.Utilization(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for utilization: %w", err)
		}
		if r.Top > 0 {
			links = storage.TopLinks(links, r.Order, r.Top)
		}
		return report.Utilization(query, links), nil
	})
}

type capacityReport struct {
	reportFlags `embed:""`
	linkFlags   `embed:""`
	FullAt      float64 `name:"full-at" help:"From which utilization on a link is full, percent." default:"100"`
}

// Run prints the report.
func (r *capacityReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if !(r.FullAt > 0 && r.FullAt <= 1000) {
		return usageError{fmt.Errorf("--full-at %g is no load that a link can reach: use above 0 to 1000 percent", r.FullAt)}
	}
	if err := r.check(); err != nil {
		return err
	}
	asked, _, err := r.query(time.Now())
	if err != nil {
		return err
	}
	if asked.To.Sub(asked.From) < 2*storage.SampleStep {
		return usageError{errors.New("averages over 5 minutes need at least 10 minutes: ask for more, such as --from 720h")}
	}
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		if err := r.choose(&query); err != nil {
			return report.Sheet{}, err
		}
		links, err := store.Capacity(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for capacity: %w", err)
		}
		if r.Top > 0 {
			links = storage.TopCapacity(links, r.Order, r.Top)
		}
		return report.Capacity(query, links, r.FullAt), nil
	})
}
