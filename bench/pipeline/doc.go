// Package pipeline measures the centre as it runs: broker, processors and engine, each a
// process of its own, fed with what a fleet would say (bench/load).
//
// Measure has the processors take up a backlog that was published before, so that it is
// the consumers' side that is measured, and in the same rounds, taking turns, hands the
// same interface rows to the same table with the store's client alone: what the engine
// takes at most, which no pipeline can pass. Grow has the processors hear of ever larger
// fleets and looks at their memory, and at their lag once the fleet speaks at its own pace.
//
// Fail has much go wrong in a fleet (bench/failures) and holds what is stored then against what happened.
//
// The processors are the product's own role but for one thing: the centre's time comes
// with the rows. While a backlog is published they stand still (SIGSTOP), so that they
// neither lose their partitions nor begin early.
//
// What lives here: the rounds (measure.go), the engine alone (ceiling.go), fleets of
// several sizes (grow.go), fleets that fail (fail.go), the parts (plant.go, part.go, settings.go)
// and what the store says it holds (ask.go). What does not: the rows, which are
// bench/load; and what certainty costs, which is bench/durability.
//
// To add a figure: a field of Figures or Size, and its line in the command that prints it.
package pipeline
