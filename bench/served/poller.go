package served

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/bench/child"
	"mimamori/bench/fleet"
	"mimamori/ingest/icmp"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp"
	"mimamori/ingest/syslog"
	"mimamori/ingest/voice"
)

// pollerOrder says first whom to poll, which goes on until the end. Those after it are empty and ask for counts.
type pollerOrder struct {
	Fleet    *fleet.Config `json:",omitempty"`
	Interval time.Duration `json:",omitempty"`
}

// pollerAnswer is how much came so far.
type pollerAnswer struct {
	At         time.Time
	Interfaces uint64 // rows
	Polls      uint64 // rows of the clocks of devices, one for each poll that was answered
	Failed     map[string]uint64
	Skipped    map[string]uint64
	Retries    uint64 // SNMP requests sent again because no answer came

	Pings      uint64 // rounds that were answered
	PingsLost  uint64 // rounds with no answer, repeats included
	PingsLeft  map[string]uint64
	VoiceSent  uint64 // packets
	VoiceHeard uint64 // of these, answered in time
	Restarts   uint64 // of the voice streams, for the machine stood still
	Lines      uint64 // of the log
	LinesLost  uint64 // for which the kernel had no room
}

// concurrency is how many devices are polled at a time: as many as appliances of 200 devices would together.
func concurrency(devices int) int {
	return min(4096, snmp.DefaultConfig().Concurrency*max(1, devices/1000))
}

// poller is all that appliances do, for all sites at once.
type poller struct {
	runs     []func(context.Context) error
	registry *prometheus.Registry
	counts   struct{ interfaces, polls, pings, pingsLost, lines atomic.Uint64 }
}

// RunPoller is the process that polls: it obeys the lines of its input until that ends.
func RunPoller(ctx context.Context, input io.Reader, output io.Writer, logger *slog.Logger) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	group, ctx := errgroup.WithContext(ctx)
	defer func() {
		cancel()
		err = errors.Join(err, group.Wait())
	}()
	p := &poller{registry: prometheus.NewRegistry()}
	return child.Obey(input, output, func(order pollerOrder) (any, error) {
		if order.Fleet != nil {
			if err := p.prepare(order, logger); err != nil {
				return nil, err
			}
			for _, run := range p.runs {
				group.Go(func() error { return run(ctx) })
			}
		}
		if ctx.Err() != nil {
			return nil, errors.New("the poller has ended")
		}
		return p.answer()
	})
}

// prepare makes the pollers: of SNMP alone where the fleet shares the machine's network namespace, in which the kernel
// answers pings by itself.
func (p *poller) prepare(order pollerOrder, logger *slog.Logger) error {
	plan, err := fleet.NewPlan(*order.Fleet)
	if err != nil {
		return err
	}
	all := plan.Inventory(func(string) string { return "" })
	stations := all.Stations()
	together := inventory.Station{Customer: "all", Site: "all"}
	for _, one := range stations {
		together.Devices, together.Paths = append(together.Devices, one.Devices...), append(together.Paths, one.Paths...)
	}
	for i := range together.Devices {
		together.Devices[i].NoPing = false // the plan has it so that no agent is locked
	}
	config := snmp.DefaultConfig()
	config.Interval, config.Concurrency = order.Interval, concurrency(len(together.Devices))
	agents, err := snmp.New(config, together, p.take, logger, p.registry)
	if err != nil {
		return err
	}
	p.runs = append(p.runs, agents.Run)
	if order.Fleet.Shared {
		return nil
	}
	pings, err := icmp.New(icmp.DefaultConfig(), together, p.take, logger, p.registry)
	if err != nil {
		return err
	}
	probes, err := voice.New(voice.DefaultConfig(), together, p.take, logger, p.registry)
	if err != nil {
		return err
	}
	p.runs = append(p.runs, pings.Run, probes.Run)
	for _, station := range stations {
		of := prometheus.WrapRegistererWith(prometheus.Labels{"appliance": station.Appliance.Name}, p.registry)
		receiver, err := syslog.New(syslog.DefaultConfig(), station, p.take, nil, logger, of)
		if err != nil {
			return fmt.Errorf("receive the log of %s: %w", station.Site, err)
		}
		p.runs = append(p.runs, receiver.Run)
	}
	return nil
}

// take counts rows.
func (p *poller) take(_ int64, rows sample.Rows) {
	n := uint64(rows.Len())
	switch rows := rows.(type) {
	case *sample.Interfaces:
		p.counts.interfaces.Add(n)
	case *sample.Uptimes:
		p.counts.polls.Add(n)
	case *sample.Syslog:
		p.counts.lines.Add(n)
	case *sample.Pings:
		for _, received := range rows.Received {
			if received > 0 {
				p.counts.pings.Add(1)
			} else {
				p.counts.pingsLost.Add(1)
			}
		}
	default: // sensors and names come along
	}
}

func (p *poller) answer() (pollerAnswer, error) {
	sums, err := readCounters(p.registry)
	if err != nil {
		return pollerAnswer{}, fmt.Errorf("read the poller's counters: %w", err)
	}
	failed := sums["mimamori_snmp_polls_total"]
	delete(failed, "ok")
	unpinged := sums["mimamori_icmp_rounds_skipped_total"]
	if unpinged == nil {
		unpinged = map[string]uint64{}
	}
	unpinged["not_taken"], unpinged["clock_set"] = sums.of("mimamori_icmp_rows_dropped_total"), sums.of("mimamori_icmp_replans_total")
	return pollerAnswer{
		At: time.Now(), Interfaces: p.counts.interfaces.Load(), Polls: p.counts.polls.Load(), Failed: failed,
		Skipped: sums["mimamori_snmp_rounds_skipped_total"], Retries: sums.of("mimamori_snmp_retries_total"),
		Pings: p.counts.pings.Load(), PingsLost: p.counts.pingsLost.Load(), PingsLeft: unpinged,
		VoiceSent: sums.of("mimamori_voice_packets_sent_total"), VoiceHeard: sums.with("mimamori_voice_replies_total", "in_time"),
		Restarts: sums.of("mimamori_voice_restarts_total"),
		Lines:    p.counts.lines.Load(), LinesLost: sums.of("mimamori_syslog_kernel_dropped_lines_total"),
	}, nil
}
