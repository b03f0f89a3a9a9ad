// Package served measures how large a simulated fleet one process can be while a real poller
// polls it: every device of it has an SNMP agent at an address of its own (bench/fleet), and
// the product's SNMP poller asks each of them once an interval, as an appliance does. In a
// network namespace of its own each is pinged as well, voice paths are probed, and lines of
// the log are received at an address for each site.
//
// Both are processes of their own, so that the processor time and the memory of each are
// known. They draw up the same plan from the same configuration, and nothing but these
// protocols passes between them. The poller runs without a pause from before the first
// interval to after the last, so that a share is of that time and not of a start. The poller watches all sites at once, as no appliance would: what is looked
// for is the end of the simulator.
//
// What lives here: what is measured (served.go) and the two processes (processes.go, poller.go). What
// does not: the agents, which are in bench/fleet, and the poller beside others, which is in
// bench/peers.
//
// To add a protocol: what its answers are counted by in fleetAnswer, its poller in poller.prepare,
// and a figure.
package served
