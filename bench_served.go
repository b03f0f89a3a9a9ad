package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"mimamori/bench/fleet"
	"mimamori/bench/served"
)

// benchServed measures how large a simulated fleet one process can be.
type benchServed struct {
	Devices   int           `help:"Devices of the simulated fleet, each with an SNMP agent." default:"20000"`
	AllPorts  bool          `help:"Give each device as many interfaces as such devices have; else 4."`
	Interval  time.Duration `help:"How often each device is polled." default:"60s"`
	Intervals int           `help:"How many intervals to measure, after one that is not counted." default:"2"`
	JSON      bool          `name:"json" help:"Print one JSON object."`

	NoNamespace bool `help:"Serve SNMP alone, in the machine's own network namespace, as where no other can be made."`
	Alone       bool `hidden:""` // this process is in a namespace of its own
}

// Run measures and prints the figures, in a network namespace of its own where one can be made.
func (b *benchServed) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	config := served.Config{
		Binary: binary, Fleet: []string{"--log-level=error", "bench", "served-fleet"}, Poller: []string{"--log-level=error", "bench", "served-poller"},
		Devices: b.Devices, AllPorts: b.AllPorts, Interval: b.Interval, Intervals: b.Intervals, Alone: b.Alone, Progress: tellSteps(logger),
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	if b.Alone {
		if err := fleet.PrepareNamespace(); err != nil {
			return err
		}
	} else if !b.NoNamespace {
		refused := tryNamespace(ctx)
		if refused == nil {
			return b.runAlone(ctx, binary, output)
		}
		logger.Warn("SNMP alone is served, in the machine's own network namespace", "reason", refused, "remedy", namespaceRemedy)
	}
	figures, err := served.Measure(ctx, config)
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printServed)
}

// runAlone measures in a process with a network namespace of its own, which its processes share.
func (b *benchServed) runAlone(ctx context.Context, binary string, output stdout) error {
	// What is started ends with the thread that started it, however that ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	arguments := []string{"bench", "served", "--alone", "--devices", strconv.Itoa(b.Devices), "--interval", b.Interval.String(), "--intervals", strconv.Itoa(b.Intervals)}
	if b.AllPorts {
		arguments = append(arguments, "--all-ports")
	}
	if b.JSON {
		arguments = append(arguments, "--json")
	}
	command := exec.CommandContext(ctx, binary, arguments...)
	command.Stdout, command.Stderr = output, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = fleetDrain
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	enterNamespace(command.SysProcAttr)
	if err := command.Run(); err != nil {
		return unfinished{fmt.Errorf("measure in a network namespace: %w", err)}
	}
	return nil
}

// printServed prints the figures for people.
func printServed(output io.Writer, f served.Figures) error {
	text := fmt.Sprintf(`%s devices with %s interfaces, planned in %.1f s, each polled every %.0f s: %.1f %% of the polls that were due were answered
simulator: %.3f s of processor time for 1,000 polls, %.2f cores, %s MB; %s requests answered, %s refused, %s packets dropped
poller:    %.3f s of processor time for 1,000 polls, %s MB; %s requests sent again
`,
		thousands(float64(f.Devices)), thousands(float64(f.Interfaces)), f.PlanSeconds, f.IntervalSeconds, 100*f.Share,
		f.FleetCPUPerThousand, f.FleetCores, thousands(float64(f.FleetBytes)/1e6), thousands(float64(f.Requests)), thousands(float64(f.Refused)), thousands(float64(f.Dropped)),
		f.PollerCPUPerThousand, thousands(float64(f.PollerBytes)/1e6), thousands(float64(f.Retries)))
	for _, reason := range slices.Sorted(maps.Keys(f.Failed)) {
		text += fmt.Sprintf("           %s polls ended with %s\n", thousands(float64(f.Failed[reason])), reason)
	}
	text += reasons(f.Skipped)
	if len(f.Protocols) > 1 {
		text += fmt.Sprintf("pings:     %s rounds answered, %s lost; %.1f %% of those that were due were answered\n%svoice:     %d paths, %s packets sent, %s answered, %d times begun anew\nlog:       %s lines sent, %s received, %s dropped\n",
			thousands(float64(f.Pings)), thousands(float64(f.PingsLost)), 100*f.PingShare, reasons(f.PingsLeft), f.Paths, thousands(float64(f.VoiceSent)), thousands(float64(f.VoiceHeard)), f.Restarts,
			thousands(float64(f.LinesSent)), thousands(float64(f.Lines)), thousands(float64(f.LinesLost)))
	}
	_, err := io.WriteString(output, text)
	return err
}

// reasons says why rounds were left out, a line each.
func reasons(counts map[string]uint64) (text string) {
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		text += fmt.Sprintf("           %s rounds were left out: %s\n", thousands(float64(counts[reason])), reason)
	}
	return text
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
