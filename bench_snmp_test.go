package main

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"mimamori/bench/peers"
)

// checkBenchSNMP: the peers were measured where they are installed.
func checkBenchSNMP(t *testing.T, result peers.SNMPResult, run smallRun) {
	output := run.printed
	// Of 8 devices all but those are polled whose place in the second has just passed.
	if result.InterfaceRows < 8 || result.OIDs < 100 || result.PerSecond <= 0 || result.Min > result.PerSecond || result.PerSecond > result.Max || result.V3Min <= 0 || result.V3Min > result.V3 || result.V3 > result.V3Max {
		t.Errorf("%s", output)
	}
	for want, peer := range map[string]peers.SNMPPeer{"snmp_exporter": result.Peer, "telegraf": result.Telegraf} {
		switch {
		case peer.Name != want:
			t.Errorf("the peer %s is %q", want, peer.Name)
		case peer.Rate == nil && peer.Missing == "":
			t.Errorf("%s is missing without a reason: %s", want, output)
		case peer.Rate != nil && (peer.PerSecond <= 0 || peer.Version == ""):
			t.Errorf("%s was not measured: %s", want, output)
		}
	}
	if result.Peer.Rate != nil && result.Ratio <= 0 || result.Telegraf.Rate != nil && result.TelegrafRatio <= 0 {
		t.Errorf("a peer is not compared: %s", output)
	}
}

func TestBenchSNMPRefuses(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"--devices", "0"}, {"--interfaces", "1001"}, {"--for", "1s"}, {"--rounds", "0"}, {"--interval", "10ms"}} {
		output, err := exec.CommandContext(t.Context(), path, append([]string{"bench", "snmp"}, arguments...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(output), arguments[0]+" ") || !strings.Contains(string(output), "use ") {
			t.Errorf("%v: %v %s", arguments, err, output)
		}
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
			t.Errorf("%v: %v, want exit code %d", arguments, err, exitUsage)
		}
	}
}
