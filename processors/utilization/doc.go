// Package utilization turns the counter differences of interface rows into traffic,
// and tells WAN links from the rest.
//
// What lives here: the rules by which a difference can be trusted (rules.go) and the
// walk over the columns (utilization.go). What does not: polling (ingest/snmp), and
// rates, percentages and percentiles, which a query makes of the stored bits.
//
// A row needs no other row, so there is no state: to add a reason not to trust a row,
// name it in storage and return it from judge.
//
// Hot path: Process runs over every interface row; BenchmarkDerive.
package utilization
