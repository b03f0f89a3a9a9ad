package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Raw returns raw rows as a processor needs them to rebuild its state or to make a
// range anew: of one natural key the row with the lowest offset, ordered by offset.
// Blocks says which rows came in which message, by rising offset over all kinds;
// block ids are not stored and are zero, and so is when they came but of heartbeats. Kinds without a table (ticks) give no rows.
//
// Entities are devices or paths, and appliances for heartbeats. A range of time is
// that of the measurement; rows measured over a day after the slot of their block are
// not looked for.
func (s *Store) Raw(ctx context.Context, query storage.RawQuery) (*storage.Batch, error) {
	batch := &storage.Batch{
		Source: storage.Source{Partition: query.Partition},
		Tables: map[sample.Kind]*storage.Table{},
	}
	for _, kind := range query.Kinds {
		if !slices.Contains(rawKinds, kind) || batch.Tables[kind] != nil {
			continue
		}
		table, came, err := s.rawRows(ctx, kind, query)
		if err != nil {
			return nil, err
		}
		if table.Rows.Len() > 0 {
			batch.Tables[kind] = table
			batch.Blocks = appendBlocks(batch.Blocks, kind, &table.Origin, came)
		}
	}
	slices.SortStableFunc(batch.Blocks, func(a, b storage.Block) int { return cmp.Compare(a.Offset, b.Offset) })
	if n := len(batch.Blocks); n > 0 {
		batch.Source.First, batch.Source.Last = batch.Blocks[0].Offset, batch.Blocks[n-1].Offset
	}
	return batch, nil
}

// rawRows reads the rows of a kind; of heartbeats also when each came.
func (s *Store) rawRows(ctx context.Context, kind sample.Kind, query storage.RawQuery) (table *storage.Table, came []int64, err error) {
	rows, err := sample.NewRows(kind)
	if err != nil {
		return nil, nil, err
	}
	table = &storage.Table{Rows: rows}
	bound, err := rawColumns(rows)
	if err != nil {
		return nil, nil, err
	}
	columns := append(originColumns(&table.Origin), bound...)
	if kind == sample.KindHeartbeats {
		columns = append(columns, times("came_ts", &came))
	}
	names, targets := selected("", columns)
	conditions := []string{"part = {part:UInt16}", "kafka_offset < {before:Int64}", "kafka_offset > {after:Int64}"}
	if len(query.Entities) > 0 {
		conditions = append(conditions, entityColumn(kind)+" IN ("+idList(query.Entities)+")")
	}
	if query.FromMs != 0 || query.ToMs != 0 {
		conditions = append(conditions,
			"ts >= fromUnixTimestamp64Milli({from:Int64})", "ts < fromUnixTimestamp64Milli({to:Int64})",
			// What the sorting key and the table partitions can use.
			"slot >= fromUnixTimestamp64Milli({from:Int64} - 86400000)", "slot < fromUnixTimestamp64Milli({to:Int64})")
	}
	// Within a message rows come in the order of the key, so that two reads agree.
	sql := "SELECT " + names + " FROM " + rawTable(kind) + " FINAL WHERE " + strings.Join(conditions, " AND ") +
		" ORDER BY kafka_offset, slot, " + rawOrder[kind]
	err = s.query(ctx, rawTable(kind), sql, []any{
		clickhouse.Named("part", query.Partition), clickhouse.Named("before", query.Before), clickhouse.Named("after", query.After),
		clickhouse.Named("from", query.FromMs), clickhouse.Named("to", query.ToMs),
	}, targets, func() { keep(columns) })
	return table, came, err
}

// rawOrder is the natural key of each kind within a customer and slot.
var rawOrder = map[sample.Kind]string{
	sample.KindInterfaces:          "device_id, interface_id",
	sample.KindKeyframes:           "device_id, interface_id",
	sample.KindInterfaceIdentities: "device_id, interface_id",
	sample.KindPings:               "device_id, offset_ms, attempt",
	sample.KindUptimes:             "device_id, offset_ms",
	sample.KindVoice:               "path_id",
	sample.KindHeartbeats:          "appliance_id, sequence",
	sample.KindDevices:             "device_id",
	sample.KindPaths:               "path_id",
	sample.KindSyslog:              "device_id, ts, appliance_id, sequence",
	sample.KindHealthIdentities:    "device_id, sensor_id",
	sample.KindHealth:              "device_id, sensor_id",
	sample.KindNotifications:       "device_id, ts, appliance_id, sequence",
	sample.KindOutcomes:            "device_id, offset_ms",
}

// entityColumn is what the entities of a query select by: the natural key begins with
// it.
func entityColumn(kind sample.Kind) string {
	entity, _, _ := strings.Cut(rawOrder[kind], ",")
	return entity
}

// appendBlocks adds a block for each stretch of rows of one message; came is when each row came, nil where nobody knows.
func appendBlocks(blocks []storage.Block, kind sample.Kind, origin *storage.Origin, came []int64) []storage.Block {
	for from := 0; from < len(origin.Offset); {
		to := from + 1
		for to < len(origin.Offset) && origin.Offset[to] == origin.Offset[from] {
			to++
		}
		block := storage.Block{
			Kind: kind, Customer: origin.Customer[from], Site: origin.Site[from], Appliance: origin.Appliance[from],
			SlotMs: origin.SlotMs[from], Offset: origin.Offset[from], From: from, To: to,
		}
		if came != nil {
			block.CameMs = came[from]
		}
		blocks = append(blocks, block)
		from = to
	}
	return blocks
}

// DeviceStates returns for each device of a topic partition the last state made by a
// message with an offset below before, by device.
func (s *Store) DeviceStates(ctx context.Context, partition int, before int64) ([]storage.DeviceState, error) {
	var states deviceStates
	columns := append(states.columns(), states.version.columns()[:2]...)
	names, targets := selected("", columns)
	var answer []storage.DeviceState
	err := s.query(ctx, "device_states", `SELECT `+names+` FROM
  (SELECT * FROM device_states FINAL WHERE part = {part:UInt16} AND kafka_offset < {before:Int64}
   ORDER BY device_id, customer_id, kafka_offset DESC LIMIT 1 BY device_id, customer_id)
ORDER BY device_id, customer_id`,
		[]any{clickhouse.Named("part", partition), clickhouse.Named("before", before)}, targets, func() {
			keep(columns)
			answer = append(answer, states.row(len(answer)))
		})
	return answer, err
}

// Intervals returns the closed intervals of a device that overlap the time from
// fromMs up to but not including toMs, Unix milliseconds, by their beginning.
func (s *Store) Intervals(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Interval, error) {
	return s.IntervalsOf(ctx, []sample.ID{device}, fromMs, toMs)
}

// IntervalsOf returns what Intervals does for several devices, by device.
func (s *Store) IntervalsOf(ctx context.Context, devices []sample.ID, fromMs, toMs int64) ([]storage.Interval, error) {
	var answer []storage.Interval
	var interval storage.Interval
	var state, cause uint8
	err := s.query(ctx, "intervals", `SELECT customer_id, site_id, device_id, from_ts, to_ts, state, cause, evidence, epoch, kafka_offset
FROM intervals FINAL
WHERE device_id IN (`+idList(devices)+`) AND from_ts < fromUnixTimestamp64Milli({to:Int64}) AND to_ts > fromUnixTimestamp64Milli({from:Int64})
ORDER BY device_id, from_ts`,
		[]any{clickhouse.Named("from", fromMs), clickhouse.Named("to", toMs)},
		[]any{&interval.Customer, &interval.Site, &interval.Device, &interval.FromMs, &interval.ToMs, &state, &cause,
			&interval.Evidence, &interval.Epoch, &interval.Offset}, func() {
			interval.State, interval.Cause = storage.State(state), storage.Cause(cause)
			answer = append(answer, interval)
		})
	return answer, err
}

// Reboots returns the reboots of a device from fromMs up to but not including toMs,
// Unix milliseconds, by time.
func (s *Store) Reboots(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Reboot, error) {
	return s.RebootsOf(ctx, []sample.ID{device}, fromMs, toMs)
}

// RebootsOf returns what Reboots does for several devices, by device.
func (s *Store) RebootsOf(ctx context.Context, devices []sample.ID, fromMs, toMs int64) ([]storage.Reboot, error) {
	var answer []storage.Reboot
	var reboot storage.Reboot
	var kind uint8
	err := s.query(ctx, "reboots", `SELECT customer_id, site_id, device_id, at_ts, kind, evidence, epoch, kafka_offset
FROM reboots FINAL
WHERE device_id IN (`+idList(devices)+`) AND at_ts >= fromUnixTimestamp64Milli({from:Int64}) AND at_ts < fromUnixTimestamp64Milli({to:Int64})
ORDER BY device_id, at_ts`,
		[]any{clickhouse.Named("from", fromMs), clickhouse.Named("to", toMs)},
		[]any{&reboot.Customer, &reboot.Site, &reboot.Device, &reboot.AtMs, &kind, &reboot.Evidence, &reboot.Epoch, &reboot.Offset}, func() {
			reboot.Kind = storage.RebootKind(kind)
			answer = append(answer, reboot)
		})
	return answer, err
}

// PendingDirty returns the ranges of a topic partition that were still to be made
// anew after the last message with an offset below before, by figure, entity and
// beginning. Of one range the message with the highest offset decides.
func (s *Store) PendingDirty(ctx context.Context, partition int, before int64) ([]storage.DirtyRange, error) {
	var answer []storage.DirtyRange
	dirty := storage.DirtyRange{Partition: partition}
	var late uint8
	err := s.query(ctx, "dirty_ranges", `SELECT customer_id, site_id, figure, entity_id, from_ts, to_ts, late, epoch, kafka_offset
FROM (SELECT * FROM dirty_ranges WHERE part = {part:UInt16} AND kafka_offset < {before:Int64}
  ORDER BY figure, entity_id, from_ts, customer_id, kafka_offset DESC, epoch DESC, is_deleted DESC LIMIT 1 BY figure, entity_id, from_ts, customer_id)
WHERE is_deleted = 0
ORDER BY figure, entity_id, from_ts, customer_id`,
		[]any{clickhouse.Named("part", partition), clickhouse.Named("before", before)},
		[]any{&dirty.Customer, &dirty.Site, &dirty.Figure, &dirty.Entity, &dirty.FromMs, &dirty.ToMs, &late, &dirty.Epoch, &dirty.Offset}, func() {
			dirty.Late = late != 0
			answer = append(answer, dirty)
		})
	if err != nil {
		return nil, fmt.Errorf("dirty ranges of partition %d before offset %d: %w", partition, before, err)
	}
	return answer, nil
}
