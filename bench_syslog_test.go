package main

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"mimamori/bench/peers"
)

func TestBenchSyslogRefuses(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"--messages", "1"}, {"--rate", "1"}, {"--rounds", "0"}, {"--transport", "sctp"}, {"--lines", "some"}} {
		output, err := exec.CommandContext(t.Context(), path, append([]string{"bench", "syslog"}, arguments...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(output), arguments[0]) {
			t.Errorf("%v: %v %s", arguments, err, output)
		}
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
			t.Errorf("%v: %v, want exit code %d", arguments, err, exitUsage)
		}
	}
}

func TestBenchSyslogPrintsATable(t *testing.T) {
	rate := func(median float64, lost int) peers.SyslogRate {
		return peers.SyslogRate{MessagesPerCPUSecond: median, Min: median - 1, Max: median + 1, Lost: lost}
	}
	peer := rate(100_000, 1234)
	at := peers.SyslogSides{SyslogRate: rate(1_234_567, 0), Peer: peers.SyslogPeer{Name: "rsyslog", Version: "8.1", SyslogRate: &peer}, Ratio: 12.34}
	alone := peers.SyslogSides{SyslogRate: rate(999, 0), Peer: peers.SyslogPeer{Name: "rsyslog", Missing: "it is not installed"}}
	var output strings.Builder
	err := printSyslogRates(&output, peers.SyslogFigures{Messages: 600_000, Rounds: 3,
		UDP: &peers.SyslogByTransport{SyslogSides: at, Steady: &peers.SyslogSteady{MessagesPerSecond: 50_000, SyslogSides: alone}}})
	want := `TRANSPORT  LOAD     PROGRAM         MEDIAN      LEAST       MOST   LOST  MIMAMORI/IT
UDP        at once  mimamori     1,234,567  1,234,566  1,234,568      0            -
UDP        at once  rsyslog 8.1    100,000     99,999    100,001  1,234         12.3
UDP        steady   mimamori           999        998      1,000      0            -

Messages for a second of processor time (user and system), of 3 rounds; lost of all that were sent.
At once: 600,000 messages as fast as they are taken, many to a system call; steady: 50,000 a second that come one by one, as from many devices.
rsyslog is missing: it is not installed
`
	if err != nil || output.String() != want {
		t.Errorf("got\n%s\nwant\n%s\nerror %v", output.String(), want, err)
	}
}
