// Package bench holds the proof that mimamori is right and fast: the simulated
// fleet of the demonstration (fleet), what is stored held against what that fleet
// did (verify), the terminal board (board), measurements beside programs known for the
// same work (peers), what durability costs (durability), what a fleet of any size would say
// without its devices (load), and the centre as it takes that in (pipeline).
//
// What does not live here: anything a production role needs. No other package
// imports bench; only the main package does, for the demonstration. Benchmarks of a
// single part stand beside that part.
package bench
