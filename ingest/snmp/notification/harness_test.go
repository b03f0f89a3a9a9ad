package notification

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

const (
	routerID = sample.ID(42) // 127.0.0.2
	hostID   = sample.ID(43) // localhost
)

func station(from inventory.Notifications) inventory.Station {
	if from.Listen == "" {
		from.Listen = "127.0.0.1:0"
	}
	return inventory.Station{
		ApplianceID: 0x1122334455667788,
		Appliance:   inventory.Appliance{Name: "a", Notifications: &from},
		Devices: []inventory.StationDevice{
			{ID: routerID, Device: inventory.Device{Name: "router", Address: "127.0.0.2"}},
			{ID: hostID, Device: inventory.Device{Name: "host", Address: "localhost"}},
			{ID: 44, Device: inventory.Device{Name: "gone", Address: "name.invalid"}},
		},
	}
}

// site is a listener and what it emitted.
type site struct {
	*Listener
	address string
	stop    func() error

	lock sync.Mutex
	rows sample.Notifications
}

func (s *site) emit(slot int64, rows sample.Rows) {
	s.lock.Lock()
	defer s.lock.Unlock()
	_ = sample.Append(&s.rows, rows)
}

// inert returns a listener whose datagrams are given to take.
func inert(tb testing.TB, config Config, from inventory.Notifications) *site {
	tb.Helper()
	s := &site{}
	var err error
	if s.Listener, err = New(config, station(from), s.emit, slog.New(slog.DiscardHandler), prometheus.NewRegistry()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// run starts a listener on a free port.
func run(t *testing.T, config Config, from inventory.Notifications) *site {
	t.Helper()
	s := inert(t, config, from)
	ctx, cancel := context.WithCancel(t.Context())
	connection, err := s.listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.address = connection.LocalAddr().String()
	done := make(chan error, 1)
	go func() {
		defer connection.Close()
		done <- s.serve(ctx, connection)
	}()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// wait returns the rows once there are n.
func (s *site) wait(t *testing.T, n int) *sample.Notifications {
	t.Helper()
	until(t, func() bool {
		s.lock.Lock()
		defer s.lock.Unlock()
		return s.rows.Len() >= n
	})
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.rows.Len() != n {
		t.Fatalf("%d rows, want %d", s.rows.Len(), n)
	}
	rows := s.rows
	return &rows
}

func (s *site) dropped(why reason) float64 {
	return value(s.metrics.dropped.WithLabelValues(why))
}

func value(counter prometheus.Counter) float64 {
	var metric dto.Metric
	_ = counter.Write(&metric)
	return metric.GetCounter().GetValue()
}

func until(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about in 10 s")
		}
		ticker := time.NewTimer(5 * time.Millisecond)
		<-ticker.C
	}
}

// tool runs one of net-snmp's, and fails where it is missing and must not be.
func tool(t *testing.T, name string, arguments ...string) error {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: install Debian's package snmp", name)
		}
		t.Skipf("%s is missing: install Debian's package snmp", name)
	}
	command := exec.CommandContext(t.Context(), path, arguments...)
	// Neither the machine's settings nor what an earlier run kept of its engine.
	command.Env = append(os.Environ(), "SNMPCONFPATH=/nonexistent", "SNMP_PERSISTENT_DIR="+t.TempDir(), "MIBS=")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	err = command.Run()
	if text := strings.TrimSpace(output.String()); text != "" {
		t.Logf("%s: %s", name, text)
	}
	return err
}

var anywhere = netip.MustParseAddrPort("192.0.2.7:40000")
