// Package clickhouse keeps the store in ClickHouse: all SQL of the product is here.
// It speaks the native protocol to a server, and HTTP to a server or to the embedded
// engine (storage/embedded), with one client and one dialect.
//
// What lives here: the schema (migrations/, numbered and only ever added to), the
// writer (insert.go, raw.go, derived.go), what processors read to rebuild their state
// (rebuild.go), and one file for each typed query. What does not: the types and their
// rules (storage), the engine's process (storage/embedded), and any judgement about
// what a row means (processors).
//
// # What the tables promise
//
// Every sorting key begins with the customer, but for the two histories that only
// processors read, by topic partition, and for the keys of scope tokens, which are no
// customer's. An INSERT holds rows of one table partition, of
// as many batches as are written at the same time (rounds.go),
// and repeating a batch changes nothing, in whatever company: every table is a
// ReplacingMergeTree on the natural key. Of raw rows and of utilization the lowest offset wins, of other derived
// rows the highest (epoch, offset). Queries read with FINAL, so neither merges nor repeats
// are ever seen. ClickHouse's own deduplication of INSERTs by token is off: it notes a
// token before the part takes its place, and an engine killed in between drops the repeat
// of a write it has lost (TestKilledBeforePartsTookPlace).
// device_states and dirty_ranges have the offset in their key: a processor that takes
// over asks how things stood before an offset, which no merge may forget.
//
// What was last of each device, its pings, interface, voice path and appliance stands in a table of its own
// (current.go), written with the measurements. It is the newest that counts there, by the
// time of the measurement, so that what comes late never displaces it.
//
// The rollups (rollup*.go) are made anew bucket by bucket, with a version above that of
// the row they replace and of any statement that began earlier; plan chooses which of
// them answer a question. However many stretches of its time a question reads from a table, for hours all over it
// are marked, it reads them with one statement.
//
// Measurements, figures and rollups are kept as Retention says, dirty ranges 1100 days;
// names, states, intervals, reboots and days of availability stay.
//
// Everything that fails says why as a storage.Failure (failure.go): what is the matter in
// a sentence, and whether waiting may heal it. Every write may be repeated as it was. Who
// may do what is in users.go; TestPrivileges holds it against what the methods do.
//
// # How to add
//
// A kind of raw row: a table in a new migration, its columns in rawColumns, its key in
// rawOrder, the kind in rawKinds. A figure: a table in a new migration, an insertion in
// derivedInsertions, a file with its query that begins with Validate and takes its
// WHERE from conditions. It asks small statements, those that share nothing at once (together),
// and puts them together itself: a statement that joins ten tables takes tens of
// milliseconds to plan, one of a single table two. Tests hold the schema against testdata/columns.golden; run
// them with -update when a change is meant.
//
// # Hot paths
//
// WriteRaw of interface rows (BenchmarkWriteInterfaces) and WriteDerived of
// utilization (BenchmarkWriteUtilization) hand whole columns to the client and
// allocate nothing for a row; WriteRaw of ping rounds (BenchmarkWritePings) allocates
// once a row for the list of round-trip times. Queries that are asked every second:
// BenchmarkUtilizationQuery, BenchmarkBoard. A year of availability for 10,000 devices:
// BenchmarkAvailabilityYear. What the pages of the NOC ask: BenchmarkPages, which also says
// how much processor time the engine takes for each, and holds it against the mark of 100 ms.
// Those about now (Customers and Sites in standing.go, Appliances, Topology, BlindSpots, the latest minutes of
// Paths, the last polls of Interfaces) read a row for each thing. What interfaces are ranked by (rankedTraffic,
// rankRows, busyRows; ranking_kept.go keeps which came first) and the periods of voice (voicePeriods) read all of a fleet, of the last days in tables
// ordered by time (0032, 0033, 0034). What all devices were at a time is read from intervals by time (0038,
// stretches.go), and what days of availability add up to from a table with its months apart (0039) when one of them
// has changed (availability_kept.go). The averages over five minutes of whole days are kept by link until an hour of them is
// added up anew (samples_kept.go).
package clickhouse
