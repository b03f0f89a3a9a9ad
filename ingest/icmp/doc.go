// Package icmp pings devices: a round of echo requests to each device once an
// interval, repeated at once when every packet was lost, through one socket for all
// devices. It reports what each round met and judges nothing.
//
// What lives here: the packets (packet.go), the socket (socket.go, filter.go), the
// rounds of the devices (round.go), what is to be done next (queue.go), and the
// poller that ties them together (poller.go, resolve.go). What does not: up and
// down, which processors/availability derives from the rows.
//
// To add something a round should report, note it in round.go where a reply is
// counted and give it a column in ingest/sample.
//
// The socket is raw where that is allowed and an unprivileged ICMP socket otherwise;
// both are Linux's. Replies are recognised by the identifier, the sequence, the
// address asked and a random cookie.
//
// Hot path: a request sent and its reply counted (BenchmarkEcho), the reply's
// parsing (BenchmarkParse).
package icmp
