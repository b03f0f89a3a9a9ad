// Package bustest is what every broker must pass before the bus may run on it: one
// suite that is run against the embedded broker and against Apache Kafka.
//
// What lives here: the promises of bus.Claim and of the client in bus/kafka, each as
// a test. What does not: tests of how one broker does it, which stand beside that
// broker. To add a promise: a function in suite.go, in group.go where it is about the
// members of a group, in restart.go where the broker must be stopped for it, or in
// failover.go where others must go on meanwhile, and a line in Run, RunRestarts or
// RunFailover.
//
// BenchmarkProduce32KB and BenchmarkConsume32KB measure the hot paths of the client
// and of the embedded broker together.
package bustest
