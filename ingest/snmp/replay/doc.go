// Package replay is an SNMP agent that answers from a recorded walk, by versions 1,
// 2c and 3, with the faults of real agents to switch on. Tests, measurements and
// the command snmp replay use it; no role of an appliance or of the centre does.
//
// What lives here, by file: the objects of a walk (walk.go), reading what snmpwalk
// printed (snmpwalk.go) and what snmpsim keeps (snmprec.go), the encoding of messages
// (ber.go, message.go), users and what protects their messages (user.go, secure.go),
// what is answered to a request (answer.go), the faults (quirks.go), and the sockets
// (agent.go). What does not: the walks of device families, which stand beside the
// tests that poll them, and the moving fleet of the demonstration (bench/fleet).
//
// The code shares nothing with the poller, neither its library nor its keys: a
// mistake of one is not made by the other as well.
//
// # Adding to it
//
// A fault: a field of Quirks and the place in answer.go or agent.go where an honest
// answer would be given. A format of walks: a reader beside snmpwalk.go, and Read
// tells it by its first line.
//
// Hot path: an answer to GETBULK by version 2c; BenchmarkAnswer measures it. Objects
// are kept as they are encoded in an answer, and found by binary search.
package replay
