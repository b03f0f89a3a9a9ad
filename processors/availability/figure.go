package availability

import (
	"cmp"
	"context"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Name is the figure's name in dirty ranges.
const Name = "availability"

// Store is what the figure reads to restore its state and to settle dirty ranges.
type Store interface {
	Raw(ctx context.Context, query storage.RawQuery) (*storage.Batch, error)
	DeviceStates(ctx context.Context, partition int, before int64) ([]storage.DeviceState, error)
	Intervals(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Interval, error)
	Reboots(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Reboot, error)
	IntervalsOf(ctx context.Context, devices []sample.ID, fromMs, toMs int64) ([]storage.Interval, error)
	RebootsOf(ctx context.Context, devices []sample.ID, fromMs, toMs int64) ([]storage.Reboot, error)
	PendingDirty(ctx context.Context, partition int, before int64) ([]storage.DirtyRange, error)
	PendingRecomputes(ctx context.Context, partition int, figure string, before int64) ([]storage.Recompute, error)
}

// Figure judges the devices of one topic partition. It is used by one goroutine.
type Figure struct {
	rules     rules
	store     Store
	partition int

	devices     map[key]*device
	sorted      []*device          // by key; nil when a device was added since
	parents     map[key]key        // the device each is reached through
	placed      map[key]int64      // since which slot that is known, ms
	children    map[key][]key      // and the other way round
	beats       map[sample.ID]beat // the newest heartbeat of each appliance
	quiet       map[sample.ID]bool // the appliances that were silent at the last tick
	dirty       map[key]*device
	requests    []*request // not done, in the order they were asked
	rowsRead    int        // so far, to judge again
	longestStep int64      // of a request, ms
	tick        Tick       // the last one

	out     *storage.Derived // nil while the past is replayed
	past    *past            // while judgements are concluded
	behind  map[key]int64    // while the past is replayed: the offsets of the checkpoints
	touched []*device        // by the block at hand
	order   []int            // of the rows of the block at hand
}

// key tells a device from all others. The id alone is what a block claims; whose the
// block is, the registry says.
type key struct{ customer, id sample.ID }

func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.id, other.id), cmp.Compare(k.customer, other.customer))
}

// device is a device with what the figure keeps beside its machine.
type device struct {
	machine
	key
	site, appliance sample.ID

	epoch   uint32              // of the recompute the present state follows from, 0 none
	last    stretch             // the latest that ended, for the causes of what is behind it
	saved   storage.DeviceState // the last checkpoint
	touched bool
	dirt    dirt
}

// dirt is the stretch of a device's time that must be judged again: [from, to].
type dirt struct {
	from, to int64
	offset   int64 // of the last message that widened it
	late     bool  // rows that arrived late are among its reasons
	fresh    bool  // wider than what the store knows
	stored   bool
	storedAt int64 // its beginning as the store knows it
}

func (d *dirt) empty() bool { return d.to == 0 }

// New returns the figure of a partition without any state; call Restore before the
// first Process.
func New(cfg Config, store Store, partition int) (*Figure, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Figure{
		rules: cfg.rules(), store: store, partition: partition,
		devices: map[key]*device{}, parents: map[key]key{}, placed: map[key]int64{}, children: map[key][]key{},
		beats: map[sample.ID]beat{}, dirty: map[key]*device{}, longestStep: longestStep,
	}, nil
}

// Process takes the batch's blocks in the order of their offsets. The batch's raw
// rows must be stored already. It fails only when the store does.
func (f *Figure) Process(ctx context.Context, batch *storage.Batch, derived *storage.Derived) error {
	f.out = derived
	defer func() { f.out = nil }()
	for i := range batch.Blocks {
		block := &batch.Blocks[i]
		if block.Kind == sample.KindTicks {
			if err := f.pass(ctx, Tick{TimeMs: block.SlotMs, Offset: block.Offset}); err != nil {
				return err
			}
			continue
		}
		f.apply(block, batch.Table(block.Kind))
	}
	f.saveDirt()
	return nil
}

// apply takes one block of rows.
func (f *Figure) apply(block *storage.Block, table *storage.Table) {
	if table == nil {
		return
	}
	switch rows := table.Rows.(type) {
	case *sample.Pings:
		f.applyPings(block, rows)
	case *sample.Uptimes:
		f.applyUptimes(block, rows)
	case *sample.Heartbeats:
		f.applyHeartbeats(block, rows)
	case *sample.Recomputes:
		f.accept(block, rows)
	case *sample.Devices:
		for i := block.From; i < block.To; i++ {
			f.place(key{block.Customer, rows.Device[i]}, key{block.Customer, rows.Behind[i]}, block.SlotMs)
		}
	}
	f.checkpoint(block.Offset)
}

// applyPings takes the rows by due time, device and attempt, in which order they are
// read again from the store as well.
func (f *Figure) applyPings(block *storage.Block, rows *sample.Pings) {
	compare := func(a, b int) int {
		return cmp.Or(
			cmp.Compare(rows.OffsetMs[a], rows.OffsetMs[b]),
			cmp.Compare(rows.Device[a], rows.Device[b]),
			cmp.Compare(rows.Attempt[a], rows.Attempt[b]))
	}
	f.arrange(block, rows.Device, compare)
	for _, i := range f.order {
		if rows.Sent[i] == 0 {
			continue // nothing could be sent: nobody looked
		}
		d := f.device(rows.Device[i], block)
		due := block.SlotMs + int64(rows.OffsetMs[i])
		was := d.machine
		state, since := d.state, d.since
		verdict := d.ping(due, rows.IntervalMs[i], rows.Attempt[i], f.rules.heard(rows.Sent[i], rows.Received[i]), f.silence(&d.machine, d.appliance), &f.rules)
		if verdict >= late {
			f.mark(d, verdict, due, since, block.Offset)
		}
		f.noteSilence(d, &was, verdict, due, block.Offset)
		if d.state != state || d.since != since {
			f.turned(d, block.Offset)
		}
	}
}

func (f *Figure) applyUptimes(block *storage.Block, rows *sample.Uptimes) {
	f.arrange(block, rows.Device, func(a, b int) int {
		return cmp.Or(cmp.Compare(rows.OffsetMs[a], rows.OffsetMs[b]), cmp.Compare(rows.Device[a], rows.Device[b]))
	})
	for _, i := range f.order {
		d := f.device(rows.Device[i], block)
		now := readingOf(rows, i, block.SlotMs)
		was := d.machine
		before := d.clocks
		state, since := d.state, d.since
		verdict := d.uptime(now, f.silence(&d.machine, d.appliance), &f.rules)
		if verdict >= late {
			f.mark(d, verdict, now.atMs, since, block.Offset)
		}
		f.noteSilence(d, &was, verdict, now.atMs, block.Offset)
		if before.atMs != 0 && now.atMs > before.atMs {
			// Whether the boot was an outage of its own takes all rows around it: that
			// is settled with the dirty ranges.
			if restart, _ := compare(before, now); restart != continuous {
				f.soil(d, before.atMs, now.atMs, block.Offset)
			}
		}
		if d.state != state || d.since != since {
			f.turned(d, block.Offset)
		}
	}
}

func readingOf(rows *sample.Uptimes, i int, slotMs int64) clocks {
	return clocks{
		atMs: slotMs + int64(rows.OffsetMs[i]), sysUpTime: rows.SysUpTime[i], hrSystemUptime: rows.HrSystemUptime[i],
		engineTime: rows.EngineTime[i], engineBoots: rows.EngineBoots[i], presence: rows.Presence[i],
	}
}

// arrange puts the block's rows in order. Where the past is replayed it leaves out
// the rows before their device's checkpoint.
func (f *Figure) arrange(block *storage.Block, devices []sample.ID, compare func(a, b int) int) {
	f.order = f.order[:0]
	for i := block.From; i < block.To; i++ {
		if f.behind != nil {
			if checkpoint, known := f.behind[key{block.Customer, devices[i]}]; !known || block.Offset <= checkpoint {
				continue
			}
		}
		f.order = append(f.order, i)
	}
	if !slices.IsSortedFunc(f.order, compare) {
		slices.SortFunc(f.order, compare)
	}
}

// device returns the block's device, a new one when it is met for the first time.
func (f *Figure) device(id sample.ID, block *storage.Block) *device {
	of := key{block.Customer, id}
	d := f.devices[of]
	if d == nil {
		d = &device{key: of}
		f.devices[of] = d
		f.sorted = nil
	}
	d.site, d.appliance = block.Site, block.Appliance
	f.touch(d)
	return d
}

func (f *Figure) touch(d *device) {
	if !d.touched {
		d.touched = true
		f.touched = append(f.touched, d)
	}
}

// silence is how long no row of a device may come before its state is unknown, ms.
func (f *Figure) silence(m *machine, appliance sample.ID) int64 {
	longest := max(f.rules.heartbeats*f.heartbeatInterval(appliance), 2*int64(m.pingInterval))
	if m.pingInterval == 0 || m.clocks.atMs-m.pingMark > f.rules.unpinged {
		longest = max(longest, f.rules.unpinged)
	}
	return longest
}

// mark notes what a late or premature row showed and the live path cannot put right.
func (f *Figure) mark(d *device, verdict verdict, at, since, offset int64) {
	from, to := at, at
	if verdict == premature {
		from, to = min(since, at), max(since, at)
	}
	f.soil(d, from, to, offset)
	if f.out != nil && verdict == late {
		d.dirt.late = true
	}
}

// soil marks a stretch of a device's time to be judged again.
func (f *Figure) soil(d *device, from, to, offset int64) {
	if f.out == nil {
		return // what was soiled before the present is restored, not replayed
	}
	if d.dirt.empty() {
		d.dirt.from, d.dirt.to = from, to
		f.dirty[d.key] = d
	}
	d.dirt.from, d.dirt.to = min(d.dirt.from, from), max(d.dirt.to, to)
	d.dirt.offset, d.dirt.fresh = offset, true
}

// saveDirt writes the ranges that grew in this batch.
func (f *Figure) saveDirt() {
	for _, d := range f.soiled() {
		if !d.dirt.fresh {
			continue
		}
		if d.dirt.stored && d.dirt.storedAt != d.dirt.from {
			f.forgetDirt(d, d.dirt.offset)
		}
		f.out.Dirty = append(f.out.Dirty, d.dirtyRange(f.partition, d.dirt.from, storage.Version{Offset: d.dirt.offset}))
		d.dirt.fresh, d.dirt.stored, d.dirt.storedAt = false, true, d.dirt.from
	}
}

// forgetDirt takes a device's range out of the store.
func (f *Figure) forgetDirt(d *device, offset int64) {
	f.out.Dirty = append(f.out.Dirty, d.dirtyRange(f.partition, d.dirt.storedAt, storage.Version{Offset: offset, Deleted: true}))
}

func (d *device) dirtyRange(partition int, from int64, version storage.Version) storage.DirtyRange {
	return storage.DirtyRange{
		Customer: d.customer, Site: d.site, Figure: Name, Entity: d.id,
		FromMs: from, ToMs: d.dirt.to, Partition: partition, Late: d.dirt.late, Version: version,
	}
}

// soiled returns the devices with dirt, by key.
func (f *Figure) soiled() []*device {
	all := make([]*device, 0, len(f.dirty))
	for _, d := range f.dirty {
		all = append(all, d)
	}
	slices.SortFunc(all, byKey)
	return all
}

func byKey(a, b *device) int { return a.compare(b.key) }

// turned follows a change of state: the stretches that ended are written, a device
// that went down gets its cause, and so does what is behind it.
func (f *Figure) turned(d *device, offset int64) {
	epoch := d.epoch
	d.epoch = 0
	for i := range d.closed {
		ended := &d.closed[i]
		ended.cause = f.causeOf(d, ended)
		ended.evidence = explain(ended.state, ended.cause)
		d.last = *ended
		if f.out != nil {
			f.out.Intervals = append(f.out.Intervals, d.interval(ended, storage.Version{Epoch: epoch, Offset: offset}))
		}
		epoch = 0
	}
	d.closed = d.closed[:0]
	if d.state == storage.StateDown {
		open := stretch{from: d.since, state: d.state, cause: d.cause}
		d.cause = f.causeOf(d, &open)
		f.relabel(d, d.key, 0)
	}
}

// pass takes a tick: what is overdue is decided, what is dirty and came to rest, or
// waited for it too long, is settled.
func (f *Figure) pass(ctx context.Context, now Tick) error {
	if !now.Follows(f.tick) {
		return nil
	}
	f.listen(now)
	for _, d := range f.all() {
		state, since := d.state, d.since
		d.tick(f.local(now, d.appliance), f.silence(&d.machine, d.appliance), f.quiet[d.appliance], &f.rules)
		if d.state != state || d.since != since {
			f.touch(d)
			f.turned(d, now.Offset)
		}
	}
	previous := f.tick
	f.tick = now
	if previous.TimeMs != 0 {
		if err := f.settle(ctx, previous, now); err != nil {
			return err
		}
		if err := f.recompute(ctx, now); err != nil {
			return err
		}
	}
	f.checkpoint(now.Offset)
	return nil
}

// all returns the devices by key.
func (f *Figure) all() []*device {
	if f.sorted == nil {
		f.sorted = make([]*device, 0, len(f.devices))
		for _, d := range f.devices {
			f.sorted = append(f.sorted, d)
		}
		slices.SortFunc(f.sorted, byKey)
	}
	return f.sorted
}

// checkpoint writes the states that changed with the message at the offset, and those
// whose last checkpoint is old. A state with an undecided round waits until it is
// decided, because a checkpoint cannot tell it; a device's first row is the exception
// (an unknown state without a cause says so).
func (f *Figure) checkpoint(offset int64) {
	for _, d := range f.touched {
		d.touched = false
		if d.undecided() && d.saved.FirstSeenMs != 0 {
			continue
		}
		now := d.snapshot(f.partition, offset)
		if !f.worthSaving(d, &now) {
			continue
		}
		d.saved = now
		if f.out != nil {
			f.out.DeviceStates = append(f.out.DeviceStates, now)
		}
	}
	f.touched = f.touched[:0]
}

func (f *Figure) worthSaving(d *device, now *storage.DeviceState) bool {
	saved := &d.saved
	if now.State != saved.State || now.Cause != saved.Cause || now.SinceMs != saved.SinceMs ||
		now.FirstSeenMs != saved.FirstSeenMs || now.Epoch != saved.Epoch {
		return true
	}
	// The device's id spreads the periodic checkpoints.
	phase := int64(d.id % uint64(f.rules.checkpoint))
	period := func(s *storage.DeviceState) int64 {
		return (max(s.WatermarkMs, s.UptimeAtMs) + phase) / f.rules.checkpoint
	}
	return period(now) != period(saved)
}

// snapshot is the device's state as it is stored. The watermark is that of the pings
// where there are any; the uptimes have theirs in UptimeAtMs.
func (d *device) snapshot(partition int, offset int64) storage.DeviceState {
	watermark := d.pingMark
	if d.pingInterval == 0 {
		watermark = d.clocks.atMs
	}
	return storage.DeviceState{
		Customer: d.customer, Site: d.site, Appliance: d.appliance, Device: d.id, Partition: partition,
		State: d.state, Cause: d.cause, SinceMs: d.since, FirstSeenMs: d.firstSeen,
		WatermarkMs: watermark, LastSeenMs: d.lastSeen, PingIntervalMs: d.pingInterval,
		UptimeAtMs: d.clocks.atMs, SysUpTime: d.clocks.sysUpTime, HrSystemUptime: d.clocks.hrSystemUptime,
		EngineTime: d.clocks.engineTime, EngineBoots: d.clocks.engineBoots, Presence: d.clocks.presence,
		Version: storage.Version{Epoch: d.epoch, Offset: offset},
	}
}

func (d *device) interval(s *stretch, version storage.Version) storage.Interval {
	return storage.Interval{
		Customer: d.customer, Site: d.site, Device: d.id,
		FromMs: s.from, ToMs: s.to, State: s.state, Cause: s.cause, Evidence: s.evidence, Version: version,
	}
}

// explain says what a stretch was concluded from.
func explain(state storage.State, cause storage.Cause) string {
	switch {
	case state == storage.StateUnknown:
		return "no row of the device arrived"
	case state == storage.StateDegraded:
		return "ping rounds in a row lost many of their packets"
	case cause == storage.CauseUnreachable:
		return "no answer to ping while the way to it was down"
	case cause == storage.CauseReboot:
		return "no answer to ping, and sysUpTime shows a boot"
	}
	return "no answer to ping"
}
