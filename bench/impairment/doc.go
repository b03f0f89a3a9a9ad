// Package impairment is a path with known faults: a UDP relay between a voice probe and
// a reflector that delays, loses, doubles, reorders, remarks and reroutes what passes, in
// each direction apart, and says what it did. It is what the kernel's netem is where
// there is none, and needs no rights.
//
// What lives here: the faults and their chances (way.go), the relay (relay.go) and its
// sockets (socket.go). What does not: what a probe should find, which its tests compute
// from Simulate.
//
// To add a fault, give Way a field and passage its effect; relay and simulation follow.
package impairment
