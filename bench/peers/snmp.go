package peers

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"time"

	"mimamori/bench/child"
	"mimamori/ingest/inventory"
)

// SNMPConfig says what is measured.
type SNMPConfig struct {
	// Binary is this program, whose commands Agents and Poller are the processes of
	// the measurement.
	Binary         string
	Agents, Poller []string
	// Devices to poll, from 1 to 2000, with so many interfaces each, from 1 to 1000.
	Devices, Interfaces int
	// Interval at which each device is polled, at least 1s.
	Interval time.Duration
	// For is how long is measured in all, at least 3s. It is divided into Rounds, of
	// which each has a part for every side.
	For    time.Duration
	Rounds int
	// Peer is the path of snmp_exporter, and Telegraf that of Telegraf. Empty looks for it.
	Peer, Telegraf string
	// Progress is told what is done now. It may be nil.
	Progress func(string)
}

// Validate returns every value out of range, joined, each with its remedy.
func (c SNMPConfig) Validate() error {
	var problems []error
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Errorf(format, arguments...)) }
	if c.Devices < 1 || c.Devices > 2000 {
		report("--devices %d is out of range: use 1 to 2000", c.Devices)
	}
	if c.Interfaces < 1 || c.Interfaces > 1000 {
		report("--interfaces %d is out of range: use 1 to 1000", c.Interfaces)
	}
	if c.Interval < time.Second || c.Interval > time.Minute {
		report("--interval %s is out of range: use 1s to 1m", c.Interval)
	}
	if c.Rounds < 1 || c.Rounds > 100 {
		report("--rounds %d is out of range: use 1 to 100", c.Rounds)
	}
	if c.For < 3*time.Second || c.For > time.Hour {
		report("--for %s is out of range: use 3s to 1h", c.For)
	}
	return errors.Join(problems...)
}

// SNMPResult is what was measured.
type SNMPResult struct {
	Devices    int `json:"devices"`
	Interfaces int `json:"interfaces"`
	// IntervalSeconds at which each device was polled.
	IntervalSeconds float64 `json:"interval_s"`
	Rounds          int     `json:"rounds"`
	// Rate of the poller by version 2c.
	Rate
	// InterfaceRows that came of it.
	InterfaceRows uint64 `json:"interface_rows"`
	// V3 is the rate by version 3 with SHA-1 and AES-128.
	V3    float64 `json:"v3_oids_per_cpu_s"`
	V3Min float64 `json:"v3_min"`
	V3Max float64 `json:"v3_max"`
	// Peer is snmp_exporter, by version 2c.
	Peer SNMPPeer `json:"peer"`
	// Ratio of the poller's rate to the peer's, of the medians; 0 where the peer is missing.
	Ratio float64 `json:"ratio,omitempty"`
	// Telegraf is the second peer, by version 2c, and TelegrafRatio the ratio of the poller's rate to its.
	Telegraf      SNMPPeer `json:"telegraf"`
	TelegrafRatio float64  `json:"telegraf_ratio,omitempty"`
}

// SNMPPeer is another program.
type SNMPPeer struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	// Missing says why it was not measured.
	Missing string `json:"missing,omitempty"`
	*Rate
}

// Rate is objects for processor time: the median of the rounds, with the worst and the best of
// them.
type Rate struct {
	PerSecond float64 `json:"oids_per_cpu_s"`
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
	// OIDs that the agents answered in all rounds, and what processor time the process used.
	OIDs      uint64  `json:"oids"`
	Processor float64 `json:"cpu_s"`

	rounds []float64
}

// add takes a round into the rate. One without anything is left out.
func (r *Rate) add(oids uint64, used time.Duration) {
	if oids == 0 || used <= 0 {
		return
	}
	r.rounds = append(r.rounds, float64(oids)/used.Seconds())
	r.OIDs += oids
	r.Processor += used.Seconds()
	r.PerSecond, r.Min, r.Max = median(r.rounds), slices.Min(r.rounds), slices.Max(r.rounds)
}

// inTurn are the sides in the order of a round: every other time the last comes first, for nobody always is.
func inTurn[Side any](round int, sides []Side) []Side {
	sides = slices.Clone(sides)
	if round%2 == 1 {
		slices.Reverse(sides)
	}
	return sides
}

// side is one of the programs that take turns.
type side struct {
	name    string
	process int
	rate    *Rate
	work    func(ctx context.Context, period time.Duration) error
}

// snmpBench is a measurement under way.
type snmpBench struct {
	SNMPConfig
	agents  *child.Process
	targets []netip.AddrPort
}

// MeasureSNMP measures the SNMP poller, and snmp_exporter and Telegraf where they are found. An error
// is a configuration out of range, a process that cannot be run, or a side that polled
// nothing.
func MeasureSNMP(ctx context.Context, config SNMPConfig) (result SNMPResult, err error) {
	if err := config.Validate(); err != nil {
		return SNMPResult{}, err
	}
	if config.Progress == nil {
		config.Progress = func(string) {}
	}
	// What is started ends with the thread that started it, however that ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b := &snmpBench{SNMPConfig: config}
	config.Progress(fmt.Sprintf("starting %d agents of %d interfaces", config.Devices, config.Interfaces))
	if b.agents, err = child.Start(config.Binary, "simulated agents", config.Agents...); err != nil {
		return SNMPResult{}, err
	}
	defer func() { err = errors.Join(err, b.agents.Stop()) }()
	var started agentsAnswer
	if err := b.agents.Ask(agentsOrder{Devices: config.Devices, Interfaces: config.Interfaces}, &started); err != nil {
		return SNMPResult{}, err
	}
	b.targets = started.Addresses

	poller, err := child.Start(config.Binary, "poller", config.Poller...)
	if err != nil {
		return SNMPResult{}, err
	}
	defer func() { err = errors.Join(err, poller.Stop()) }()
	if err := poller.Ask(pollerOrder{Targets: b.targets, Interval: config.Interval}, &pollerAnswer{}); err != nil {
		return SNMPResult{}, err
	}
	result = SNMPResult{
		Devices: config.Devices, Interfaces: config.Interfaces,
		IntervalSeconds: config.Interval.Seconds(), Rounds: config.Rounds,
		Peer: SNMPPeer{Name: exporterName}, Telegraf: SNMPPeer{Name: telegrafName},
	}
	var v3 Rate
	sides := []side{
		pollingSide(poller, inventory.SNMPv2c, &result.Rate, &result.InterfaceRows),
		pollingSide(poller, inventory.SNMPv3, &v3, new(uint64)),
	}
	peer, err := startExporter(ctx, config.Peer)
	if err != nil {
		result.Peer.Missing = err.Error()
	} else {
		defer func() { err = errors.Join(err, peer.stop()) }()
		result.Peer.Version, result.Peer.Rate = peer.version, new(Rate)
		sides = append(sides, side{exporterName, peer.command.Process.Pid, result.Peer.Rate, func(ctx context.Context, period time.Duration) error {
			_, err := peer.scrape(ctx, b.targets, config.Interval, period)
			return err
		}})
	}
	second, err := startTelegraf(ctx, config.Telegraf, telegrafOrder{plugin: "snmp", inputs: telegrafSNMP(b.targets), interval: config.Interval})
	if err != nil {
		result.Telegraf.Missing = err.Error()
	} else {
		defer func() { err = errors.Join(err, second.stop()) }()
		result.Telegraf.Version, result.Telegraf.Rate = second.version, new(Rate)
		sides = append(sides, side{telegrafName, second.command.Process.Pid, result.Telegraf.Rate, second.run})
	}
	if err := b.take(ctx, sides); err != nil {
		return SNMPResult{}, err
	}
	result.V3, result.V3Min, result.V3Max = v3.PerSecond, v3.Min, v3.Max
	if result.Telegraf.Rate != nil {
		result.TelegrafRatio = result.PerSecond / result.Telegraf.PerSecond
	}
	if result.Peer.Rate != nil {
		result.Ratio = result.PerSecond / result.Peer.PerSecond
	}
	return result, nil
}

func pollingSide(poller *child.Process, version string, rate *Rate, rows *uint64) side {
	return side{"mimamori, version " + version, poller.PID(), rate, func(_ context.Context, period time.Duration) error {
		var answer pollerAnswer
		if err := poller.Ask(pollerOrder{Version: version, For: period}, &answer); err != nil {
			return err
		}
		*rows += answer.Rows
		return nil
	}}
}

// take lets the sides take turns: first each learns its devices, which is not counted
// and takes two intervals for every device to have its turn, then the rounds.
func (b *snmpBench) take(ctx context.Context, sides []side) error {
	for i := range sides {
		b.Progress("getting to know the devices: " + sides[i].name)
		if err := sides[i].work(ctx, 2*b.Interval); err != nil {
			return err
		}
	}
	period := b.For / time.Duration(b.Rounds*len(sides))
	for round := range b.Rounds {
		for _, one := range inTurn(round, sides) {
			b.Progress(fmt.Sprintf("round %d of %d: %s", round+1, b.Rounds, one.name))
			if err := b.turn(ctx, &one, period); err != nil {
				return err
			}
		}
	}
	for i := range sides {
		if sides[i].rate.OIDs == 0 {
			return fmt.Errorf("%s polled nothing: run it for longer, or with fewer devices", sides[i].name)
		}
	}
	return ctx.Err()
}

// turn measures one side for a while.
func (b *snmpBench) turn(ctx context.Context, s *side, period time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var before, after agentsAnswer
	if err := b.agents.Ask(agentsOrder{}, &before); err != nil {
		return err
	}
	began, err := child.ProcessorTime(s.process)
	if err != nil {
		return err
	}
	if err := s.work(ctx, period); err != nil {
		return err
	}
	ended, err := child.ProcessorTime(s.process)
	if err != nil {
		return err
	}
	if err := b.agents.Ask(agentsOrder{}, &after); err != nil {
		return err
	}
	s.rate.add(after.Counts.Variables-before.Counts.Variables, ended-began)
	return nil
}
