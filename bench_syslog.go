package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"mimamori/bench/peers"
)

// benchSyslog measures an appliance that receives syslog beside rsyslog.
type benchSyslog struct {
	Messages  int    `help:"Messages sent to each side in each round, by each transport, as fast as they are taken." default:"600000"`
	Rate      int    `help:"Messages a second of the steady load, which come one by one. 0 leaves it out." default:"50000"`
	Rounds    int    `help:"How often all take their turn." default:"3"`
	Transport string `help:"What the messages come by: udp, tcp or both." enum:"udp,tcp,both" default:"both"`
	Peer      string `help:"Path of rsyslogd. Left out: it is looked for." placeholder:"PATH"`
	Profile   string `help:"Write a processor profile of the receiver to this file." placeholder:"FILE"`
	JSON      bool   `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchSyslog) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	child := func(name string) []string { return []string{"--log-level=warn", "bench", name} }
	config := peers.SyslogConfig{
		Binary: binary, Broker: child("syslog-broker"), Receiver: child("syslog-receiver"), Sender: child("syslog-sender"),
		Messages: b.Messages, Rate: b.Rate, Rounds: b.Rounds, Transports: []string{b.Transport}, Peer: b.Peer, Profile: b.Profile,
		Progress: func(step string) { logger.Info("bench", "step", step) },
	}
	if b.Transport == "both" {
		config.Transports = []string{peers.SyslogUDP, peers.SyslogTCP}
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := peers.MeasureSyslog(ctx, config)
	if err != nil {
		return err
	}
	if b.JSON {
		return json.NewEncoder(output).Encode(figures)
	}
	return printSyslogRates(output, figures)
}

// printSyslogRates prints the figures for people.
func printSyslogRates(output stdout, figures peers.SyslogFigures) error {
	text := ""
	line := func(name, load string, rate peers.SyslogRate) {
		text += fmt.Sprintf("%-17s %-22s %9.0f messages for a second of processor time (%.0f to %.0f; rounds: %d; lost: %d)\n",
			name, load, rate.MessagesPerCPUSecond, rate.Min, rate.Max, figures.Rounds, rate.Lost)
	}
	sides := func(load string, sides peers.SyslogSides) {
		line("mimamori", load, sides.SyslogRate)
		if sides.Peer.SyslogRate == nil {
			text += fmt.Sprintf("%s is missing: %s\n", sides.Peer.Name, sides.Peer.Missing)
			return
		}
		line(sides.Peer.Name+" "+sides.Peer.Version, load, *sides.Peer.SyslogRate)
		text += fmt.Sprintf("%.1f times as many as %s\n", sides.Ratio, sides.Peer.Name)
	}
	for _, of := range []struct {
		transport string
		measured  *peers.SyslogByTransport
	}{{"UDP", figures.UDP}, {"TCP", figures.TCP}} {
		if of.measured == nil {
			continue
		}
		sides(of.transport+", at once", of.measured.SyslogSides)
		if steady := of.measured.Steady; steady != nil {
			sides(fmt.Sprintf("%s, %d a second", of.transport, steady.MessagesPerSecond), steady.SyslogSides)
		}
	}
	_, err := fmt.Fprint(output, text)
	return err
}

// benchSyslogBroker is the process of the broker.
type benchSyslogBroker struct{}

// Run runs a broker until the standard input ends.
func (benchSyslogBroker) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return peers.RunSyslogBroker(ctx, os.Stdin, output, logger)
}

// benchSyslogReceiver is the process that is measured.
type benchSyslogReceiver struct{}

// Run receives as it is told until the standard input ends.
func (benchSyslogReceiver) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return peers.RunSyslogReceiver(ctx, os.Stdin, output, logger)
}

// benchSyslogSender is the process that sends.
type benchSyslogSender struct{}

// Run sends as it is told until the standard input ends.
func (benchSyslogSender) Run(ctx context.Context, output stdout) error {
	return peers.RunSyslogSender(ctx, os.Stdin, output)
}
