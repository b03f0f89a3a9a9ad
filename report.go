package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

// reportCommand prints figures from the store. Each report has a file of its own.
type reportCommand struct {
	Customers     customersReport     `cmd:"" help:"How each customer stands, the most urgent first."`
	Sites         sitesReport         `cmd:"" help:"How each site stands, the most urgent first."`
	Appliances    appliancesReport    `cmd:"" help:"How each appliance stands: its last heartbeat, backlog and clock."`
	Interfaces    interfacesReport    `cmd:"" help:"Each interface with its traffic over the time asked for and its last poll, or the busiest."`
	Availability  availabilityReport  `cmd:"" help:"Availability of devices, sites, customers or service groups, with the outages behind the figure."`
	Utilization   utilizationReport   `cmd:"" help:"Traffic and utilization of each interface."`
	Capacity      capacityReport      `cmd:"" help:"How full each interface is, when it is busy and in how many days it will be full."`
	Voice         voiceReport         `cmd:"" help:"Voice quality of each path, minute by minute."`
	Syslog        syslogReport        `cmd:"" help:"Lines of the log that have what is searched for, the newest first."`
	SyslogRates   syslogRatesReport   `cmd:"" help:"How many messages were logged by severity, mnemonic, device, site, customer, source or host, with the change against the time before."`
	Notifications notificationsReport `cmd:"" help:"SNMP notifications received from devices: traps and informs."`
	Alarms        alarmsReport        `cmd:"" help:"Alarms that were raised, the newest first, with how long and who saw to them."`
	Health        healthReport        `cmd:"" help:"Processors, memory, temperatures, fans and power supplies of each device."`
	Blindspots    blindSpotsReport    `cmd:"" help:"What is not seen: devices that tell nothing or only a part, and silent appliances, with the reason and what to do."`
	Tickets       ticketsReport       `cmd:"" help:"Tickets with what was due, what was late and who was told; or in time by customer. Asks the role that raises alarms."`
}

// reportFlags are what every report understands.
type reportFlags struct {
	storeFlags  `embed:""`
	outputFlags `embed:""`
	From        string `help:"Start of the time reported on: RFC 3339, a date, a time of day there such as 2026-05-01T09:00, or 24h or 30d before now." default:"24h"`
	To          string `help:"End of the time reported on, not included: as --from, or now." default:"now"`
	Month       string `help:"A month such as 2026-05 in place of --from and --to." placeholder:"MONTH"`
	TZ          string `name:"tz" help:"Time zone that dates are meant in and times are printed in, such as Asia/Tokyo." default:"UTC"`
	Customer    string `help:"Only this customer."`
	Site        string `help:"Only this site."`
	Device      string `help:"Only this device."`
}

func (f *reportFlags) query(now time.Time) (storage.Query, *time.Location, error) {
	location, err := zone(f.TZ)
	if err != nil {
		return storage.Query{}, nil, err
	}
	from, to, err := f.span(now, location)
	if err != nil {
		return storage.Query{}, nil, err
	}
	// What has not been yet is neither up nor down.
	if from.After(now) {
		return storage.Query{}, nil, usageError{fmt.Errorf("the time asked for begins at %s, which is yet to come: ask for a time that has begun", from.Format(time.RFC3339))}
	}
	if to.After(now) {
		to = now
	}
	query := storage.Query{Scope: storage.EveryCustomer(), From: from, To: to,
		Customer: f.Customer, Site: f.Site, Device: f.Device, Location: location}
	if err := query.Validate(); err != nil {
		return storage.Query{}, nil, usageError{err}
	}
	return query, location, nil
}

// span is the time asked for, which may go on into the future.
func (f *reportFlags) span(now time.Time, location *time.Location) (from, to time.Time, err error) {
	if f.Month != "" {
		month, err := time.Parse("2006-01", f.Month)
		if err != nil {
			return from, to, usageError{fmt.Errorf("--month %q is not a month: write it as 2026-05", f.Month)}
		}
		// Where the clocks skip its first midnight a month begins later.
		if from, err = moment("month", month.Format(time.DateOnly), now, location); err != nil {
			return from, to, err
		}
		to, err = moment("month", month.AddDate(0, 1, 0).Format(time.DateOnly), now, location)
		return from, to, err
	}
	if from, err = moment("from", f.From, now, location); err != nil {
		return from, to, err
	}
	to, err = moment("to", f.To, now, location)
	return from, to, err
}

// zone returns a time zone by its name in the IANA database.
func zone(name string) (*time.Location, error) {
	location, err := calendar.Zone(name)
	if err != nil {
		return nil, usageError{fmt.Errorf("--tz: %w", err)}
	}
	return location, nil
}

// moment reads a time of a flag.
func moment(flag, text string, now time.Time, location *time.Location) (time.Time, error) {
	at, err := calendar.RelativeMoment(text, now, location)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("--%s %w", flag, err)}
	}
	return at, nil
}

// printReport asks the store and prints its answer.
func printReport(ctx context.Context, logger *slog.Logger, flags *reportFlags, output stdout, ask func(*clickhouse.Store, storage.Query) (report.Sheet, error)) error {
	if err := flags.checkOutput(output); err != nil {
		return err
	}
	if flags.Month != "" && (flags.From != "24h" || flags.To != "now") {
		return usageError{errors.New("--month stands in place of --from and --to: give the one or the others")}
	}
	query, location, err := flags.query(time.Now())
	if err != nil {
		return err
	}
	return flags.withStore(ctx, logger, func(store *clickhouse.Store) error {
		sheet, err := ask(store, query)
		if err != nil {
			return err
		}
		sheet.Location = location
		if len(sheet.Rows) == 0 {
			sheet, err = flags.unknown(sheet)
			if err != nil {
				return err
			}
		}
		return flags.write(sheet, output)
	})
}

// unknown says of a report without rows which of the names asked for the inventory
// does not have: a slip of the pen would pass for silence. It is no mistake as such,
// for the store remembers what the inventory has no more.
func (f *reportFlags) unknown(sheet report.Sheet) (report.Sheet, error) {
	config, err := configFlag(f.storeFlags).load()
	if err != nil {
		return sheet, err
	}
	if missing := known(config.Ingest.Inventory, f.Customer, f.Site, f.Device); missing != nil {
		sheet.Notes = append(sheet.Notes, missing.Error())
	}
	return sheet, nil
}
