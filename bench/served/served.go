package served

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"mimamori/bench/child"
	"mimamori/bench/fleet"
	"mimamori/ingest/icmp"
)

// Config says what is measured.
type Config struct {
	Binary        string   // this program
	Fleet, Poller []string // its commands that are the two processes

	Devices   int           // 40 to 100,000
	AllPorts  bool          // each device has as many interfaces as such devices do
	Interval  time.Duration // between two polls of a device, 1s to 1h
	Intervals int           // how many are measured after the first, which is not: 1 to 100
	Alone     bool          // this process is in a network namespace of its own, where pings, voice and the log are served too
	Progress  func(step string)
}

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.Devices < 40 || c.Devices > 100_000 {
		problems = append(problems, fmt.Errorf("--devices is %d: use 40 to 100000", c.Devices))
	}
	if c.Interval < time.Second || c.Interval > time.Hour {
		problems = append(problems, fmt.Errorf("--interval is %s: use 1s to 1h", c.Interval))
	}
	if c.Intervals < 1 || c.Intervals > 100 {
		problems = append(problems, fmt.Errorf("--intervals is %d: use 1 to 100", c.Intervals))
	}
	return errors.Join(problems...)
}

func (c Config) fleet() fleet.Config {
	config := fleet.DefaultConfig()
	if !c.Alone {
		config = config.InSharedNamespace()
		config.AgentPort, config.ReflectorPort = 17161, 19620 // beside a demonstration
	}
	config.Devices, config.Customers, config.AllPorts = c.Devices, min(20, c.Devices/20), c.AllPorts
	config.ScriptStart, config.NoPing = 24*time.Hour, true // nothing happens, and no device is locked
	return config
}

// Figures are what was measured.
type Figures struct {
	Devices         int     `json:"devices"`
	Interfaces      int     `json:"interfaces"`
	IntervalSeconds float64 `json:"interval_s"`
	Intervals       int     `json:"intervals"`
	PlanSeconds     float64 `json:"plan_s"`

	// Polls are those that were answered, and Share their share of those that were due.
	Polls         uint64  `json:"polls"`
	Share         float64 `json:"share_of_polls_due"`
	InterfaceRows uint64  `json:"interface_rows"`
	Requests      uint64  `json:"requests_answered"`
	Refused       uint64  `json:"requests_refused"`
	Dropped       uint64  `json:"packets_dropped"` // by the kernel, for the fleet's sockets were full

	// Why polls that were due were not answered: how those ended that were begun, and why others were not. Retries are
	// requests that were sent again because no answer came.
	Failed  map[string]uint64 `json:"polls_failed,omitempty"`
	Skipped map[string]uint64 `json:"rounds_skipped,omitempty"`
	Retries uint64            `json:"requests_retried"`

	// Protocols are "snmp", and in a network namespace of the fleet's own also "icmp", "stamp" and "syslog".
	Protocols  []string          `json:"protocols"`
	Pings      uint64            `json:"ping_rounds_answered,omitempty"`
	PingsLost  uint64            `json:"ping_rounds_lost,omitempty"`
	PingShare  float64           `json:"share_of_pings_due,omitempty"`   // rounds that were answered, of those that were due
	PingsLeft  map[string]uint64 `json:"ping_rounds_left_out,omitempty"` // why others were not sent, or not told
	Paths      int               `json:"voice_paths,omitempty"`
	VoiceSent  uint64            `json:"voice_packets_sent,omitempty"`
	VoiceHeard uint64            `json:"voice_packets_answered,omitempty"`
	LinesSent  uint64            `json:"lines_sent,omitempty"`
	Restarts   uint64            `json:"voice_restarts,omitempty"` // of all streams, for the machine stood still
	Lines      uint64            `json:"lines_received,omitempty"` // some of those sent are under way at either end
	LinesLost  uint64            `json:"lines_dropped,omitempty"`  // by the kernel, for a receiver's socket was full

	FleetCPUPerThousand  float64 `json:"fleet_cpu_s_per_1000_polls"`
	PollerCPUPerThousand float64 `json:"poller_cpu_s_per_1000_polls"`
	FleetCores           float64 `json:"fleet_cores"` // of processor time in a second, on average
	FleetBytes           uint64  `json:"fleet_rss_bytes"`
	PollerBytes          uint64  `json:"poller_rss_bytes"`
}

// Measure serves a fleet to a poller. What it takes the poller to get to know the devices is not counted.
func Measure(ctx context.Context, config Config) (figures Figures, err error) {
	if err := config.Validate(); err != nil {
		return figures, err
	}
	progress := func(step string) {
		if config.Progress != nil {
			config.Progress(step)
		}
	}
	// What is started ends with the thread that started it, however that ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	simulated, err := child.Start(config.Binary, "simulated fleet", config.Fleet...)
	if err != nil {
		return figures, err
	}
	defer func() { err = errors.Join(err, simulated.Stop()) }()
	poller, err := child.Start(config.Binary, "poller", config.Poller...)
	if err != nil {
		return figures, err
	}
	defer func() { err = errors.Join(err, poller.Stop()) }()
	progress(fmt.Sprintf("plan %d devices", config.Devices))
	plan := config.fleet()
	var before, after fleetAnswer
	if err := simulated.Ask(fleetOrder{Fleet: &plan}, &before); err != nil {
		return figures, err
	}
	var first, last pollerAnswer
	if err := poller.Ask(pollerOrder{Fleet: &plan, Interval: config.Interval}, &first); err != nil {
		return figures, err
	}
	figures = Figures{Devices: config.Devices, Interfaces: before.Interfaces, IntervalSeconds: config.Interval.Seconds(), Intervals: config.Intervals, PlanSeconds: before.PlanSeconds}
	figures.Protocols = []string{"snmp"}
	if config.Alone {
		figures.Protocols, figures.Paths = []string{"snmp", "icmp", "stamp", "syslog"}, before.Paths
	}
	if err := acquaint(ctx, config.Interval, poller, &first, progress); err != nil {
		return figures, err
	}
	// The simulator is asked first, so that no answer counts that it has not given yet.
	if err := errors.Join(simulated.Ask(fleetOrder{}, &before), poller.Ask(pollerOrder{}, &first)); err != nil {
		return figures, err
	}
	used, err := usedBy(simulated, poller)
	if err != nil {
		return figures, err
	}
	progress("measure")
	began := time.Now()
	if err := pause(ctx, time.Duration(config.Intervals)*config.Interval); err != nil {
		return figures, err
	}
	took := time.Since(began)
	if err := errors.Join(simulated.Ask(fleetOrder{}, &after), poller.Ask(pollerOrder{}, &last)); err != nil {
		return figures, err
	}
	more, err := usedBy(simulated, poller)
	if err != nil {
		return figures, err
	}
	figures.Polls, figures.InterfaceRows = last.Polls-first.Polls, last.Interfaces-first.Interfaces
	figures.Failed, figures.Skipped, figures.Retries = since(last.Failed, first.Failed), since(last.Skipped, first.Skipped), last.Retries-first.Retries
	figures.Pings, figures.PingsLost, figures.Lines = last.Pings-first.Pings, last.PingsLost-first.PingsLost, last.Lines-first.Lines
	figures.VoiceSent, figures.VoiceHeard, figures.LinesSent = last.VoiceSent-first.VoiceSent, last.VoiceHeard-first.VoiceHeard, after.Lines-before.Lines
	figures.PingsLeft = since(last.PingsLeft, first.PingsLeft)
	figures.Restarts, figures.LinesLost = last.Restarts-first.Restarts, last.LinesLost-first.LinesLost
	if figures.Polls == 0 {
		return figures, errors.New("no device was polled: see what the processes log")
	}
	// By when the poller counted: a machine that is busy lets the question wait.
	counted := float64(config.Devices) * last.At.Sub(first.At).Seconds()
	figures.Share = share(figures.Polls, counted/config.Interval.Seconds(), figures.Failed, figures.Skipped)
	figures.PingShare = float64(figures.Pings) * icmp.DefaultConfig().Interval.Seconds() / counted
	figures.Requests, figures.Refused, figures.Dropped = after.Answered-before.Answered, after.Refused-before.Refused, after.Dropped-before.Dropped
	figures.FleetCPUPerThousand = (more[0] - used[0]).Seconds() * 1000 / float64(figures.Polls)
	figures.PollerCPUPerThousand = (more[1] - used[1]).Seconds() * 1000 / float64(figures.Polls)
	figures.FleetCores = (more[0] - used[0]).Seconds() / took.Seconds()
	if _, figures.FleetBytes, err = child.Memory(simulated.PID()); err != nil {
		return figures, err
	}
	_, figures.PollerBytes, err = child.Memory(poller.PID())
	return figures, err
}

// share is how many of the polls that were due were answered, 0 to 1. Polls that waited from before are answered as well, so
// that it is no more than their share of those that came to any end.
func share(answered uint64, due float64, ends ...map[string]uint64) float64 {
	all := answered
	for _, counts := range ends {
		for _, count := range counts {
			all += count
		}
	}
	return min(1, float64(answered)/due, float64(answered)/float64(max(all, 1)))
}

// mostAcquainting is how many intervals the poller may take to get to know the devices.
const mostAcquainting = 3

// acquaint waits while the poller gets to know the devices: an interval, and others while it leaves rounds out for want of
// time. A first poll reads all that a device is, which takes several times as long as those after it.
func acquaint(ctx context.Context, interval time.Duration, poller *child.Process, so *pollerAnswer, progress func(string)) error {
	for n := range mostAcquainting {
		progress(fmt.Sprintf("get to know the devices, interval %d", n+1))
		before := so.Skipped
		if err := pause(ctx, interval); err != nil {
			return err
		}
		var now pollerAnswer
		if err := poller.Ask(pollerOrder{}, &now); err != nil {
			return err
		}
		*so = now
		if len(since(now.Skipped, before)) == 0 {
			return nil
		}
	}
	return nil
}

// pause waits; it is an error where the context ends first.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// since are counts less what they were before, without those that are 0.
func since(now, before map[string]uint64) map[string]uint64 {
	more := map[string]uint64{}
	for name, count := range now {
		if count > before[name] {
			more[name] = count - before[name]
		}
	}
	return more
}

// usedBy is the processor time that processes have used so far.
func usedBy(processes ...*child.Process) ([]time.Duration, error) {
	used := make([]time.Duration, len(processes))
	for i, each := range processes {
		var err error
		if used[i], err = child.ProcessorTime(each.PID()); err != nil {
			return nil, err
		}
	}
	return used, nil
}
