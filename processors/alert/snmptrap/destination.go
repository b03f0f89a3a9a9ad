package snmptrap

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert/notify"
)

// Kind is what notify calls these integrations.
const Kind = "snmp"

// Destination is a target as an integration of notify.
type Destination struct {
	target Target // resolved
	name   string // of its sequence
	turn   chan struct{}
	engine *kept
	logger *slog.Logger

	sent, shortened, unkept prometheus.Counter
}

// Open returns a destination for each target, in their order. Where there are any it
// counts a start of our engine below the directory, which one process alone may use and
// which is made where it is missing. The configuration is a valid one.
func Open(config Config, directory string, logger *slog.Logger, registerer prometheus.Registerer) ([]*Destination, error) {
	if len(config.Targets) == 0 {
		return nil, nil
	}
	counted, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	engine, err := start(directory, time.Now())
	if err != nil {
		return nil, err
	}
	var destinations []*Destination
	for _, target := range config.Targets {
		target = target.resolved()
		host, port, err := endpoint(target.Address)
		if err != nil {
			return nil, fmt.Errorf("notify %s by SNMP: %w", target.Receiver, err)
		}
		address := net.JoinHostPort(host, strconv.Itoa(int(port)))
		if target.Version == "3" && !target.Inform {
			logger.Info("Traps of version 3 bear this engine id, which their receiver has to know",
				"receiver", target.Receiver, "address", address, "engine_id", "0x"+hex.EncodeToString([]byte(engine.engineID)))
		}
		destinations = append(destinations, &Destination{
			target: target, name: target.Receiver + " " + address, turn: make(chan struct{}, 1), engine: engine, logger: logger,
			sent:      counted.sent.WithLabelValues(target.Receiver, address),
			shortened: counted.shortened.WithLabelValues(target.Receiver, address),
			unkept:    counted.unkept.WithLabelValues(target.Receiver, address),
		})
	}
	return destinations, nil
}

// Receiver is the name of the receiver in Alertmanager's configuration that it belongs to.
func (d *Destination) Receiver() string { return d.target.Receiver }

// Deliver implements notify.Integration: a notification for each alarm of the group.
// Whatever fails may succeed later: also a receiver that refuses us may be put right, and
// who refuses cannot be known for certain.
func (d *Destination) Deliver(ctx context.Context, group notify.Group) (retry bool, err error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return true, fmt.Errorf("notify %s by SNMP: it has not come to its turn: %w", d.target.Address, context.Cause(ctx))
	}
	session, err := converse(ctx, d.target, d.engine)
	if err != nil {
		return true, fmt.Errorf("notify %s by SNMP: %w", d.target.Address, err)
	}
	defer session.close()
	last, err := d.engine.take(d.name, len(group.Alerts))
	d.note(err)
	for _, member := range group.Alerts {
		last = advance(last, 1)
		about := state(member, last)
		if err := session.tell(about); err != nil {
			d.note(d.engine.used(d.name, last))
			return true, fmt.Errorf("notify %s of alarm %s by SNMP: %w", d.target.Address, about.id, err)
		}
		d.sent.Inc()
		if about.shortened {
			d.shortened.Inc()
		}
	}
	return false, nil
}

// note says that a sequence could not be kept. The notification goes out all the same:
// an alarm is worth more than its number.
func (d *Destination) note(err error) {
	if err != nil {
		d.unkept.Inc()
		d.logger.Error("The sequence of SNMP notifications could not be kept: after a restart numbers may come again", "receiver", d.target.Receiver, "error", err)
	}
}
