package availability

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// memory is a store in memory with the rules of the real one.
type memory struct {
	raw       map[sample.Kind][]rawRow
	states    map[stateKey]storage.DeviceState
	intervals map[spanKey]storage.Interval
	reboots   map[spanKey]storage.Reboot
	dirty     map[dirtyKey]storage.DirtyRange
	revisions map[revisionKey]storage.Revision
	requests  []storage.Recompute
	tokens    map[string]bool
	seen      map[naturalKey]bool
}

type revisionKey struct {
	device   key
	request  sample.ID
	at, from int64
	step     int64
}

type stateKey struct {
	device key
	offset int64
}

type spanKey struct {
	device key
	at     int64
}

type dirtyKey struct {
	device       key
	from, offset int64
	deleted      bool
}

type naturalKey struct {
	customer sample.ID
	kind     sample.Kind
	entity   sample.ID
	at       int64
	attempt  uint8
}

// rawRow is one row with its origin.
type rawRow struct {
	message *message
	row     int
}

func newMemory() *memory {
	return &memory{
		raw:       map[sample.Kind][]rawRow{},
		states:    map[stateKey]storage.DeviceState{},
		intervals: map[spanKey]storage.Interval{},
		reboots:   map[spanKey]storage.Reboot{},
		dirty:     map[dirtyKey]storage.DirtyRange{},
		revisions: map[revisionKey]storage.Revision{},
		tokens:    map[string]bool{},
		seen:      map[naturalKey]bool{},
	}
}

// message is one block on its way, with its rows alone.
type message struct {
	offset    int64
	slot      int64
	customer  sample.ID // 0: 1
	appliance sample.ID
	came      int64 // the last tick before it; 0 where nobody knows
	rows      sample.Rows
}

func (m *message) owner() sample.ID { return max(m.customer, 1) }

func (m *message) key(i int) naturalKey {
	customer := m.owner()
	switch r := m.rows.(type) {
	case *sample.Pings:
		return naturalKey{customer, sample.KindPings, r.Device[i], m.slot + int64(r.OffsetMs[i]), r.Attempt[i]}
	case *sample.Uptimes:
		return naturalKey{customer, sample.KindUptimes, r.Device[i], m.slot + int64(r.OffsetMs[i]), 0}
	case *sample.Devices:
		return naturalKey{customer, sample.KindDevices, r.Device[i], m.slot, 0}
	case *sample.Heartbeats:
		return naturalKey{customer, sample.KindHeartbeats, m.appliance, m.slot + int64(r.OffsetMs[i]), 0}
	}
	panic("a kind the test does not know")
}

func isNewer(a, b storage.Version) bool {
	return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Offset, b.Offset)) >= 0
}

func (s *memory) writeRaw(messages []message) {
	for i := range messages {
		m := &messages[i]
		if m.rows.Kind() == sample.KindTicks || m.rows.Kind() == sample.KindRecomputes {
			continue
		}
		for row := range m.rows.Len() {
			if key := m.key(row); !s.seen[key] { // offsets rise: the first is the lowest
				s.seen[key] = true
				s.raw[m.rows.Kind()] = append(s.raw[m.rows.Kind()], rawRow{m, row})
			}
		}
	}
}

// writeDerived writes the tables with a number below upTo: all with 5.
func (s *memory) writeDerived(source storage.Source, d *storage.Derived, upTo int) {
	// Of the tables that say what was before, a repeat of a batch is not taken.
	if token := source.String(); !s.tokens[token] && len(d.Revisions)+len(d.Recomputes) > 0 {
		s.tokens[token] = true
		for _, row := range d.Revisions {
			s.revisions[revisionKey{key{row.Customer, row.Entity}, row.Request, row.AtMs, row.FromMs, row.StepMs}] = row
		}
		s.requests = append(s.requests, d.Recomputes...)
	}
	if upTo > 0 {
		for _, row := range d.Intervals {
			key := spanKey{key{row.Customer, row.Device}, row.FromMs}
			if old, found := s.intervals[key]; !found || isNewer(row.Version, old.Version) {
				s.intervals[key] = row
			}
		}
	}
	if upTo > 1 {
		for _, row := range d.Reboots {
			key := spanKey{key{row.Customer, row.Device}, row.AtMs}
			if old, found := s.reboots[key]; !found || isNewer(row.Version, old.Version) {
				s.reboots[key] = row
			}
		}
	}
	if upTo > 2 {
		for _, row := range d.Dirty {
			s.dirty[dirtyKey{key{row.Customer, row.Entity}, row.FromMs, row.Offset, row.Deleted}] = row
		}
	}
	if upTo > 3 {
		for _, row := range d.DeviceStates {
			s.states[stateKey{key{row.Customer, row.Device}, row.Offset}] = row
		}
	}
}

func (s *memory) Raw(_ context.Context, query storage.RawQuery) (*storage.Batch, error) {
	batch := &storage.Batch{Tables: map[sample.Kind]*storage.Table{}}
	for _, kind := range query.Kinds {
		var chosen []rawRow
		for _, r := range s.raw[kind] {
			key := r.message.key(r.row)
			if r.message.offset >= query.Before || r.message.offset <= query.After ||
				(query.ToMs != 0 && (key.at < query.FromMs || key.at >= query.ToMs)) ||
				(len(query.Entities) > 0 && !slices.Contains(query.Entities, key.entity)) {
				continue
			}
			chosen = append(chosen, r)
		}
		slices.SortStableFunc(chosen, func(a, b rawRow) int {
			x, y := a.message.key(a.row), b.message.key(b.row)
			return cmp.Or(cmp.Compare(a.message.offset, b.message.offset), cmp.Compare(x.entity, y.entity), cmp.Compare(x.at, y.at))
		})
		if len(chosen) == 0 {
			continue
		}
		rows, err := sample.NewRows(kind)
		if err != nil {
			return nil, err
		}
		table := &storage.Table{Rows: rows}
		for _, r := range chosen {
			appendRow(rows, r.message.rows, r.row)
			if n := len(table.Offset); n == 0 || table.Offset[n-1] != r.message.offset {
				batch.Blocks = append(batch.Blocks, storage.Block{Kind: kind, Customer: r.message.owner(), Site: 2, Appliance: r.message.appliance,
					SlotMs: r.message.slot, Offset: r.message.offset, CameMs: r.message.came, From: n})
			}
			table.Customer = append(table.Customer, r.message.owner())
			table.SlotMs = append(table.SlotMs, r.message.slot)
			table.Offset = append(table.Offset, r.message.offset)
			batch.Blocks[len(batch.Blocks)-1].To = len(table.Offset)
		}
		batch.Tables[kind] = table
	}
	slices.SortStableFunc(batch.Blocks, func(a, b storage.Block) int { return cmp.Compare(a.Offset, b.Offset) })
	return batch, nil
}

func appendRow(to, from sample.Rows, i int) {
	switch from := from.(type) {
	case *sample.Pings:
		to := to.(*sample.Pings)
		addPing(to, from.Device[i], from.OffsetMs[i], from.IntervalMs[i], from.Attempt[i], from.Received[i] > 0)
		to.Sent[to.Len()-1], to.Received[to.Len()-1] = from.Sent[i], from.Received[i]
	case *sample.Uptimes:
		addUptime(to.(*sample.Uptimes), from.Device[i], from.OffsetMs[i], from.SysUpTime[i], from.HrSystemUptime[i], from.Presence[i])
	case *sample.Devices:
		addDevice(to.(*sample.Devices), from.Device[i], from.Behind[i])
	case *sample.Heartbeats:
		addHeartbeat(to.(*sample.Heartbeats), from.OffsetMs[i], from.IntervalMs[i], from.Sequence[i])
	}
}

func addHeartbeat(rows *sample.Heartbeats, offset, interval uint32, sequence uint64) {
	rows.OffsetMs = append(rows.OffsetMs, offset)
	rows.IntervalMs = append(rows.IntervalMs, interval)
	rows.Sequence = append(rows.Sequence, sequence)
	rows.BacklogBlocks = append(rows.BacklogBlocks, 0)
	rows.BacklogBytes = append(rows.BacklogBytes, 0)
	rows.DroppedBlocks = append(rows.DroppedBlocks, 0)
	rows.Version, rows.SentBytes, rows.SentMs = append(rows.Version, ""), append(rows.SentBytes, 0), append(rows.SentMs, 0)
}

func addPing(rows *sample.Pings, device sample.ID, offset, interval uint32, attempt uint8, answered bool) {
	rows.Device = append(rows.Device, device)
	rows.OffsetMs = append(rows.OffsetMs, offset)
	rows.IntervalMs = append(rows.IntervalMs, interval)
	rows.Attempt = append(rows.Attempt, attempt)
	rows.Sent = append(rows.Sent, 3)
	rows.ICMPError = append(rows.ICMPError, 0)
	rows.ICMPCode, rows.ErrorFrom = append(rows.ICMPCode, 0), append(rows.ErrorFrom, "")
	rows.Duplicates, rows.Reordered, rows.ReplyTTL = append(rows.Duplicates, 0), append(rows.Reordered, 0), append(rows.ReplyTTL, 64)
	if answered {
		rows.Received = append(rows.Received, 3)
		rows.RTT.Append(1000, 1100, 1200)
		return
	}
	rows.Received = append(rows.Received, 0)
	rows.RTT.Append()
}

func addUptime(rows *sample.Uptimes, device sample.ID, offset, sysUpTime, hrSystemUptime uint32, presence sample.UptimePresence) {
	rows.Device = append(rows.Device, device)
	rows.OffsetMs = append(rows.OffsetMs, offset)
	rows.SysUpTime = append(rows.SysUpTime, sysUpTime)
	rows.HrSystemUptime = append(rows.HrSystemUptime, hrSystemUptime)
	rows.EngineTime = append(rows.EngineTime, 0)
	rows.EngineBoots = append(rows.EngineBoots, 0)
	rows.Presence = append(rows.Presence, presence)
}

func addDevice(rows *sample.Devices, device, behind sample.ID) {
	rows.Device = append(rows.Device, device)
	rows.Behind = append(rows.Behind, behind)
	for _, column := range []*[]string{&rows.Name, &rows.Address, &rows.SysObjectID, &rows.SysName, &rows.SysDescr} {
		*column = append(*column, "")
	}
}

func (s *memory) DeviceStates(_ context.Context, _ int, before int64) ([]storage.DeviceState, error) {
	newest := map[key]storage.DeviceState{}
	for at, state := range s.states {
		if old, found := newest[at.device]; state.Offset < before && (!found || state.Offset > old.Offset) {
			newest[at.device] = state
		}
	}
	var all []storage.DeviceState
	for _, state := range newest {
		all = append(all, state)
	}
	slices.SortFunc(all, func(a, b storage.DeviceState) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Customer, b.Customer))
	})
	return all, nil
}

func (s *memory) IntervalsOf(ctx context.Context, devices []sample.ID, from, to int64) ([]storage.Interval, error) {
	var all []storage.Interval
	for _, device := range devices {
		his, _ := s.Intervals(ctx, device, from, to)
		all = append(all, his...)
	}
	return all, nil
}

func (s *memory) RebootsOf(ctx context.Context, devices []sample.ID, from, to int64) ([]storage.Reboot, error) {
	var all []storage.Reboot
	for _, device := range devices {
		his, _ := s.Reboots(ctx, device, from, to)
		all = append(all, his...)
	}
	return all, nil
}

func (s *memory) Intervals(_ context.Context, device sample.ID, from, to int64) ([]storage.Interval, error) {
	var all []storage.Interval
	for _, row := range s.intervals {
		if row.Device == device && !row.Deleted && row.FromMs < to && row.ToMs > from {
			all = append(all, row)
		}
	}
	slices.SortFunc(all, func(a, b storage.Interval) int { return cmp.Compare(a.FromMs, b.FromMs) })
	return all, nil
}

func (s *memory) Reboots(_ context.Context, device sample.ID, from, to int64) ([]storage.Reboot, error) {
	var all []storage.Reboot
	for _, row := range s.reboots {
		if row.Device == device && !row.Deleted && row.AtMs >= from && row.AtMs < to {
			all = append(all, row)
		}
	}
	slices.SortFunc(all, func(a, b storage.Reboot) int { return cmp.Compare(a.AtMs, b.AtMs) })
	return all, nil
}

func (s *memory) PendingDirty(_ context.Context, _ int, before int64) ([]storage.DirtyRange, error) {
	newest := map[spanKey]storage.DirtyRange{}
	for _, row := range s.dirty {
		key := spanKey{key{row.Customer, row.Entity}, row.FromMs}
		old, found := newest[key]
		if row.Offset < before && (!found || row.Offset > old.Offset || row.Offset == old.Offset && row.Deleted) {
			newest[key] = row
		}
	}
	var all []storage.DirtyRange
	for _, row := range newest {
		if !row.Deleted {
			all = append(all, row)
		}
	}
	slices.SortFunc(all, func(a, b storage.DirtyRange) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.FromMs, b.FromMs), cmp.Compare(a.Customer, b.Customer))
	})
	return all, nil
}

func (s *memory) PendingRecomputes(_ context.Context, _ int, _ string, before int64) ([]storage.Recompute, error) {
	var pending []storage.Recompute
	for _, row := range s.requests { // by rising offset
		if row.Offset >= before {
			continue
		}
		same := func(r storage.Recompute) bool { return r.Request == row.Request && r.Appliance == row.Appliance }
		if i := slices.IndexFunc(pending, same); i >= 0 {
			pending[i] = row
		} else {
			pending = append(pending, row)
		}
	}
	return slices.DeleteFunc(pending, func(r storage.Recompute) bool { return r.Done }), nil
}

// batchOf gathers messages as the runner does.
func batchOf(messages []message) *storage.Batch {
	batch := &storage.Batch{
		Source: storage.Source{First: messages[0].offset, Last: messages[len(messages)-1].offset},
		Tables: map[sample.Kind]*storage.Table{},
	}
	for _, m := range messages {
		kind := m.rows.Kind()
		block := storage.Block{Kind: kind, Customer: m.owner(), Site: 2, Appliance: m.appliance, SlotMs: m.slot, Offset: m.offset, CameMs: m.came}
		if kind != sample.KindTicks {
			table := batch.Tables[kind]
			if table == nil {
				rows, err := sample.NewRows(kind)
				if err != nil {
					panic(err)
				}
				table = &storage.Table{Rows: rows}
				batch.Tables[kind] = table
			}
			block.From = table.Rows.Len()
			if err := sample.Append(table.Rows, m.rows); err != nil {
				panic(err)
			}
			block.To = table.Rows.Len()
		}
		batch.Blocks = append(batch.Blocks, block)
	}
	return batch
}

// lastTick is the last tick among messages.
func lastTick(messages []message, otherwise Tick) Tick {
	for _, m := range messages {
		if m.rows.Kind() == sample.KindTicks {
			if tick := (Tick{TimeMs: m.slot, Offset: m.offset}); tick.Follows(otherwise) {
				otherwise = tick
			}
		}
	}
	return otherwise
}

func newFigure(t testing.TB, store Store, first int64, tick Tick) *Figure {
	t.Helper()
	figure, err := New(DefaultConfig(), store, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := figure.Restore(context.Background(), first, tick); err != nil {
		t.Fatal(err)
	}
	return figure
}

// run processes messages one by one and returns what is stored then.
func run(t testing.TB, messages []message) *memory {
	t.Helper()
	store := newMemory()
	figure := newFigure(t, store, 0, Tick{})
	for i := range messages {
		process(t, figure, store, messages[i:i+1], 5)
	}
	return store
}

func process(t testing.TB, figure *Figure, store *memory, messages []message, upTo int) {
	t.Helper()
	store.writeRaw(messages)
	var derived storage.Derived
	if err := figure.Process(context.Background(), batchOf(messages), &derived); err != nil {
		t.Fatal(err)
	}
	store.writeDerived(batchOf(messages).Source, &derived, upTo)
}
