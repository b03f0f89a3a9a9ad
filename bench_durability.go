package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"

	"mimamori/bench/durability"
	"mimamori/storage/report"
)

// benchDurability measures what it costs that nothing is lost and nothing doubled.
type benchDurability struct {
	Rows   int  `help:"Interface rows of each way of working in each round." default:"300000"`
	Rounds int  `help:"How often all take their turn." default:"7"`
	JSON   bool `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchDurability) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	command, err := engineCommand()
	if err != nil {
		return err
	}
	config := durability.Config{Engine: command, Rows: b.Rows, Rounds: b.Rounds,
		Progress: tellSteps(logger)}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := durability.Measure(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printDurability)
}

// durabilityWays are the ways of working in words.
var durabilityWays = map[durability.Way]string{
	durability.WithIntents:    "pipeline, with intents",
	durability.WithoutIntents: "pipeline, without intents",
	durability.BrokerFsync:    "broker, fsync",
	durability.BrokerNoFsync:  "broker, no fsync",
	durability.SpoolAlways:    "spool, fsync each block",
	durability.SpoolInterval:  "spool, fsync each second",
	durability.SpoolNever:     "spool, no fsync",
}

// printDurability prints the figures for people.
func printDurability(output io.Writer, figures durability.Figures) error {
	rates := [][]string{{"WAY", "ROWS/S", "LEAST", "MOST", "CPU S/M ROWS"}}
	for _, rate := range figures.Rates {
		rates = append(rates, []string{durabilityWays[rate.Way], thousands(rate.RowsPerSecond), thousands(rate.Min), thousands(rate.Max),
			strconv.FormatFloat(rate.CPUSecondsPerMillionRows, 'f', 2, 64)})
	}
	percent := func(value float64) string { return strconv.FormatFloat(value, 'f', 1, 64) }
	costs := [][]string{{"WHAT COSTS", "AGAINST", "%", "LEAST", "MOST", "CPU %"}}
	for _, cost := range figures.Costs {
		costs = append(costs, []string{durabilityWays[cost.Of], durabilityWays[cost.Against], percent(cost.Percent), percent(cost.Min), percent(cost.Max), percent(cost.CPUPercent)})
	}
	if err := report.Align(output, rates); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(output); err != nil {
		return err
	}
	if err := report.Align(output, costs); err != nil {
		return err
	}
	_, err := fmt.Fprintf(output, "\n%s rows a turn, medians of %d rounds in which all take turns; processor time is that of all processes.\n"+
		"A cost is what a way takes of the rows a second the other has; below zero it is chance.\nPercent for intents, %s\n",
		thousands(float64(figures.Rows)), figures.Rounds, markKept(figures.Mark, figures.Within))
	return err
}
