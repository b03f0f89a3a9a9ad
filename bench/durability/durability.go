package durability

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"
)

// Config says how much is measured.
type Config struct {
	Engine   []string // the command that serves the embedded engine as a child process
	Rows     int      // interface rows each way of working has in each round, 4,000 to 10,000,000
	Rounds   int      // how often each has its turn, 1 to 50
	Progress func(step string)
}

// leastRows is a block of each appliance. So few say that all works, and nothing about what it costs.
const leastRows = appliances * blockRows

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.Rows < leastRows || c.Rows > 10_000_000 {
		problems = append(problems, fmt.Errorf("--rows is %d: use %d to 10000000", c.Rows, leastRows))
	}
	if c.Rounds < 1 || c.Rounds > 50 {
		problems = append(problems, fmt.Errorf("--rounds is %d: use 1 to 50", c.Rounds))
	}
	return errors.Join(problems...)
}

// Way is a way of working, of which one costs what another does without.
type Way string

// The ways. Those of the pipeline go from the packed block to the stored figure through
// a broker that forces all to the disk; those of the broker end with its
// acknowledgement, those of the spool when it has taken the block.
const (
	WithIntents    Way = "pipeline_with_intents"
	WithoutIntents Way = "pipeline_without_intents"
	BrokerFsync    Way = "broker_fsync"
	BrokerNoFsync  Way = "broker_no_fsync"
	SpoolAlways    Way = "spool_fsync_always"
	SpoolInterval  Way = "spool_fsync_interval"
	SpoolNever     Way = "spool_fsync_never"
)

// Rate is how fast a way of working was.
type Rate struct {
	Way Way `json:"way"`
	// RowsPerSecond is the median of the rounds, Min and Max the slowest and fastest one.
	RowsPerSecond float64 `json:"rows_per_s"`
	Min           float64 `json:"rows_per_s_min"`
	Max           float64 `json:"rows_per_s_max"`
	// CPUSecondsPerMillionRows is the median of the processor time, user and system, of
	// all processes that took part.
	CPUSecondsPerMillionRows float64 `json:"cpu_s_per_million"`
}

// Cost is what a way of working takes of the rows a second that another has without it.
type Cost struct {
	Of      Way `json:"of"`
	Against Way `json:"against"`
	// Percent is 100 - 100 of/against, where each round is a pair: the median of the
	// rounds. What is below zero is chance.
	Percent float64 `json:"percent"`
	Min     float64 `json:"percent_min"`
	Max     float64 `json:"percent_max"`
	// CPUPercent is how much more processor time it takes, the median of the rounds.
	CPUPercent float64 `json:"cpu_percent"`
}

// MostForIntents is the mark: intents may cost so much of the rows a second, percent.
const MostForIntents = 15

// Figures are the result.
type Figures struct {
	Rows   int     `json:"rows"` // of each way in each round
	Rounds int     `json:"rounds"`
	Rates  []Rate  `json:"rates"`
	Costs  []Cost  `json:"costs"`
	Mark   float64 `json:"intent_mark_percent"`
	Within bool    `json:"within_mark"`
}

// lap is one way's turn in one round.
type lap struct {
	took time.Duration
	cpu  time.Duration
}

// Measure measures all ways in turn. It makes a folder for the time it takes.
func Measure(ctx context.Context, config Config, logger *slog.Logger) (figures Figures, err error) {
	if err := config.Validate(); err != nil {
		return figures, err
	}
	folder, err := os.MkdirTemp("", "mimamori-bench") // short enough for a socket in it
	if err != nil {
		return figures, fmt.Errorf("make a folder to measure in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	m := &measurement{config: config, folder: folder, logger: logger, laps: map[Way][]lap{}}
	if err := m.run(ctx); err != nil {
		return figures, err
	}
	return m.figures(), nil
}

// measurement is a run of the rounds.
type measurement struct {
	config Config
	folder string
	logger *slog.Logger
	laps   map[Way][]lap
}

// ways are all of them, in the order they are shown.
var ways = []Way{WithIntents, WithoutIntents, BrokerFsync, BrokerNoFsync, SpoolAlways, SpoolInterval, SpoolNever}

// costs are the pairs that are compared.
var costs = []struct{ of, against Way }{
	{WithIntents, WithoutIntents}, {BrokerFsync, BrokerNoFsync}, {SpoolInterval, SpoolNever}, {SpoolAlways, SpoolNever},
}

func (m *measurement) run(ctx context.Context) (err error) {
	progress := func(step string) {
		if m.config.Progress != nil {
			m.config.Progress(step)
		}
	}
	progress("start the broker and the engine")
	course, err := openPipeline(ctx, m.folder, m.config.Engine, m.logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, course.close()) }()
	disk, err := openDisk(ctx, m.folder, course, m.logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disk.close()) }()
	load, err := newLoad(m.config.Rows)
	if err != nil {
		return err
	}
	// The first turns open files and grow tables: they count for nobody.
	for _, way := range []Way{WithIntents, WithoutIntents} {
		if _, err := course.lap(ctx, load, way == WithIntents); err != nil {
			return err
		}
	}
	for round := range m.config.Rounds {
		order := slices.Clone(ways)
		if round%2 == 1 { // nobody always goes first
			slices.Reverse(order)
		}
		progress(fmt.Sprintf("round %d of %d", round+1, m.config.Rounds))
		for _, way := range order {
			var taken lap
			switch way {
			case WithIntents, WithoutIntents:
				taken, err = course.lap(ctx, load, way == WithIntents)
			case BrokerFsync, BrokerNoFsync:
				taken, err = disk.broker(ctx, load, way == BrokerFsync)
			default:
				taken, err = disk.spool(ctx, load, fsyncPolicy[way])
			}
			if err != nil {
				return fmt.Errorf("measure %s: %w", way, err)
			}
			m.laps[way] = append(m.laps[way], taken)
		}
	}
	return nil
}

func (m *measurement) figures() Figures {
	figures := Figures{Rows: m.config.Rows, Rounds: m.config.Rounds, Mark: MostForIntents}
	for _, way := range ways {
		var rates, cpu []float64
		for _, lap := range m.laps[way] {
			rates = append(rates, float64(m.config.Rows)/lap.took.Seconds())
			cpu = append(cpu, lap.cpu.Seconds()*1e6/float64(m.config.Rows))
		}
		figures.Rates = append(figures.Rates, Rate{Way: way, RowsPerSecond: median(rates), Min: slices.Min(rates), Max: slices.Max(rates), CPUSecondsPerMillionRows: median(cpu)})
	}
	for _, pair := range costs {
		var percents, cpu []float64
		for round, of := range m.laps[pair.of] {
			against := m.laps[pair.against][round]
			percents = append(percents, 100-100*against.took.Seconds()/of.took.Seconds())
			cpu = append(cpu, 100*of.cpu.Seconds()/max(against.cpu.Seconds(), 1e-9)-100)
		}
		figures.Costs = append(figures.Costs, Cost{Of: pair.of, Against: pair.against, Percent: median(percents),
			Min: slices.Min(percents), Max: slices.Max(percents), CPUPercent: median(cpu)})
	}
	figures.Within = figures.Costs[0].Percent < MostForIntents
	return figures
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
