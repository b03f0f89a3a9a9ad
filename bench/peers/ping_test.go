package peers

import (
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// pingPollerMark makes the test's own program the poller.
const pingPollerMark = "MIMAMORI_TEST_PING_POLLER"

func TestPingPollerProcess(t *testing.T) {
	if os.Getenv(pingPollerMark) == "" {
		t.Skip("only as a process that TestMeasurePing starts")
	}
	if err := RunPingPoller(t.Context(), os.Stdin, os.Stdout, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	os.Exit(0) // standard output is for the answers alone
}

func TestMeasurePing(t *testing.T) {
	if _, err := exec.LookPath("fping"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing: ", err)
		}
		t.Skip("missing: ", err)
	}
	t.Setenv(pingPollerMark, "1")
	load := PingLoad{Targets: 200, For: 2500 * time.Millisecond}
	figures, err := MeasurePing(t.Context(), os.Args[0], []string{"-test.run=^TestPingPollerProcess$"}, "", load, 1)
	if err != nil {
		if strings.Contains(err.Error(), "ping_group_range") && os.Getenv("CI") != "true" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	if figures.EchoesPerCPUSecond <= 0 || figures.Min != figures.EchoesPerCPUSecond || figures.Max != figures.Min || figures.Rounds != 1 {
		t.Errorf("%+v", figures)
	}
	// A whole round, and what became of the last one's.
	if figures.EchoesPerSecond < 200 || figures.EchoesPerSecond > 700 {
		t.Errorf("%g echoes in a second of 200 addresses, asked three times each", figures.EchoesPerSecond)
	}
	if peer := figures.Peer; peer.Version == "" || peer.Missing != "" || peer.EchoesPerCPUSecond <= 0 || figures.Ratio == 0 {
		t.Errorf("%+v", figures)
	}
	switch second := figures.Telegraf; {
	case second.Name != telegrafName:
		t.Errorf("the second peer is %q", second.Name)
	case second.Missing == "" && (second.Version == "" || second.EchoesPerCPUSecond <= 0 || figures.TelegrafRatio <= 0):
		t.Errorf("it was not measured: %+v", figures)
	case second.Missing != "" && second.EchoesPerCPUSecond != 0:
		t.Errorf("it was measured though it is missing: %+v", figures)
	}
	text, err := json.Marshal(figures)
	if err != nil || !strings.Contains(string(text), `"echoes_per_cpu_s":`) || !strings.Contains(string(text), `"peer":{"name":"fping","version":"`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestPingLoadValidates(t *testing.T) {
	for name, load := range map[string]PingLoad{
		"--targets": {Targets: 0, For: time.Minute},
		"--for":     {Targets: 1, For: time.Second},
	} {
		if err := load.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%+v: %v", load, err)
		}
	}
}
