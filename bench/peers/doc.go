// Package peers measures parts of mimamori beside programs that are known for the same
// work, on the same machine, against the same devices and in the same run.
//
// What lives here, by file: processes that are told what to do line by line (child.go)
// and what processor time they used (processor.go), which every measurement needs; then
// the SNMP poller beside snmp_exporter and Telegraf: what is measured and how rounds alternate
// (snmp.go), the simulated agents (snmp_agents.go), the process that polls
// (snmp_poller.go), and the peers (snmp_exporter.go, telegraf.go); the ping poller beside fping
// and Telegraf (ping.go, telegraf_ping.go); Telegraf as a consumer of Kafka (telegraf_consumer.go),
// whose turns bench/pipeline takes; and an appliance that receives syslog beside rsyslog (syslog.go), the
// lines it is sent (syslog_lines.go) by which process (syslog_sender.go) over UDP
// (syslog_datagrams.go) and TCP (syslog_streams.go), the process that receives and the
// broker it publishes to (syslog_receiver.go), and the peers (rsyslog.go, telegraf_syslog.go). What does not:
// benchmarks of a single part, which stand beside that part, and the whole pipeline
// (bench/fleet).
//
// # What is held equal
//
// Both sides are processes of their own that do nothing but what is measured; the
// simulated devices are a third one. Both are counted alike, from outside: the
// processor time is the kernel's for the process, user and system, and the objects are
// those that the devices answered. Rounds alternate, so that what else the machine does
// falls on both. Where a choice had to be made it favours the peer.
//
// # Adding to it
//
// A further measurement is a file named after it, a Config and a Result of its own, a
// hidden command for each process it needs, and its sub-command in the main package. A
// peer that is missing is said with its reason; it is no error.
package peers
