// Package syslog receives syslog over UDP, TCP and TLS and takes the lines apart: RFC
// 5424, RFC 3164, Cisco's forms and those of others, also behind a relay's header.
//
// What lives here: the receiver, whose a line is (source.go, names.go), how much is taken
// of a sender (limit.go), lines that repeat others (repeat.go), and the parser. What does
// not: what a line means, its rates and its alarms (processors/syslog). Nothing is ever
// dropped for being malformed: a line that fits no form is kept raw with the reason.
//
// To add a form: a file with a method on Line that fills in what it recognises and
// says false, having changed nothing, where it does not; a line in ParseString; vectors
// in testdata/lines.jsonl, and in testdata/zones.jsonl where it is about years and zones.
//
// Hot path: ParseString runs once for every line; BenchmarkParse measures it,
// BenchmarkReceive the way of a datagram into a batch and BenchmarkStream that of what a
// connection brings. `mimamori bench syslog` measures all of it, beside rsyslog.
package syslog
