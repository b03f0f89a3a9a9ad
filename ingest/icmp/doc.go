// Package icmp pings devices: a round of echo requests to each device once an
// interval, repeated at once when every packet was lost, through one socket for all
// devices. It reports what each round met and judges nothing. Ping does the same once,
// for people.
//
// What lives here: the packets (packet.go, fault.go), the socket and what is read from
// it and written to it (socket.go, filter.go, read.go, write.go), the rounds of the
// devices (round.go), what is to be done next (queue.go) and how fast (pace.go), the
// poller that ties them together (poller.go, send.go, receive.go, resolve.go), and hosts
// that are pinged one time (once.go, result.go). What does not: up and down, which
// processors/availability derives from the rows.
//
// To add something a round should report, note it in round.go where a reply is
// counted and give it a column in ingest/sample.
//
// # No bursts
//
// Each device has its place in the interval, and a packet gate (pace.go) lets no more
// than max_rate leave in a second, whatever became due at once. What becomes due within
// a tick of 10 ms leaves by one system call, 16 packets at a time; replies wait as long
// in the kernel, which notes when each came. When a request left is told by the time
// the system call took, shared evenly by its packets: that is right to some ten
// microseconds.
//
// The socket is raw where that is allowed and an unprivileged ICMP socket otherwise;
// both are Linux's. Replies are recognised by the identifier, the sequence, the
// address asked and a random cookie.
//
// Hot path: a request sent and its reply counted (BenchmarkEcho), the reply's
// parsing (BenchmarkParse); the whole of it beside fping: mimamori bench ping.
package icmp
