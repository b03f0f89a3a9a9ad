// Package datagram receives UDP datagrams for a listener of an appliance, such that
// what the kernel had no room for is counted and what it holds when the listener is told
// to stop is still taken.
//
// What lives here: the socket (socket.go), its loop (receive.go), how many datagrams
// are read by one system call (batch.go), and which device of the inventory an address
// is (devices.go). What does not: what a datagram means, which is the listeners'
// business (ingest/syslog, ingest/snmp/notification), and sockets that ask and wait for
// answers (ingest/icmp, ingest/snmp).
//
// A new listener calls Listen, and Receive with a Handler; one goroutine calls all of
// the handler's functions.
//
// Hot path: Receive; BenchmarkReceive measures it, and the sender beside it.
package datagram
