package processors

import (
	"context"
	"strconv"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/processors/availability"
	"mimamori/storage"
)

// process writes the batch and what the figures make of it. Once it has returned, the
// next commit finalises the batch.
func (w *worker) process(ctx context.Context, last int64) error {
	w.batch.Source.Last = last
	if err := w.bury(ctx); err != nil {
		return err
	}
	if err := w.writeLinks(ctx); err != nil {
		return err
	}
	done := w.metrics.stage("raw")
	err := w.store.WriteRaw(ctx, &w.batch.Batch)
	done()
	if err != nil {
		return err
	}
	done = w.metrics.stage("derive")
	err = w.derive(ctx)
	done()
	if err != nil {
		return err
	}
	w.derived.Clocks, w.derived.Read = w.batch.clocks, w.batch.read(w.claim.Topic() == bus.TopicLogs)
	if !w.derived.Empty() {
		done = w.metrics.stage("derived")
		err := w.store.WriteDerived(ctx, w.batch.Source, &w.derived)
		done()
		if err != nil {
			return err
		}
	}
	w.count()
	w.next = last + 1
	w.done.Store(w.claim.own(w.next))
	if !w.faulted {
		return nil
	}
	w.faulted = false
	return w.take(ctx, w.by, false)
}

// writeLinks writes the links of the interfaces known before the batch, where the rules
// have changed: a change need not wait until an interface's identity comes again. They
// are of no message. Links made of later messages outrank them.
func (w *worker) writeLinks(ctx context.Context) error {
	if len(w.links) == 0 {
		return nil
	}
	err := w.store.WriteDerived(ctx, w.batch.Source, &storage.Derived{Links: w.links})
	w.links = nil
	return err
}

// count tells what was written and takes up the batch's last tick.
func (w *worker) count() {
	for _, block := range w.batch.Blocks {
		w.metrics.blocks.WithLabelValues(block.Kind.String()).Inc()
		if block.Kind == sample.KindTicks {
			if tick := (availability.Tick{TimeMs: block.SlotMs, Offset: block.Offset}); tick.Follows(w.tick) {
				w.tick = tick
			}
			w.metrics.lastTick.WithLabelValues(w.claim.Topic(), strconv.Itoa(w.claim.Partition())).Set(float64(w.tick.TimeMs) / 1000)
		}
	}
	for kind, table := range w.batch.Tables {
		w.metrics.rows.WithLabelValues(kind.String()).Add(float64(table.Rows.Len()))
	}
	w.rows.Add(uint64(w.batch.rows))
	w.metrics.batches.WithLabelValues(w.claim.Topic()).Inc()
}

// clearDerived empties what was derived and keeps its memory.
func clearDerived(d *storage.Derived) {
	u := &d.Utilization
	for _, column := range []*[]sample.ID{&u.Customer, &u.Site, &u.Device, &u.Interface, &u.InBits, &u.OutBits,
		&u.InPackets, &u.OutPackets, &u.InBroadcast, &u.OutBroadcast, &u.InMulticast, &u.OutMulticast, &u.InErrors, &u.OutErrors, &u.InDiscards, &u.OutDiscards, &u.SpeedBps} {
		*column = (*column)[:0]
	}
	u.EndMs, u.Offset, u.IntervalMs, u.Gap = u.EndMs[:0], u.Offset[:0], u.IntervalMs[:0], u.Gap[:0]
	u.AdminStatus, u.OperStatus = u.AdminStatus[:0], u.OperStatus[:0]
	d.Links, d.DeviceStates, d.Intervals = d.Links[:0], d.DeviceStates[:0], d.Intervals[:0]
	d.Reboots, d.VoiceMinutes, d.Dirty = d.Reboots[:0], d.VoiceMinutes[:0], d.Dirty[:0]
	d.RolledSites, d.Clocks, d.Read = d.RolledSites[:0], nil, storage.StreamRead{} // the clocks are the batch's
	d.Revisions, d.Recomputes = d.Revisions[:0], d.Recomputes[:0]
}
