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

	"mimamori/bench/child"
	"mimamori/bench/fleet"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp"
)

// fleetOrder says first which fleet there is. Those after it are empty and ask for counts.
type fleetOrder struct{ Fleet *fleet.Config }

type fleetAnswer struct {
	Interfaces  int
	PlanSeconds float64
	Answered    uint64 // SNMP requests
	Variables   uint64
	Refused     uint64 // requests that got no answer
	Dropped     uint64 // packets that the kernel had no room for
}

// RunFleet is the process of the fleet: it obeys the lines of its input until that ends.
func RunFleet(ctx context.Context, input io.Reader, output io.Writer, logger *slog.Logger) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	registry := prometheus.NewRegistry()
	ended := make(chan error, 1)
	running := false
	defer func() {
		cancel()
		if running {
			err = errors.Join(err, <-ended)
		}
	}()
	var answer fleetAnswer
	return child.Obey(input, output, func(order fleetOrder) (any, error) {
		if order.Fleet != nil {
			began := time.Now()
			plan, err := fleet.NewPlan(*order.Fleet)
			if err != nil {
				return nil, err
			}
			answer.PlanSeconds = time.Since(began).Seconds()
			for i := range plan.Sites {
				for j := range plan.Sites[i].Devices {
					answer.Interfaces += len(plan.Sites[i].Devices[j].Interfaces)
				}
			}
			simulated, err := fleet.New(plan, fleet.RunConfig{}, logger, registry)
			if err != nil {
				return nil, err
			}
			running = true
			go func() { ended <- simulated.Run(ctx) }()
			select {
			case err := <-ended:
				running = false
				return nil, errors.Join(errors.New("the fleet has ended"), err)
			case <-simulated.Ready():
			}
		}
		return answer, answer.count(registry)
	})
}

// count reads the fleet's counters.
func (a *fleetAnswer) count(registry *prometheus.Registry) error {
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("read the fleet's counters: %w", err)
	}
	a.Answered, a.Variables, a.Refused, a.Dropped = 0, 0, 0, 0
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			value := uint64(metric.GetCounter().GetValue())
			switch family.GetName() {
			case "mimamori_fleet_snmp_varbinds_total":
				a.Variables += value
			case "mimamori_fleet_received_packets_lost_total":
				a.Dropped += value
			case "mimamori_fleet_snmp_requests_total":
				if metric.GetLabel()[0].GetValue() == "answered" {
					a.Answered += value
				} else {
					a.Refused += value
				}
			}
		}
	}
	return nil
}

// pollerOrder says first whom to poll, then to poll for a while.
type pollerOrder struct {
	Fleet    *fleet.Config `json:",omitempty"`
	Interval time.Duration `json:",omitempty"`
	For      time.Duration `json:",omitempty"`
}

// pollerAnswer says how many rows came since the first order: of interfaces, and of the clocks of devices, one a poll.
type pollerAnswer struct{ Interfaces, Polls uint64 }

// concurrency is how many devices are polled at a time: as many as appliances of 200 devices would together.
func concurrency(devices int) int {
	return min(4096, snmp.DefaultConfig().Concurrency*max(1, devices/1000))
}

// RunPoller is the process that polls: it obeys the lines of its input until that ends.
func RunPoller(ctx context.Context, input io.Reader, output io.Writer, logger *slog.Logger) error {
	var poller *snmp.Poller
	var answer struct{ interfaces, polls atomic.Uint64 }
	return child.Obey(input, output, func(order pollerOrder) (any, error) {
		if order.Fleet != nil {
			plan, err := fleet.NewPlan(*order.Fleet)
			if err != nil {
				return nil, err
			}
			all := plan.Inventory(func(string) string { return "" })
			station := inventory.Station{Customer: "all", Site: "all"}
			for _, one := range all.Stations() {
				station.Devices = append(station.Devices, one.Devices...)
			}
			config := snmp.DefaultConfig()
			config.Interval, config.Concurrency = order.Interval, concurrency(len(station.Devices))
			poller, err = snmp.New(config, station, func(_ int64, rows sample.Rows) {
				switch rows.Kind() {
				case sample.KindInterfaces:
					answer.interfaces.Add(uint64(rows.Len()))
				case sample.KindUptimes:
					answer.polls.Add(uint64(rows.Len()))
				default: // sensors and names come along
				}
			}, logger, prometheus.NewRegistry())
			if err != nil {
				return nil, err
			}
		}
		if order.For > 0 {
			if poller == nil {
				return nil, errors.New("poll for a while: it was not said whom")
			}
			polling, cancel := context.WithCancel(ctx)
			defer time.AfterFunc(order.For, cancel).Stop()
			defer cancel()
			if err := poller.Run(polling); err != nil {
				return nil, err
			}
		}
		return pollerAnswer{answer.interfaces.Load(), answer.polls.Load()}, nil
	})
}
