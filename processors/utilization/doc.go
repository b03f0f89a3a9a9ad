// Package utilization turns the counter differences of interface rows into traffic,
// and says what an interface is: WAN or LAN, its duplex and its subrates.
//
// What lives here: the rules by which a difference can be trusted (rules.go), the walk
// over the columns (utilization.go), and the operator's rules (config.go, units.go,
// profile.go). What does not: polling (ingest/snmp), and rates, percentages and
// percentiles, which a query makes of the stored bits.
//
// A row needs no other row; the only state is which links are half-duplex, restored
// from their identities. To add a reason not to trust a row, name it in storage and
// return it from judge. To add a test to the operator's rules: a key in Rule with its
// line in problems, and its line in newRule and matches.
//
// Hot path: Process runs over every interface row; BenchmarkDerive.
package utilization
