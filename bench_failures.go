package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"mimamori/bench/pipeline"
)

// benchFailures holds what is stored of a fleet that fails against what happened.
type benchFailures struct {
	Devices int           `help:"Devices of the fleet." default:"2000"`
	For     time.Duration `help:"How long the fleet is watched, in its own time, which passes faster." default:"1h"`
	Times   float64       `help:"How many times as often as in life things fail." default:"100"`
	Seed    uint64        `help:"What fails follows from it." default:"1"`
	Truth   string        `help:"Write what happened to this file, as compressed JSON." placeholder:"FILE"`
	Broker  string        `help:"What carries the rows: embedded, or kafka for Apache Kafka, which make kafka fetches." default:"embedded"`
	JSON    bool          `name:"json" help:"Print one JSON object."`
}

// Run plays the failures, prints what came of it, and fails where a device's outages are not those that happened.
func (b *benchFailures) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	parts, err := pipelineParts(b.Broker)
	if err != nil {
		return err
	}
	config := pipeline.Failing{Parts: parts, Devices: b.Devices, For: b.For, Times: b.Times, Seed: b.Seed, Truth: b.Truth,
		Progress: tellSteps(logger)}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := pipeline.Fail(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return unfinished{err}
	}
	if err := printFigures(output, b.JSON, figures, printFailures); err != nil {
		return err
	}
	if wrong := figures.Wrong(); wrong > 0 {
		return unfinished{fmt.Errorf("what is stored is not what happened in %d comparisons of devices and voice paths: see the mismatches", wrong)}
	}
	return nil
}

// printFailures prints the figures for people.
func printFailures(output io.Writer, f pipeline.FailingFigures) error {
	text := fmt.Sprintf("%s devices for %s, failing %g times as often as in life; %s rows stored after %.0f s\n\n",
		thousands(float64(f.Devices)), time.Duration(f.FleetSeconds*float64(time.Second)), f.Times, thousands(float64(f.Rows)), f.TookSeconds)
	for _, kind := range slices.Sorted(maps.Keys(f.Events)) {
		text += fmt.Sprintf("%6d  %s\n", f.Events[kind], kind)
	}
	text += fmt.Sprintf("\n%s of devices and %s of appliances followed; announced: %s of work; %s lines were said, up to %s by one device in a minute.\n",
		countOf(f.Outages, "outage"), countOf(f.Silences, "silence"), countOf(f.Windows, "window"), thousands(float64(f.LinesSaid)), thousands(float64(f.BusiestMinute)))
	for _, row := range []struct {
		counted pipeline.Agreement
		what    string
	}{
		{f.Agreement, "devices: the outages are those that happened"},
		{f.Available, "devices: the time that counts as down is right"},
		{f.Sensors, "devices: their sensors read what was measured"},
		{f.Lines, "devices: their lines are counted, minute by minute"},
		{f.Voice, "comparisons of voice paths: their quality is that of what was done to packets"},
	} {
		text += fmt.Sprintf("%6d agree, %d do not  %s\n", row.counted.Yes, row.counted.No, row.what)
	}
	for _, check := range f.Mismatches {
		text += fmt.Sprintf("MISMATCH %s of %s\n  expected %v\n  found    %v\n", check.Name, check.Entity, check.Expected, check.Found)
	}
	_, err := io.WriteString(output, text)
	return err
}
