package peers

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/snmp/replay"
)

// TestTelegrafReadsEveryInterface runs the real Telegraf by our configuration of it: what it writes has every interface's
// counters under its name. Telegraf is fetched by whoever wants the comparison, so that it may be missing anywhere.
func TestTelegrafReadsEveryInterface(t *testing.T) {
	binary, err := findTelegraf(os.Getenv("TELEGRAF"))
	if err != nil {
		if binary, err = findTelegraf(filepath.Join("..", "..", ".cache", "bin", telegrafName)); err != nil {
			t.Skip("missing: ", err)
		}
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
	written := filepath.Join(t.TempDir(), "samples")
	peer, err := startTelegraf(ctx, binary, telegrafSNMP([]netip.AddrPort{agent.Addr()}), written, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := peer.stop(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(peer.folder); err == nil {
			t.Error("its configuration is left behind")
		}
	}()
	wanted := []string{"ifName=Gi1/0/2", "ifName=Gi1/0/3", "ifHCInOctets=", "ifOutErrors=", "ifCounterDiscontinuityTime=", "sysUpTime="}
	missing := wanted
	for turns := 0; turns < 20 && len(missing) > 0; turns++ {
		if err := peer.run(ctx, time.Second); err != nil {
			t.Fatal(err)
		}
		lines, _ := os.ReadFile(written) // it is there once a sample is
		missing = missing[:0:0]
		for _, want := range wanted {
			if !strings.Contains(string(lines), want) {
				missing = append(missing, want)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("no %q is written; it said %s", missing, peer.log.String())
	}
}

func TestAMissingTelegrafIsNoError(t *testing.T) {
	if _, err := findTelegraf("/nowhere/telegraf"); err == nil || !strings.Contains(err.Error(), "make telegraf") {
		t.Errorf("%v", err)
	}
}
