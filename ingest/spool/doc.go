// Package spool is the bounded queue between the pollers and the uplink: it keeps on
// disk what was measured while the centre cannot be reached, over a restart and a power
// cut, and when it is back lets fresh blocks pass before the ones that waited. Pollers
// whose senders can wait ask it for room.
//
// What lives here: the queue, its bound and its order (spool.go, take.go, lane.go), and
// its files (record.go, segment.go, folder.go, disk.go). What does not: packing rows
// into blocks and sending them (the root of ingest).
//
// Each appliance has a folder, named by its id. A block is appended to the newest
// segment as a record with a CRC-32C; what was delivered is listed in a file beside the
// segment, which is deleted when nothing of it is left to send. The list is not forced
// to the disk: after a power cut some blocks are sent again, which the centre tells by
// their rows' keys. A process never appends to a segment of an earlier one.
//
// Hot path: Put, once a block. BenchmarkPut measures it with and without fsync.
package spool
