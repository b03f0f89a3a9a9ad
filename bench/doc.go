// Package bench holds the proof that mimamori is right and fast: the simulated
// fleet of the demonstration (fleet), how large one can be (served), what fails in one and when (failures), what is stored held against what that fleet
// did (verify), the terminal board (board), measurements beside programs known for the
// same work (peers), what durability costs (durability), what a fleet of any size would say
// without its devices (load), the centre as it takes that in (pipeline), what an appliance
// sends (uplink, with rows of site), what rows take on disk (footprint), how soon pages are
// answered (answers, over what history makes up), and results that are kept (record). child
// runs the processes that are measured apart.
//
// What does not live here: anything a production role needs. No other package
// imports bench; only the main package does, for the demonstration. Benchmarks of a
// single part stand beside that part.
package bench
