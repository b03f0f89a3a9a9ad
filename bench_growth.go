package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	"mimamori/bench/pipeline"
	"mimamori/storage/report"
)

// benchGrowth measures what larger fleets take of the processors.
type benchGrowth struct {
	Devices []int         `help:"Devices of each fleet, with 24 interfaces each." default:"1000,10000,100000"`
	Steady  time.Duration `help:"How long each fleet speaks at its own pace." default:"1m"`
	Broker  string        `help:"What carries the rows: embedded, or kafka for Apache Kafka, which make kafka fetches." default:"embedded"`
	JSON    bool          `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchGrowth) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	parts, err := pipelineParts(b.Broker)
	if err != nil {
		return err
	}
	config := pipeline.Growth{Parts: parts, Devices: b.Devices, Steady: b.Steady,
		Progress: tellSteps(logger)}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := pipeline.Grow(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printGrowth)
}

// printGrowth prints the figures for people.
func printGrowth(output io.Writer, f pipeline.GrowthFigures) error {
	megabytes := func(bytes uint64) string { return thousands(float64(bytes) / 1e6) }
	decimal := func(value float64) string { return strconv.FormatFloat(value, 'f', 1, 64) }
	table := [][]string{{"DEVICES", "INTERFACES", "NAMES S", "ROWS/S", "INTERFACE ROWS/S", "OWN ROWS/S", "LAG S", "MB", "MB STEADY", "MB AT MOST"}}
	for _, size := range f.Sizes {
		table = append(table, []string{thousands(float64(size.Devices)), thousands(float64(size.Interfaces)), decimal(size.NamesSeconds),
			thousands(size.RowsPerSecond), thousands(size.InterfaceRowsPerSecond), thousands(size.OwnRowsPerSecond), decimal(size.LagSeconds),
			megabytes(size.ResidentBytes), megabytes(size.SteadyBytes), megabytes(size.MostBytes)})
	}
	if err := report.Align(output, table); err != nil {
		return err
	}
	mark := "mark " + megabytes(f.Mark) + ": not measured, for no fleet is so large"
	if f.Within != nil {
		mark = markKept(float64(f.Mark)/1e6, *f.Within)
	}
	_, err := fmt.Fprintf(output, "\nMemory is that of the processors once they have heard of everything, %.0f bytes more for each device, %.0f for each interface.\nMB of %s devices, %s\n",
		f.BytesPerDevice, f.BytesPerInterface, thousands(pipeline.MarkDevices), mark)
	return err
}
