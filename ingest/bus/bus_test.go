package bus

import (
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
)

func TestKey(t *testing.T) {
	for id, want := range map[sample.ID]string{
		0:                  "0000000000000000",
		0x0123456789abcdef: "0123456789abcdef",
		^sample.ID(0):      "ffffffffffffffff",
	} {
		key := Key(id)
		if string(key) != want {
			t.Errorf("Key(%#x) = %s, want %s", id, key, want)
		}
		if back, ok := ApplianceOfKey(key); !ok || back != id {
			t.Errorf("ApplianceOfKey(%s) = %#x, %v", key, back, ok)
		}
	}
	for _, bad := range []string{"", "0", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "+123456789abcdef", "0x23456789abcdef"} {
		if id, ok := ApplianceOfKey([]byte(bad)); ok {
			t.Errorf("ApplianceOfKey(%q) = %#x, want none", bad, id)
		}
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatalf("the default: %v", err)
	}
	good := [][]string{{"kafka-1:9092", "kafka-2:9092"}, {"[::1]:9092"}, {"10.0.0.1:19092"}, {"unix:/run/mimamori/bus.sock"}}
	for _, brokers := range good {
		config := DefaultConfig()
		config.Brokers = brokers
		if err := config.Validate(); err != nil {
			t.Errorf("%v: %v", brokers, err)
		}
	}
	bad := map[string]func(*Config){
		"brokers: no address":   func(c *Config) { c.Brokers = nil },
		"is not an address":     func(c *Config) { c.Brokers = []string{"kafka"} },
		"a host and a port":     func(c *Config) { c.Brokers = []string{":9092"} },
		"from 1 to 65535":       func(c *Config) { c.Brokers = []string{"kafka:0"} },
		"write \"host:port\"":   func(c *Config) { c.Brokers = []string{"kafka:http"} },
		"absolute path":         func(c *Config) { c.Brokers = []string{"unix:bus.sock"} },
		"remove the others":     func(c *Config) { c.Brokers = []string{"unix:/run/bus.sock", "kafka:9092"} },
		"topic telemetry has 0": func(c *Config) { c.Partitions.Telemetry = 0 },
		"topic logs has 10001":  func(c *Config) { c.Partitions.Logs = 10_001 },
		"replication_factor":    func(c *Config) { c.ReplicationFactor = 0 },
		"max_message_bytes":     func(c *Config) { c.MaxMessageBytes = 10 },
		"retry_timeout":         func(c *Config) { c.RetryTimeout = 0 },
		"session_timeout: 1ms":  func(c *Config) { c.SessionTimeout = time.Millisecond },
		"heartbeat_interval":    func(c *Config) { c.HeartbeatInterval = c.SessionTimeout },
		"rebalance_timeout":     func(c *Config) { c.RebalanceTimeout = 0 },
	}
	for want, spoil := range bad {
		config := DefaultConfig()
		spoil(&config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestSocket(t *testing.T) {
	config := DefaultConfig()
	if _, ok := config.Socket(); ok {
		t.Error("a TCP address is taken for a socket")
	}
	config.Brokers = []string{"unix:/run/bus.sock"}
	if path, ok := config.Socket(); !ok || path != "/run/bus.sock" {
		t.Errorf("Socket() = %q, %v", path, ok)
	}
}
