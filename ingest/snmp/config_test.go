package snmp

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(*Config)
	}{
		{"interval", func(c *Config) { c.Interval = time.Millisecond }},
		{"timeout", func(c *Config) { c.Timeout = 0 }},
		{"retries", func(c *Config) { c.Retries = -1 }},
		{"deadline", func(c *Config) { c.Deadline = time.Hour }},
		{"concurrency", func(c *Config) { c.Concurrency = 0 }},
		{"max_repetitions", func(c *Config) { c.MaxRepetitions = 1001 }},
		{"answer_bytes", func(c *Config) { c.AnswerBytes = 483 }},
		{"interfaces_per_poll", func(c *Config) { c.InterfacesPerPoll = 99 }},
		{"keyframe_interval", func(c *Config) { c.KeyframeInterval = time.Second }},
		{"health_interval", func(c *Config) { c.HealthInterval = -time.Second }},
	} {
		cfg := DefaultConfig()
		c.change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := New(cfg, inventory.Station{}, func(int64, sample.Rows) {}, slog.New(slog.DiscardHandler), nil); err == nil {
			t.Errorf("%s: New takes it", c.name)
		}
	}
}

func TestDeadlines(t *testing.T) {
	cfg := DefaultConfig()
	if cfg.deadline() != 10*time.Second || cfg.timeout() != 2*time.Second {
		t.Errorf("deadline %s, timeout %s", cfg.deadline(), cfg.timeout())
	}
	cfg.Interval = 2 * time.Second
	if cfg.deadline() != time.Second || cfg.timeout() != 500*time.Millisecond {
		t.Errorf("of a short interval: deadline %s, timeout %s", cfg.deadline(), cfg.timeout())
	}
	cfg.Deadline = 1500 * time.Millisecond
	if cfg.deadline() != cfg.Deadline {
		t.Errorf("deadline %s", cfg.deadline())
	}
}

func TestOneRegistererForTwoPollers(t *testing.T) {
	registry := prometheus.NewRegistry()
	build := func() error {
		_, err := New(DefaultConfig(), inventory.Station{}, func(int64, sample.Rows) {}, slog.New(slog.DiscardHandler), registry)
		return err
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	if err := build(); err == nil {
		t.Error("the second poller's metrics would be lost")
	}
}
