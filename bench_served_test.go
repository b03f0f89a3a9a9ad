package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"mimamori/bench/served"
)

// checkBenchServed: a small fleet was polled for as short as can be.
func checkBenchServed(t *testing.T, figures served.Figures, run smallRun) {
	if figures.Devices != 100 || figures.Interfaces < 600 || figures.Polls < 50 || figures.Polls > 200 || figures.InterfaceRows < figures.Polls || figures.Requests < figures.Polls ||
		figures.Refused != 0 || figures.FleetCPUPerThousand <= 0 || figures.PollerCPUPerThousand <= 0 || figures.FleetBytes == 0 || figures.PollerBytes == 0 {
		t.Error(run.printed)
	}
	if os.Geteuid() == 0 && (len(figures.Protocols) != 4 || figures.Pings == 0 || figures.VoiceSent == 0 || figures.VoiceHeard < figures.VoiceSent/2 || figures.LinesSent == 0) {
		t.Errorf("root can have a network namespace, in which all protocols are served: %s\n%s", run.printed, run.problems)
	}
}

func TestBenchServedRefuses(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"--devices", "39"}, {"--interval", "1ms"}, {"--intervals", "0"}} {
		output, err := exec.CommandContext(t.Context(), path, append([]string{"bench", "served"}, arguments...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(output), arguments[0]+" ") || !strings.Contains(string(output), "use ") {
			t.Errorf("%v: %v %s", arguments, err, output)
		}
	}
}
