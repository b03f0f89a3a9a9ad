// Package notification receives SNMP notifications: traps of versions 1, 2c and 3, and
// informs, which it acknowledges. It judges nothing: a row says what a device said.
//
// What lives here, by file: the socket and the loop around it (listener.go, socket.go),
// who is who by address (devices.go), how much of one source is taken (share.go), whose
// messages of version 3 are believed (security.go) and the engines they come from
// (engines.go), answers and reports (answer.go), what a notification says (reading.go,
// variables.go), and the names and severities of notifications as data (names.go). What
// does not: the wire format and the keys (ingest/snmp/wire), the polls (ingest/snmp), what
// a notification means for availability (processors).
//
// One goroutine reads, decodes and answers; the kernel's buffer is the queue, and what it
// drops is counted. A notification is acknowledged after its row was handed on.
//
// To add a notification: its line in names.go. A further reason to drop one: a constant in
// metrics.go, which docs/notifications.md lists.
//
// Hot path: take, once for every datagram; BenchmarkTake measures it.
package notification
