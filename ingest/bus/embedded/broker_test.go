package embedded

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func testConfig(t testing.TB) Config {
	t.Helper()
	directory, err := os.MkdirTemp("", "bus") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(directory); err != nil {
			t.Error(err)
		}
	})
	config := DefaultConfig()
	config.Directory = directory
	config.SyncWrites = false
	return config
}

func newBroker(t testing.TB, config Config) *Broker {
	t.Helper()
	broker, err := New(config, slog.New(slog.NewTextHandler(t.Output(), nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return broker
}

// run starts a broker and returns what stops it.
func run(t testing.TB, broker *Broker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- broker.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	}
	t.Cleanup(stop)
	select {
	case <-broker.Ready():
	case err := <-done:
		done <- nil
		t.Fatal(err)
	}
	return stop
}

// refuses runs a broker that cannot start.
func refuses(t *testing.T, config Config, wants ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := newBroker(t, config).Run(ctx)
	if err == nil {
		t.Fatal("the broker started")
	}
	for _, want := range wants {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}

func TestDirectoryInUse(t *testing.T) {
	config := testConfig(t)
	stop := run(t, newBroker(t, config))
	second := config
	second.Socket = "other.sock"
	refuses(t, second, config.Directory, "in use by process", "another directory")
	stop()
	run(t, newBroker(t, config))
}

func TestDirectoryNotWritable(t *testing.T) {
	config := testConfig(t)
	file := filepath.Join(config.Directory, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	config.Directory = filepath.Join(file, "below")
	config.Socket = filepath.Join(os.TempDir(), "unused.sock")
	refuses(t, config, file, "may write to")
}

func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	config := testConfig(t)
	config.Listen = taken.Addr().String()
	refuses(t, config, config.Listen, "stop the program that holds the port")
	if _, err := os.Stat(filepath.Join(config.Directory, config.Socket)); !os.IsNotExist(err) {
		t.Errorf("the socket was left behind: %v", err)
	}
}

func TestSocketTaken(t *testing.T) {
	config := testConfig(t)
	path := filepath.Join(config.Directory, config.Socket)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, config, path, "another process listens there")

	// Nobody listens, and the file is still there: it is stale.
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	stop := run(t, newBroker(t, config))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the socket has mode %o, want 600", mode)
	}
	stop()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket was left behind: %v", err)
	}

	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, config, path, "no socket is in the way")
	if content, err := os.ReadFile(path); err != nil || string(content) != "precious" {
		t.Errorf("the file that was in the way: %q, %v", content, err)
	}
}

func TestBothListeners(t *testing.T) {
	config := testConfig(t)
	config.Listen = "127.0.0.1:0"
	broker := newBroker(t, config)
	if got := broker.Addresses(); len(got) != 0 {
		t.Errorf("addresses %v before the broker runs", got)
	}
	run(t, broker)
	addresses := broker.Addresses()
	if len(addresses) != 2 || addresses[0] != "unix:"+filepath.Join(config.Directory, config.Socket) || !strings.HasPrefix(addresses[1], "127.0.0.1:") {
		t.Fatalf("addresses %v", addresses)
	}
	if strings.HasSuffix(addresses[1], ":0") {
		t.Errorf("address %s does not tell the port", addresses[1])
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatalf("the default: %v", err)
	}
	for want, spoil := range map[string]func(*Config){
		"directory":            func(c *Config) { c.Directory = "" },
		"listen nowhere":       func(c *Config) { c.Socket = "" },
		"the system allows":    func(c *Config) { c.Socket = "/" + strings.Repeat("x", 120) },
		"is not an address":    func(c *Config) { c.Listen = "9092" },
		"set advertise":        func(c *Config) { c.Listen = "0.0.0.0:9092" },
		"names no address":     func(c *Config) { c.Listen = ":9092" },
		"advertise:":           func(c *Config) { c.Listen, c.Advertise = "0.0.0.0:9092", "host" },
		"segment_bytes":        func(c *Config) { c.SegmentBytes = 1 },
		"max_bytes":            func(c *Config) { c.MaxBytes = int64(c.SegmentBytes) },
		"max_age":              func(c *Config) { c.MaxAge = 0 },
		"max_message_bytes: 1": func(c *Config) { c.MaxMessageBytes = 1 },
	} {
		config := DefaultConfig()
		spoil(&config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	config := DefaultConfig()
	config.Listen, config.Advertise = "0.0.0.0:9092", "centre.example.net:9092"
	if err := config.Validate(); err != nil {
		t.Errorf("an advertised address: %v", err)
	}
}

// value returns the value of a metric without labels.
func value(t testing.TB, metric prometheus.Collector) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	if err := registry.Register(metric); err != nil {
		t.Fatal(err)
	}
	return gathered(t, registry, "")
}

// gathered returns the sum of the metrics in a registry that bear a name, or any
// where it is empty.
func gathered(t testing.TB, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if name == "" || family.GetName() == name {
				sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return sum
}
