package uplink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"mimamori/bench/child"
	"mimamori/bench/site"
	"mimamori/ingest"
	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/sample"
)

// order is what the process that is measured is told: first where it is and what there is to
// poll, and each time for how long.
type order struct {
	Broker     string        `json:",omitempty"`
	Spool      string        `json:",omitempty"` // a directory
	Devices    int           `json:",omitempty"`
	Interfaces int           `json:",omitempty"`
	HalfIdle   bool          `json:",omitempty"`
	Linger     time.Duration `json:",omitempty"`
	Routine    time.Duration `json:",omitempty"`
	Heartbeat  time.Duration `json:",omitempty"`
	Polls      int           // how many intervals of polls to lead through
}

// answer is what has been said and used since the start.
type answer struct {
	Kinds      map[string]Kind
	Seconds    float64 // of the site's time
	CPU        time.Duration
	PeakMemory uint64 // bytes held resident at most
}

// RunAppliance is the process that is measured: it obeys the lines of its input until that
// ends.
func RunAppliance(ctx context.Context, input io.Reader, output io.Writer, logger *slog.Logger) (err error) {
	a := &appliance{logger: logger, kinds: map[string]Kind{}}
	defer func() { err = errors.Join(err, a.close()) }()
	return child.Obey(input, output, func(order order) (any, error) {
		if a.client == nil {
			if err := a.open(order); err != nil {
				return nil, err
			}
		}
		for range order.Polls {
			if err := a.site.Live(ctx, a.at, a.rehearsal.Advance); err != nil {
				return nil, err
			}
			a.at = a.at.Add(site.Interval)
		}
		return a.answer()
	})
}

// appliance is an appliance's packer, spool, sender and client.
type appliance struct {
	logger    *slog.Logger
	client    *kafka.Client
	rehearsal *ingest.Rehearsal
	site      *site.Site
	began, at time.Time // of the site
	kinds     map[string]Kind
}

func (a *appliance) open(order order) (err error) {
	config := ingest.DefaultConfig()
	config.Bus.Brokers = []string{order.Broker}
	config.Spool.Directory = order.Spool
	config.Linger, config.RoutineLinger, config.HeartbeatInterval, config.Version = order.Linger, order.Routine, order.Heartbeat, "v1.0.0"
	registry := prometheus.NewRegistry()
	if a.client, err = kafka.Open(config.Bus, a.logger, registry); err != nil {
		return err
	}
	// The hours begin with one of the clock, the first with what is said once.
	a.began = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC).Add(-site.Interval)
	a.at = a.began
	place := site.Config{Customer: "uplink", Name: "site", Devices: order.Devices, Interfaces: order.Interfaces, HalfIdle: order.HalfIdle, From: a.began, Seed: 1}
	if a.rehearsal, err = ingest.NewRehearsal(config, place.Appliance(), place.Place(), a.began, a, a.logger, registry); err != nil {
		return err
	}
	a.site = site.New(place, a.rehearsal.Emit)
	a.site.Names()
	return nil
}

// Produce counts blocks and sends them.
func (a *appliance) Produce(ctx context.Context, topic string, messages ...bus.Message) error {
	if err := a.client.Produce(ctx, topic, messages...); err != nil {
		return err
	}
	for _, message := range messages {
		header, err := sample.ReadHeader(message.Value)
		if err != nil {
			return fmt.Errorf("count a block: %w", err)
		}
		name := header.Kind.String()
		kind := a.kinds[name]
		a.kinds[name] = Kind{Rows: kind.Rows + int64(header.Rows), Blocks: kind.Blocks + 1, Bytes: kind.Bytes + int64(len(message.Value))}
	}
	return nil
}

func (a *appliance) answer() (answer, error) {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return answer{}, fmt.Errorf("read the processor time of this process: %w", err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return answer{}, fmt.Errorf("read the memory of this process: %w", err)
	}
	peak := uint64(0)
	for line := range strings.Lines(string(status)) {
		if size, found := strings.CutPrefix(line, "VmHWM:"); found {
			peak, _ = strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(size), "kB")), 10, 64)
		}
	}
	return answer{Kinds: a.kinds, Seconds: a.at.Sub(a.began).Seconds(), CPU: time.Duration(used.Utime.Nano() + used.Stime.Nano()), PeakMemory: peak << 10}, nil
}

func (a *appliance) close() (err error) {
	if a.rehearsal != nil {
		err = a.rehearsal.Close()
	}
	if a.client != nil {
		err = errors.Join(err, a.client.Close())
	}
	return err
}
