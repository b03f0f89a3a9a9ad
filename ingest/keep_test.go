package ingest

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
)

// The counters are kept at an orderly end, and taken over once.
func TestCountersAreKeptAtTheEndAndTakenOverOnce(t *testing.T) {
	settings := inventory.Config{Customers: []inventory.Customer{{Name: "c", Sites: []inventory.Site{{
		Name: "s", Appliance: inventory.Appliance{Name: "box"},
		Devices: []inventory.Device{{Name: "router", Address: "127.0.0.2", NoPing: true, SNMP: &inventory.SNMP{Port: 9, Community: "public"}}},
	}}}}}
	if err := settings.Validate(); err != nil {
		t.Fatal(err)
	}
	config := DefaultConfig()
	config.Spool.Directory, config.Drain = t.TempDir(), 0
	build := func() (*Appliance, *lockedBuffer) {
		t.Helper()
		log := &lockedBuffer{}
		a, err := New(config, settings.Stations()[0], &fakeUplink{}, slog.New(slog.NewTextHandler(log, nil)), prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		return a, log
	}
	run := func() (*Appliance, string) {
		t.Helper()
		a, log := build()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		return a, log.String()
	}
	a, log := run()
	if strings.Contains(log, "last counters") {
		t.Errorf("the first start took something over:\n%s", log)
	}
	if _, err := os.Stat(a.countersPath()); err != nil {
		t.Fatal(err)
	}
	if _, log = run(); !strings.Contains(log, "the last counters are taken over") {
		t.Errorf("the second start took nothing over:\n%s", log)
	}
	// A process that is killed leaves nothing that the next one would count from twice.
	a, _ = build()
	if err := a.spool.Open(); err != nil {
		t.Fatal(err)
	}
	a.restoreCounters(a.snmp)
	if _, err := os.Stat(a.countersPath()); !os.IsNotExist(err) {
		t.Errorf("the counters are there after they were taken over: %v", err)
	}
	if err := os.WriteFile(a.countersPath(), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.spool.Close(); err != nil {
		t.Fatal(err)
	}
	if _, log = run(); !strings.Contains(log, "not taken over") {
		t.Errorf("rubbish was taken over:\n%s", log)
	}
}
