package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os/user"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

// maintenanceCommand keeps the maintenance windows.
type maintenanceCommand struct {
	Add    maintenanceAdd    `cmd:"" help:"Enter a maintenance window, be it to come or past."`
	List   maintenanceList   `cmd:"" help:"List maintenance windows."`
	Extend maintenanceExtend `cmd:"" help:"Let a maintenance window end later."`
	Cancel maintenanceCancel `cmd:"" help:"Take a maintenance window back, or end it early."`
}

// maintenanceAdd enters a window.
type maintenanceAdd struct {
	storeFlags `embed:""`
	Customer   string `help:"Customer it is for." required:"" placeholder:"NAME"`
	Site       string `help:"Site it is for; all of the customer's without one."`
	Device     string `help:"Device it is for; all of the site without one."`
	From       string `help:"When it begins: 2026-05-08T22:00 in the time zone, a date, or RFC 3339." required:"" placeholder:"TIME"`
	To         string `help:"When it ends, as --from; with --rule the end of the first one." required:"" placeholder:"TIME"`
	Rule       string `help:"Repeat it by a rule of RFC 5545 that begins with --from, such as 'FREQ=WEEKLY;BYDAY=SU'." placeholder:"RRULE"`
	TimeZone   string `aliases:"tz" help:"Zone of the times and of the rule, whose clocks count; --tz for short." default:"UTC"`
	Why        string `help:"What is done, as reports say it." required:"" placeholder:"TEXT"`
	By         string `help:"Who enters it. Default: the user of the operating system."`
	Reference  string `help:"Somebody else's number for it, such as a carrier's circuit or a change."`
}

// Run stores the window and prints its id.
func (m *maintenanceAdd) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	window, err := m.window(time.Now())
	if err != nil {
		return usageError{err}
	}
	config, err := configFlag(m.storeFlags).load()
	if err != nil {
		return err
	}
	if err := known(config.Ingest.Inventory, window.Customer, window.Site, window.Device); err != nil {
		return usageError{err}
	}
	return m.changeStore(ctx, logger, func(store *clickhouse.Store) error {
		if err := store.SaveMaintenance(ctx, window); err != nil {
			return fmt.Errorf("enter the maintenance window: %w", err)
		}
		if window.Retroactive() {
			logger.Info("the window began before it was entered: reports on that time change", "window", window.ID)
		}
		_, err := fmt.Fprintln(output, window.ID)
		return err
	})
}

func (m *maintenanceAdd) window(now time.Time) (calendar.Window, error) {
	location, err := calendar.Zone(m.TimeZone)
	if err != nil {
		return calendar.Window{}, fmt.Errorf("--time-zone: %w", err)
	}
	span, err := calendar.ParseSpan(m.From+"/"+m.To, location)
	if err != nil {
		return calendar.Window{}, fmt.Errorf("--from and --to: %w", err)
	}
	by, err := enteredBy(m.By)
	if err != nil {
		return calendar.Window{}, err
	}
	if err := said(m.Why); err != nil {
		return calendar.Window{}, err
	}
	window := calendar.Window{
		ID: strings.ToLower(rand.Text()[:10]), Customer: m.Customer, Site: m.Site, Device: m.Device,
		From: span.From, To: span.To, Rule: m.Rule, TimeZone: m.TimeZone,
		EnteredAt: now, By: by, Why: m.Why, Reference: m.Reference,
	}
	return window, window.Validate()
}

// enteredBy is who it was, by default the user of the operating system.
func enteredBy(name string) (string, error) {
	if name != "" {
		return name, nil
	}
	current, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("say with --by who enters this, the operating system does not know: %w", err)
	}
	return current.Username, nil
}

// said refuses a reason that says nothing: reports print it years later.
func said(why string) error {
	if strings.TrimSpace(why) == "" {
		return errors.New("--why is empty: say what is done and why, as reports are to print it")
	}
	return nil
}

// known says which of the names the inventory does not have. An empty one stands for
// all of them.
func known(config inventory.Config, customer, site, device string) error {
	hasCustomer, hasSite := false, false
	for _, station := range config.Stations() {
		if customer != "" && station.Customer != customer {
			continue
		}
		hasCustomer = true
		if site != "" && station.Site != site {
			continue
		}
		hasSite = true
		if device == "" || slices.ContainsFunc(station.Devices, func(d inventory.StationDevice) bool { return d.Name == device }) {
			return nil
		}
	}
	switch {
	case !hasCustomer:
		return fmt.Errorf("--customer: there is no customer %q in the configuration", customer)
	case !hasSite && customer == "":
		return fmt.Errorf("--site: there is no site %q in the configuration", site)
	case !hasSite:
		return fmt.Errorf("--site: %s has no site %q in the configuration", customer, site)
	}
	return fmt.Errorf("--device: there is no device %q there in the configuration", device)
}

// maintenanceList lists windows.
type maintenanceList struct {
	storeFlags `embed:""`
	From       string `help:"List what falls in the time from here: a date, a time, a duration before now such as 720h, or now." default:"now"`
	To         string `help:"End of that time, as --from. Default: a year from now."`
	TZ         string `name:"tz" help:"Time zone that dates are meant in and times are printed in." default:"UTC"`
	Customer   string `help:"Only this customer."`
	Site       string `help:"Only what covers this site or a part of it."`
	Device     string `help:"Only what covers this device."`
	History    bool   `help:"List every revision with who entered it when, cancelled windows too."`
	Format     string `help:"How to print it: table, csv or json." enum:"table,csv,json" default:"table"`
}

// Run prints the windows.
func (m *maintenanceList) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	query, location, err := m.query(time.Now())
	if err != nil {
		return err
	}
	return m.withStore(ctx, logger, func(store *clickhouse.Store) error {
		ask := store.Maintenance
		if m.History {
			ask = store.MaintenanceHistory
		}
		windows, err := ask(ctx, query)
		if err != nil {
			return fmt.Errorf("ask for maintenance windows: %w", err)
		}
		sheet, err := report.Maintenance(query, windows, m.History)
		if err != nil {
			return err
		}
		sheet.Location = location
		return sheet.Write(output, m.Format)
	})
}

func (m *maintenanceList) query(now time.Time) (storage.Query, *time.Location, error) {
	location, err := zone(m.TZ)
	if err != nil {
		return storage.Query{}, nil, err
	}
	from, err := moment("from", m.From, now, location)
	if err != nil {
		return storage.Query{}, nil, err
	}
	to := now.AddDate(1, 0, 0)
	if m.To != "" {
		if to, err = moment("to", m.To, now, location); err != nil {
			return storage.Query{}, nil, err
		}
	}
	query := storage.Query{Scope: storage.EveryCustomer(), From: from, To: to, Customer: m.Customer, Site: m.Site, Device: m.Device}
	if err := query.Validate(); err != nil {
		return storage.Query{}, nil, usageError{err}
	}
	return query, location, nil
}

// maintenanceCancel takes a window back.
type maintenanceCancel struct {
	storeFlags `embed:""`
	ID         string `arg:"" help:"Id of the window, as add and list print it."`
	Customer   string `help:"Customer whose window it is; needed where two have one of that id."`
	Why        string `help:"Why it is taken back." required:"" placeholder:"TEXT"`
	By         string `help:"Who takes it back. Default: the user of the operating system."`
	From       string `help:"Take back only what begins then or later, and end there what occurs once: a time in the window's zone, RFC 3339, or now. Without it the window's past goes too." placeholder:"TIME"`
}

// Run stores the cancellation.
func (m *maintenanceCancel) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
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
		now := time.Now()
		if window, err = m.changed(window, now); err != nil {
			return usageError{err}
		}
		window.RevisedAt, window.RevisedBy, window.RevisedWhy = now, by, m.Why
		if err := store.SaveMaintenance(ctx, window); err != nil {
			return fmt.Errorf("cancel maintenance window %s: %w", m.ID, err)
		}
		outcome := "is cancelled"
		if !window.Cancelled {
			outcome = "ends"
		}
		_, err = fmt.Fprintf(output, "%s %s\n", m.ID, outcome)
		return err
	})
}

func (m *maintenanceCancel) changed(window calendar.Window, now time.Time) (calendar.Window, error) {
	if m.From == "" {
		window.Cancelled = true
		return window, nil
	}
	if m.From == "now" {
		return window.EndingAt(now), nil
	}
	location, err := calendar.Zone(window.TimeZone)
	if err != nil {
		return window, err
	}
	at, err := calendar.Moment(m.From, location)
	if err != nil {
		return window, fmt.Errorf("--from: %w", err)
	}
	return window.EndingAt(at), nil
}

// latest is the last revision of a window. Two customers may have one of an id.
func latest(ctx context.Context, store *clickhouse.Store, customer, id string) (calendar.Window, error) {
	always := storage.Query{Scope: storage.EveryCustomer(), Customer: customer, From: time.Unix(0, 0), To: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)}
	history, err := store.MaintenanceHistory(ctx, always)
	if err != nil {
		return calendar.Window{}, fmt.Errorf("ask for maintenance window %s: %w", id, err)
	}
	var window calendar.Window
	for _, revision := range history {
		if revision.ID != id {
			continue
		}
		if window.ID != "" && window.Customer != revision.Customer {
			return window, usageError{fmt.Errorf("%s and %s both have a maintenance window %s: say whose with --customer", window.Customer, revision.Customer, id)}
		}
		window = revision
	}
	switch {
	case window.ID == "":
		return window, usageError{fmt.Errorf("there is no maintenance window %s: mimamori maintenance list prints the ids", id)}
	case window.Cancelled:
		return window, usageError{fmt.Errorf("the maintenance window %s is cancelled already", id)}
	}
	return window, nil
}
