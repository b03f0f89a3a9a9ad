package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestEveryRoleEndsInTime tells roles to end while what they need is not there yet, hangs,
// or is being shared out anew: each ends within its deadline all the same, a second signal
// ends one at once, and whatever happened, the next start needs no manual step.
func TestEveryRoleEndsInTime(t *testing.T) {
	needEngine(t)
	apart := newInstallation(t)
	apart.listen["process2"] = apart.listen["alert"] // which is not running then

	waiting := []string{"process", "alert", "api"}
	for _, role := range waiting {
		apart.start(role)
	}
	for _, role := range waiting {
		apart.expect(role, http.StatusServiceUnavailable)
	}
	apart.end("before the broker and the store are there", waiting...)

	apart.start("store")
	apart.start("broker")
	apart.running["store"].wait("msg=ready", 20*time.Second)
	if output, problems, code := call(t, "migrate", "--config", apart.config); code != exitDone {
		t.Fatalf("migrate: exit %d: %s%s", code, output, problems)
	}
	for _, role := range []string{"process", "poll", "api"} {
		apart.start(role)
	}
	apart.awaitRounds("the first", 2)

	apart.signalEngine(syscall.SIGSTOP)
	// The processor is in the middle of a batch: it has promised more than it has stored.
	<-time.After(1500 * time.Millisecond)
	apart.end("while the store hangs", "process", "api")
	apart.signalEngine(syscall.SIGCONT)

	before := apart.lastRound()
	apart.start("process")
	apart.expect("process", http.StatusOK)
	apart.running["process2"] = start(t, "process", "--config", apart.config, "--listen", apart.listen["process2"])
	apart.running["process2"].wait("msg=ready", 20*time.Second) // it joins the group
	apart.end("while partitions move", "process")
	apart.awaitRounds("those after a processor ended while partitions moved", before+2)

	apart.signal("broker", syscall.SIGSTOP)
	<-time.After(1500 * time.Millisecond)
	apart.signal("process2", syscall.SIGTERM)
	apart.running["process2"].wait("once more ends at once", time.Second) // two at once may arrive as one
	<-time.After(oneWish)                                                 // and so soon are one wish
	apart.signal("process2", syscall.SIGTERM)
	select {
	case <-apart.running["process2"].done:
		if code := apart.running["process2"].command.ProcessState.ExitCode(); code != exitFailed {
			t.Errorf("ended by a second signal: exit %d", code)
		}
	case <-time.After(time.Second):
		t.Errorf("a second signal does not end it:\n%s", apart.running["process2"].output)
	}
	apart.end("while the broker hangs", "poll")
	apart.signal("broker", syscall.SIGCONT)

	for _, role := range []string{"broker", "store"} {
		apart.kill(role)
		apart.start(role)
	}
	before = apart.lastRound()
	apart.start("process")
	apart.start("poll")
	apart.awaitRounds("those after all of it", before+2)
	apart.end("at last", "poll", "process", "broker", "store")
}

func (i *installation) signal(role string, signal syscall.Signal) {
	i.t.Helper()
	if err := i.running[role].command.Process.Signal(signal); err != nil {
		i.t.Fatal(err)
	}
}

// signalEngine signals the process behind the store that holds the data.
func (i *installation) signalEngine(signal syscall.Signal) {
	i.t.Helper()
	id := i.running["store"].command.Process.Pid
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", id))
	if err != nil {
		i.t.Fatal(err)
	}
	children := 0
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(field)
			if err == nil {
				err = syscall.Kill(child, signal)
			}
			if err != nil {
				i.t.Fatal(err)
			}
			children++
		}
	}
	if children != 1 {
		i.t.Fatalf("the store has %d processes behind it, want one", children)
	}
}

// end tells roles to end at once and holds each to its deadline and its exit code.
func (i *installation) end(when string, roles ...string) {
	i.t.Helper()
	began := time.Now()
	for _, role := range roles {
		i.signal(role, syscall.SIGTERM)
	}
	for _, role := range roles {
		running := i.running[role]
		select {
		case <-running.done:
		case <-time.After(time.Until(began.Add(drains[role]))):
			i.t.Fatalf("%s did not end within %s %s:\n%s", role, drains[role], when, running.output)
		}
		if code := running.command.ProcessState.ExitCode(); code != exitDone {
			i.t.Errorf("%s, %s: exit %d:\n%s", role, when, code, running.output)
		}
		i.t.Logf("%s, %s: ended within %s", role, when, time.Since(began).Round(10*time.Millisecond))
	}
}
