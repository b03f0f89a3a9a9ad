// Package uplink measures what an appliance sends to the centre and is sent by it, byte by
// byte, and what that costs the appliance's machine.
//
// Hours pass in minutes, and the bytes are those of life. What decides how many there are is
// which rows share a block and which blocks a request: the packer seals what has waited when
// it looks, the sender sends together what was sealed together, and heartbeats come between.
// All of these are the product's own and are led through the hours look by look
// (ingest.Rehearsal), with rows handed over at the moments at which pollers do: a device's
// rows at the device's own place in the interval, lines of the log within 200 ms (bench/site). The blocks
// take the way through a spool on disk, the real client of Kafka and a TCP connection to a relay that
// counts, before the embedded broker. TLS is not on it, and the headers of TCP and IP
// are not counted: per packet 40 octets or more (IPv4), and each request is one packet at
// least in either direction.
//
// One thing goes by the wall's time in life and is therefore not led through: asking the
// cluster where its partitions are. Its bytes are counted while a client connects, and come
// again each kafka.LayoutAge, half of it on average.
//
// Polling itself is not measured: the rows are made up, and the processor time to make them
// up is part of what is measured.
//
// What lives here: the process that is measured (appliance.go), the relay (relay.go) and the
// figures (uplink.go). What does not: the rows (bench/site).
package uplink
