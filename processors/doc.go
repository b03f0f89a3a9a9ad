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
// What does not: the figures themselves, each in a folder of its own; Kafka
// (ingest/bus); SQL (storage/clickhouse); alerting.
//
// To add a figure: a folder with a Config, a New and a Process that appends to
// storage.Derived, and a line in newFigures. A figure that keeps state between
// batches must be able to restore it from the store as of any offset.
//
// Hot path: decode and the figures run over every row; BenchmarkPipeline measures the
// whole way from Kafka to ClickHouse.
package processors
