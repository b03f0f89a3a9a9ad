package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"

	"mimamori/bench/peers"
	"mimamori/storage/report"
)

// benchSyslog measures an appliance that receives syslog beside rsyslog and Telegraf.
type benchSyslog struct {
	Messages  int    `help:"Messages sent to each side in each round, by each transport, as fast as they are taken." default:"1500000"`
	Rate      int    `help:"Messages a second of the steady load, which come one by one. 0 leaves it out." default:"20000"`
	Rounds    int    `help:"How often all take their turn." default:"5"`
	Transport string `help:"What the messages come by: udp, tcp or both." enum:"udp,tcp,both" default:"both"`
	Lines     string `help:"What is sent: mixed, as devices of all kinds do, or rfc5424 alone, which Telegraf reads too." enum:"mixed,rfc5424" default:"mixed"`
	Peer      string `help:"Path of rsyslogd. Left out: it is looked for." placeholder:"PATH"`
	Telegraf  string `help:"Path of Telegraf. Left out: it is looked for; make telegraf builds it." placeholder:"PATH"`
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
		Messages: b.Messages, Rate: b.Rate, Rounds: b.Rounds, Transports: []string{b.Transport}, Lines: b.Lines, Peer: b.Peer, Telegraf: b.Telegraf, Profile: b.Profile,
		Progress: tellSteps(logger),
	}
	if b.Transport == "both" {
		config.Transports = []string{peers.SyslogUDP, peers.SyslogTCP}
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := peers.MeasureSyslog(ctx, config)
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printSyslogRates)
}

// printSyslogRates prints the figures for people.
func printSyslogRates(output io.Writer, figures peers.SyslogFigures) error {
	lines := [][]string{{"TRANSPORT", "LOAD", "PROGRAM", "MEDIAN", "LEAST", "MOST", "LOST", "MIMAMORI/IT"}}
	var missing []string
	steadyRate := 0
	sides := func(transport, load string, of peers.SyslogSides) {
		line := func(program, ratio string, rate peers.SyslogRate) {
			lines = append(lines, []string{transport, load, program, thousands(rate.MessagesPerCPUSecond), thousands(rate.Min), thousands(rate.Max), thousands(float64(rate.Lost)), ratio})
		}
		line("mimamori", "-", of.SyslogRate)
		for _, beside := range []struct {
			peer  peers.SyslogPeer
			ratio float64
		}{{of.Peer, of.Ratio}, {of.Telegraf, of.TelegrafRatio}} {
			switch peer := beside.peer; {
			case peer.SyslogRate != nil:
				line(peer.Name+" "+peer.Version, strconv.FormatFloat(beside.ratio, 'f', 1, 64), *peer.SyslogRate)
			case peer.Name != "":
				if reason := peer.Name + " is missing: " + peer.Missing; !slices.Contains(missing, reason) {
					missing = append(missing, reason)
				}
			}
		}
	}
	for _, of := range []struct {
		transport string
		measured  *peers.SyslogByTransport
	}{{"UDP", figures.UDP}, {"TCP", figures.TCP}} {
		if of.measured == nil {
			continue
		}
		sides(of.transport, "at once", of.measured.SyslogSides)
		if steady := of.measured.Steady; steady != nil {
			steadyRate = steady.MessagesPerSecond
			sides(of.transport, "steady", steady.SyslogSides)
		}
	}
	if err := report.Align(output, lines); err != nil {
		return err
	}
	text := fmt.Sprintf("\nMessages for a second of processor time (user and system), of %d rounds; lost of all that were sent.\n", figures.Rounds)
	text += fmt.Sprintf("At once: %s messages as fast as they are taken, many to a system call", thousands(float64(figures.Messages)))
	if steadyRate > 0 {
		text += fmt.Sprintf("; steady: %s a second that come one by one, as from many devices", thousands(float64(steadyRate)))
	}
	text += ".\n"
	for _, reason := range missing {
		text += reason + "\n"
	}
	_, err := io.WriteString(output, text)
	return err
}

// thousands writes a count with commas between its thousands.
func thousands(count float64) string {
	digits := strconv.FormatFloat(count, 'f', 0, 64)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
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
