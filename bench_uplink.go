package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"mimamori/bench/uplink"
	"mimamori/storage/report"
)

// benchUplink measures what an appliance sends to the centre and is sent by it.
type benchUplink struct {
	Devices    int           `help:"Devices of the site." default:"200"`
	Interfaces int           `help:"Interfaces of each device." default:"24"`
	Hours      int           `help:"How many hours of the site's time are led through, with half of the interfaces idle and with all active." default:"3"`
	Linger     time.Duration `help:"How long news waits for others to share a request (ingest.linger)." default:"1s"`
	Routine    time.Duration `name:"routine-linger" help:"How long all other rows do (ingest.routine_linger)." default:"10s"`
	Heartbeat  time.Duration `help:"How often the appliance says that it is alive (ingest.heartbeat_interval)." default:"10s"`
	JSON       bool          `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchUplink) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	config := uplink.Config{
		Binary: binary, Appliance: []string{"--log-level=warn", "bench", "uplink-appliance"},
		Devices: b.Devices, Interfaces: b.Interfaces, Hours: b.Hours, Linger: b.Linger, Routine: b.Routine, Heartbeat: b.Heartbeat,
		Progress: tellSteps(logger),
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := uplink.Measure(ctx, config)
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printUplink)
}

// printUplink prints the figures for people.
func printUplink(output io.Writer, figures uplink.Figures) error {
	one := func(value float64) string { return strconv.FormatFloat(value, 'f', 1, 64) }
	lines := [][]string{{"BYTES/S", "HALF IDLE", "ALL ACTIVE"}}
	add := func(name string, of func(uplink.Site) float64) {
		lines = append(lines, []string{name, one(of(figures.HalfIdle)), one(of(figures.AllActive))})
	}
	add("both ways", func(s uplink.Site) float64 { return s.BytesPerSecond })
	add("to the centre", func(s uplink.Site) float64 { return s.UpBytesPerSecond })
	add("from the centre", func(s uplink.Site) float64 { return s.DownBytesPerSecond })
	for _, kind := range slices.Sorted(maps.Keys(figures.AllActive.Kinds)) {
		add("  blocks of "+kind, func(s uplink.Site) float64 { return s.Kinds[kind].BytesPerSecond })
	}
	add("  framing of Kafka's protocol", func(s uplink.Site) float64 { return s.Framing })
	add("  acknowledgements", func(s uplink.Site) float64 { return s.Acks })
	add("  staying connected", func(s uplink.Site) float64 { return s.Upkeep })
	add("requests a second", func(s uplink.Site) float64 { return s.Requests })
	add("processor, ms a minute", func(s uplink.Site) float64 { return s.CPUMillis })
	add("memory, MB", func(s uplink.Site) float64 { return float64(s.RSS) / 1e6 })
	if err := report.Align(output, lines); err != nil {
		return err
	}
	_, err := fmt.Fprintf(output, "\n%d devices with %d interfaces every 5 minutes, 5 pings each 30 s, a line of the log a minute each, one voice path, %s.\n"+
		"News waits up to %g s for others, all else %g s, heartbeats each %g s. Without TLS, and without the headers of TCP and IP. \nBytes a second with half idle, %s\n",
		figures.Devices, figures.Interfaces, countOf(figures.Hours, "hour"), figures.LingerSeconds, figures.RoutineSeconds, figures.HeartbeatSeconds, markKept(figures.Mark, figures.Within))
	return err
}

// benchUplinkAppliance is the process that is measured.
type benchUplinkAppliance struct{}

// Run is an appliance as it is told until the standard input ends.
func (benchUplinkAppliance) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return uplink.RunAppliance(ctx, os.Stdin, output, logger)
}
