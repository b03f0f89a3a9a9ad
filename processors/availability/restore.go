package availability

import (
	"context"
	"fmt"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// heartbeatLook is how far before the newest row heartbeats are looked for, ms.
const heartbeatLook = 3_600_000

// Restore brings the figure to where it stood before the message at offset first,
// with tick the last one before it. It reads the last checkpoint of each device and
// replays the rows behind it.
func (f *Figure) Restore(ctx context.Context, first int64, tick Tick) error {
	f.tick = tick
	if err := f.restoreWays(ctx, first); err != nil {
		return err
	}
	states, err := f.store.DeviceStates(ctx, f.partition, first)
	if err != nil {
		return fmt.Errorf("restore the states of devices before offset %d: %w", first, err)
	}
	newest := int64(0)
	for i := range states {
		f.load(&states[i])
		newest = max(newest, states[i].WatermarkMs, states[i].UptimeAtMs)
	}
	if err := f.restoreHeartbeats(ctx, newest, first); err != nil {
		return err
	}
	if err := f.restoreLast(ctx, first); err != nil {
		return err
	}
	// Devices that have long been silent have old checkpoints and hardly any rows
	// behind them: asking for them by name spares reading everybody's rows since.
	var present, absent []storage.DeviceState
	for _, state := range states {
		if max(state.WatermarkMs, state.UptimeAtMs) < newest-2*f.rules.checkpoint {
			absent = append(absent, state)
		} else {
			present = append(present, state)
		}
	}
	if err := f.replayBehind(ctx, absent, true, first); err != nil {
		return err
	}
	if err := f.replayBehind(ctx, present, false, first); err != nil {
		return err
	}
	if err := f.restoreDirt(ctx, first); err != nil {
		return err
	}
	return f.restoreRequests(ctx, first)
}

// load takes a device up as its checkpoint tells it.
func (f *Figure) load(state *storage.DeviceState) {
	d := &device{
		key: key{state.Customer, state.Device}, site: state.Site, appliance: state.Appliance,
		epoch: state.Epoch, saved: *state,
		machine: machine{
			state: state.State, cause: state.Cause, since: state.SinceMs, firstSeen: state.FirstSeenMs,
			pingInterval: state.PingIntervalMs, lastSeen: state.LastSeenMs,
			clocks: clocks{
				atMs: state.UptimeAtMs, sysUpTime: state.SysUpTime, hrSystemUptime: state.HrSystemUptime,
				engineTime: state.EngineTime, engineBoots: state.EngineBoots, presence: state.Presence,
			},
		},
	}
	if d.pingInterval > 0 {
		d.pingMark = state.WatermarkMs
	}
	if d.state == storage.StateUnknown && d.cause == storage.CauseNone {
		d.pending = d.since // its first round, lost and not decided
	}
	f.devices[d.key] = d
	f.sorted = nil
}

// replayBehind replays the rows behind the checkpoints: those of the devices named,
// or all of the partition.
func (f *Figure) replayBehind(ctx context.Context, states []storage.DeviceState, named bool, first int64) error {
	if len(states) == 0 {
		return nil
	}
	query := storage.RawQuery{
		Kinds: []sample.Kind{sample.KindPings, sample.KindUptimes}, Partition: f.partition,
		After: states[0].Offset, Before: first, FromMs: endOfTime, ToMs: endOfTime,
	}
	behind := make(map[key]int64, len(states))
	for _, state := range states {
		query.After = min(query.After, state.Offset)
		// Rows older than the watermarks change nothing; the margin is for readings of
		// clocks, which have a watermark of their own.
		query.FromMs = min(query.FromMs, max(0, max(state.WatermarkMs, state.UptimeAtMs)-wider))
		behind[key{state.Customer, state.Device}] = state.Offset
		if named {
			query.Entities = append(query.Entities, state.Device)
		}
	}
	batch, err := f.store.Raw(ctx, query)
	if err != nil {
		return fmt.Errorf("restore the states of devices from the rows between offsets %d and %d: %w", query.After, first, err)
	}
	f.behind = behind
	for i := range batch.Blocks {
		f.apply(&batch.Blocks[i], batch.Table(batch.Blocks[i].Kind))
	}
	f.behind = nil
	return nil
}

// restoreWays learns through which device each is reached.
func (f *Figure) restoreWays(ctx context.Context, first int64) error {
	batch, err := f.store.Raw(ctx, storage.RawQuery{
		Kinds: []sample.Kind{sample.KindDevices}, Partition: f.partition, After: -1, Before: first,
	})
	if err != nil {
		return fmt.Errorf("restore the ways to devices: %w", err)
	}
	for i := range batch.Blocks {
		f.apply(&batch.Blocks[i], batch.Table(sample.KindDevices))
	}
	return nil
}

// restoreHeartbeats learns when the appliances last reported, and how often they do.
func (f *Figure) restoreHeartbeats(ctx context.Context, newest, first int64) error {
	if newest == 0 {
		return nil
	}
	batch, err := f.store.Raw(ctx, storage.RawQuery{
		Kinds: []sample.Kind{sample.KindHeartbeats}, Partition: f.partition, After: -1, Before: first,
		FromMs: newest - heartbeatLook, ToMs: endOfTime,
	})
	if err != nil {
		return fmt.Errorf("restore the heartbeats: %w", err)
	}
	for i := range batch.Blocks {
		f.apply(&batch.Blocks[i], batch.Table(sample.KindHeartbeats))
	}
	return nil
}

// restoreLast learns the last outage of the devices that others are behind.
func (f *Figure) restoreLast(ctx context.Context, first int64) error {
	for _, d := range f.all() {
		if len(f.children[d.key]) == 0 || d.since <= d.firstSeen {
			continue
		}
		intervals, err := f.store.Intervals(ctx, d.id, d.since-1, d.since)
		if err != nil {
			return fmt.Errorf("restore the last outage of device %016x: %w", d.id, err)
		}
		intervals = slices.DeleteFunc(intervals, func(i storage.Interval) bool { return i.Offset >= first || i.Customer != d.customer })
		if n := len(intervals); n > 0 {
			last := intervals[n-1]
			d.last = stretch{from: last.FromMs, to: last.ToMs, state: last.State, cause: last.Cause, evidence: last.Evidence}
		}
	}
	return nil
}

func (f *Figure) restoreDirt(ctx context.Context, first int64) error {
	ranges, err := f.store.PendingDirty(ctx, f.partition, first)
	if err != nil {
		return fmt.Errorf("restore the dirty ranges before offset %d: %w", first, err)
	}
	for _, dirty := range ranges {
		d := f.devices[key{dirty.Customer, dirty.Entity}]
		if dirty.Figure != Name || d == nil {
			continue
		}
		d.dirt = dirt{from: dirty.FromMs, to: dirty.ToMs, offset: dirty.Offset, late: dirty.Late, stored: true, storedAt: dirty.FromMs}
		f.dirty[d.key] = d
	}
	return nil
}
