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

type syslogReport struct {
	reportFlags `embed:""`
	Search      string `help:"Words that a line has, all of them in any order: -word must not be there, \"some words\" are a phrase, word* begins a longer word."`
	Severity    string `help:"Only what is this severe or more: 0 to 7, or emergency, alert, critical, error, warning, notice, informational, debug."`
	Mnemonic    string `help:"Only messages with this mnemonic, such as LINK-3-UPDOWN, or its last part UPDOWN; LINK-* for all that begin so, *DOWN for all that end so."`
	Host        string `help:"Only lines that bear this host name."`
	App         string `help:"Only lines that name this application."`
	Source      string `help:"Only lines that came from this address."`
	Before      string `help:"Only lines before the one with this cursor, to go on behind an answer." placeholder:"CURSOR"`
	Limit       int    `help:"Only so many, the newest first; 0 for all, the oldest first." default:"100"`
	Wide        bool   `help:"Print all of each line in a table, also what a terminal is too narrow for."`
}

// Run prints the report.
func (r *syslogReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	filter, err := r.filter()
	if err != nil {
		return usageError{err}
	}
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Log = filter
		if r.Limit > 0 {
			query.Limit = r.Limit + 1
		}
		lines, err := store.Syslog(ctx, query)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for the log: %w", err)
		}
		more := r.Limit > 0 && len(lines) > r.Limit
		if more {
			lines = lines[:r.Limit]
		}
		sheet := report.Syslog(query, lines)
		if more {
			sheet.Notes = append(sheet.Notes, fmt.Sprintf("There is more: these are the newest %d. Go on with --before %s, or raise --limit.", r.Limit, lines[r.Limit-1].Position()))
		}
		if !r.Wide {
			sheet.Width = r.tableWidth(output)
		}
		if r.Search != "" {
			sheet.Empty += ": a word is looked for as a whole, word* finds what begins with it"
		}
		return sheet, nil
	})
}

// filter is what the flags select.
func (r *syslogReport) filter() (filter storage.LogFilter, err error) {
	if r.Limit < 0 {
		return filter, errors.New("--limit is negative: give 0 for all, or how many")
	}
	filter = storage.LogFilter{Mnemonic: r.Mnemonic, Hostname: r.Host, AppName: r.App, Source: r.Source}
	if filter.Text, err = storage.ParseSearch(r.Search); err != nil {
		return filter, fmt.Errorf("--search %w", err)
	}
	if filter.Severity, err = severityFlag(r.Severity); err != nil {
		return filter, err
	}
	if r.Before != "" {
		before, err := storage.ParseLogPosition(r.Before)
		if err != nil {
			return filter, fmt.Errorf("--before %w", err)
		}
		filter.Before = &before
	}
	return filter, filter.Validate()
}

// severityFlag reads the flag --severity, nil for none.
func severityFlag(text string) (*uint8, error) {
	if text == "" {
		return nil, nil
	}
	severity, err := storage.ParseSeverity(text)
	if err != nil {
		return nil, fmt.Errorf("--severity %q %w", text, err)
	}
	return &severity, nil
}

type syslogRatesReport struct {
	reportFlags `embed:""`
	By          string        `help:"What messages are counted by: severity, mnemonic (or the application, where there is none), device, site, customer, source (address) or host (as lines name it), or some of them with commas between." default:"mnemonic"`
	Step        time.Duration `help:"Length of a bucket such as 5m, 1h or 24h, aligned to UTC; 0 for one bucket of the whole time." default:"0s"`
	Top         int           `help:"Only so many, those with most messages; 0 for all." default:"20"`
	Severity    string        `help:"Only what is this severe or more: 0 to 7, or the name."`
	Mnemonic    string        `help:"Only messages with this mnemonic, such as LINK-3-UPDOWN, or its last part UPDOWN; LINK-* for all that begin so, *DOWN for all that end so."`
}

// Run prints the report.
func (r *syslogRatesReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	groups, err := storage.ParseLogGroups(r.By)
	if err != nil {
		return usageError{fmt.Errorf("--by %q %w", r.By, err)}
	}
	if r.Top < 0 {
		return usageError{errors.New("--top is negative: give 0 for all, or how many")}
	}
	if r.Step != 0 && r.Step < time.Second {
		return usageError{fmt.Errorf("--step %s is too short: give 0 or at least 1s", r.Step)}
	}
	filter := storage.LogFilter{Mnemonic: r.Mnemonic}
	if filter.Severity, err = severityFlag(r.Severity); err == nil {
		err = filter.Validate()
	}
	if err != nil {
		return usageError{err}
	}
	return printReport(ctx, logger, &r.reportFlags, output, func(store *clickhouse.Store, query storage.Query) (report.Sheet, error) {
		query.Step, query.Log = r.Step, filter
		asked := storage.SyslogRatesQuery{Query: query, By: groups}
		rates, err := store.SyslogRates(ctx, asked)
		if err != nil {
			return report.Sheet{}, fmt.Errorf("ask for the rates of the log: %w", err)
		}
		if r.Top > 0 {
			rates = rates.Top(r.Top)
		}
		return report.SyslogRates(asked, rates), nil
	})
}
