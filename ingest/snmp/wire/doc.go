// Package wire is what SNMP messages are on the wire, before anybody asks what they
// say: whether a datagram is one (message.go), the keys and digests of version 3
// (keys.go) and its encryption (cipher.go), and a user's credentials as the codec
// takes them (security.go).
//
// What does not live here: values and requests (the codec, gosnmp), the conversation
// with an agent (ingest/snmp), the listener for notifications
// (ingest/snmp/notification).
//
// A further protocol of authentication or privacy: its name in ingest/inventory, its
// entry in security.go, and its hash in keys.go or its cipher in cipher.go. A further
// way for a datagram to be no message: a Reason.
//
// Hot path: Read sees every datagram; BenchmarkRead measures it.
package wire
