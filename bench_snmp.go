package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"mimamori/bench/peers"
)

// benchSNMP measures the SNMP poller beside snmp_exporter and Telegraf.
type benchSNMP struct {
	Devices    int           `help:"Simulated devices." default:"200"`
	Interfaces int           `help:"Interfaces of each device." default:"24"`
	Interval   time.Duration `help:"How often each device is polled." default:"1s"`
	For        time.Duration `help:"How long to measure in all." default:"30s"`
	Rounds     int           `help:"How often all take their turn." default:"5"`
	Peer       string        `help:"Path of snmp_exporter. Left out: it is looked for." placeholder:"PATH"`
	Telegraf   string        `help:"Path of Telegraf. Left out: it is looked for; make telegraf builds it." placeholder:"PATH"`
	JSON       bool          `help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b benchSNMP) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	config := peers.SNMPConfig{
		Binary: binary,
		Agents: []string{"--log-level=warn", "bench", "snmp-agents"}, Poller: []string{"--log-level=warn", "bench", "snmp-poller"},
		Devices: b.Devices, Interfaces: b.Interfaces, Interval: b.Interval, For: b.For, Rounds: b.Rounds, Peer: b.Peer, Telegraf: b.Telegraf,
		Progress: tellSteps(logger),
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	result, err := peers.MeasureSNMP(ctx, config)
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, result, printSNMPRates)
}

// printSNMPRates prints the figures for people.
func printSNMPRates(output io.Writer, result peers.SNMPResult) error {
	line := func(name string, rate peers.Rate) error {
		_, err := fmt.Fprintf(output, "%-32s %9.0f OIDs for a second of processor time (%.0f to %.0f; rounds: %d)\n",
			name, rate.PerSecond, rate.Min, rate.Max, result.Rounds)
		return err
	}
	err := line("mimamori, SNMP v2c", result.Rate)
	err = errors.Join(err, line("mimamori, SNMP v3 authPriv", peers.Rate{PerSecond: result.V3, Min: result.V3Min, Max: result.V3Max}))
	err = errors.Join(err, printSNMPPeer(output, line, result.Peer, result.Ratio))
	return errors.Join(err, printSNMPPeer(output, line, result.Telegraf, result.TelegrafRatio))
}

// printSNMPPeer prints the figures of another program, or why there are none.
func printSNMPPeer(output io.Writer, line func(string, peers.Rate) error, peer peers.SNMPPeer, ratio float64) error {
	if peer.Rate == nil {
		_, err := fmt.Fprintf(output, "%s is missing: %s\n", peer.Name, peer.Missing)
		return err
	}
	err := line(peer.Name+" "+peer.Version+", SNMP v2c", *peer.Rate)
	_, compared := fmt.Fprintf(output, "%.1f times as many as %s\n", ratio, peer.Name)
	return errors.Join(err, compared)
}

// benchSNMPAgents is the process of the simulated agents.
type benchSNMPAgents struct{}

// Run simulates agents until the standard input ends.
func (benchSNMPAgents) Run(ctx context.Context, output stdout) error {
	return peers.RunSNMPAgents(ctx, os.Stdin, output)
}

// benchSNMPPoller is the process that polls.
type benchSNMPPoller struct{}

// Run polls as it is told until the standard input ends.
func (benchSNMPPoller) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return peers.RunSNMPPoller(ctx, os.Stdin, output, logger)
}
