package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"mimamori/bench/durability"
	"mimamori/bench/peers"
	"mimamori/bench/pipeline"
)

// smallBench is a benchmark at its smallest sensible size.
type smallBench struct {
	arguments []string // smallFolder in them stands for a folder of the run's own
	needs     []func(*testing.T)
	check     func(*testing.T, smallRun)
}

const smallFolder = "FOLDER"

// smallRun is what came of one.
type smallRun struct{ printed, problems, folder string }

// small checks the figures of a run, of which each must be among those that the benchmark knows.
func small[Figures any](check func(t *testing.T, figures Figures, run smallRun), arguments ...string) smallBench {
	return smallBench{arguments: arguments, check: func(t *testing.T, run smallRun) {
		var figures Figures
		decoder := json.NewDecoder(strings.NewReader(run.printed))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&figures); err != nil {
			t.Fatalf("%v\n%s", err, run.printed)
		}
		check(t, figures, run)
	}}
}

// of says what real parts it needs.
func (b smallBench) of(needs ...func(*testing.T)) smallBench {
	b.needs = needs
	return b
}

// smallBenches are all benchmarks that print JSON.
var smallBenches = map[string]smallBench{
	"snmp":       small(checkBenchSNMP, "--devices", "8", "--interfaces", "4", "--for", "3s", "--rounds", "1"),
	"ping":       small(checkBenchPing, "--targets", "20", "--for", "6s", "--rounds", "1"),
	"syslog":     small(checkBenchSyslog, "--messages", "10000", "--rate", "0", "--rounds", "1", "--transport", "udp"),
	"alarms":     small(checkBenchAlarms, "--devices", "60", "--pulls", "2", "--hurried", "--for", "90s").of(needEngine, needNamespace),
	"storm":      small(checkBenchStorm, "--devices", "60", "--hurried", "--for", "2m").of(needEngine, needNamespace),
	"durability": small(checkBenchDurability, "--rows", "4000", "--rounds", "1").of(needEngine),
	"query":      small(checkBenchQuery, "--devices", "200", "--rounds", "2", "--cold", "1", "--cache", smallFolder, "--only", "site: ").of(needEngine),
	"storage":    small(checkBenchStorage, "--devices", "20", "--interfaces", "10", "--hours", "1").of(needEngine),
	"uplink":     small(checkBenchUplink, "--devices", "5", "--interfaces", "4", "--hours", "1"),
	"latency":    small(checkBenchLatency, "--devices", "200", "--alarms", "4").of(needEngine),
	"pipeline":   smallPipeline(pipeline.EmbeddedBroker, 200),
	"growth":     small(checkBenchGrowth, "--devices", "100,400", "--steady", "2s").of(needEngine),
	"failures":   small(checkBenchFailures, "--devices", "100", "--for", "14m", "--times", "2000", "--seed", "309", "--truth", smallFolder+"/truth.json.gz").of(needEngine),
	"served":     small(checkBenchServed, "--devices", "100", "--interval", "4s", "--intervals", "1", "--all-ports"),
}

// TestEachBenchmark runs each benchmark as a command, as small as can be.
func TestEachBenchmark(t *testing.T) {
	t.Parallel()
	all := benchmarks()
	for name := range smallBenches {
		if !slices.Contains(all, name) {
			t.Errorf("there is no bench %s", name)
		}
	}
	for _, name := range all {
		bench, known := smallBenches[name]
		if !known {
			t.Errorf("bench %s has no small size in smallBenches", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bench.run(t, name)
		})
	}
}

// run runs it as a command, and checks what it prints.
func (b smallBench) run(t *testing.T, name string) {
	t.Helper()
	for _, need := range b.needs {
		need(t)
	}
	run := smallRun{folder: t.TempDir()}
	arguments := []string{"bench", name, "--json"}
	for _, argument := range b.arguments {
		arguments = append(arguments, strings.Replace(argument, smallFolder, run.folder, 1))
	}
	var code int
	if run.printed, run.problems, code = call(t, arguments...); code != exitDone {
		t.Fatalf("exit code %d\n%s%s", code, run.problems, run.printed)
	}
	b.check(t, run)
}

// checkBenchPing: a whole round, and what became of the last one's.
func checkBenchPing(t *testing.T, figures peers.PingFigures, run smallRun) {
	if figures.Targets != 20 || figures.Rounds != 1 || figures.EchoesPerCPUSecond <= 0 || figures.EchoesPerSecond < 20 || figures.EchoesPerSecond > 70 {
		t.Error(run.printed)
	}
	if fping := figures.Peer; fping.Missing == "" && (fping.Version == "" || fping.EchoesPerCPUSecond <= 0 || figures.Ratio <= 0) {
		t.Errorf("beside fping: %s", run.printed)
	}
}

func checkBenchSyslog(t *testing.T, figures peers.SyslogFigures, run smallRun) {
	if figures.Messages != 10_000 || figures.Rounds != 1 || figures.UDP == nil || figures.TCP != nil || figures.UDP.Steady != nil {
		t.Fatal(run.printed)
	}
	if figures.MessagesPerCPUSecond <= 0 || figures.BytesPerMessage < 90 || figures.UDP.PublishedBytesPerMessage <= 0 || figures.UDP.MessagesPerCPUSecond != figures.MessagesPerCPUSecond {
		t.Error(run.printed)
	}
	if peer := figures.Peer; peer.Missing == "" && (peer.SyslogRate == nil || figures.Ratio <= 0) {
		t.Errorf("beside rsyslog: %s", run.printed)
	}
}

func checkBenchAlarms(t *testing.T, figures alarmFigures, run smallRun) {
	if figures.Devices != 60 || figures.Pulls != 2 || figures.Alarms != 2 || figures.False != 0 || figures.Failure != "" || figures.HandedOver.P50 <= 0 || figures.Raised.P50 <= 0 {
		t.Error(run.printed)
	}
	// The way to the mail is the sum of its parts, and there is a mail wherever there can be one.
	if figures.Missing == "" && (figures.Mails != 2 || figures.Mailed == nil || figures.Mailed.Max < figures.Raised.P50) {
		t.Errorf("mails: %s", run.printed)
	}
	need(t, figures.Missing == "", figures.Missing)
}

func checkBenchStorm(t *testing.T, figures stormFigures, run smallRun) {
	if figures.Devices != 60 || figures.Sites < 3 || figures.Pages != 1 || len(figures.Tickets) != 1 || figures.Told <= 0 || figures.Failure != "" {
		t.Error(run.printed)
	}
	if figures.Affected < 30 || figures.Affected >= 60 || figures.Customers != 3 || figures.Stayed < 1 || figures.Raised != figures.Stayed || len(figures.Others) > 0 || figures.After.P50 <= 0 {
		t.Error(run.printed)
	}
}

func checkBenchDurability(t *testing.T, figures durability.Figures, run smallRun) {
	if figures.Rows != 4000 || figures.Rounds != 1 || len(figures.Rates) != 7 || len(figures.Costs) != 4 || figures.Mark != durability.MostForIntents ||
		figures.Within != (figures.Costs[0].Percent < figures.Mark) {
		t.Error(run.printed)
	}
	for _, rate := range figures.Rates {
		if rate.RowsPerSecond <= 0 || rate.Min != rate.RowsPerSecond || rate.Max != rate.Min || rate.CPUSecondsPerMillionRows < 0 {
			t.Errorf("%+v", rate)
		}
	}
}
