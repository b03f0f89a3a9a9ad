package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"mimamori/bench/pipeline"
	"mimamori/storage/report"
)

// benchPipeline measures the way from Kafka to ClickHouse.
type benchPipeline struct {
	Rows       int    `help:"Interface rows of each round: 288 of a device." default:"1152000"`
	Rounds     int    `help:"How often the pipeline and the engine alone take their turn." default:"5"`
	Broker     string `help:"What carries the rows: embedded, or kafka for Apache Kafka, which make kafka fetches." default:"embedded"`
	BatchRows  int    `help:"processors.batch_rows of the run, 1000 to 400000. Left out: the default." placeholder:"N"`
	Telegraf   string `help:"Path of Telegraf. Left out: it is looked for; make telegraf builds it." placeholder:"PATH"`
	CPUProfile string `name:"cpuprofile" help:"Write a profile of the processors to this file." hidden:""`
	JSON       bool   `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchPipeline) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	parts, err := pipelineParts(b.Broker)
	if err != nil {
		return err
	}
	config := pipeline.Config{Parts: parts, Rows: b.Rows, Rounds: b.Rounds, BatchRows: b.BatchRows, Telegraf: b.Telegraf, CPUProfile: b.CPUProfile,
		Progress: tellSteps(logger)}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := pipeline.Measure(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printPipeline)
}

// pipelineParts are the commands of this program that serve as the pipeline's processes.
func pipelineParts(broker string) (pipeline.Parts, error) {
	binary, err := os.Executable()
	if err != nil {
		return pipeline.Parts{}, fmt.Errorf("find this program's own file: %w", err)
	}
	engine, err := engineCommand()
	return pipeline.Parts{Binary: binary, Engine: engine, Processors: []string{"bench", "processors"}, Broker: broker}, err
}

// printPipeline prints the figures for people.
func printPipeline(output io.Writer, f pipeline.Figures) error {
	decimal := func(value float64) string { return strconv.FormatFloat(value, 'f', 2, 64) }
	megabytes := func(bytes float64) string { return thousands(bytes / 1e6) }
	rates := [][]string{
		{"WAY", "INTERFACE ROWS/S", "LEAST", "MOST"},
		{"pipeline", thousands(f.InterfaceRowsPerSecond), thousands(f.Min), thousands(f.Max)},
		{"engine alone", thousands(f.Ceiling), thousands(f.CeilingMin), thousands(f.CeilingMax)},
	}
	parts := [][]string{
		{"PART", "CPU S/M INTERFACE ROWS", "LEAST", "MOST", "MB AT MOST"},
		{"processors", decimal(f.CPUSecondsPerMillion.Processors), decimal(f.CPUSecondsPerMillionMin.Processors), decimal(f.CPUSecondsPerMillionMax.Processors), megabytes(f.ResidentBytes.Processors)},
		{"broker (" + f.Broker + ")", decimal(f.CPUSecondsPerMillion.Broker), decimal(f.CPUSecondsPerMillionMin.Broker), decimal(f.CPUSecondsPerMillionMax.Broker), megabytes(f.ResidentBytes.Broker)},
		{"engine", decimal(f.CPUSecondsPerMillion.Engine), decimal(f.CPUSecondsPerMillionMin.Engine), decimal(f.CPUSecondsPerMillionMax.Engine), megabytes(f.ResidentBytes.Engine)},
		{"engine alone", decimal(f.CeilingCPUSeconds), "", "", ""},
	}
	beside := fmt.Sprintf("%s is missing: %s\n", f.Telegraf.Name, f.Telegraf.Missing)
	if f.Telegraf.Missing == "" {
		name := f.Telegraf.Name + " " + f.Telegraf.Version + ", to a file"
		rates = append(rates, []string{name, thousands(f.Telegraf.InterfaceRowsPerSecond), "", ""})
		parts = append(parts, []string{name, decimal(f.Telegraf.CPUSecondsPerMillion), decimal(f.Telegraf.CPUSecondsMin), decimal(f.Telegraf.CPUSecondsMax), ""})
		beside = fmt.Sprintf("To read the interface rows alone from Kafka and write them to a file, %s a round, takes %s %.1f times the processor time of the processors, and %.1f times that of processors and engine together.\n",
			thousands(float64(f.Telegraf.RowsOfARound)), f.Telegraf.Name, f.Telegraf.Ratio, f.Telegraf.RatioWithEngine)
	}
	if err := report.Align(output, rates); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(output); err != nil {
		return err
	}
	if err := report.Align(output, parts); err != nil {
		return err
	}
	var stages []string
	for _, stage := range slices.Sorted(maps.Keys(f.StageSecondsPerMillion)) {
		stages = append(stages, stage+" "+decimal(f.StageSecondsPerMillion[stage]))
	}
	_, err := fmt.Fprintf(output, "\n%s rows a second of all kinds, %s values a second; %.0f %% (%.0f to %.0f) of what the engine takes alone.\nInterface rows a second on two cores, %s\n"+
		"%s interface rows a turn of a fleet of %s devices, medians of %d rounds; %s rows published and stored.\n"+
		"Seconds in each stage for a million interface rows: %s.\n%s",
		thousands(f.RowsPerSecond), thousands(f.ValuesPerSecond), 100*f.Ratio, 100*f.RatioMin, 100*f.RatioMax, markKept(f.Mark, f.Within),
		thousands(float64(f.Rows)), thousands(float64(f.Devices)), f.Rounds, thousands(float64(f.Stored)), strings.Join(stages, ", "), beside)
	return err
}

// benchProcessors is the role process as it is measured: it sends no ticks, prints how
// many rows it has stored, and writes a profile of itself where it is asked to.
type benchProcessors struct {
	configFlag `embed:""`
	CPUProfile string `name:"cpuprofile" help:"Write a profile to this file." placeholder:"FILE"`
}

// Run processes until the context ends.
func (b *benchProcessors) Run(ctx context.Context, logger *slog.Logger, output stdout) (err error) {
	config, err := b.load()
	if err != nil {
		return err
	}
	stop, err := profile(b.CPUProfile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	application := newApplication(config, logger)
	application.timeless = true
	return application.play(ctx, processRole, func(ctx context.Context) error {
		return tell(ctx, output, application.processor.Rows)
	})
}

// profile writes what uses this process's processor time to a file until the function it
// returns is called; nothing where no file is named.
func profile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(path)
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("write a profile of the processors: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}

// tell prints a number now and whenever it has changed, until the context ends.
func tell(ctx context.Context, output io.Writer, number func() uint64) error {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for said, first := uint64(0), true; ; first = false {
		if now := number(); now != said || first {
			said = now
			if _, err := fmt.Fprintln(output, now); err != nil {
				return fmt.Errorf("say how many rows are stored: %w", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
