package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"mimamori/bench/peers"
)

// benchPing measures the ping poller beside fping and Telegraf.
type benchPing struct {
	Targets  int           `help:"Addresses of this machine that are pinged, three times a second each." default:"2000"`
	For      time.Duration `help:"How long to measure in all." default:"60s"`
	Rounds   int           `help:"How often all take their turn." default:"5"`
	Telegraf string        `help:"Path of Telegraf. Left out: it is looked for; make telegraf builds it." placeholder:"PATH"`
	JSON     bool          `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchPing) Run(ctx context.Context, output stdout) error {
	if b.Rounds < 1 || b.Rounds > 100 {
		return usageError{fmt.Errorf("--rounds %d is out of range: use 1 to 100", b.Rounds)}
	}
	load := peers.PingLoad{Targets: b.Targets, For: b.For / time.Duration(3*b.Rounds)}
	if err := load.Validate(); err != nil {
		return usageError{err}
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	figures, err := peers.MeasurePing(ctx, binary, []string{"--log-level=warn", "bench", "ping-poller"}, b.Telegraf, load, b.Rounds)
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printPingRates)
}

// printPingRates prints the figures for people.
func printPingRates(output io.Writer, figures peers.PingFigures) error {
	const line = "%-14s %9.0f echoes for a second of processor time (%.0f to %.0f; rounds: %d)\n"
	text := fmt.Sprintf(line, "mimamori", figures.EchoesPerCPUSecond, figures.Min, figures.Max, figures.Rounds)
	for _, beside := range []struct {
		peer  peers.PingPeer
		ratio float64
	}{{figures.Peer, figures.Ratio}, {figures.Telegraf, figures.TelegrafRatio}} {
		peer := beside.peer
		if peer.Missing != "" {
			text += fmt.Sprintf("%s is missing: %s\n", peer.Name, peer.Missing)
			continue
		}
		text += fmt.Sprintf(line, peer.Name+" "+peer.Version, peer.EchoesPerCPUSecond, peer.Min, peer.Max, figures.Rounds)
		text += fmt.Sprintf("%.2f times as many as %s\n", beside.ratio, peer.Name)
	}
	_, err := fmt.Fprint(output, text)
	return err
}

// benchPingPoller is the process that pings.
type benchPingPoller struct{}

// Run pings as it is told until the standard input ends.
func (benchPingPoller) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return peers.RunPingPoller(ctx, os.Stdin, output, logger)
}
