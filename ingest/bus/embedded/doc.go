// Package embedded runs a Kafka broker inside this process, for a machine that
// carries every role and has no Kafka cluster. It speaks the Kafka protocol on a
// Unix socket, and on TCP where that is asked for, and keeps its log on disk.
//
// The broker is the kfake package of franz-go. What lives here is what that package
// leaves to its user: a lock on the data directory, the listeners, a guard on each
// connection that admits only well-formed requests it knows and keeps consumer groups
// from standing still (joining.go), retention, and an orderly end. What does not: any client (bus/kafka), and replication: one machine,
// one copy. There is no authentication either: keep the TCP listener on loopback or
// on a network that is trusted.
//
// To let the broker serve another kind of request, add its key to admitted in
// guard.go.
//
// Hot path: every byte passes guardedConn.Read; BenchmarkProduce32KB and
// BenchmarkConsume32KB in bus/bustest measure the whole way through it.
package embedded
