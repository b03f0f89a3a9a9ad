package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/child"
	"mimamori/bench/load"
	"mimamori/bench/peers"
	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
)

// Beside is what was measured of Telegraf, which reads the same interface rows from a topic and writes them to a file.
type Beside struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Missing string `json:"missing,omitempty"` // why it was not measured

	InterfaceRowsPerSecond float64 `json:"interface_rows_per_s,omitempty"`
	// CPUSecondsPerMillion is processor time of the program for a million interface rows; median, least and most.
	CPUSecondsPerMillion float64 `json:"cpu_s_per_million,omitempty"`
	CPUSecondsMin        float64 `json:"cpu_s_per_million_min,omitempty"`
	CPUSecondsMax        float64 `json:"cpu_s_per_million_max,omitempty"`
	// Ratio is its processor time for what the processors take, and RatioWithEngine for what they and the engine take
	// together. What the brokers of either take is in neither.
	Ratio           float64 `json:"cpu_ratio,omitempty"`
	RatioWithEngine float64 `json:"cpu_ratio_with_engine,omitempty"`
	// RowsOfARound are fewer than the pipeline's.
	RowsOfARound int `json:"interface_rows,omitempty"`
}

// besideTime is what of the fleet's time a turn of Telegraf is: less than the pipeline's, for its rows are six times as long.
const besideTime = 2 * time.Minute

// beside is Telegraf, with a broker of its own: that of the pipeline is heard by processors who know no other rows.
type beside struct {
	consumer *peers.Consumer
	client   *kafka.Client
	fleet    *load.Fleet
	next     time.Time
}

// openBeside starts a broker and Telegraf. Its parts end with the plant. missing says why there is no Telegraf.
func openBeside(ctx context.Context, p *plant, path string, of *turns) (b *beside, missing error, err error) {
	address, err := child.FreeAddress()
	if err != nil {
		return nil, nil, err
	}
	directory := filepath.Join(p.directory, "beside")
	if err := os.Mkdir(directory, 0o700); err != nil {
		return nil, nil, fmt.Errorf("start the broker of telegraf: %w", err)
	}
	file := filepath.Join(directory, "broker.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "{data: %q, ingest: {bus: {brokers: [%q]}}}\n", directory, address), 0o600); err != nil {
		return nil, nil, fmt.Errorf("write the configuration of the broker of telegraf: %w", err)
	}
	broker, err := startPart("the broker of telegraf", filepath.Join(directory, "broker.log"), p.Binary, "broker", "--config", file)
	if err != nil {
		return nil, nil, err
	}
	p.stops = append(p.stops, broker.stop)
	settings := bus.DefaultConfig()
	settings.Brokers = []string{address}
	// A fleet of its own: what it says follows from the same seed.
	b = &beside{next: of.begin}
	if b.fleet, err = load.New(of.fleet.Config); err != nil {
		return nil, nil, err
	}
	if b.client, err = kafka.Open(settings, p.logger, prometheus.NewRegistry()); err != nil {
		return nil, nil, err
	}
	p.stops = append(p.stops, b.client.Close)
	starting, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := errors.Join(b.client.WaitReady(starting), b.client.EnsureTopics(starting)); err != nil {
		return nil, nil, err
	}
	if b.consumer, missing = peers.StartConsumer(ctx, path, address, bus.TopicTelemetry); missing != nil {
		return nil, missing, nil
	}
	p.stops = append(p.stops, b.consumer.Stop)
	return b, nil, nil
}

// lap publishes a turn while Telegraf stands still, and takes the time that it needs to write it.
func (b *beside) lap(ctx context.Context) (lap, error) {
	messages, rows := b.fleet.Lines(b.next, b.next.Add(besideTime))
	b.next = b.next.Add(besideTime)
	if err := b.client.Produce(ctx, bus.TopicTelemetry, messages...); err != nil {
		return lap{}, fmt.Errorf("publish interface rows for telegraf: %w", err)
	}
	taken := lap{interfaces: rows}
	var err error
	taken.took, taken.cpu.beside, err = b.consumer.Turn(ctx, rows)
	return taken, err
}

// figures are what came of its turns, beside what the pipeline took.
func (b *beside) figures(laps []lap, pipeline Use) Beside {
	cpu := spreadOf(laps, func(l lap) float64 { return l.perMillion(l.cpu.beside) })
	return Beside{
		Name: "telegraf", Version: b.consumer.Version(),
		InterfaceRowsPerSecond: spreadOf(laps, func(l lap) float64 { return l.rate(float64(l.interfaces)) })[1],
		CPUSecondsMin:          cpu[0], CPUSecondsPerMillion: cpu[1], CPUSecondsMax: cpu[2], Ratio: cpu[1] / pipeline.Processors, RatioWithEngine: cpu[1] / (pipeline.Processors + pipeline.Engine),
		RowsOfARound: laps[0].interfaces,
	}
}
