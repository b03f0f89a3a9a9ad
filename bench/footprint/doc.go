// Package footprint measures what a row of each kind takes on disk in the store, and each
// table and column in all.
//
// The rows are those of one site (bench/site) over some hours that end now, packed by the
// product's packer, published to an embedded broker and stored by the product's processors,
// with all that they derive: figures, states, sums by hour. Then all parts are merged, as
// ClickHouse does by itself in the course of time, and the engine is asked what its tables
// take (system.parts, system.columns).
//
// What a table takes for a row depends on what devices say: traffic that varies less takes
// less. Half of the interfaces are idle here. Marks and indexes are counted, and names and
// states, which are few, are in the tables' list alone.
//
// What lives here: the way of the rows and the figures (footprint.go). What does not: the
// rows (bench/site).
package footprint
