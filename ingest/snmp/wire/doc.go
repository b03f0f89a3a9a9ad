// Package wire is what SNMP messages are on the wire, before anybody asks what they
// mean: whether a datagram is one (message.go), element by element (reader.go), the
// values in it (variables.go), the keys and digests of version 3 (keys.go) and its encryption (cipher.go), requests
// (request.go), and a user's credentials as the library takes them, which the notification package answers
// by (security.go).
//
// What does not live here: what values mean and the conversation with an agent
// (ingest/snmp), the listener for notifications (ingest/snmp/notification).
//
// A further protocol of authentication or privacy: its name in ingest/inventory, its
// entry in security.go, and its hash in keys.go or its cipher in cipher.go. A further
// way for a datagram to be no message: a Reason.
//
// Hot path: Read and Decode see every datagram; BenchmarkRead and BenchmarkDecode
// measure them. What they make of it is held to the library by FuzzRead.
package wire
