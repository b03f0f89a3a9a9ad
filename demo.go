package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/term"

	"mimamori/bench/board"
	"mimamori/bench/fleet"
	"mimamori/bench/verify"
	"mimamori/processors/alert"
)

// demoCommand runs a simulated fleet through the whole pipeline.
type demoCommand struct {
	Devices int           `help:"Number of simulated devices, up to 5000." default:"200"`
	Seed    uint64        `help:"Everything random about the fleet follows from it." default:"1"`
	For     time.Duration `help:"End after this long; 0 runs until Ctrl-C." default:"0s"`
	Verify  bool          `help:"At the end hold what the store says against what the simulator did; exit 1 on a mismatch."`
	JSON    bool          `name:"json" help:"Print the result as JSON and nothing else on standard output."`
	Data    string        `help:"Directory of the demo, emptied at each start. Default: mimamori/demo in the user's cache." type:"path"`
	Listen  string        `help:"host:port of /metrics, /healthz and /ready; empty for none." default:"127.0.0.1:9464"`

	NoNamespace bool `help:"Let the fleet run in the machine's own network namespace, without outages that pings would see, as where no other namespace can be made."`

	Failures float64 `help:"In place of the script let things fail at their rates, so many times as often as in life, and traffic follow the hours of a week." default:"0" placeholder:"TIMES"`

	Lasting bool `help:"Leave broken what breaks, so that there is something to look at for as long as the demo runs."`

	alertmanagerFlag `embed:""`

	Language string `help:"Language of the board: en or ja. Default: the locale's." enum:",en,ja" default:""`

	lock *os.File // of the directory
}

// verifiable is the shortest run in which the whole script has played.
const verifiable = 140 * time.Second

// mostShown is how many devices there may be: appliances, pipeline and store share the machine with them.
const mostShown = 5000

// Run runs the demo.
func (c *demoCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if runtime.GOOS != "linux" {
		return errors.New("the demo simulates its network with Linux's network namespaces: run it on Linux")
	}
	if c.Devices > mostShown {
		return usageError{fmt.Errorf("--devices %d is too many to show on one machine: use up to %d", c.Devices, mostShown)}
	}
	if c.For < 0 {
		return usageError{fmt.Errorf("--for %s is negative: give how long to run, or 0 for until Ctrl-C", c.For)}
	}
	if c.Verify && c.For != 0 && c.For < verifiable {
		return usageError{fmt.Errorf("--for %s is too short to verify: the script needs %s", c.For, verifiable)}
	}
	if c.Lasting && c.Failures != 0 {
		return usageError{errors.New("--failures mends what breaks when its time has come: leave out --lasting")}
	}
	if c.Verify && c.Lasting {
		return usageError{errors.New("--lasting leaves broken what --verify waits for to recover: leave one of them out")}
	}
	directory, err := c.directory()
	if err != nil {
		return err
	}
	place := findPlace(ctx, c.NoNamespace)
	plan, err := fleet.NewPlan(place.settle(c.fleetConfig()))
	if err != nil {
		return usageError{err}
	}
	demo := &demonstration{command: c, directory: directory, plan: plan, logger: logger, output: output}
	if demo.terminal() {
		// The board has the screen: what is logged goes to a file beside the data.
		file, err := os.Create(filepath.Join(directory, "demo.log"))
		if err != nil {
			return fmt.Errorf("open the demo's log: %w", err)
		}
		defer file.Close()
		demo.log = file
		demo.logger = slog.New(slog.NewTextHandler(file, nil))
		place.tell(plan, demo.logger, os.Stderr)
	} else {
		place.tell(plan, logger, io.Discard)
	}
	return demo.run(ctx)
}

func (c *demoCommand) fleetConfig() fleet.Config {
	config := fleet.DefaultConfig()
	config.Devices, config.Seed, config.Lasting, config.Failures = c.Devices, c.Seed, c.Lasting, c.Failures
	config.Hours = c.Failures != 0
	return config
}

// directory returns the emptied directory of the demo.
func (c *demoCommand) directory() (string, error) {
	directory := c.Data
	if directory == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		directory = filepath.Join(cache, "mimamori", "demo")
	}
	if err := c.claim(directory); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		return "", fmt.Errorf("look into the demo's directory: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == demoMark {
			continue // says until the end that a demo may empty it
		}
		if err := os.RemoveAll(filepath.Join(directory, entry.Name())); err != nil {
			return "", fmt.Errorf("empty the demo's directory: %w", err)
		}
	}
	return directory, nil
}

// claim makes the directory the demo's own: only what a demo made may be emptied, a
// mistyped --data must not cost a home, and a demo that runs there keeps it.
func (c *demoCommand) claim(directory string) error {
	mark := filepath.Join(directory, demoMark)
	if entries, err := os.ReadDir(directory); err == nil && len(entries) > 0 {
		if _, err := os.Stat(mark); err != nil {
			return usageError{fmt.Errorf("%s is not empty and no demo ran in it: name another directory with --data", directory)}
		}
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return fmt.Errorf("make the demo's directory: %w; name another with --data", err)
	}
	lock, err := os.OpenFile(mark, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("write to the demo's directory: %w; name another with --data", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("a demo runs in %s: end it, or name another directory with --data and another --listen", directory), lock.Close())
	}
	c.lock = lock // held until the process ends
	return nil
}

const demoMark = ".mimamori-demo"

// demonstration is one run of the demo.
type demonstration struct {
	command   *demoCommand
	directory string
	plan      *fleet.Plan
	logger    *slog.Logger
	log       *os.File // what is logged goes here while the board has the screen
	output    stdout
}

func (d *demonstration) terminal() bool {
	return !d.command.JSON && term.IsTerminal(int(os.Stdout.Fd()))
}

// stderr is where the children of the demo log to.
func (d *demonstration) stderr() io.Writer {
	if d.log != nil {
		return d.log
	}
	return os.Stderr
}

func (d *demonstration) run(ctx context.Context) error {
	layout := newDemoLayout(d.directory, d.plan, d.command.Listen)
	var err error
	if layout.centre, err = d.command.heed(layout.centre); err != nil {
		return err
	}
	if err := layout.makeKeys(); err != nil {
		return err
	}
	if err := layout.write(); err != nil {
		return err
	}
	application := newApplication(layout.centre, d.logger)
	if d.terminal() {
		fmt.Fprintln(os.Stderr, "starting the embedded broker and store ...")
	}
	var result *verify.Result
	summary := verify.Result{Checks: []verify.Check{}, Devices: d.command.Devices}
	err = application.play(ctx, demoRole, func(ctx context.Context) error {
		watcher := verify.NewWatcher(application.store)
		ran, err := d.runFleet(ctx, layout, application, watcher)
		summary.Rows, summary.OK = application.processor.Rows(), err == nil
		if err != nil || !ran || !d.command.Verify {
			return err
		}
		result, err = d.verify(ctx, layout, application, watcher)
		return err
	})
	switch {
	case err != nil:
		return err
	case result != nil:
		return d.print(result)
	case d.command.JSON && !d.command.Verify:
		return json.NewEncoder(d.output).Encode(summary)
	case d.command.Verify:
		return errors.New("nothing was verified: the demo was stopped before its time was over")
	}
	d.farewell(layout)
	return nil
}

// runFleet runs the fleet and the board for as long as asked and reports whether
// the time was served to its end.
func (d *demonstration) runFleet(ctx context.Context, layout demoLayout, application *application, watcher *verify.Watcher) (bool, error) {
	child, err := startFleet(layout, d.stderr())
	if err != nil {
		return false, err
	}
	d.logger.Info("the fleet runs; ask in another terminal",
		"try", "bin/mimamori report availability --config "+layout.centrePath)
	lasting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	served := errors.New("the time is over")
	if d.command.For > 0 {
		timer := time.AfterFunc(d.command.For, func() { cancel(served) })
		defer timer.Stop()
	}
	go func() {
		if err := child.wait(); err != nil {
			cancel(err)
		}
	}()
	if d.command.Verify {
		go watcher.Run(lasting)
	}
	pages, stopPages := d.showPages(lasting, application)
	d.show(lasting, application, pages)
	stopPages()
	stopped := child.stop()
	switch cause := context.Cause(lasting); {
	case errors.Is(cause, served):
		return true, stopped
	case errors.Is(cause, context.Canceled):
		return false, stopped
	default:
		return false, fmt.Errorf("the simulated fleet ended: %w", cause)
	}
}

// show draws the board, or logs it, until the context ends.
func (d *demonstration) show(ctx context.Context, application *application, pages string) {
	gatherer := &board.Gatherer{
		Store: application.store, Pipeline: application.processor,
		Pages: pages, Started: time.Now(), Memory: residentBytes,
	}
	for _, incident := range d.plan.Script() {
		entity := incident.Site
		if incident.Entity != incident.Site {
			entity += " / " + incident.Entity
		}
		gatherer.Script = append(gatherer.Script, board.Incident{
			Name: string(incident.Kind), Entity: entity, From: incident.From, To: incident.To,
		})
	}
	if !d.terminal() {
		board.Log(ctx, gatherer, d.logger)
		return
	}
	language := board.Language(d.command.Language)
	if language == "" {
		language = board.LanguageOf(locale())
	}
	board.Show(ctx, gatherer, os.Stdout, language, os.Getenv("NO_COLOR") == "")
}

func locale() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}

// settleTimeout bounds the wait for what was sent to become figures.
const settleTimeout = 30 * time.Second

// verify waits until the pipeline has settled and holds the store against the truth.
func (d *demonstration) verify(ctx context.Context, layout demoLayout, application *application, watcher *verify.Watcher) (*verify.Result, error) {
	truth, err := fleet.ReadTruth(layout.truthPath)
	if err != nil {
		return nil, fmt.Errorf("read what the simulator did: %w", err)
	}
	if err := settle(ctx, application); err != nil {
		return nil, err
	}
	return verify.Run(ctx, application.store, truth, watcher, verify.Options{
		PingInterval: layout.poll.Ingest.ICMP.Interval, PollInterval: layout.poll.Ingest.SNMP.Interval,
		HealthInterval: layout.poll.Ingest.SNMP.HealthInterval,
		SilentAfter:    layout.silentAfter(), Voice: layout.centre.Processors.Voice,
		Failing: d.command.Failures != 0,
	})
}

// settle waits until everything sent is processed and every range marked for a
// recompute has had its turn, which takes two ticks without new rows.
func settle(ctx context.Context, application *application) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	// Each partition goes on receiving ticks, so one message each may be under way.
	partitions := application.config.Ingest.Bus.Partitions
	ticks := int64(partitions.Telemetry + partitions.Logs)
	quiet := 0
	err := poll(ctx, 250*time.Millisecond, func() bool {
		if application.processor.Lag() > ticks {
			quiet = 0
			return false
		}
		quiet++
		return time.Duration(quiet)*250*time.Millisecond > 3*application.config.Processors.TickInterval
	})
	if err != nil {
		return fmt.Errorf("the pipeline has not caught up within %s: %w", settleTimeout, err)
	}
	return nil
}

// poll asks until the answer is yes.
func poll(ctx context.Context, interval time.Duration, done func() bool) error {
	every := time.NewTicker(interval)
	defer every.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-every.C:
		}
	}
	return nil
}

// farewell tells a person at a terminal where the figures are.
func (d *demonstration) farewell(layout demoLayout) {
	if d.log == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "the figures stay in %s until the next demo; ask them with\n  bin/mimamori report availability --config %s --from 1h\nwhat was logged is in %s\n",
		d.directory, layout.centrePath, d.log.Name())
}

var errMismatch = errors.New("the store does not agree with what the simulator did")

// print prints the result, and as a person reads it too where it is not good: nobody finds what differs among a thousand
// checks in JSON.
func (d *demonstration) print(result *verify.Result) error {
	if d.command.JSON {
		if err := json.NewEncoder(d.output).Encode(result); err != nil {
			return fmt.Errorf("print the result: %w", err)
		}
		if !result.OK {
			result.Print(os.Stderr)
		}
	} else {
		result.Print(d.output)
	}
	if !result.OK {
		return errMismatch
	}
	return nil
}

// demoLayout is the demo's files and configurations.
type demoLayout struct {
	directory             string
	centre, poll          Config
	centrePath, pollPath  string
	truthPath, brokerPath string
	uplinks               string // directory of the appliances' sockets
	fleet                 fleet.Config
}

// The demo polls faster than anybody would poll a real network, so that its script
// fits into two minutes.
const (
	demoPing = 2 * time.Second
	// A round and its repeat must fit into the interval.
	demoPingTimeout = 700 * time.Millisecond
	demoSNMP        = 5 * time.Second
	demoVoiceSlot   = 10 * time.Second
	demoHeartbeat   = 2 * time.Second
	demoTick        = time.Second
	demoLinger      = 500 * time.Millisecond
	demoHaste       = 15        // alarms wait for so much less than they would
	demoMemory      = 512 << 20 // bytes, of the embedded engine
)

func newDemoLayout(directory string, plan *fleet.Plan, listen string) demoLayout {
	layout := demoLayout{
		directory:  directory,
		centrePath: filepath.Join(directory, "mimamori.yaml"), pollPath: filepath.Join(directory, "poll.yaml"),
		truthPath: filepath.Join(directory, "truth"), uplinks: filepath.Join(directory, "uplinks"),
		fleet: plan.Config,
	}
	config := defaultConfig()
	config.Data = directory
	config.HTTP.Listen = listen
	config.Ingest.Inventory = plan.Inventory(func(appliance string) string {
		return "unix:" + filepath.Join(layout.uplinks, appliance+".sock")
	})
	config.Ingest.ICMP.Interval = demoPing
	config.Ingest.ICMP.Timeout = demoPingTimeout
	config.Ingest.SNMP.Interval = stretched(demoSNMP, plan.Config.Devices)
	config.Ingest.Voice.Slot = demoVoiceSlot
	config.Ingest.HeartbeatInterval = demoHeartbeat
	config.Ingest.Linger, config.Ingest.RoutineLinger = demoLinger, demoLinger
	config.Ingest.Bus.Partitions.Telemetry, config.Ingest.Bus.Partitions.Logs = 2, 1 // each is written to the store by itself
	if plan.Config.NoPing {
		// A round of the agents may be missed before their devices count as silent.
		config.Processors.Availability.Unpinged = 2*config.Ingest.SNMP.Interval + demoHeartbeat
	}
	config.Processors.TickInterval = demoTick
	config.Storage.Embedded.MemoryLimit = demoMemory
	config.Alert.place(directory, func(*string) {})
	config.Alert.Raising.Rules = alert.Hastened(demoHaste)
	layout.centre, layout.poll = config, config
	layout.poll.HTTP.Listen = ""
	layout.brokerPath = newApplication(config, nil).brokerSocket()
	return layout
}

// stretched polls a large fleet less often: agents, pollers and all the rest share
// one machine, and a poll takes them a millisecond and a half.
func stretched(interval time.Duration, devices int) time.Duration {
	const pollsPerSecond = 330
	return max(interval, (time.Duration(devices) * time.Second / pollsPerSecond).Round(time.Second))
}

// silentAfter is how long nothing may come of a device before its state is unknown.
func (l demoLayout) silentAfter() time.Duration {
	availability := l.centre.Processors.Availability
	if l.fleet.NoPing {
		return availability.Unpinged
	}
	return max(time.Duration(availability.MissedHeartbeats)*l.poll.Ingest.HeartbeatInterval, 2*l.poll.Ingest.ICMP.Interval)
}

func (l demoLayout) write() error {
	if err := os.MkdirAll(l.uplinks, 0o700); err != nil {
		return fmt.Errorf("make the uplinks' directory: %w", err)
	}
	for path, config := range map[string]Config{l.centrePath: l.centre, l.pollPath: l.poll} {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("write the demo's configuration: %w", err)
		}
		if err := errors.Join(writeYAML(stdout{file}, config), file.Close()); err != nil {
			return fmt.Errorf("write the demo's configuration %s: %w", path, err)
		}
	}
	return nil
}
