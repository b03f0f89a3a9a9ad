package clickhouse

import (
	"cmp"
	"slices"
	"strings"
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

// inLegs is the condition that a column lies in a leg of a table.
func inLegs(legs []leg, table string) func(column string) string {
	return func(column string) string {
		var ranges []string
		for _, leg := range legs {
			if leg.table == table {
				ranges = append(ranges, leg.contains(column))
			}
		}
		return "(" + strings.Join(ranges, " OR ") + ")"
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
