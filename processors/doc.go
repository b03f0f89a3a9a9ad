// Package processors makes figures of what the appliances sent: it reads the topics,
// writes every row to the store and, with the same certainty, what the figures derive
// from it.
//
// What lives here: the runner. For each partition it owns, it cuts the stream into
// batches, commits its intent before it writes one, decodes the blocks and asks the
// registry whose they are, writes the raw rows, lets the figures derive in the order
// of the offsets, and writes what they derived (claim.go). A batch that was begun is
// made again exactly as it was: the intent fixes its range, the store's tokens make
// the repeat a no-op, and no derivation looks at a clock. Time comes from the stream:
// the owner of a partition sends a tick into it (tick.go).
//
// The partitions of a process cut their batches at the same beats and write them at the same
// time (company.go), because the store then makes one INSERT of them for each table. Each
// batch keeps its own intent, and its own end: what becomes of one is nothing to the others.
//
// What does not: the figures themselves, each in a folder of its own; Kafka
// (ingest/bus); SQL (storage/clickhouse); alerting.
//
// # Once, whatever happens
//
// An owner that lost its partition and does not know it, because it was frozen or its
// network was, goes on until a commit is refused. An attempt that timed out may have its
// effect much later. Why nothing of it is lost, doubled or wrong, write by write:
//
//   - A batch is written after its intent is committed, which only the present owner can.
//     So whoever writes it, and however often, it has the same messages, the same
//     revision of the registry and configuration (revision.go) and the same state before
//     it: the rows are the same.
//   - Raw rows and utilization come again under the same token, which the store knows.
//     Where it has forgotten the token they are the same row by natural key: the lowest
//     offset stands, and it is the same.
//   - Other derived rows have the offset of the message they follow from as version. A
//     repeat is the same row; one of a batch that others have gone beyond loses. What is
//     read from the store to derive them is read as of the offset; rows made later are
//     told by their offset and left out. Corrections and dirty ranges are written before
//     what they are about, so a second attempt, which may find less to correct, finds
//     the token used.
//   - Dirty ranges, checkpoints and requests are histories with the offset in their key: a
//     mark that comes late is under a tombstone that is there, or marks what is then
//     added up once more.
//   - Sums by the hour and day are made by the store of what it has when the statement
//     begins, and of two statements the one that began later counts.
//   - Links of interfaces known before, written when the rules change, come behind an
//     intent too, and with an offset below the batch's: the next batch outranks them.
//   - A tick that comes late is older than the last one and is not taken. One is not sent
//     after the next was due.
//   - A dead letter may be kept twice. Its headers say which message it is: incarnation,
//     topic, partition and offset.
//   - The names of the registry and what is promised to customers are written at the
//     start of a process, without an owner: the last to start is believed.
//
// Offsets never go back (stream.go): where a partition begins again, a topic that was made
// anew or one that lost its end, they go on behind all that is stored. So neither a token
// nor a version is used twice for different rows.
//
// A block that makes the decoder panic goes to the dead letters. A figure that panics costs
// the figures of that batch, which is said and counted (panic.go).
//
// TestWhateverHappensCountsOnce holds all of it against an undisturbed run, table by table.
//
// To add a figure: a folder with a Config, a New and a Process that appends to
// storage.Derived, a line in newFigures, and its Config
// in document (revision.go). Where a change of the code gives other rows of the same
// messages, raise derivation there. A figure that keeps state between
// batches must be able to restore it from the store as of any offset.
//
// Hot path: decode and the figures run over every row; BenchmarkPipeline measures the
// whole way from Kafka to ClickHouse.
package processors
