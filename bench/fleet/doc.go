// Package fleet simulates the networks of several customers, so that the whole of
// mimamori can be run and checked where there is no network to poll.
//
// A Plan says what there is and what will happen to it; it follows from a seed
// alone. A Fleet serves the plan inside a network namespace of its own: every
// device has an address in 127.0.0.0/8 and really answers there, by SNMP, by ICMP
// and with syslog lines; every voice path ends at a STAMP reflector that delays and
// loses packets; every appliance reaches its broker through a relay that can be
// cut. The Fleet plays the plan's script and keeps a journal of what it really did,
// the Truth, which never passes through the pipeline it is held against.
//
// In place of the script of single incidents, much may fail at its rate (Config.Failures): the script of bench/failures,
// which bench/load plays as well. What is wrong with a chassis is laid out in the plan, for its sensors read it by
// themselves; outages, silences, impaired paths and bursts of the log are played (failing.go).
//
// In the machine's own network namespace (Config.Shared) a Fleet listens on other
// ports, on the loopback interface alone. There the kernel answers the pings, and
// the script goes without the outages that need silence.
//
// What lives here: the plan (plan.go, layout.go, script.go, or in its place pull.go, storm.go and failing.go), the models of traffic and
// sensors (traffic.go, sensors.go), the agents (mib.go, mib_sensors.go, ber.go, snmp.go), the other sources (icmp.go,
// stamp.go, syslog.go), the relays (uplink.go), what the process may do
// (namespace.go, ping.go), the player of the script (play.go) and the truth
// (truth.go). What does not: any judgement whether something stored is right; that
// is bench/verify.
//
// To add an incident: a Kind, a choice of its target in script.go, what it does in
// play.go and what the truth says of it in truth.go. To add an object of the MIB: a
// line in the table of mib.go.
//
// Hot path: agents.answer, once for every SNMP request of the fleet; BenchmarkAnswer
// measures it in varbinds a second.
package fleet
