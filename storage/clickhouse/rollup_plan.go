package clickhouse

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	fiveMinutesMs = 5 * 60 * 1000
	hourMs        = 60 * 60 * 1000
)

// span is a stretch of time, [from, to), Unix milliseconds.
type span struct{ from, to int64 }

// rollupTable is a table of figures that are added up, and how long its buckets are.
type rollupTable struct {
	name   string
	stepMs int64
}

// The rollups, the coarsest first.
var (
	utilizationRollups = []rollupTable{{"utilization_1d", dayMs}, {"utilization_1h", hourMs}, {"utilization_5m", fiveMinutesMs}}
	voiceRollups       = []rollupTable{{"voice_1d", dayMs}, {"voice_1h", hourMs}}
	availabilityRollup = []rollupTable{{"availability_days", dayMs}}
)

// leg is a stretch of a question's time and the rollup it is read from; no table
// means the figures themselves.
type leg struct {
	table string
	span
}

// holding says where the rollups do not hold: spans that begin and end on a day or an
// hour, sorted and disjoint.
type holding struct {
	days  []span // the daily rollups
	hours []span // the others, within days
}

// holdsIn says whether the daily rollups hold anywhere in a span.
func (h holding) holdsIn(within span) bool {
	at := within.from
	for _, gap := range h.days {
		if at < within.to && at < gap.from {
			return true
		}
		at = max(at, gap.to)
	}
	return at < within.to
}

// mostLegs bounds the legs of one question. With more, all from the first to the
// last place where the rollups do not hold is read from the figures themselves.
const mostLegs = 24

// plan covers [asked.from, asked.to) by the coarsest tables that fit: those whose
// buckets nest in the question's (stepMs, 0 for one bucket of the whole time), where
// they hold. What is left, such as the beginning and the end, goes to finer tables and
// at last to the figures themselves. Legs come by time.
func plan(asked span, stepMs int64, tables []rollupTable, dirty holding) []leg {
	legs := adjoin(cover(asked, stepMs, tables, dirty))
	if len(legs) > mostLegs && len(dirty.days) > 0 {
		hull := []span{{dirty.days[0].from, dirty.days[len(dirty.days)-1].to}}
		legs = cover(asked, stepMs, tables, holding{hull, hull})
	}
	return adjoin(legs)
}

// adjoin makes one of legs that follow each other in one table.
func adjoin(legs []leg) []leg {
	slices.SortFunc(legs, func(a, b leg) int { return cmp.Compare(a.from, b.from) })
	joined := legs[:0]
	for _, r := range legs {
		if n := len(joined); n > 0 && joined[n-1].table == r.table && joined[n-1].to == r.from {
			joined[n-1].to = r.to
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

func cover(asked span, stepMs int64, tables []rollupTable, dirty holding) []leg {
	if asked.from >= asked.to {
		return nil
	}
	if len(tables) == 0 {
		return []leg{{span: asked}}
	}
	table, finer := tables[0], tables[1:]
	whole := span{ceil(asked.from, table.stepMs), floor(asked.to, table.stepMs)}
	if stepMs%table.stepMs != 0 || whole.from >= whole.to {
		return cover(asked, stepMs, finer, dirty)
	}
	unfit := dirty.hours
	if table.stepMs == dayMs {
		unfit = dirty.days
	}
	legs := cover(span{asked.from, whole.from}, stepMs, finer, dirty)
	at := whole.from
	for _, gap := range unfit {
		from, to := max(gap.from, at), min(gap.to, whole.to)
		if from >= to {
			continue
		}
		if at < from {
			legs = append(legs, leg{table.name, span{at, from}})
		}
		legs = append(legs, cover(span{from, to}, stepMs, finer, dirty)...)
		at = to
	}
	if at < whole.to {
		legs = append(legs, leg{table.name, span{at, whole.to}})
	}
	return append(legs, cover(span{whole.to, asked.to}, stepMs, finer, dirty)...)
}

// tablesOf are the tables of legs, each once.
func tablesOf(legs []leg) []string {
	var tables []string
	for _, leg := range legs {
		if !slices.Contains(tables, leg.table) {
			tables = append(tables, leg.table)
		}
	}
	return tables
}

// spans are stretches of time that are read from one table, by time and disjoint.
type spans []span

// spansOf are those of the legs of a table.
func spansOf(legs []leg, table string) (all spans) {
	for _, leg := range legs {
		if leg.table == table {
			all = append(all, leg.span)
		}
	}
	return all
}

// bucketsIn is how many buckets of a roll-up they hold.
func (s spans) bucketsIn(table string) (n int) {
	at := slices.IndexFunc(utilizationRollups, func(its rollupTable) bool { return its.name == table })
	for _, one := range s {
		n += int((one.to - one.from) / utilizationRollups[at].stepMs)
	}
	return n
}

// contain is the condition that a time lies in one of them.
func (s spans) contain(column string) string {
	all := make([]string, len(s))
	for i, one := range s {
		all[i] = one.contains(column)
	}
	return "(" + strings.Join(all, " OR ") + ")"
}

// reached are the times in which polls of a usual length (ms) end that may reach into one of them, and those in which
// longer ones do; both are apart.
func (s spans) reached(length int64) (usual, longer spans) {
	for _, one := range s {
		usual = append(usual, span{one.from + 1, one.to + length})
	}
	usual = union(usual)
	for i, one := range usual { // up to the next, or as long as a poll reaches back
		till := one.to + longestReach - length
		if i+1 < len(usual) {
			till = min(till, usual[i+1].from)
		}
		longer = append(longer, span{one.to, till})
	}
	return usual, longer
}

// polls is the condition on polls that reach into one of them: first on when they end, which the tables are ordered by
// and FINAL can go by, then on when they began. What ends later than now need not be looked for.
func (s spans) polls(now time.Time) string {
	ends := make(spans, len(s))
	for i, one := range s {
		till := one.to + usualReach
		if till < now.UnixMilli() {
			till = one.to + longestReach
		}
		ends[i] = span{one.from + 1, till}
	}
	return ends.contain("end_ts") + " AND " + s.reach()
}

// reach is the condition that a poll reaches into one of them.
func (s spans) reach() string {
	all := make([]string, len(s))
	for i, one := range s {
		all[i] = fmt.Sprintf("toUnixTimestamp64Milli(end_ts) > %d AND toUnixTimestamp64Milli(end_ts) - toInt64(greatest(interval_ms, 1)) < %d", one.from, one.to)
	}
	return "(" + strings.Join(all, " OR ") + ")"
}

// spread is buckets.spread of a poll that may reach into several of them, or into none.
func (s spans) spread(b buckets, endMs, length int64, tell func(bucket int64, part pollPart)) {
	for _, within := range s {
		if endMs > within.from && endMs-length < within.to {
			b.spread(within, endMs, length, tell)
		}
	}
}

// floor and ceil round a time to a multiple of a step since 1970.
func floor(ms, step int64) int64 {
	rest := ms % step
	if rest < 0 {
		rest += step
	}
	return ms - rest
}

func ceil(ms, step int64) int64 { return -floor(-ms, step) }

// union sorts spans and joins those that touch.
func union(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	joined := spans[:0]
	for _, s := range spans {
		if n := len(joined); n > 0 && s.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, s.to)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// notBefore cuts what lies before a time off.
func notBefore(spans []span, ms int64) []span {
	var rest []span
	for _, s := range spans {
		if s.to > ms {
			rest = append(rest, span{max(s.from, ms), s.to})
		}
	}
	return rest
}
