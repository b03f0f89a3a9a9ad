package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/ingest/spool"
)

// Rehearsal is an appliance without pollers, in a time of its caller's: packer, spool,
// sender and heartbeats are those of every appliance and make the same blocks and requests
// as in life, but hours pass in minutes. It is for measurements. One goroutine uses it.
type Rehearsal struct {
	now        time.Time
	look, beat time.Time // when the packer looks, and the next heartbeat is due
	packer     *packer
	pulse      pulse
	deliveries []*delivery
}

// NewRehearsal returns an appliance whose time begins at from. Its blocks are not signed.
func NewRehearsal(config Config, appliance sample.ID, place sample.Place, from time.Time, uplink Uplink, logger *slog.Logger, registerer prometheus.Registerer) (*Rehearsal, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up a rehearsal: %w", err)
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	queue, err := spool.New(config.Spool, appliance, logger, registerer)
	if err != nil {
		return nil, err
	}
	if err := queue.Open(); err != nil {
		return nil, err
	}
	packer, err := newPacker(appliance, place, config, queue, logger, metrics)
	if err != nil {
		return nil, errors.Join(err, queue.Close())
	}
	r := &Rehearsal{now: from, look: from, beat: from, packer: packer}
	packer.now = func() time.Time { return r.now }
	sender := &sender{spool: queue, uplink: uplink, key: bus.Key(appliance), logger: logger, metrics: metrics}
	r.pulse = pulse{packer: packer, sender: sender, interval: config.HeartbeatInterval, version: config.Version}
	r.deliveries = sender.deliveries()
	return r, nil
}

// Emit takes what a poller would say now.
func (r *Rehearsal) Emit(slot int64, rows sample.Rows) { r.packer.emit(slot, rows) }

// Advance lets time pass up to a moment: what has waited is packed when the packer would
// have looked, and delivered at once. What cannot be delivered is an error that the uplink
// or the end of the context explains.
func (r *Rehearsal) Advance(ctx context.Context, to time.Time) error {
	for {
		next := r.look
		if r.beat.Before(next) {
			next = r.beat
		}
		if next.After(to) {
			break
		}
		r.now = next
		if next.Equal(r.beat) {
			r.beat = next.Add(r.pulse.interval)
			r.pulse.beat(next)
		}
		if next.Equal(r.look) {
			r.look = next.Add(r.packer.linger / 2)
			r.packer.flush(next.Add(r.packer.linger / 2))
		}
		if err := r.deliver(ctx); err != nil {
			return err
		}
	}
	r.now = to
	return r.deliver(ctx) // blocks that were full do not wait for a look
}

func (r *Rehearsal) deliver(ctx context.Context) error {
	for _, delivery := range r.deliveries {
		for delivery.spool.Waiting(delivery.way) > 0 {
			if blocks := delivery.spool.Take(ctx, delivery.way, batchBlocks); len(blocks) == 0 || !delivery.deliver(ctx, blocks) {
				return fmt.Errorf("deliver blocks of a rehearsal: %w", context.Cause(ctx))
			}
		}
	}
	return nil
}

// Close lets go of the spool.
func (r *Rehearsal) Close() error { return r.pulse.sender.spool.Close() }
