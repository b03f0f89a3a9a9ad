// Package spool is the bounded queue between the pollers and the uplink: it keeps
// what was measured while the centre cannot be reached, and when it is back lets
// fresh blocks pass before the ones that waited. Pollers whose senders can wait ask it for
// room.
//
// What lives here: the queue, its bound and its order. What does not: packing rows
// into blocks and sending them (the root of ingest). It is kept in memory: what it
// holds is lost with the process.
package spool
