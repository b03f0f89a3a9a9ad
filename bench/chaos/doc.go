// Package chaos shows that nothing is lost and nothing doubled: it runs the whole
// pipeline as processes of their own (three pollers, a broker, the store with its engine,
// two processors), kills, freezes, cuts off and restarts them at random, and then counts
// every row.
//
// A World says what the pollers say: rows that follow from a seed and a slot alone, the
// numbered ones among them with their number in a counter that no judgement reads. A
// poller is a real appliance (packer, spool on disk, sender, heartbeats) that is fed with
// them; once a slot is durable in its spool it goes into the poller's ledger, which is
// what "produced" counts. The churn follows from the seed too. Afterwards everything is
// healed, all must go through within a time, all parts must end cleanly, and the rows are
// counted by SQL with readers' eyes (FINAL), past the product's own code. Last, the same
// world is said to a second pipeline that nothing disturbs, which judges it on the live
// path, and the figures of both must be equal to the last digit.
//
// What lives here: the world (world.go, script.go, rows.go), what a poller does with it
// (feed.go, ledger.go), what keeps ticks from a processor (timeless.go), the parts (plant.go, member.go, child.go, kafka.go, files.go),
// what is done to them (schedule.go, churn.go, relay.go), the end (drain.go) and the
// verdict (count.go, figures.go, outcome.go). What does not: the roles themselves, which
// are the program's own, and Apache Kafka, which is ingest/bus/apache.
//
// To add a deed: a Deed, its length in schedule and what it does in plant.do. To add a
// part: a member, its place in newPlant and in targets. To add a kind of row: a function
// of site in rows.go, its count in site.rows and numberColumn.
package chaos
