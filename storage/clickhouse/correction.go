package clickhouse

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// recomputes are the columns of the table of that name.
type recomputes struct {
	owner                 owners
	request               []sample.ID
	figure                []string
	from, to, asked, next []int64
	by, why               []string
	entities              []uint32
	kept                  []int64
	done                  []uint8
	part                  []uint16
	offset                []int64
}

func (r *recomputes) add(row storage.Recompute) error {
	part, err := partitionNumber(row.Partition)
	if err != nil {
		return err
	}
	r.owner.add(row.Customer, row.Site, row.Appliance)
	r.request = append(r.request, row.Request)
	r.figure = append(r.figure, row.Figure)
	r.from = append(r.from, row.FromMs)
	r.to = append(r.to, row.ToMs)
	r.asked = append(r.asked, row.AskedMs)
	r.next = append(r.next, row.NextMs)
	r.by = append(r.by, row.By)
	r.why = append(r.why, row.Why)
	r.entities = append(r.entities, uint32(row.Entities))
	r.kept = append(r.kept, row.KeptMs)
	r.done = append(r.done, bit(row.Done))
	r.part = append(r.part, part)
	r.offset = append(r.offset, row.Offset)
	return nil
}

func (r *recomputes) columns() []column {
	return append(r.owner.columns("appliance_id"),
		of("request_id", &r.request), of("figure", &r.figure), times("from_ts", &r.from), times("to_ts", &r.to),
		times("asked_ts", &r.asked), of("by", &r.by), of("why", &r.why), times("next_ts", &r.next),
		of("entities", &r.entities), of("kept_ms", &r.kept), of("done", &r.done), of("part", &r.part), of("kafka_offset", &r.offset))
}

func (r *recomputes) row(i int) storage.Recompute {
	return storage.Recompute{
		Request: r.request[i], Customer: r.owner.customer[i], Site: r.owner.site[i], Appliance: r.owner.entity[i],
		Figure: r.figure[i], FromMs: r.from[i], ToMs: r.to[i], AskedMs: r.asked[i], By: r.by[i], Why: r.why[i],
		Partition: int(r.part[i]), NextMs: r.next[i], Entities: int(r.entities[i]), KeptMs: r.kept[i], Done: r.done[i] != 0,
		Offset: r.offset[i],
	}
}

func recomputeInsertion(rows []storage.Recompute) (insertion, error) {
	var all recomputes
	for _, row := range rows {
		if err := all.add(row); err != nil {
			return insertion{}, err
		}
	}
	return insertion{"recomputes", all.columns(), nil}, nil
}

// PendingRecomputes returns the requests to a figure of a topic partition that were not
// done after the last message with an offset below before, and how far they had come,
// in the order they were asked.
func (s *Store) PendingRecomputes(ctx context.Context, partition int, figure string, before int64) ([]storage.Recompute, error) {
	return s.recomputes(ctx, `SELECT * FROM
  (SELECT *, min(kafka_offset) OVER (PARTITION BY request_id, appliance_id) AS first FROM recomputes
   WHERE part = {part:UInt16} AND figure = {figure:String} AND kafka_offset < {before:Int64}
   ORDER BY request_id, appliance_id, kafka_offset DESC LIMIT 1 BY request_id, appliance_id)
WHERE done = 0 ORDER BY first, request_id, appliance_id`,
		clickhouse.Named("part", partition), clickhouse.Named("figure", figure), clickhouse.Named("before", before))
}

// Recomputes returns how far each appliance and figure of a request has come, by site
// and figure. Those that have not begun are not there.
func (s *Store) Recomputes(ctx context.Context, request sample.ID) ([]storage.Recompute, error) {
	return s.recomputes(ctx, `SELECT * FROM recomputes WHERE request_id = {request:UInt64}
ORDER BY customer_id, site_id, appliance_id, figure, kafka_offset DESC LIMIT 1 BY customer_id, site_id, appliance_id, figure`,
		clickhouse.Named("request", request))
}

func (s *Store) recomputes(ctx context.Context, rows string, arguments ...any) ([]storage.Recompute, error) {
	var all recomputes
	var answer []storage.Recompute
	columns := all.columns()
	names, targets := selected("", columns)
	err := s.query(ctx, "recomputes", "SELECT "+names+" FROM ("+rows+")", arguments, targets, func() {
		keep(columns)
		answer = append(answer, all.row(len(answer)))
	})
	return answer, err
}

// revisions are the columns of the table corrections.
type revisions struct {
	owner         owners
	figure        []string
	request       []sample.ID
	at, from, to  []int64
	step          []int64
	by, why       []string
	beforeFrom    [][]time.Time
	beforeTo      [][]time.Time
	state, cause  [][]uint8
	minutes       []uint32
	before, after []float64
	offset        []int64
}

func (r *revisions) add(row storage.Revision) {
	r.owner.add(row.Customer, row.Site, row.Entity)
	r.figure = append(r.figure, row.Figure)
	r.request = append(r.request, row.Request)
	r.at = append(r.at, row.AtMs)
	r.from = append(r.from, row.FromMs)
	r.to = append(r.to, row.ToMs)
	r.step = append(r.step, row.StepMs)
	r.by = append(r.by, row.By)
	r.why = append(r.why, row.Why)
	from, to := make([]time.Time, len(row.Before)), make([]time.Time, len(row.Before))
	state, cause := make([]uint8, len(row.Before)), make([]uint8, len(row.Before))
	for i, piece := range row.Before {
		from[i], to[i] = instant(piece.FromMs), instant(piece.ToMs)
		state[i], cause[i] = uint8(piece.State), uint8(piece.Cause)
	}
	r.beforeFrom, r.beforeTo = append(r.beforeFrom, from), append(r.beforeTo, to)
	r.state, r.cause = append(r.state, state), append(r.cause, cause)
	r.minutes = append(r.minutes, row.Minutes)
	r.before = append(r.before, row.MOSBefore)
	r.after = append(r.after, row.MOSAfter)
	r.offset = append(r.offset, row.Offset)
}

func (r *revisions) columns() []column {
	return append(r.owner.columns("entity_id"),
		of("figure", &r.figure), of("request_id", &r.request), times("at_ts", &r.at), times("from_ts", &r.from), times("to_ts", &r.to),
		times("step_ts", &r.step), of("by", &r.by), of("why", &r.why),
		arrays("before_from", "DateTime64(3, 'UTC')", &r.beforeFrom), arrays("before_to", "DateTime64(3, 'UTC')", &r.beforeTo),
		arrays("before_state", "UInt8", &r.state), arrays("before_cause", "UInt8", &r.cause),
		of("minutes", &r.minutes), of("mos_sum_before", &r.before), of("mos_sum_after", &r.after), of("kafka_offset", &r.offset))
}

func revisionInsertion(rows []storage.Revision) insertion {
	var all revisions
	for _, row := range rows {
		all.add(row)
	}
	return insertion{"corrections", all.columns(), byMonth(all.from)}
}

// arrayColumn is a column of arrays that are seldom and short.
type arrayColumn[T any] struct {
	header, element string
	values          *[][]T
	scanned         []T
}

func arrays[T any](header, element string, values *[][]T) column {
	return &arrayColumn[T]{header: header, element: element, values: values}
}

func (c *arrayColumn[T]) name() string    { return c.header }
func (c *arrayColumn[T]) sqlType() string { return "Array(" + c.element + ")" }
func (c *arrayColumn[T]) length() int     { return len(*c.values) }
func (c *arrayColumn[T]) target() any     { return &c.scanned }
func (c *arrayColumn[T]) keep()           { *c.values = append(*c.values, slices.Clone(c.scanned)) }

func (c *arrayColumn[T]) selected(selection) any { return nil }

func (c *arrayColumn[T]) appendTo(batch driver.BatchColumn, rows selection) error {
	for i := range rows.length() {
		if err := batch.AppendRow((*c.values)[rows.at(i)]); err != nil {
			return err
		}
	}
	return nil
}

// Corrections returns what was made anew after the fact in the time asked for, by
// customer, site, device or path, and when it was corrected. Each is one request's, or
// one arrival of late rows, for one device or path. Pieces of time outside of the time
// asked for are left out, and with them corrections that changed nothing in it. A device
// or a path in the query selects those alone.
func (s *Store) Corrections(ctx context.Context, query storage.Query) ([]storage.Correction, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	where := conditions(query, entityDevice)
	if query.Path != "" {
		where = conditions(query, entityPath)
	}
	where += " AND from_ts < fromUnixTimestamp64Milli({to:Int64}) AND to_ts > fromUnixTimestamp64Milli({from:Int64})"
	// Mostly there are none, and to say so takes a fraction of looking for their names.
	var found uint8
	if err := s.query(ctx, "corrections_any", "SELECT 1 FROM (SELECT *, entity_id AS device_id, entity_id AS path_id FROM corrections) WHERE "+where+" LIMIT 1", parameters(query), []any{&found}, func() {}); err != nil || found == 0 {
		return nil, err
	}
	var rows revisions
	var customer, site, device, path string
	columns := rows.columns()
	names, targets := selected("t.", columns)
	var all []storage.Correction
	err := s.query(ctx, "corrections", `SELECT `+names+`, c.customer_name, s.site_name, d.device_name, p.path_name
FROM (SELECT *, entity_id AS device_id, entity_id AS path_id FROM corrections FINAL WHERE `+where+`) AS t
`+joinOwners(query.Scope, "t")+`
`+joinDevices(query.Scope, "t")+`
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths WHERE `+inScope(query.Scope)+` GROUP BY customer_id, path_id) AS p ON p.customer_id = t.customer_id AND p.path_id = t.path_id
ORDER BY c.customer_name, s.site_name, d.device_name, p.path_name, t.entity_id, t.figure, t.at_ts, t.request_id, t.step_ts, t.from_ts`,
		parameters(query), append(targets, &customer, &site, &device, &path), func() {
			keep(columns)
			i := len(rows.at) - 1
			part := rows.correction(i, query.From, query.To)
			if !part.Changed {
				return
			}
			part.Entity = storage.Entity{
				ID: part.ID, Customer: named(customer, rows.owner.customer[i]), Site: named(site, rows.owner.site[i]),
			}
			if part.Figure == "voice" {
				part.Name = named(path, part.ID)
			} else {
				part.Device = named(device, part.ID)
			}
			if n := len(all); n > 0 && sameCorrection(&all[n-1], &part) {
				add(&all[n-1], &part)
				return
			}
			all = append(all, part)
		})
	for i := range all {
		if c := &all[i]; c.Minutes > 0 {
			c.MOSBefore /= float64(c.Minutes)
			c.MOSAfter /= float64(c.Minutes)
		}
	}
	if query.Limit > 0 && len(all) > query.Limit {
		all = all[:query.Limit]
	}
	return all, err
}

// correction is row i as a correction of the time from from to to, its sums not yet
// divided.
func (r *revisions) correction(i int, from, to time.Time) storage.Correction {
	answer := storage.Correction{
		Entity: storage.Entity{ID: r.owner.entity[i]}, Figure: r.figure[i], Request: r.request[i],
		From: latest(instant(r.from[i]), from), To: earliest(instant(r.to[i]), to), At: instant(r.at[i]), By: r.by[i], Why: r.why[i],
		Minutes: int(r.minutes[i]), MOSBefore: r.before[i], MOSAfter: r.after[i], Changed: r.minutes[i] > 0,
	}
	for j := range r.beforeFrom[i] {
		piece := storage.Outage{
			From: latest(r.beforeFrom[i][j].UTC(), from), To: earliest(r.beforeTo[i][j].UTC(), to),
			State: storage.State(r.state[i][j]), Cause: storage.Cause(r.cause[i][j]),
		}
		if piece.From.Before(piece.To) {
			answer.Before = append(answer.Before, piece)
			answer.Changed = true
		}
	}
	return answer
}

func sameCorrection(a, b *storage.Correction) bool {
	return a.ID == b.ID && a.Customer == b.Customer && a.Figure == b.Figure && a.Request == b.Request && a.At.Equal(b.At)
}

// add makes one correction of two revisions of the same one, the later step second.
// What an earlier step has changed was so before it.
func add(to, more *storage.Correction) {
	for _, piece := range more.Before {
		to.Before = append(to.Before, without(piece, to.Before)...)
	}
	slices.SortStableFunc(to.Before, func(a, b storage.Outage) int { return a.From.Compare(b.From) })
	to.From, to.To = earliest(to.From, more.From), latest(to.To, more.To)
	to.Minutes += more.Minutes
	to.MOSBefore += more.MOSBefore
	to.MOSAfter += more.MOSAfter
}

// without returns what is left of a piece of time where others have theirs.
func without(piece storage.Outage, others []storage.Outage) []storage.Outage {
	left := []storage.Outage{piece}
	for _, other := range others {
		var rest []storage.Outage
		for _, part := range left {
			if !part.From.Before(other.To) || !other.From.Before(part.To) {
				rest = append(rest, part)
				continue
			}
			if head := part; head.From.Before(other.From) {
				head.To = other.From
				rest = append(rest, head)
			}
			if tail := part; other.To.Before(tail.To) {
				tail.From = other.To
				rest = append(rest, tail)
			}
		}
		left = rest
	}
	return left
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
