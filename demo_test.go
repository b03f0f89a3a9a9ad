package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mimamori/bench/fleet"
)

// demoModes are the two places a fleet can live in.
var demoModes = map[string][]string{"namespace": nil, "no namespace": {"--no-namespace"}}

// machinePorts are held by the one test whose fleet lives in the machine's own network
// namespace: a second fleet finds their ports taken.
var machinePorts sync.Mutex

// demoArguments are those of a small demo in a directory of its own.
func demoArguments(t *testing.T, mode string) []string {
	t.Helper()
	return append([]string{"demo", "--devices", "60", "--json", "--listen", "", "--data", t.TempDir()}, demoModes[mode]...)
}

// takePlace has the place to itself until the test has ended and its demo with it.
func takePlace(t *testing.T, mode string) {
	t.Helper()
	if mode == "namespace" {
		needNamespace(t)
		return
	}
	machinePorts.Lock()
	t.Cleanup(machinePorts.Unlock)
}

// A demo that served its time, and one that was interrupted, ends within 5 s and
// leaves no process behind.
func TestDemoEnds(t *testing.T) {
	t.Parallel()
	needEngine(t)
	for mode := range demoModes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			takePlace(t, mode)
			served := start(t, append(demoArguments(t, mode), "--for", "20s")...)
			served.wait("the fleet answers", 20*time.Second)
			served.wait("up=60", 20*time.Second)
			relatives := served.relatives()
			select {
			case <-served.done:
			case <-time.After(30 * time.Second):
				t.Fatalf("it did not end:\n%s", served.output)
			}
			if code := served.command.ProcessState.ExitCode(); code != 0 {
				t.Errorf("it ended with %d:\n%s", code, served.output)
			}
			if told := strings.Contains(served.output.String(), "left_out="); told != (mode == "no namespace") {
				t.Errorf("it says what is left out: %t\n%s", told, served.output)
			}
			expectGone(t, relatives, 0)

			interrupted := start(t, demoArguments(t, mode)...)
			interrupted.wait("msg=fleet running=", 40*time.Second)
			relatives = interrupted.relatives()
			if took := interrupted.stop(); took > 5*time.Second {
				t.Errorf("the interrupt took %s:\n%s", took, interrupted.output)
			}
			if code := interrupted.command.ProcessState.ExitCode(); code != 0 {
				t.Errorf("the interrupted demo ended with %d:\n%s", code, interrupted.output)
			}
			expectGone(t, relatives, 0)
		})
	}
}

// Where neither a network namespace nor a socket for pings is allowed, the demo says
// so and goes without.
func TestDemoWithoutPermission(t *testing.T) {
	t.Parallel()
	needEngine(t)
	need(t, os.Geteuid() == 0, "root, which gives its capabilities away")
	dropping, err := exec.LookPath("setpriv")
	need(t, err == nil, "setpriv (Debian package util-linux)")
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	takePlace(t, "no namespace")
	arguments := append([]string{"--bounding-set=-sys_admin,-net_admin,-net_raw", path}, demoArguments(t, "namespace")...)
	running := startCommand(t, exec.Command(dropping, arguments...))
	running.wait("left_out=", 20*time.Second)
	running.wait("up=60", 40*time.Second)
	if allowed, err := os.ReadFile("/proc/sys/net/ipv4/ping_group_range"); err == nil && strings.HasPrefix(string(allowed), "1\t0") {
		running.wait("nothing is pinged", 0)
	}
	if took := running.stop(); took > 5*time.Second || running.command.ProcessState.ExitCode() != 0 {
		t.Errorf("the interrupt took %s:\n%s", took, running.output)
	}
}

// When the demo is killed, all it started ends by itself.
func TestDemoKilled(t *testing.T) {
	t.Parallel()
	needEngine(t)
	for mode := range demoModes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			takePlace(t, mode)
			running := start(t, demoArguments(t, mode)...)
			running.wait("msg=fleet running=", 40*time.Second)
			relatives := running.relatives()
			if err := running.command.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			expectGone(t, relatives, 5*time.Second)
		})
	}
}

// The configurations of the demo are right at every size, wherever the fleet lives.
func TestDemoConfigurations(t *testing.T) {
	allowed, refused := error(nil), errors.New("refused")
	for name, place := range map[string]place{
		"namespace": {allowed, allowed}, "no namespace": {refused, allowed}, "no ping": {refused, refused},
	} {
		for devices, interval := range map[int]time.Duration{60: 5 * time.Second, 1000: 5 * time.Second, 5000: 15 * time.Second} {
			config := fleet.DefaultConfig()
			config.Devices = devices
			plan, err := fleet.NewPlan(place.settle(config))
			if err != nil {
				t.Fatal(err)
			}
			layout := newDemoLayout(t.TempDir(), plan, "")
			for _, room := range append(layout.centre.rooms(), layout.poll.rooms()...) {
				if room.err != nil {
					t.Errorf("%s, %d devices: %s: %v", name, devices, room.path, room.err)
				}
			}
			if got := layout.poll.Ingest.SNMP.Interval; got != interval {
				t.Errorf("%d devices are polled every %s, want %s", devices, got, interval)
			}
			if silent := layout.silentAfter(); silent < demoHeartbeat || place.noPing != nil && silent <= 2*interval {
				t.Errorf("%s, %d devices: silent after %s", name, devices, silent)
			}
		}
	}
}

// needNamespace skips a test where no network namespace may be made.
func needNamespace(t *testing.T) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "fleet", "--try")
	command.SysProcAttr = &syscall.SysProcAttr{}
	enterNamespace(command.SysProcAttr)
	output, err := command.CombinedOutput()
	need(t, err == nil, fmt.Sprintf("a network namespace: %v %s", err, output))
}

// relatives returns the processes of the program: the demo, the engine, the fleet and
// the pollers.
func (p *program) relatives() []relative {
	p.t.Helper()
	var all []relative
	for process := range family(p.command.Process.Pid) {
		all = append(all, relative{process, startTime(process)})
	}
	if len(all) != 4 {
		p.t.Errorf("%d processes run: %v", len(all), all)
	}
	return all
}

// relative is a process; its start time tells it from a later one of the same number.
type relative struct {
	process int
	started string
}

// startTime returns when a process started, as /proc has it; empty where it has
// ended, also where its parent has not asked how.
func startTime(process int) string {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return ""
	}
	fields := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
	const state, started = 0, 19
	if len(fields) <= started || fields[state][0] == 'Z' || fields[state][0] == 'X' {
		return ""
	}
	return string(fields[started])
}

// expectGone waits until none of the processes runs.
func expectGone(t *testing.T, relatives []relative, within time.Duration) {
	t.Helper()
	began := time.Now()
	until(t, within+100*time.Millisecond, func() (bool, string) {
		var left []string
		for _, each := range relatives {
			if startTime(each.process) == each.started {
				command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", each.process))
				left = append(left, fmt.Sprintf("%d %s", each.process, bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
			}
		}
		return len(left) == 0, "still there: " + strings.Join(left, ", ")
	})
	t.Logf("all processes were gone after %s", time.Since(began).Round(time.Millisecond))
}
