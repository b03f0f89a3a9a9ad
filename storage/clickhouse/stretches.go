package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// deviceKey tells a device from all others: what a block says of a device's id holds
// for its own customer alone.
type deviceKey struct{ customer, device sample.ID }

// stretch is a time in which a device was not up.
type stretch struct {
	fromMs, toMs int64
	open         bool // it has no end yet
	held         bool // it goes on as far as is read
	state        storage.State
	cause        storage.Cause
	evidence     string
	epoch        uint32
	version      uint64 // of those that begin at the same time the highest counts
	deleted      bool
}

// mostStretches is how many closed intervals are read for one answer: with all that is
// made of them a sheet of as many takes some GB.
const mostStretches = 1_000_000

// stretches returns the closed intervals that overlap the time asked for, by device
// and beginning: of some devices, or of all that are asked about.
func (s *Store) stretches(ctx context.Context, query storage.Query, some []currentState) (map[deviceKey][]stretch, error) {
	where := conditions(query, entityDevice)
	if some != nil {
		devices := make(ownedIDs, len(some))
		for i, device := range some {
			devices[i] = ownedID{device.customer, device.ID}
		}
		where += " AND (customer_id, device_id) IN (" + devices.list() + ")"
	}
	reader := stretchReader{store: s, query: query, where: where, wordy: true, few: some != nil || query.Device != ""}
	all, err := reader.within(ctx, []span{asked(query)})
	if err != nil {
		return nil, err
	}
	count, fromMs := 0, query.From.UnixMilli()
	for key, stretches := range all {
		all[key] = slices.DeleteFunc(stretches, func(s stretch) bool { return s.toMs <= fromMs })
		count += len(all[key])
	}
	if count > mostStretches {
		return nil, tooManyStretches()
	}
	return all, nil
}

// countStretches returns about how many stretches returns: versions and tombstones are counted too, and of those that began
// long before none.
func (s *Store) countStretches(ctx context.Context, query storage.Query) (int, error) {
	var count uint64
	err := s.query(ctx, "count_intervals", "SELECT count() FROM intervals WHERE "+conditions(query, entityDevice)+" AND "+reachingOfLate([]span{asked(query)}),
		parameters(query), []any{&count}, func() {})
	return int(count), err
}

func tooManyStretches() error {
	return fmt.Errorf("%w: there are more than %d outages; ask for less time, or for one customer, site or device (a CSV of figures around the clock needs none of them)",
		storage.ErrTooMuch, mostStretches)
}

// stretchReader reads intervals of the devices that a condition selects.
type stretchReader struct {
	store *Store
	query storage.Query
	where string
	wordy bool // with their evidence
	few   bool // the devices are few, and named: the table has what is theirs together
}

// within returns the intervals that overlap a span or end where one begins, by device and
// beginning. All versions of an interval begin at the same time: those of one
// that begins in a span are all found by its time. Of one that began before only the
// versions that reach it are, so all versions of those few are asked for. FINAL itself takes several times as long.
func (r *stretchReader) within(ctx context.Context, spans []span) (map[deviceKey][]stretch, error) {
	var late, early []ownedStretch
	parts := []func(context.Context) error{
		func(ctx context.Context) (err error) { late, err = r.read(ctx, reaching(spans)); return err },
	}
	if !r.few {
		parts = []func(context.Context) error{
			func(ctx context.Context) (err error) { late, err = r.read(ctx, reachingOfLate(spans)); return err },
			func(ctx context.Context) (err error) {
				early, err = r.read(byTheTable(ctx), reachingFromEarly(spans))
				return err
			},
		}
	}
	if err := together(ctx, parts...); err != nil {
		return nil, err
	}
	all := map[deviceKey][]stretch{}
	before := begunBefore{}
	for _, rows := range [][]ownedStretch{late, early} {
		for _, row := range rows {
			if slices.ContainsFunc(spans, func(s span) bool { return s.from <= row.fromMs && row.fromMs < s.to }) {
				all[row.deviceKey] = append(all[row.deviceKey], row.stretch)
				continue
			}
			before[begun{row.deviceKey, row.fromMs}] = true
		}
	}
	count := len(late) + len(early)
	if len(before) > 0 {
		versions, err := r.read(ctx, before.condition(r.where, spans))
		if err != nil {
			return nil, err
		}
		for _, row := range versions {
			all[row.deviceKey] = append(all[row.deviceKey], row.stretch)
		}
		count += len(versions)
	}
	if count > 2*mostStretches {
		return nil, tooManyStretches()
	}
	for key, stretches := range all {
		all[key] = slices.DeleteFunc(newestStretches(stretches), func(one stretch) bool {
			return !slices.ContainsFunc(spans, one.reaches)
		})
	}
	return all, nil
}

// byTheTable keeps a statement from the projection of the intervals by time: it has no index on lengths, and an engine that
// was started a moment ago takes it all the same and reads it whole.
func byTheTable(ctx context.Context) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"optimize_use_projections": 0}))
}

// ownedStretch is a version of an interval with whose it is.
type ownedStretch struct {
	deviceKey
	stretch
}

// read returns the versions of intervals that a condition selects.
func (r *stretchReader) read(ctx context.Context, condition string) (all []ownedStretch, err error) {
	evidence := "''"
	if r.wordy {
		evidence = "evidence"
	}
	var row ownedStretch
	var state, cause, deleted uint8
	err = r.store.query(ctx, "availability_intervals", `SELECT customer_id, device_id, from_ts, to_ts, state, cause, `+evidence+`, epoch, ver, is_deleted FROM intervals
WHERE `+r.where+` AND `+condition+` LIMIT `+strconv.Itoa(2*mostStretches+1), parameters(r.query),
		[]any{&row.customer, &row.device, &row.fromMs, &row.toMs, &state, &cause, &row.evidence, &row.epoch, &row.version, &deleted}, func() {
			row.state, row.cause, row.deleted = storage.State(state), storage.Cause(cause), deleted != 0
			all = append(all, row)
		})
	return all, err
}

// reaches says whether a stretch overlaps a span or ends where it begins.
func (s *stretch) reaches(within span) bool { return s.fromMs < within.to && s.toMs >= within.from }

// reaching is the condition that a version of an interval does.
func reaching(spans []span) string {
	return either(spans, func(within span) string {
		return fmt.Sprintf("from_ts < fromUnixTimestamp64Milli(toInt64(%d)) AND to_ts >= fromUnixTimestamp64Milli(toInt64(%d))", within.to, within.from)
	})
}

// usualStretch is what most intervals are shorter than, ms: few of them began longer than that before a span that they reach.
const usualStretch = dayMs

// reachingOfLate is reaching of what began in a span or not long before. The table's rows by time (by_time in migration 0038)
// answer it, whatever else is in the month.
func reachingOfLate(spans []span) string {
	return either(spans, func(within span) string {
		return span{within.from - usualStretch, within.to}.contains("from_ts") + fmt.Sprintf(" AND to_ts >= fromUnixTimestamp64Milli(toInt64(%d))", within.from)
	})
}

// reachingFromEarly is reaching of all the rest: they are long, and the index on lengths leads to them.
func reachingFromEarly(spans []span) string {
	return fmt.Sprintf("toUnixTimestamp64Milli(to_ts) - toUnixTimestamp64Milli(from_ts) > %d AND ", usualStretch) + either(spans, func(within span) string {
		return fmt.Sprintf("from_ts < fromUnixTimestamp64Milli(toInt64(%d)) AND to_ts >= fromUnixTimestamp64Milli(toInt64(%d))", within.from-usualStretch, within.from)
	})
}

// either is the condition that what is said of one of the spans is so.
func either(spans []span, of func(span) string) string {
	all := make([]string, len(spans))
	for i, within := range spans {
		all[i] = of(within)
	}
	return "(" + strings.Join(all, " OR ") + ")"
}

// newestStretches are the versions that count of one device's stretches, by their beginning.
func newestStretches(all []stretch) []stretch {
	slices.SortFunc(all, func(a, b stretch) int {
		return cmp.Or(cmp.Compare(a.fromMs, b.fromMs), cmp.Compare(b.version, a.version))
	})
	all = slices.CompactFunc(all, func(a, b stretch) bool { return a.fromMs == b.fromMs })
	return slices.DeleteFunc(all, func(s stretch) bool { return s.deleted })
}

// begunBefore are intervals that begin before spans and have a version that reaches one.
type begunBefore map[begun]bool

type begun struct {
	deviceKey
	fromMs int64
}

// condition selects all their versions.
func (b begunBefore) condition(where string, spans []span) string {
	const key = "(customer_id, device_id, from_ts)"
	if len(b) > mostNamed {
		return key + " IN (SELECT customer_id, device_id, from_ts FROM intervals WHERE " + where + " AND " + reaching(spans) + " AND NOT " + begunIn(spans) + ")"
	}
	var keys []string
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for one := range b {
		keys = append(keys, fmt.Sprintf("(%d,%d,'%s')", one.customer, one.device, instant(one.fromMs).Format("2006-01-02 15:04:05.000")))
		first, last = min(first, one.fromMs), max(last, one.fromMs)
	}
	return span{first, last + 1}.contains("from_ts") + " AND " + key + " IN (" + strings.Join(keys, ",") + ")"
}

// begunIn is the condition that an interval begins in a span.
func begunIn(spans []span) string {
	return either(spans, func(within span) string { return within.contains("from_ts") })
}
