package rollup

import (
	"context"
	"fmt"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// LogStore is what Log reads to restore its state, and what adds up.
type LogStore interface {
	PendingDirty(ctx context.Context, partition int, before int64) ([]storage.DirtyRange, error)
	RollUpLog(ctx context.Context, hours storage.RollUp) error
}

// Log has the lines of the log of one topic partition's sites added up by the hour. It is
// used by one goroutine.
type Log struct {
	cfg    Config
	store  LogStore
	hours  *marks
	tickMs int64 // of the last tick
}

// NewLog returns the figure of a partition without any state; call Restore before the
// first Process.
func NewLog(cfg Config, store LogStore, partition int) (*Log, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Log{cfg: cfg, store: store, hours: newMarks(storage.RollUpLog, hourMs, partition)}, nil
}

// Restore brings the figure to where it stood before the message at offset first, with
// the last tick before it at tickMs, 0 where there was none.
func (l *Log) Restore(ctx context.Context, first, tickMs int64) error {
	l.tickMs = tickMs
	ranges, err := l.store.PendingDirty(ctx, l.hours.partition, first)
	if err != nil {
		return fmt.Errorf("restore which hours of the log are to be added up before offset %d: %w", first, err)
	}
	l.hours.restore(ranges)
	return nil
}

// Process marks the hours of the batch's lines, and with the first tick of a minute has
// those added up that are over and that earlier batches marked. It fails only when the
// store does.
func (l *Log) Process(ctx context.Context, batch *storage.Batch, derived *storage.Derived) error {
	first := batch.Source.First
	l.soil(batch, derived)
	tickMs, offset, ended := round(batch, l.tickMs)
	l.tickMs = tickMs
	if !ended {
		return nil
	}
	due := l.hours.due(l.tickMs-l.cfg.Grace.Milliseconds(), first)
	due = due[:bound(due)]
	for _, hours := range l.hours.gather(due) {
		if err := l.store.RollUpLog(ctx, hours); err != nil {
			return err
		}
	}
	derived.Dirty = l.hours.cleanAll(due, first, offset, derived.Dirty)
	return nil
}

// soil marks the hour of every line. Lines of long ago are not added up: most of their
// hour may be given up by now.
func (l *Log) soil(batch *storage.Batch, derived *storage.Derived) {
	table := batch.Table(sample.KindSyslog)
	if table == nil {
		return
	}
	oldest := floor(l.tickMs, dayMs) - int64(l.cfg.LateDays)*dayMs
	offsets := table.Rows.(*sample.Syslog).OffsetMs
	var last slot
	for i, slotMs := range table.SlotMs {
		received := slotMs + int64(offsets[i])
		at := place{table.Customer[i], table.Site[i]}
		if at == last.place && received >= last.from && received < last.from+hourMs || received < oldest {
			continue
		}
		last = slot{floor(received, hourMs), at}
		derived.Dirty = l.hours.soil(at, received, received, table.Offset[i], batch.Source.First, derived.Dirty)
	}
}
