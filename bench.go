package main

import (
	"encoding/json"
	"io"
	"log/slog"
)

// benchCommand measures what a part of the product needs, beside programs that are
// known for the same work. Each measurement has a file of its own.
type benchCommand struct {
	SNMP   benchSNMP   `cmd:"" name:"snmp" help:"Objects polled by SNMP for one second of processor time, beside snmp_exporter and Telegraf."`
	Ping   benchPing   `cmd:"" help:"Pings answered for one second of processor time, beside fping and Telegraf."`
	Syslog benchSyslog `cmd:"" help:"Syslog messages received and published for one second of processor time, beside rsyslog and Telegraf. Takes about three minutes."`

	Alarms benchAlarms `cmd:"" help:"Seconds from a pulled cable to the mail about it, through the whole pipeline. Takes about three minutes."`
	Storm  benchStorm  `cmd:"" help:"What is told of 10,000 devices behind one router that fails, through the whole pipeline. Takes about four and a half minutes."`

	Durability benchDurability `cmd:"" help:"What it costs that nothing is lost and nothing doubled: intents and fsync, each with and without. Takes about a minute."`

	Query   benchQuery   `cmd:"" help:"How soon the store answers what pages and reports ask of 10,000 devices with a month behind them. Takes about five minutes, and as long again the first time."`
	Storage benchStorage `cmd:"" help:"Bytes on disk for a row of each kind, by table and column. Takes about a minute."`
	Uplink  benchUplink  `cmd:"" help:"Bytes a second between an appliance and the centre, by what they are. Takes about ten seconds."`

	Latency benchLatency `cmd:"" help:"Milliseconds from the row that decides it to an alarm at a webhook. Takes about two minutes."`

	Pipeline benchPipeline `cmd:"" help:"Rows a second from Kafka to ClickHouse with all that is derived, beside what the engine takes alone. Takes about two minutes."`
	Growth   benchGrowth   `cmd:"" help:"Throughput, lag and memory of the processors as the fleet grows to 100,000 devices. Takes about four minutes."`

	Failures benchFailures `cmd:"" help:"The outages that are stored of a fleet in which things fail at their rates, held against what happened. Takes about a minute."`

	Served benchServed `cmd:"" help:"How many devices with SNMP agents one process simulates for a real poller. Takes about three minutes."`

	Record benchRecord `cmd:"" hidden:"" help:"Run benchmarks at their default size, one after the other, and keep what they measure."`

	ServedFleet  benchServedFleet  `cmd:"" hidden:"" help:"Child process: the simulated fleet of bench served."`
	ServedPoller benchServedPoller `cmd:"" hidden:"" help:"Child process: what polls in bench served."`

	UplinkAppliance benchUplinkAppliance `cmd:"" hidden:"" help:"Child process: what bench uplink measures."`

	SNMPAgents benchSNMPAgents `cmd:"" name:"snmp-agents" hidden:"" help:"Child process: the agents of bench snmp."`
	SNMPPoller benchSNMPPoller `cmd:"" name:"snmp-poller" hidden:"" help:"Child process: what bench snmp measures."`
	PingPoller benchPingPoller `cmd:"" hidden:"" help:"Child process: what bench ping measures."`

	Processors benchProcessors `cmd:"" hidden:"" help:"Child process: the role process of bench pipeline and bench growth."`

	SyslogBroker   benchSyslogBroker   `cmd:"" hidden:"" help:"Child process: the broker of bench syslog."`
	SyslogReceiver benchSyslogReceiver `cmd:"" hidden:"" help:"Child process: what bench syslog measures."`
	SyslogSender   benchSyslogSender   `cmd:"" hidden:"" help:"Child process: sends what bench syslog measures."`
}

// printFigures prints what was measured: as one JSON object, or for people.
func printFigures[Figures any](output io.Writer, asJSON bool, figures Figures, forPeople func(io.Writer, Figures) error) error {
	if asJSON {
		return json.NewEncoder(output).Encode(figures)
	}
	return forPeople(output, figures)
}

// markKept says whether a mark is kept, in the same words for every benchmark. A missed mark is a result, not a failure.
func markKept(mark float64, within bool) string {
	if within {
		return "mark " + thousands(mark) + ": met"
	}
	return "mark " + thousands(mark) + ": missed"
}

// countOf is so many of something, whose plural ends in s.
func countOf(count int, one string) string {
	if count == 1 {
		return "1 " + one
	}
	return thousands(float64(count)) + " " + one + "s"
}

// tellSteps logs what a measurement does now.
func tellSteps(logger *slog.Logger) func(step string) {
	return func(step string) { logger.Info("bench", "step", step) }
}
