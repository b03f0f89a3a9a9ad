package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"mimamori/storage/calendar"
	"mimamori/storage/clickhouse"
)

// maintenanceExtend moves the end of a window, for works that take longer.
type maintenanceExtend struct {
	storeFlags `embed:""`
	ID         string `arg:"" help:"Id of the window, as add and list print it."`
	Customer   string `help:"Customer whose window it is; needed where two have one of that id."`
	To         string `help:"When it ends instead: a time in the window's zone, or RFC 3339." required:"" placeholder:"TIME"`
	Why        string `help:"Why it takes longer." required:"" placeholder:"TEXT"`
	By         string `help:"Who extends it. Default: the user of the operating system."`
}

// Run stores the window with its new end.
func (m *maintenanceExtend) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	by, err := enteredBy(m.By)
	if err != nil {
		return usageError{err}
	}
	if err := said(m.Why); err != nil {
		return usageError{err}
	}
	return m.changeStore(ctx, logger, func(store *clickhouse.Store) error {
		window, err := latest(ctx, store, m.Customer, m.ID)
		if err != nil {
			return err
		}
		now, before := time.Now(), window.To
		if window, err = m.extended(window); err != nil {
			return usageError{err}
		}
		window.RevisedAt, window.RevisedBy, window.RevisedWhy = now, by, m.Why
		if err := store.SaveMaintenance(ctx, window); err != nil {
			return fmt.Errorf("extend maintenance window %s: %w", m.ID, err)
		}
		if before.Before(now) {
			logger.Info("the window had ended before it was extended: reports on that time change", "window", m.ID)
		}
		_, err = fmt.Fprintf(output, "%s ends at %s\n", m.ID, window.To.Format(time.RFC3339))
		return err
	})
}

// extended returns the window with its new end. Of a rule that would be the end of
// every occurrence, those long past too.
func (m *maintenanceExtend) extended(window calendar.Window) (calendar.Window, error) {
	if window.Rule != "" {
		return window, fmt.Errorf("the maintenance window %s repeats (%s): add a window for the time that is missing", window.ID, window.Rule)
	}
	location, err := calendar.Zone(window.TimeZone)
	if err != nil {
		return window, err
	}
	to, err := calendar.Moment(m.To, location)
	if err != nil {
		return window, fmt.Errorf("--to: %w", err)
	}
	ends := window.To.In(location)
	if !to.After(ends) {
		return window, fmt.Errorf("--to: the maintenance window %s lasts until %s already: mimamori maintenance cancel --from ends it earlier", window.ID, ends.Format(time.RFC3339))
	}
	window.To = to
	return window, window.Validate()
}
