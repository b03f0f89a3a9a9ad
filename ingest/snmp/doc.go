// Package snmp polls the devices of an appliance by SNMP and hands what the agents
// answered to the appliance as rows. It judges nothing: a row says what a counter
// gained, over which time, and what was seen that may spoil it.
//
// What lives here, by file: when and by whom a device is polled (poller.go), what one
// poll of a device asks and in which order (poll.go), the conversation with an agent
// (session.go), over which socket (socket.go), with which engine of version 3
// (engine.go) and how it may fail (failure.go), messages as they are on the wire
// (package wire), when values were read (dating.go), the objects that are asked
// (objects.go), what one poll reads of the interface tables (pass.go), asking for it
// (table.go) as many rows at once as the agent can answer (pace.go), and taking the
// answers apart (walk.go), what a value on the wire means (row.go), which columns are
// of use (useful.go), what is kept of a device between two polls (device.go), the
// clocks that tell a restart from a roll-over (clocks.go), the rows made of it
// (account.go), and interfaces that share a name (distinguish.go, and namesakes.go
// where no poll reads them all). What agents do wrong is counted by kind (metrics.go)
// and said in words (faults.go). A device's own health comes after the counters: which
// tables are asked of a device of which make is data (package profile), and which
// profile a device has (profiles.go); here are when and in which order (health.go),
// reading such a table (health_walk.go), and what a row of one means
// (health_reading.go). Then come the results of a router's IP SLA jitter operations,
// which are voice paths: when and in which order (ipsla.go), the objects
// (ipsla_objects.go) and what a result means (ipsla_reading.go). What came of the polls
// of a device, and when that is said, is kept in outcome.go. One device alone is asked
// by a person in the same way (ask.go, ipsla_ask.go), or for a subtree (subtree.go).
// What does not: when rounds are due (ingest/schedule), the rows themselves
// (ingest/sample), utilization and availability (processors).
//
// Of the library gosnmp this package and wire have the types of values and their names
// alone; the conversation and its messages are ours. Package notification has it decode
// what a notification says and encode what is answered by version 3, and the tests hold
// wire to it.
//
// # One answer, one row
//
// Name and counters of an interface always come in one answer, together with
// sysUpTime: every GETBULK asks all columns from the same ifIndex on, and a row is
// taken only when the answer holds the whole of it. Rows are compared by name. So
// an agent that renumbers its interfaces between two polls, or between two answers
// of one poll, never has one interface's traffic credited to another.
//
// # Tables that one poll cannot read
//
// A pass is one way through the tables of a device. It takes a poll; where there are more
// interfaces than interfaces_per_poll, or the deadline comes first, the next poll goes on
// behind the last complete row. Each row has its own measured interval, so figures are the
// same for a device of any size, only in longer intervals. Names are compared over the
// whole pass: one that comes twice, because there are two or because it was renumbered
// from behind the page to before it, is compared with nothing until that is clear. A
// restart of the agent begins a new pass. An interface is gone when two complete passes
// did not have it. Interfaces are kept in memory, about 260 octets each, 65,536 of a
// device at most.
//
// # Adding to it
//
// A further object of the interface tables: a column in objects.go and its place
// in account.go. Sensors of another MIB, or a family of devices: a file in
// profile/families. Another protocol of version 3: package wire. Another
// security model: beside engine.go, chosen in session.ask. Other tables: a file of their own that asks through session and is
// called from poll.go. What devices say unasked: package notification.
//
// Hot path: one poll of a device with known interfaces; BenchmarkPoll measures it
// as OIDs per second of processor time and BenchmarkPollVersions by version,
// BenchmarkAccount what is done with the
// answers, and BenchmarkMemory what is kept of a device: about 1.5 KB and 260 octets for
// each interface.
package snmp
