package main

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

func TestBenchSyslogRefuses(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"--messages", "1"}, {"--rate", "1"}, {"--rounds", "0"}, {"--transport", "sctp"}} {
		output, err := exec.CommandContext(t.Context(), path, append([]string{"bench", "syslog"}, arguments...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(output), arguments[0]) {
			t.Errorf("%v: %v %s", arguments, err, output)
		}
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
			t.Errorf("%v: %v, want exit code %d", arguments, err, exitUsage)
		}
	}
}
