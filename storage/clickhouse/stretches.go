package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

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
	all, err := s.stretchesIn(ctx, query, where, []span{asked(query)}, true)
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

// countStretches returns about how many stretches returns: versions and tombstones are counted too.
func (s *Store) countStretches(ctx context.Context, query storage.Query) (int, error) {
	var count uint64
	err := s.query(ctx, "count_intervals", "SELECT count() FROM intervals WHERE "+conditions(query, entityDevice)+" AND "+reaching([]span{asked(query)}),
		parameters(query), []any{&count}, func() {})
	return int(count), err
}

func tooManyStretches() error {
	return fmt.Errorf("%w: there are more than %d outages; ask for less time, or for one customer, site or device (a CSV of figures around the clock needs none of them)",
		storage.ErrTooMuch, mostStretches)
}

// stretchesIn returns the intervals that overlap a span or end where one begins, by device and
// beginning; wordy with their evidence. All versions of an interval begin at the same time: those of one
// that begins in a span are all found by its time. Of one that began before only the
// versions that reach it are, by the index on the ends, which FINAL could not use; so all
// versions of those few are asked for. FINAL itself takes several times as long.
func (s *Store) stretchesIn(ctx context.Context, query storage.Query, where string, spans []span, wordy bool) (map[deviceKey][]stretch, error) {
	all := map[deviceKey][]stretch{}
	count, evidence := 0, "''"
	if wordy {
		evidence = "evidence"
	}
	read := func(condition string, keep func(deviceKey, stretch)) error {
		var key deviceKey
		var row stretch
		var state, cause, deleted uint8
		return s.query(ctx, "availability_intervals", `SELECT customer_id, device_id, from_ts, to_ts, state, cause, `+evidence+`, epoch, ver, is_deleted FROM intervals
WHERE `+where+` AND `+condition+` LIMIT `+strconv.Itoa(2*mostStretches+1), parameters(query),
			[]any{&key.customer, &key.device, &row.fromMs, &row.toMs, &state, &cause, &row.evidence, &row.epoch, &row.version, &deleted}, func() {
				row.state, row.cause, row.deleted = storage.State(state), storage.Cause(cause), deleted != 0
				keep(key, row)
				count++
			})
	}
	before := begunBefore{}
	err := read(reaching(spans), func(key deviceKey, row stretch) {
		if slices.ContainsFunc(spans, func(s span) bool { return s.from <= row.fromMs && row.fromMs < s.to }) {
			all[key] = append(all[key], row)
			return
		}
		before[begun{key, row.fromMs}] = true
	})
	if err == nil && len(before) > 0 {
		err = read(before.condition(where, spans), func(key deviceKey, row stretch) { all[key] = append(all[key], row) })
	}
	if err != nil {
		return nil, err
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

// reaches says whether a stretch overlaps a span or ends where it begins.
func (s *stretch) reaches(within span) bool { return s.fromMs < within.to && s.toMs >= within.from }

// reaching is the condition that a version of an interval does.
func reaching(spans []span) string {
	all := make([]string, len(spans))
	for i, within := range spans {
		all[i] = fmt.Sprintf("from_ts < fromUnixTimestamp64Milli(toInt64(%d)) AND to_ts >= fromUnixTimestamp64Milli(toInt64(%d))", within.to, within.from)
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
	all := make([]string, len(spans))
	for i, within := range spans {
		all[i] = within.contains("from_ts")
	}
	return "(" + strings.Join(all, " OR ") + ")"
}
