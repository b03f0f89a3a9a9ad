package main

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mimamori/bench/pipeline"
	"mimamori/ingest/bus/apache/apachetest"
)

func TestBenchPipelineOnKafka(t *testing.T) {
	t.Parallel()
	apachetest.Require(t)
	smallPipeline(pipeline.KafkaBroker, 40).run(t, "pipeline")
}

// smallPipeline measures one round of a small fleet.
func smallPipeline(broker string, devices int) smallBench {
	rows := devices * 24 * 12
	return small(func(t *testing.T, figures pipeline.Figures, run smallRun) {
		checkBenchPipeline(t, figures, run.printed, broker, devices, rows)
	}, "--broker", broker, "--rows", strconv.Itoa(rows), "--rounds", "1").of(needEngine)
}

// checkBenchPipeline: all that was published is counted in the store, and each part has used something.
func checkBenchPipeline(t *testing.T, figures pipeline.Figures, printed, broker string, devices, rows int) {
	t.Helper()
	if figures.Broker != broker {
		t.Errorf("broker: %s", printed)
	}
	// The names, the turn that counts for nobody and the one that is measured.
	if figures.Devices != devices || figures.Rows != rows || figures.Derived != uint64(2*rows) || figures.Stored != figures.Published || figures.Stored < uint64(2*rows*4/3) {
		t.Errorf("rows: %s", printed)
	}
	if figures.InterfaceRowsPerSecond <= 0 || figures.RowsPerSecond <= figures.InterfaceRowsPerSecond || figures.ValuesPerSecond < 12*figures.InterfaceRowsPerSecond ||
		figures.Ceiling <= 0 || figures.RatioMin <= 0 || figures.Ratio < figures.RatioMin || figures.RatioMax < figures.Ratio || figures.CeilingCPUSeconds <= 0 {
		t.Errorf("rates: %s", printed)
	}
	for name, use := range map[string]pipeline.Use{"processor time": figures.CPUSecondsPerMillion, "the least processor time": figures.CPUSecondsPerMillionMin, "memory": figures.ResidentBytes} {
		if use.Processors <= 0 || use.Broker <= 0 || use.Engine <= 0 {
			t.Errorf("%s: %s", name, printed)
		}
	}
	if least, most := figures.CPUSecondsPerMillionMin, figures.CPUSecondsPerMillionMax; least.Engine > figures.CPUSecondsPerMillion.Engine || most.Processors < figures.CPUSecondsPerMillion.Processors {
		t.Errorf("spread: %s", printed)
	}
	if beside := figures.Telegraf; beside.Missing == "" && (beside.RowsOfARound < 1 || beside.RatioWithEngine <= 0 || beside.RatioWithEngine >= beside.Ratio) {
		t.Errorf("beside Telegraf: %s", printed)
	}
	if figures.StageSecondsPerMillion["raw"] <= 0 {
		t.Errorf("stages: %s", printed)
	}
}

// checkBenchGrowth: processors have heard of two small fleets.
func checkBenchGrowth(t *testing.T, figures pipeline.GrowthFigures, run smallRun) {
	if len(figures.Sizes) != 2 || figures.Sizes[0].Devices != 100 || figures.Sizes[1].Interfaces != 400*24 || figures.Within != nil {
		t.Fatal(run.printed)
	}
	for _, size := range figures.Sizes {
		// Each interface is named and polled once in a minute, and for two seconds more.
		if size.Stored != size.Published || size.Stored < uint64(2*size.Interfaces) || size.RowsPerSecond <= size.InterfaceRowsPerSecond || size.InterfaceRowsPerSecond <= 0 ||
			size.OwnRowsPerSecond <= 0 || size.LagSeconds <= 0 || size.ResidentBytes < 1<<20 || size.MostBytes < size.ResidentBytes {
			t.Errorf("%+v", size)
		}
	}
}

func checkBenchLatency(t *testing.T, figures latencyFigures, run smallRun) {
	if figures.Failed != 4 || figures.Told != 4 || figures.False != 0 || figures.Least <= 0 || figures.P50 < figures.Least || figures.P50 > figures.P99 || figures.P99 > figures.Most || figures.Failure != "" {
		t.Error(run.printed)
	}
}

func TestBenchesRefuse(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{"pipeline", "--rows", "1"}, {"pipeline", "--rounds", "0"}, {"pipeline", "--batch-rows", "1"}, {"pipeline", "--broker", "carrier"},
		{"failures", "--devices", "1"}, {"failures", "--for", "1m"}, {"failures", "--times", "0"}, {"failures", "--broker", "carrier"},
		{"failures", "--truth", "/nowhere/truth.json.gz"}, {"durability", "--rows", "3999"}, {"durability", "--rounds", "0"},
		{"growth", "--devices", "1"}, {"growth", "--steady", "1ms"}, {"growth", "--broker", "carrier"}, {"latency", "--devices", "1"}, {"latency", "--alarms", "0"},
		{"alarms", "--pulls", "0"}, {"alarms", "--devices", "59"}, {"storm", "--devices", "59"}, {"storm", "--devices", "10001"},
	} {
		output, err := exec.CommandContext(t.Context(), path, append([]string{"bench"}, arguments...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(output), arguments[1]+" ") || !strings.Contains(string(output), "use ") {
			t.Errorf("%v: %v %s", arguments, err, output)
		}
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
			t.Errorf("%v: %v, want exit code %d", arguments, err, exitUsage)
		}
	}
}
