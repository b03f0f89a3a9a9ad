package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"mimamori/bench/served"
)

// benchServed measures how large a simulated fleet one process can be.
type benchServed struct {
	Devices   int           `help:"Devices of the simulated fleet, each with an SNMP agent." default:"20000"`
	AllPorts  bool          `help:"Give each device as many interfaces as such devices have; else 4."`
	Interval  time.Duration `help:"How often each device is polled." default:"60s"`
	Intervals int           `help:"How many intervals to measure, after one that is not counted." default:"2"`
	JSON      bool          `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchServed) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	config := served.Config{
		Binary: binary, Fleet: []string{"--log-level=error", "bench", "served-fleet"}, Poller: []string{"--log-level=error", "bench", "served-poller"},
		Devices: b.Devices, AllPorts: b.AllPorts, Interval: b.Interval, Intervals: b.Intervals, Progress: tellSteps(logger),
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := served.Measure(ctx, config)
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printServed)
}

// printServed prints the figures for people.
func printServed(output io.Writer, f served.Figures) error {
	_, err := fmt.Fprintf(output, `%s devices with %s interfaces, planned in %.1f s, each polled every %.0f s: %.1f %% of the polls that were due were answered
simulator: %.3f s of processor time for 1,000 polls, %.2f cores, %s MB; %s requests answered, %s refused, %s packets dropped
poller:    %.3f s of processor time for 1,000 polls, %s MB
`,
		thousands(float64(f.Devices)), thousands(float64(f.Interfaces)), f.PlanSeconds, f.IntervalSeconds, 100*f.Share,
		f.FleetCPUPerThousand, f.FleetCores, thousands(float64(f.FleetBytes)/1e6), thousands(float64(f.Requests)), thousands(float64(f.Refused)), thousands(float64(f.Dropped)),
		f.PollerCPUPerThousand, thousands(float64(f.PollerBytes)/1e6))
	return err
}

// benchServedFleet is the process of the simulated fleet.
type benchServedFleet struct{}

// Run simulates a fleet until the standard input ends.
func (benchServedFleet) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return served.RunFleet(ctx, os.Stdin, output, logger)
}

// benchServedPoller is the process that polls.
type benchServedPoller struct{}

// Run polls as it is told until the standard input ends.
func (benchServedPoller) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return served.RunPoller(ctx, os.Stdin, output, logger)
}
