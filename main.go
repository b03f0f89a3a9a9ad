// Command mimamori watches over the networks of a partner's customers: it polls
// devices, carries what it learns through Kafka, turns it into availability,
// utilization and voice quality in ClickHouse, and answers questions about them.
//
// This package holds the sub-commands, the configuration file and the assembly of
// the parts, nothing else. What the product does lives in the rooms: ingest,
// processors, storage, grafana and bench.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// version is set when the binary is built.
var version = "unknown"

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

type commands struct {
	Demo        demoCommand        `cmd:"" help:"Run a simulated fleet through the whole pipeline, everything embedded."`
	All         allCommand         `cmd:"" help:"Run every role on this machine: poll the networks of the configuration and keep the figures."`
	Poll        pollCommand        `cmd:"" help:"Run the appliances of the configuration alone."`
	Process     processCommand     `cmd:"" help:"Turn what appliances send into figures, apart from the other roles: several share the work."`
	Alert       alertCommand       `cmd:"" help:"Raise alarms and tell of them, apart from the other roles; list, acknowledge, silence and try them."`
	Migrate     migrateCommand     `cmd:"" help:"Make the tables and topics that roles apart need; again after an upgrade."`
	Report      reportCommand      `cmd:"" help:"Print figures from the store."`
	API         apiCommand         `cmd:"" name:"api" help:"Answer questions over HTTP, or make a token for who may ask."`
	SQL         sqlCommand         `cmd:"" name:"sql" help:"Ask the views of the store in SQL."`
	SNMP        snmpCommand        `cmd:"" name:"snmp" help:"Ask one device by SNMP: no store, no configuration."`
	Ping        pingCommand        `cmd:"" help:"Ping hosts: no store, no configuration."`
	Voice       voiceCommand       `cmd:"" help:"Measure a voice path, or answer such measurements: no store, no configuration."`
	Syslog      syslogCommand      `cmd:"" help:"Take syslog lines apart: no store, no configuration."`
	Calc        calcCommand        `cmd:"" help:"Do one calculation alone: no store, no configuration needed."`
	Bench       benchCommand       `cmd:"" help:"Measure a part of the product: no store, no configuration."`
	Chaos       chaosCommand       `cmd:"" help:"Kill, freeze, cut off and restart the parts of a pipeline at random, and count what came through."`
	Maintenance maintenanceCommand `cmd:"" help:"Enter, list and cancel maintenance windows."`
	Appliance   applianceCommand   `cmd:"" help:"Make an appliance's key: no store, no configuration."`
	Grafana     grafanaCommand     `cmd:"" help:"Set Grafana up: what each of its organisations sees, and the key that says so."`
	Recompute   recomputeCommand   `cmd:"" help:"Make figures of past times anew from the raw rows, and say what was otherwise."`
	Health      healthCommand      `cmd:"" help:"Ask a role that runs on this machine whether it is ready: exit code 0 or 1."`
	Check       checkCommand       `cmd:"" help:"Say what is wrong with a configuration file."`
	Config      configCommand      `cmd:"" help:"Print the effective configuration, defaults filled in."`
	Version     versionCommand     `cmd:"" help:"Print the version."`

	Engine engineProcess `cmd:"" hidden:"" help:"Child process: serve the embedded store."`
	Broker brokerProcess `cmd:"" hidden:"" help:"The embedded broker in a process of its own."`
	Store  storeProcess  `cmd:"" hidden:"" help:"The embedded store in a process of its own."`
	Fleet  fleetProcess  `cmd:"" hidden:"" help:"Child process: the simulated fleet with its pollers."`

	ChaosPoller    chaosPoller    `cmd:"" name:"chaos-poller" hidden:"" help:"Child process: an appliance of chaos."`
	ChaosProcessor chaosProcessor `cmd:"" name:"chaos-processor" hidden:"" help:"Child process: processors of chaos that send no ticks."`

	LogLevel slog.Level `help:"Lowest level that is logged: debug, info, warn or error." default:"info" env:"MIMAMORI_LOG_LEVEL"`
}

// stdout is where figures go; everything else goes to standard error.
type stdout struct{ io.Writer }

// usageError is a mistake in how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// unfinished is a measurement that ended before its verdict: a failure, also where the
// reason is that it was interrupted.
type unfinished struct{ error }

func (e unfinished) Unwrap() error { return e.error }

// codedError is a failure whose exit code says more to who called: a mail server, of a mail that it hands on.
type codedError struct {
	error
	code int
}

func (e codedError) Unwrap() error { return e.error }

func main() { os.Exit(run(os.Args[1:])) }

// newParser returns what reads the command line into the commands.
func newParser(cli *commands) (*kong.Kong, error) {
	return kong.New(cli, kong.Name("mimamori"),
		kong.Description("Watching over (見守り) the networks of your customers: polls, figures, reports."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.UsageOnError(),
		// A negative number is a value: it is refused for what it is, not as a flag.
		kong.WithHyphenPrefixedParameters(true))
}

func run(arguments []string) int {
	var cli commands
	parser, err := newParser(&cli)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mimamori:", err)
		return exitFailed
	}
	chosen, err := parser.Parse(arguments)
	if err != nil {
		fmt.Fprintf(os.Stderr, "mimamori: %v\nrun mimamori --help for the commands and their flags\n", err)
		return exitUsage
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: cli.LogLevel}))
	ctx, stop := untilInterrupted(logger)
	defer stop()
	chosen.BindTo(ctx, (*context.Context)(nil))
	chosen.Bind(logger, stdout{os.Stdout})
	return exitCode(chosen.Run())
}

func exitCode(err error) int {
	if err == nil || errors.Is(err, context.Canceled) && !errors.As(err, &unfinished{}) {
		return exitDone
	}
	if errors.As(err, &problem{}) {
		fmt.Fprintln(os.Stderr, err) // each line names its place
	} else {
		fmt.Fprintln(os.Stderr, "mimamori:", err)
	}
	if coded := (codedError{}); errors.As(err, &coded) {
		return coded.code
	}
	if mistake := (usageError{}); errors.As(err, &mistake) {
		return exitUsage
	}
	return exitFailed
}

// untilInterrupted returns a context that ends with the first SIGINT or SIGTERM; another
// one, later than oneWish, ends the process at once.
func untilInterrupted(logger *slog.Logger) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		received := <-signals
		logger.Info("stopping; once more ends at once", "signal", received.String())
		cancel()
		awaitAnother(signals)
		os.Exit(exitFailed)
	}()
	return ctx, cancel
}

// oneWish is how soon after a signal another one says the same: who ends a program by the clock or at a terminal may
// signal the whole group after the process.
const oneWish = time.Second

// awaitAnother returns when a signal comes that is a wish of its own.
func awaitAnother(signals <-chan os.Signal) {
	for first := time.Now(); ; {
		<-signals
		if time.Since(first) >= oneWish {
			return
		}
	}
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(output stdout) error {
	_, err := fmt.Fprintln(output, "mimamori", version)
	return err
}
