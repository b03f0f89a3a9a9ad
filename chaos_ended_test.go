package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mimamori/bench/chaos"
)

func TestNoVerdictIsAFailure(t *testing.T) {
	interrupted := fmt.Errorf("measure: %w", context.Canceled)
	if code := exitCode(interrupted); code != exitDone {
		t.Errorf("a role that was asked to end ends with code %d", code)
	}
	if code := exitCode(fmt.Errorf("bench: %w", unfinished{interrupted})); code != exitFailed {
		t.Errorf("a measurement that was interrupted ends with code %d", code)
	}
	if code := exitCode(unfinished{usageError{errors.New("a wrong flag")}}); code != exitUsage {
		t.Errorf("a measurement that was called wrongly ends with code %d", code)
	}
}

// TestChaosInterrupted interrupts a run: what was known until then is printed, and where
// the rest of it is, and it is no success.
func TestChaosInterrupted(t *testing.T) {
	t.Parallel()
	needEngine(t)
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(t.TempDir(), "run")
	command := exec.CommandContext(t.Context(), path, "chaos", "--json", "--rate", "60", "--for", "10m", "--directory", directory)
	var output strings.Builder
	command.Stdout = &output
	said, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var events strings.Builder
	for lines := bufio.NewScanner(said); lines.Scan(); {
		fmt.Fprintln(&events, lines.Text())
		if strings.Contains(lines.Text(), "of churn, ") {
			if err := command.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = command.Wait() // the exit code says how it ended
	if code := command.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("it ends with code %d", code)
	}
	if !strings.Contains(events.String(), "what the parts said is in "+directory) {
		t.Errorf("it does not say what it left behind:\n%s", &events)
	}
	var o chaos.Outcome
	if err := json.Unmarshal([]byte(output.String()), &o); err != nil {
		t.Fatalf("no outcome: %v\n%s", err, &output)
	}
	if len(o.Problems) == 0 || !strings.Contains(o.Problems[len(o.Problems)-1], "not finished") || len(o.Died)+len(o.Unclean) != 0 {
		t.Errorf("its outcome: %+v", o)
	}
}
