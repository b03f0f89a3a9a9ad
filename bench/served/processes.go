package served

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/child"
	"mimamori/bench/fleet"
)

// fleetOrder says first which fleet there is. Those after it are empty and ask for counts.
type fleetOrder struct{ Fleet *fleet.Config }

type fleetAnswer struct {
	Interfaces  int
	Paths       int // voice paths
	PlanSeconds float64
	Answered    uint64 // SNMP requests
	Variables   uint64
	Refused     uint64 // SNMP requests that got no answer
	Dropped     uint64 // packets that the kernel had no room for
	Echoes      uint64 // pings answered
	Reflected   uint64 // STAMP packets answered
	Lines       uint64 // of the log, sent
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
				answer.Paths += len(plan.Sites[i].Paths)
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
	sums, err := readCounters(registry)
	if err != nil {
		return fmt.Errorf("read the fleet's counters: %w", err)
	}
	a.Variables, a.Dropped = sums.of("mimamori_fleet_snmp_varbinds_total"), sums.of("mimamori_fleet_received_packets_lost_total")
	a.Answered = sums.with("mimamori_fleet_snmp_requests_total", "answered")
	a.Refused = sums.of("mimamori_fleet_snmp_requests_total") - a.Answered
	a.Echoes = sums.with("mimamori_fleet_echo_requests_total", "answered")
	a.Reflected = sums.with("mimamori_fleet_stamp_packets_total", "reflected")
	a.Lines = sums.with("mimamori_fleet_syslog_lines_total", "sent")
	return nil
}

// counters are those of a registry, by name and the value of their only label.
type counters map[string]map[string]uint64

func readCounters(registry prometheus.Gatherer) (counters, error) {
	families, err := registry.Gather()
	if err != nil {
		return nil, err
	}
	sums := counters{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if metric.GetCounter() == nil {
				continue
			}
			label := ""
			if labels := metric.GetLabel(); len(labels) > 0 {
				label = labels[0].GetValue()
			}
			if sums[family.GetName()] == nil {
				sums[family.GetName()] = map[string]uint64{}
			}
			sums[family.GetName()][label] += uint64(metric.GetCounter().GetValue())
		}
	}
	return sums, nil
}

// of is the sum of all series of a name.
func (c counters) of(name string) (sum uint64) {
	for _, value := range c[name] {
		sum += value
	}
	return sum
}

// with is the series of a name with a label.
func (c counters) with(name, label string) uint64 { return c[name][label] }
