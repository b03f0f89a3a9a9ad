// Package ingest is the appliance: it polls what its inventory names, packs what it
// learns into blocks, keeps them while the centre is away and sends them. It
// decides nothing about what the figures mean.
//
// What lives here: the assembly of one appliance. Each protocol has a folder of its
// own (snmp, icmp, voice, syslog), the wire contract is in sample, what to poll in
// inventory, when to poll in schedule, the queue towards the centre in spool, and
// Kafka in bus. To add a protocol: a new folder with a Config, a New and a blocking
// Run that hands rows to an emit function, and a line in appliance.go.
//
// Beside an appliance's spool are the last counters of its interfaces (keep.go), so that
// the first poll after a restart makes a difference.
//
// Rows flow one way: poller, packer (one kind and one slot a block), spool, sender,
// uplink. Rows that say something new leave within a second and take along what waits; the
// others wait for a heartbeat (news.go). Hot path: packer.emit takes every row of every
// poller; BenchmarkPack measures it, BenchmarkPackLogs for log lines.
package ingest
