package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"

	"mimamori/bench/footprint"
	"mimamori/storage/report"
)

// benchStorage measures what rows take on disk in the store.
type benchStorage struct {
	Devices    int  `help:"Devices of the site whose rows are stored." default:"200"`
	Interfaces int  `help:"Interfaces of each device, half of them idle." default:"24"`
	Hours      int  `help:"How many hours of rows." default:"24"`
	JSON       bool `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchStorage) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	command, err := engineCommand()
	if err != nil {
		return err
	}
	config := footprint.Config{Engine: command, Devices: b.Devices, Interfaces: b.Interfaces, Hours: b.Hours,
		Progress: tellSteps(logger)}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := footprint.Measure(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printStorage)
}

// columnWorthNaming is from where on a column's part of a row is printed, bytes.
const columnWorthNaming = 0.05

// printStorage prints the figures for people.
func printStorage(output io.Writer, figures footprint.Figures) error {
	bytes := func(value float64) string { return strconv.FormatFloat(value, 'f', 2, 64) }
	lines := [][]string{{"TABLE", "ROWS", "MB", "BYTES A ROW", "UNCOMPRESSED"}}
	columns := [][]string{{"TABLE", "COLUMN", "CODEC", "BYTES A ROW"}}
	for _, table := range figures.Tables {
		lines = append(lines, []string{table.Table, thousands(float64(table.Rows)), bytes(float64(table.Bytes) / 1e6), bytes(table.BytesPerRow), bytes(table.UncompressedBytesPerRow)})
		for _, column := range table.Columns {
			if column.BytesPerRow >= columnWorthNaming {
				columns = append(columns, []string{table.Table, column.Column, column.Codec, bytes(column.BytesPerRow)})
			}
		}
	}
	if err := report.Align(output, lines); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(output); err != nil {
		return err
	}
	if err := report.Align(output, columns); err != nil {
		return err
	}
	_, err := fmt.Fprintf(output, "\n%d devices with %d interfaces, half of them idle, %s, merged. All tables: %s KB a device and day.\nBytes of an interface row, %s\n",
		figures.Devices, figures.Interfaces, countOf(figures.Hours, "hour"), thousands(figures.BytesPerDeviceDay/1000), markKept(figures.Mark, figures.Within))
	return err
}
