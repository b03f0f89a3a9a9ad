// Package durability measures what it costs that nothing is lost and nothing doubled:
// the intent that is committed before each batch is written, and forcing to the disk
// what an appliance keeps and what the broker has acknowledged.
//
// What lives here: the rounds, in which each way of working takes its turn so that what
// else the machine does falls on all of them (durability.go); blocks as appliances pack
// them (load.go); the way from the broker to the store with and without intents
// (pipeline.go); the broker and the spool with and without fsync (disk.go); and the
// processor time of this process and the engine's (processor.go). What does not: the
// proof that it works, which is in the tests of processors, ingest/bus and ingest/spool.
//
// To add a way of working: a Way of its own and a function in the rounds that returns
// how long the rows took.
package durability
