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
		"brokers: no address":                   func(c *Config) { c.Brokers = nil },
		"is not an address":                     func(c *Config) { c.Brokers = []string{"kafka"} },
		"a host and a port":                     func(c *Config) { c.Brokers = []string{":9092"} },
		"from 1 to 65535":                       func(c *Config) { c.Brokers = []string{"kafka:0"} },
		"write \"host:port\"":                   func(c *Config) { c.Brokers = []string{"kafka:http"} },
		"absolute path":                         func(c *Config) { c.Brokers = []string{"unix:bus.sock"} },
		"remove the others":                     func(c *Config) { c.Brokers = []string{"unix:/run/bus.sock", "kafka:9092"} },
		"topic telemetry has 0":                 func(c *Config) { c.Partitions.Telemetry = 0 },
		"topic logs has 10001":                  func(c *Config) { c.Partitions.Logs = 10_001 },
		"replication_factor":                    func(c *Config) { c.ReplicationFactor = 0 },
		"max_message_bytes":                     func(c *Config) { c.MaxMessageBytes = 10 },
		"retry_timeout":                         func(c *Config) { c.RetryTimeout = 0 },
		"session_timeout: 1ms":                  func(c *Config) { c.SessionTimeout = time.Millisecond },
		"heartbeat_interval":                    func(c *Config) { c.HeartbeatInterval = c.SessionTimeout },
		"rebalance_timeout":                     func(c *Config) { c.RebalanceTimeout = 0 },
		"min_insync_replicas: 0":                func(c *Config) { c.MinInsyncReplicas = 0 },
		"nothing could be stored":               func(c *Config) { c.ReplicationFactor, c.MinInsyncReplicas = 2, 3 },
		"tls.ca_file: open /none":               func(c *Config) { c.TLS = &TLS{CAFile: "/none"} },
		"has no certificate":                    func(c *Config) { c.TLS = &TLS{CAFile: "/dev/null"} },
		"tls.key_file: none":                    func(c *Config) { c.TLS = &TLS{CertificateFile: "/none"} },
		"tls.certificate_file: none":            func(c *Config) { c.TLS = &TLS{KeyFile: "/none"} },
		"tls.certificate_file: use":             func(c *Config) { c.TLS = &TLS{CertificateFile: "/none", KeyFile: "/none"} },
		"is a socket of this machine":           func(c *Config) { c.Brokers, c.TLS = []string{"unix:/run/bus.sock"}, &TLS{} },
		`sasl.mechanism: "gssapi" is not known`: func(c *Config) { c.SASL = &SASL{Mechanism: "gssapi", Username: "u", Password: "p"} },
		"send the password in clear to kafka:9092": func(c *Config) {
			c.Brokers, c.SASL = []string{"localhost:9092", "kafka:9092"}, &SASL{Mechanism: Plain, Username: "u", Password: "p"}
		},
		"sasl.username: none": func(c *Config) { c.SASL = &SASL{Password: "p"} },
		"sasl.password: none": func(c *Config) { c.SASL = &SASL{Username: "u"} },
	}
	for want, spoil := range bad {
		config := DefaultConfig()
		spoil(&config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// The password may go in clear where it leaves nothing, and encrypted everywhere.
func TestPlainPasswordsNeedTLS(t *testing.T) {
	config := DefaultConfig()
	config.SASL = &SASL{Mechanism: Plain, Username: "u", Password: "p"}
	for _, broker := range []string{"localhost:9092", "127.0.0.1:9092", "[::1]:9092"} {
		config.Brokers = []string{broker}
		if err := config.Validate(); err != nil {
			t.Errorf("%s: %v", broker, err)
		}
	}
	config.Brokers, config.TLS = []string{"kafka:9093"}, &TLS{}
	if err := config.Validate(); err != nil {
		t.Error(err)
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
