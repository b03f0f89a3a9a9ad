// Package rollup says when the figures of a site's hours and days are to be added up,
// and has the store do it.
//
// What lives here: which hours and UTC days the rows of a batch belong to, kept as one
// dirty range each however many rows there are (marks.go); with the ticks, the ranges
// that are complete are added up from what earlier batches stored (figure.go); and the
// past of sites that were there before there were rollups, a day at a time (backfill.go).
// Lines of the log, which have a topic of their own, are added up by the hour (log.go).
// Questions read what is dirty from the figures themselves, so nothing waits for a
// rollup.
//
// What does not: the sums themselves, which are INSERT ... SELECT (storage/clickhouse),
// and any clock: a range is complete by the time of the ticks, and a batch that is made
// again adds the same up again, which changes nothing.
//
// To add a figure: its rows in soil, its sums in the store's RollUpHours or RollUpDays.
//
// Hot path: soil looks at every row of utilization; BenchmarkSoil.
package rollup
