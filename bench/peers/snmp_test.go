package peers

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mimamori/bench/child"
	"mimamori/ingest/snmp/replay"
)

func TestRateAddsRounds(t *testing.T) {
	var rate Rate
	rate.add(0, time.Second)
	rate.add(1000, time.Second)
	rate.add(4000, 2*time.Second)
	rate.add(1000, 0)
	rate.add(900, 100*time.Millisecond)
	// One quick round changes little in the middle.
	if rate.PerSecond != 2000 || rate.Min != 1000 || rate.Max != 9000 || rate.OIDs != 5900 || rate.Processor != 3.1 {
		t.Errorf("%+v", rate)
	}
}

func TestSidesTakeTurnsBothWaysRound(t *testing.T) {
	sides := []string{"a", "b", "c"}
	for round, want := range []string{"abc", "cba", "abc"} {
		if got := strings.Join(inTurn(round, sides), ""); got != want {
			t.Errorf("round %d goes %s, want %s", round, got, want)
		}
	}
}

func TestProcessorTimeOfAnotherProcess(t *testing.T) {
	command := exec.CommandContext(t.Context(), "sh", "-c", "while :; do :; done")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()
	deadline := time.Now().Add(20 * time.Second)
	for used := time.Duration(0); used < 50*time.Millisecond; {
		var err error
		if used, err = child.ProcessorTime(command.Process.Pid); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("a busy process has used %s", used)
		}
	}
	if _, err := child.ProcessorTime(1 << 22); err == nil {
		t.Error("a process that is not there has used something")
	}
}

func TestObeyEndsWithItsInput(t *testing.T) {
	var output strings.Builder
	double := func(order int) (any, error) { return 2 * order, nil }
	if err := child.Obey(strings.NewReader("1\n21\n"), &output, double); err != nil || output.String() != "2\n42\n" {
		t.Errorf("%q, %v", output.String(), err)
	}
	if err := child.Obey(strings.NewReader("{"), io.Discard, double); err == nil {
		t.Error("half an order was obeyed")
	}
}

func TestAMissingPeerIsNoError(t *testing.T) {
	if _, err := findExporter("/nowhere/snmp_exporter"); err == nil || !strings.Contains(err.Error(), "prometheus-snmp-exporter") {
		t.Errorf("%v", err)
	}
}

// TestExporterReadsEveryInterface runs the real snmp_exporter by our configuration of
// it: what it answers has every interface's counters under its name.
func TestExporterReadsEveryInterface(t *testing.T) {
	if _, err := findExporter(""); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing: ", err)
		}
		t.Skip("missing: ", err)
	}
	walk, err := ifTables(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	agent, err := replay.New(replay.Config{Walk: walk})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- agent.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	e, err := startExporter(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.stop(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(e.folder); err == nil {
			t.Error("its configuration is left behind")
		}
	}()
	response, err := e.client.Get("http://" + e.address + "/snmp?target=" + agent.Addr().String() + e.query)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`ifHCInOctets{ifIndex="2",ifName="Gi1/0/2"} 1.2`, `ifOutErrors{ifIndex="3",ifName="Gi1/0/3"}`, "sysUpTime 8.64",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %s in %d octets", want, len(page))
		}
	}
	if err := e.ask(ctx, "/snmp?target="+net.JoinHostPort("127.0.0.1", "1")+e.query); err == nil {
		t.Error("an agent that is not there was walked")
	}
}
