package peers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/child"
	"mimamori/ingest/icmp"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// The load of both programs: each address is asked so often, evenly.
const (
	pingInterval = time.Second // time between two rounds of an address
	pingPackets  = 3           // in a round
	pingTimeout  = 500 * time.Millisecond

	maxPingTargets = 2000 // fping has sequence numbers for no more
)

// PingLoad is what a program pings in one run: addresses of 127.0.0.0/8, for which the
// kernel answers. What that costs the kernel it spends in the name of who sent: it is
// the same for each program, and counted. Both send as evenly over time as they can; a
// program that sent all at once would wake up less often.
type PingLoad struct {
	Targets int
	For     time.Duration
}

// Validate returns everything that is wrong, joined.
func (l PingLoad) Validate() error {
	var problems []error
	if l.Targets < 1 || l.Targets > maxPingTargets {
		problems = append(problems, fmt.Errorf("--targets %d is out of range: use 1 to %d", l.Targets, maxPingTargets))
	}
	if l.For < 2*pingInterval || l.For > time.Hour {
		problems = append(problems, fmt.Errorf("--for leaves %s to each program in each round, which takes 2s to 1h: change --for, or --rounds", l.For))
	}
	return errors.Join(problems...)
}

func (l PingLoad) address(i int) string { return fmt.Sprintf("127.64.%d.%d", i/250, 1+i%250) }

// pingAnswer says how many requests were answered.
type pingAnswer struct{ Answered int }

// RunPingPoller is the process that pings, and does nothing else: it obeys the lines of
// its input until that ends.
func RunPingPoller(ctx context.Context, input io.Reader, output io.Writer, logger *slog.Logger) error {
	return child.Obey(input, output, func(load PingLoad) (any, error) {
		answered, err := load.poll(ctx, logger)
		return pingAnswer{answered}, err
	})
}

// poll pings as an appliance does and returns how many requests were answered.
func (l PingLoad) poll(ctx context.Context, logger *slog.Logger) (answered int, err error) {
	site := inventory.Site{Name: "bench", Appliance: inventory.Appliance{Name: "bench"}}
	for i := range l.Targets {
		site.Devices = append(site.Devices, inventory.Device{Name: l.address(i), Address: l.address(i)})
	}
	inventory := inventory.Config{Customers: []inventory.Customer{{Name: "bench", Sites: []inventory.Site{site}}}}
	config := icmp.DefaultConfig()
	config.Interval, config.Packets, config.Timeout, config.Attempts = pingInterval, pingPackets, pingTimeout, 1
	registry := prometheus.NewRegistry()
	poller, err := icmp.New(config, inventory.Stations()[0], func(int64, sample.Rows) {}, logger, registry)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.For)
	defer cancel()
	if err := poller.Run(ctx); err != nil {
		return 0, err
	}
	return inTime(registry)
}

// inTime reads how many requests were answered in time, also those of rounds that were
// under way at the end.
func inTime(registry *prometheus.Registry) (int, error) {
	families, err := registry.Gather()
	if err != nil {
		return 0, fmt.Errorf("read the poller's counters: %w", err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if labels := metric.GetLabel(); len(labels) == 1 && labels[0].GetValue() == "in_time" {
				return int(metric.GetCounter().GetValue()), nil
			}
		}
	}
	return 0, errors.New("read the poller's counters: none says what was answered in time")
}

// PingFigures are what was measured.
type PingFigures struct {
	EchoesPerCPUSecond float64  `json:"echoes_per_cpu_s"` // requests answered for a second of user and system time; median of the rounds
	Min                float64  `json:"min"`
	Max                float64  `json:"max"`
	Rounds             int      `json:"rounds"`
	Targets            int      `json:"targets"`
	EchoesPerSecond    float64  `json:"echoes_per_s"` // the load
	Peer               PingPeer `json:"peer"`
	Ratio              float64  `json:"ratio,omitempty"` // of the medians; absent where the peer is missing
	Telegraf           PingPeer `json:"telegraf"`
	TelegrafRatio      float64  `json:"telegraf_ratio,omitempty"` // the same
}

// PingPeer is what was measured of another program on the same addresses.
type PingPeer struct {
	Name               string  `json:"name"`
	Version            string  `json:"version,omitempty"`
	Missing            string  `json:"missing,omitempty"` // why it was not measured
	EchoesPerCPUSecond float64 `json:"echoes_per_cpu_s,omitempty"`
	Min                float64 `json:"min,omitempty"`
	Max                float64 `json:"max,omitempty"`
}

// MeasurePing runs the poller, in a process of its own that the binary's command starts,
// fping and Telegraf, from a path or where it is found, in turns. The processor time is what the kernel says each process has
// used, user and system: the poller's while it polls, fping's from its start to its end,
// Telegraf's from the end of one of its rounds to that of another.
func MeasurePing(ctx context.Context, binary string, command []string, telegraf string, load PingLoad, rounds int) (figures PingFigures, err error) {
	if err := load.Validate(); err != nil {
		return PingFigures{}, err
	}
	// What is started ends with the thread that started it, however that ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	poller, err := child.Start(binary, "ping poller", command...)
	if err != nil {
		return PingFigures{}, err
	}
	defer func() { err = errors.Join(err, poller.Stop()) }()
	figures = PingFigures{Rounds: rounds, Targets: load.Targets, Peer: PingPeer{Name: "fping"}}
	fping, missing := exec.LookPath("fping")
	if missing != nil {
		figures.Peer.Missing = errNoFping.Error()
	} else {
		figures.Peer.Version = fpingVersion(ctx, fping)
	}
	figures.Telegraf.Name = telegrafName
	second, answered, noTelegraf := startTelegrafPing(ctx, telegraf, load)
	if noTelegraf != nil {
		figures.Telegraf.Missing = noTelegraf.Error()
	} else {
		figures.Telegraf.Version = second.version
		defer func() { err = errors.Join(err, second.stop()) }()
	}
	var own, others, seconds []float64
	turns := []func() error{func() error {
		rate, count, err := pollOnce(poller, load)
		own = append(own, rate)
		figures.EchoesPerSecond = float64(count) / load.For.Seconds()
		return err
	}}
	if noTelegraf == nil {
		turns = append(turns, func() error {
			received, used, err := second.between(ctx, load.For, answered)
			seconds = append(seconds, float64(received)/used.Seconds())
			return err
		})
	}
	if missing == nil {
		turns = append(turns, func() error {
			rate, err := runFping(ctx, fping, load)
			others = append(others, rate)
			if err != nil {
				return fmt.Errorf("run fping: %w", err)
			}
			return nil
		})
	}
	for round := range rounds {
		for _, turn := range inTurn(round, turns) {
			if err := errors.Join(ctx.Err(), turn()); err != nil {
				return PingFigures{}, err
			}
		}
	}
	figures.EchoesPerCPUSecond, figures.Min, figures.Max = median(own), slices.Min(own), slices.Max(own)
	if missing == nil {
		figures.Peer.EchoesPerCPUSecond, figures.Peer.Min, figures.Peer.Max = median(others), slices.Min(others), slices.Max(others)
		figures.Ratio = figures.EchoesPerCPUSecond / figures.Peer.EchoesPerCPUSecond
	}
	if noTelegraf == nil {
		figures.Telegraf.EchoesPerCPUSecond, figures.Telegraf.Min, figures.Telegraf.Max = median(seconds), slices.Min(seconds), slices.Max(seconds)
		figures.TelegrafRatio = figures.EchoesPerCPUSecond / figures.Telegraf.EchoesPerCPUSecond
	}
	return figures, ctx.Err()
}

// pollOnce lets the poller ping for a while and returns its answers for a second of
// processor time.
func pollOnce(poller *child.Process, load PingLoad) (rate float64, answered int, err error) {
	began, err := child.ProcessorTime(poller.PID())
	if err != nil {
		return 0, 0, err
	}
	var answer pingAnswer
	if err := poller.Ask(load, &answer); err != nil {
		return 0, 0, err
	}
	ended, err := child.ProcessorTime(poller.PID())
	if err != nil {
		return 0, 0, err
	}
	if answer.Answered == 0 {
		return 0, 0, errors.New("the ping poller was answered nothing: see what it logs")
	}
	return float64(answer.Answered) / (ended - began).Seconds(), answer.Answered, nil
}

// runFping sends as many requests to the same addresses, as evenly.
func runFping(ctx context.Context, program string, load PingLoad) (rate float64, err error) {
	var addresses strings.Builder
	for i := range load.Targets {
		fmt.Fprintln(&addresses, load.address(i))
	}
	period := float64(pingInterval.Milliseconds()) / pingPackets
	command := exec.CommandContext(ctx, program, "-q", "-f", "-",
		"-c", strconv.Itoa(int(load.For.Seconds()*1000/period)),
		"-p", strconv.FormatFloat(period, 'f', 2, 64),
		"-i", strconv.FormatFloat(period/float64(load.Targets)*0.99, 'f', 3, 64),
		"-t", strconv.FormatInt(pingTimeout.Milliseconds(), 10))
	command.SysProcAttr = child.Leashed()
	command.Stdin = strings.NewReader(addresses.String())
	var summary bytes.Buffer
	command.Stderr = &summary
	if err := command.Run(); err != nil {
		return 0, fmt.Errorf("%w: %.300s", err, summary.String())
	}
	answered := 0
	// A line for each: "127.64.0.1 : xmt/rcv/%loss = 9/9/0%, min/avg/max = ..."
	for lines := bufio.NewScanner(&summary); lines.Scan(); {
		_, counts, found := strings.Cut(lines.Text(), "xmt/rcv/%loss = ")
		fields := strings.SplitN(counts, "/", 3)
		if !found || len(fields) < 3 {
			continue
		}
		received, err := strconv.Atoi(fields[1])
		if err != nil {
			return 0, fmt.Errorf("read its summary %q: %w", lines.Text(), err)
		}
		answered += received
	}
	used := command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	return float64(answered) / used.Seconds(), nil
}

func fpingVersion(ctx context.Context, program string) string {
	output, err := exec.CommandContext(ctx, program, "-v").Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(output), "\n")
	_, version, _ := strings.Cut(line, "Version ")
	return version
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
