// Command mimamori watches over the networks of a partner's customers: it polls
// devices, carries what it learns through Kafka, turns it into availability,
// utilization and voice quality in ClickHouse, and answers questions about them.
//
// This package holds the sub-commands, the configuration file and the assembly of
// the parts, nothing else. What the product does lives in the rooms: ingest,
// processors, storage, grafana and bench.
package main

func main() {}
