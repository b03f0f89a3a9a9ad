package fleet

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const insideVariable = "MIMAMORI_FLEET_TEST_NAMESPACE"

// inNamespace runs the calling test once more, in a process with a network namespace
// of its own. It returns true there, and false outside, where the test is over.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideVariable) != "" {
		if err := PrepareNamespace(); err != nil {
			t.Fatal(err)
		}
		return true
	}
	again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v", "-test.timeout=2m")
	again.Env = append(os.Environ(), insideVariable+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	output, err := again.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		missing(t, "no network namespace can be made here: "+err.Error())
	}
	t.Logf("inside the namespace:\n%s", output)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(output), "--- SKIP") {
		t.Skip("skipped inside the namespace")
	}
	return false
}

// missing skips a test whose real part is missing, and fails it where nothing may be.
func missing(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed")
	}
	return path
}

// start runs a fleet until the test ends, or until the returned function is called.
func start(t *testing.T, plan *Plan, config RunConfig) (*Fleet, func()) {
	t.Helper()
	fleet, err := New(plan, config, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- fleet.Run(ctx) }()
	stopped := false
	stop := func() {
		cancel()
		if stopped {
			return
		}
		stopped = true
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the fleet ended with %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the fleet did not end")
		}
	}
	t.Cleanup(stop)
	select {
	case <-fleet.Ready():
	case err := <-ended:
		t.Fatalf("the fleet ended at once: %v", err)
	}
	return fleet, stop
}

// quietPlan returns a plan in which nothing happens but the incidents given.
func quietPlan(t *testing.T, incidents ...Kind) *Plan {
	t.Helper()
	config := DefaultConfig()
	config.ScriptStart = 0
	plan, err := NewPlan(config)
	if err != nil {
		t.Fatal(err)
	}
	var kept []Incident
	for _, kind := range incidents {
		for _, incident := range plan.Incidents {
			if incident.Kind == kind {
				kept = append(kept, incident)
			}
		}
	}
	plan.Incidents = kept
	return plan
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !so() {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for this: %s", what)
		}
		<-ticker.C
	}
}

func TestPrepareNamespaceRefusesASharedOne(t *testing.T) {
	if os.Getenv(insideVariable) != "" {
		return
	}
	before, err := os.ReadFile(echoSwitch)
	if err != nil {
		missing(t, err.Error())
	}
	if err := PrepareNamespace(); err == nil || !strings.Contains(err.Error(), "unshare") {
		t.Skipf("this machine has no interface up but loopback, so the namespace could be taken for the fleet's: %v", err)
	}
	if after, _ := os.ReadFile(echoSwitch); string(after) != string(before) {
		t.Errorf("icmp_echo_ignore_all went from %q to %q", before, after)
	}
}
