package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// ping runs the command and returns what it prints and its exit code.
func ping(t *testing.T, arguments ...string) (printed, complaint string, code int) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), path, append([]string{"ping"}, arguments...)...)
	var output, complaints bytes.Buffer
	command.Stdout, command.Stderr = &output, &complaints
	err = command.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	need(t, !strings.Contains(complaints.String(), "ping_group_range"), "the right to ping")
	return output.String(), complaints.String(), command.ProcessState.ExitCode()
}

func TestPingCommand(t *testing.T) {
	printed, complaint, code := ping(t, "127.0.0.1", "127.0.0.2", "--count", "3", "--interval", "20ms", "--dscp", "EF", "--json")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, complaint)
	}
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	if len(lines) != 2 {
		t.Fatalf("a line for each of two hosts: %s", printed)
	}
	for i, host := range []string{"127.0.0.1", "127.0.0.2"} {
		var got pingOut
		decoder := json.NewDecoder(strings.NewReader(lines[i]))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Host != host || *got.Address != host || got.Sent != 3 || got.Received != 3 || got.Lost != 0 || *got.LossPct != 0 || len(got.RTTs) != 3 || len(got.Errors) != 0 {
			t.Errorf("%s: %s", host, lines[i])
		}
		if got.RTT.Min == nil || *got.RTT.Min > *got.RTT.Median || *got.RTT.Median > *got.RTT.P95 || *got.RTT.P95 > *got.RTT.Max || got.JitterMs == nil {
			t.Errorf("%s: %s", host, lines[i])
		}
		if got.DSCPSent != 46 || got.DSCPHeard == nil || *got.DSCPHeard != 46 || *got.TTL != 64 {
			t.Errorf("%s: %s", host, lines[i])
		}
	}
}

func TestPingCommandForPeople(t *testing.T) {
	printed, complaint, code := ping(t, "127.0.0.1", "no-such-host.invalid", "-c", "2", "-i", "20ms", "-4")
	if code != exitFailed || !strings.Contains(complaint, "1 of 2 hosts did not answer") {
		t.Errorf("exit code %d: %s", code, complaint)
	}
	for _, want := range []string{"HOST", "RECV", "SEQ", "127.0.0.1                 2", "LOSS %", "no-such-host.invalid: look up no-such-host.invalid"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is missing:\n%s", want, printed)
		}
	}
}

func TestPingCommandRefuses(t *testing.T) {
	for want, arguments := range map[string][]string{
		"count is 0":               {"127.0.0.1", "-c", "0"},
		"expected":                 {},
		"is no DiffServ code":      {"127.0.0.1", "--dscp", "XY"},
		"no IP address":            {"127.0.0.1", "--source", "somewhere"},
		"size is 2000":             {"127.0.0.1", "--size", "2000"},
		"source is ::1":            {"127.0.0.1", "-4", "--source", "::1"},
		"--ipv4 and --ipv6 can't ": {"127.0.0.1", "-4", "-6"},
	} {
		printed, complaint, code := ping(t, arguments...)
		if code != exitUsage || !strings.Contains(complaint, want) {
			t.Errorf("%v: exit code %d, %s, want %q\n%s", arguments, code, complaint, want, printed)
		}
	}
}
