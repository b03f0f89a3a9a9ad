package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
)

// reportCommand prints figures from the store.
type reportCommand struct {
	Availability availabilityReport `cmd:"" help:"Availability of each device, with the outages behind the figure."`
	Utilization  utilizationReport  `cmd:"" help:"Traffic and utilization of each interface."`
	Voice        voiceReport        `cmd:"" help:"Voice quality of each path, minute by minute."`
}

// reportFlags are what every report understands.
type reportFlags struct {
	storeFlags `embed:""`
	From       string `help:"Start of the time reported on: RFC 3339, a date, or a duration before now such as 24h." default:"24h"`
	To         string `help:"End of the time reported on, not included: as --from, or now." default:"now"`
	Customer   string `help:"Only this customer."`
	Site       string `help:"Only this site."`
	Device     string `help:"Only this device."`
	Format     string `help:"How to print it: table, csv or json." enum:"table,csv,json" default:"table"`
}

func (f *reportFlags) query(now time.Time) (storage.Query, error) {
	from, err := moment("from", f.From, now)
	if err != nil {
		return storage.Query{}, err
	}
	to, err := moment("to", f.To, now)
	if err != nil {
		return storage.Query{}, err
	}
	// What has not been yet is neither up nor down.
	if to.After(now) {
		to = now
	}
	query := storage.Query{Scope: storage.EveryCustomer(), From: from, To: to,
		Customer: f.Customer, Site: f.Site, Device: f.Device}
	if err := query.Validate(); err != nil {
		return storage.Query{}, usageError{err}
	}
	return query, nil
}

// moment reads a time as people write one on a command line. A date begins at
// midnight UTC.
func moment(flag, text string, now time.Time) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usageError{fmt.Errorf("--%s %q is not a time: write 2026-05-01T09:00:00+09:00, 2026-05-01, 24h (before now) or now", flag, text)}
}

type availabilityReport struct {
	reportFlags `embed:""`
}

// Run prints the report.
func (r *availabilityReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return report(ctx, logger, &r.reportFlags, output, func(store queries, query storage.Query) (sheet, error) {
		devices, err := store.Availability(ctx, query)
		if err != nil {
			return sheet{}, fmt.Errorf("ask for availability: %w", err)
		}
		return availabilitySheet(devices), nil
	})
}

type utilizationReport struct {
	reportFlags `embed:""`
	Interface   string        `help:"Only interfaces of this name."`
	Step        time.Duration `help:"Length of a bucket; 0 for one bucket of the whole time." default:"0s"`
}

// Run prints the report.
func (r *utilizationReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return report(ctx, logger, &r.reportFlags, output, func(store queries, query storage.Query) (sheet, error) {
		query.Interface, query.Step = r.Interface, r.Step
		if err := query.Validate(); err != nil {
			return sheet{}, usageError{err}
		}
		links, err := store.Utilization(ctx, query)
		if err != nil {
			return sheet{}, fmt.Errorf("ask for utilization: %w", err)
		}
		return utilizationSheet(links), nil
	})
}

type voiceReport struct {
	reportFlags `embed:""`
	Path        string `help:"Only this path."`
}

// Run prints the report.
func (r *voiceReport) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return report(ctx, logger, &r.reportFlags, output, func(store queries, query storage.Query) (sheet, error) {
		query.Path = r.Path
		minutes, err := store.Voice(ctx, query)
		if err != nil {
			return sheet{}, fmt.Errorf("ask for voice quality: %w", err)
		}
		return voiceSheet(minutes), nil
	})
}

// queries is what reports ask of the store.
type queries interface {
	Availability(context.Context, storage.Query) ([]storage.Availability, error)
	Utilization(context.Context, storage.Query) ([]storage.LinkUtilization, error)
	Voice(context.Context, storage.Query) ([]storage.PathVoice, error)
}

// sheet is a report before it is printed: the same cells for a table, CSV and JSON.
// A cell is a string, a number, a time or nil where there is no figure.
type sheet struct {
	columns []string
	rows    [][]any
	// details are printed under their row in a table and are an array named
	// detailsName in JSON. CSV leaves them out: one file, one shape.
	details     [][]sheetDetail
	detailsName string
}

type sheetDetail struct {
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Ongoing   bool      `json:"ongoing"`
	State     string    `json:"state"`
	Cause     string    `json:"cause"`
	Seconds   float64   `json:"seconds"`
	Evidence  string    `json:"evidence,omitempty"`
	Corrected bool      `json:"corrected"`
}

func report(ctx context.Context, logger *slog.Logger, flags *reportFlags, output stdout, ask func(queries, storage.Query) (sheet, error)) error {
	query, err := flags.query(time.Now())
	if err != nil {
		return err
	}
	return flags.withStore(ctx, logger, func(store *clickhouse.Store) error {
		answer, err := ask(store, query)
		if err != nil {
			return err
		}
		return answer.print(output, flags.Format, query)
	})
}

func availabilitySheet(devices []storage.Availability) sheet {
	answer := sheet{detailsName: "outages", columns: []string{"customer", "site", "device", "availability_pct",
		"pessimistic_pct", "up_s", "degraded_s", "down_s", "unknown_s", "outages", "state"}}
	for i := range devices {
		device := &devices[i]
		answer.rows = append(answer.rows, []any{device.Customer, device.Site, device.Device,
			optional(device.Percent()), optional(device.PessimisticPercent()),
			seconds(device.UpMs), seconds(device.DegradedMs), seconds(device.DownMs), seconds(device.UnknownMs),
			downs(device.Outages), device.State.String()})
		details := []sheetDetail{}
		for _, outage := range device.Outages {
			details = append(details, sheetDetail{From: outage.From.UTC(), To: outage.To.UTC(), Ongoing: outage.Ongoing,
				State: outage.State.String(), Cause: outage.Cause.String(), Seconds: outage.To.Sub(outage.From).Seconds(),
				Evidence: outage.Evidence, Corrected: outage.Corrected})
		}
		answer.details = append(answer.details, details)
	}
	return answer
}

// downs counts the outages among the stretches that were not up.
func downs(stretches []storage.Outage) int {
	n := 0
	for _, stretch := range stretches {
		if stretch.State == storage.StateDown {
			n++
		}
	}
	return n
}

func utilizationSheet(links []storage.LinkUtilization) sheet {
	answer := sheet{columns: []string{"customer", "site", "device", "interface", "alias", "kind", "start",
		"in_bps", "out_bps", "utilization_pct", "in_peak_bps", "out_peak_bps", "in_bits", "out_bits", "speed_bps", "measured_s",
		"in_errors", "out_errors", "in_discards", "out_discards", "gaps"}}
	for i := range links {
		link := &links[i]
		kind := "LAN"
		if link.WAN {
			kind = "WAN"
		}
		answer.rows = append(answer.rows, []any{link.Customer, link.Site, link.Device, link.Name, link.Alias, kind, link.Start.UTC(),
			optional(link.InBps()), optional(link.OutBps()), optional(link.Percent()), link.InPeakBps, link.OutPeakBps,
			link.InBits, link.OutBits, link.SpeedBps, seconds(link.CoveredMs),
			link.InErrors, link.OutErrors, link.InDiscard, link.OutDiscard, strings.Join(link.Gaps, "; ")})
	}
	return answer
}

func voiceSheet(minutes []storage.PathVoice) sheet {
	answer := sheet{columns: []string{"customer", "site", "path", "minute", "mos", "r", "loss_pct", "delay_ms", "one_way",
		"jitter_ms", "pdv99_ms", "burst_r", "sent", "lost", "late", "codec", "model"}}
	for i := range minutes {
		minute := &minutes[i]
		var mos, r any
		if minute.Sent > 0 {
			mos, r = minute.MOS, minute.R
		}
		answer.rows = append(answer.rows, []any{minute.Entity.Customer, minute.Entity.Site, minute.Name,
			time.UnixMilli(minute.MinuteMs).UTC(), mos, r, minute.LossPct, minute.DelayMs, minute.OneWay,
			minute.JitterMs, minute.PDV99Ms, minute.BurstR, minute.Sent, minute.Lost, minute.Late, minute.Codec, minute.Model})
	}
	return answer
}

func optional(value float64, ok bool) any {
	if !ok {
		return nil
	}
	return value
}

func seconds(milliseconds int64) float64 { return float64(milliseconds) / 1000 }

func (s sheet) print(output io.Writer, format string, query storage.Query) error {
	switch format {
	case "csv":
		return s.csv(output)
	case "json":
		return s.json(output, query)
	default:
		return s.table(output, query)
	}
}

func (s sheet) table(output io.Writer, query storage.Query) error {
	if len(s.rows) == 0 {
		_, err := fmt.Fprintf(output, "nothing is known between %s and %s for this selection\n",
			query.From.UTC().Format(time.RFC3339), query.To.UTC().Format(time.RFC3339))
		return err
	}
	writer := tabwriter.NewWriter(output, 2, 8, 2, ' ', 0)
	fmt.Fprintln(writer, strings.ToUpper(strings.Join(s.columns, "\t")))
	for _, row := range s.rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = text(cell, "-")
		}
		fmt.Fprintln(writer, strings.Join(cells, "\t"))
	}
	s.tableDetails(writer)
	return writer.Flush()
}

// tableDetails lists what is behind the figures below the table, so that the columns
// of neither disturb the other's.
func (s sheet) tableDetails(writer *tabwriter.Writer) {
	heading := "\nNOT UP\tFROM\tTO\tSECONDS\tSTATE\tCAUSE"
	for i, details := range s.details {
		for _, detail := range details {
			if heading != "" {
				fmt.Fprintln(writer, heading)
				heading = ""
			}
			ending, cause := detail.To.Format(time.RFC3339), detail.Cause
			if detail.Ongoing {
				ending += " and on"
			}
			if detail.Corrected {
				cause += ", corrected"
			}
			fmt.Fprintf(writer, "%s / %s / %s\t%s\t%s\t%.1f\t%s\t%s\n", s.rows[i][0], s.rows[i][1], s.rows[i][2],
				detail.From.Format(time.RFC3339), ending, detail.Seconds, detail.State, cause)
		}
	}
}

func (s sheet) csv(output io.Writer) error {
	writer := csv.NewWriter(output)
	if err := writer.Write(s.columns); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for _, row := range s.rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = text(cell, "")
		}
		if err := writer.Write(cells); err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
	}
	writer.Flush()
	return writer.Error()
}

func (s sheet) json(output io.Writer, query storage.Query) error {
	rows := make([]map[string]any, 0, len(s.rows))
	for i, row := range s.rows {
		named := map[string]any{}
		for j, cell := range row {
			named[s.columns[j]] = cell
		}
		if s.details != nil {
			named[s.detailsName] = s.details[i]
		}
		rows = append(rows, named)
	}
	encoder := json.NewEncoder(output)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"from": query.From.UTC(), "to": query.To.UTC(), "rows": rows})
}

func text(cell any, missing string) string {
	switch value := cell.(type) {
	case nil:
		return missing
	case float64:
		return strconv.FormatFloat(value, 'f', decimals(value), 64)
	case time.Time:
		return value.Format(time.RFC3339)
	case string:
		if value == "" {
			return missing
		}
		return value
	default:
		return fmt.Sprint(value)
	}
}

// decimals keeps three places where they say something: bits of traffic need none,
// a percentage does.
func decimals(value float64) int {
	if value >= 10_000 {
		return 0
	}
	return 3
}
