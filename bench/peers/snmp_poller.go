package peers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"mimamori/bench/child"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp"
)

// pollerOrder is what the polling process is told: first whom to poll, then to poll
// for a while.
type pollerOrder struct {
	Targets  []netip.AddrPort `json:",omitempty"`
	Interval time.Duration    `json:",omitempty"`

	Version string        `json:",omitempty"`
	For     time.Duration `json:",omitempty"`
}

// pollerAnswer says how many rows of interfaces came out.
type pollerAnswer struct {
	Rows uint64
}

// RunSNMPPoller is the process that polls, and does nothing else: it obeys the lines of
// its input until that ends.
func RunSNMPPoller(ctx context.Context, input io.Reader, output io.Writer, log *slog.Logger) error {
	pollers := map[string]*snmp.Poller{}
	var rows atomic.Uint64
	count := func(_ int64, found sample.Rows) {
		if found.Kind() == (*sample.Interfaces)(nil).Kind() {
			rows.Add(uint64(found.Len()))
		}
	}
	return child.Obey(input, output, func(order pollerOrder) (any, error) {
		for _, version := range []string{inventory.SNMPv2c, inventory.SNMPv3} {
			if len(order.Targets) == 0 {
				break
			}
			cfg := snmp.DefaultConfig()
			cfg.Interval = order.Interval
			cfg.Deadline = order.Interval // on a machine that is busy none is given up early
			poller, err := snmp.New(cfg, benchStation(order.Targets, version), count, log, nil)
			if err != nil {
				return nil, err
			}
			pollers[version] = poller
		}
		if order.For == 0 {
			return pollerAnswer{}, nil
		}
		poller := pollers[order.Version]
		if poller == nil {
			return nil, errors.New("poll for a while: it was not said whom")
		}
		before := rows.Load()
		// Ended as an appliance is, and not by a deadline that polls could see before.
		ctx, cancel := context.WithCancel(ctx)
		defer time.AfterFunc(order.For, cancel).Stop()
		defer cancel()
		if err := poller.Run(ctx); err != nil {
			return nil, err
		}
		return pollerAnswer{Rows: rows.Load() - before}, nil
	})
}

func benchStation(targets []netip.AddrPort, version string) inventory.Station {
	station := inventory.Station{Customer: "bench", Site: "bench"}
	for i, target := range targets {
		name := fmt.Sprintf("sw-%d", i)
		agent := inventory.SNMP{Port: target.Port(), Version: version}
		if version == inventory.SNMPv3 {
			user := snmpUser
			agent.User = &user
		} else {
			agent.Community = snmpCommunity
		}
		station.Devices = append(station.Devices, inventory.StationDevice{
			ID:     sample.DeviceID(station.Customer, station.Site, name),
			Device: inventory.Device{Name: name, Address: target.Addr().String(), SNMP: agent.Resolved()},
		})
	}
	return station
}
