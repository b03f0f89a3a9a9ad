package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest"
	"mimamori/ingest/bus"
	embeddedbus "mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
	"mimamori/processors"
	"mimamori/storage/api"
	"mimamori/storage/clickhouse"
)

// descriptions is a registry that only notes which metrics there are.
type descriptions struct {
	prometheus.Registerer
	names map[string]bool
}

var fullName = regexp.MustCompile(`fqName: "([^"]+)"`)

// Register notes the names of a metric.
func (d *descriptions) Register(collector prometheus.Collector) error {
	described := make(chan *prometheus.Desc)
	go func() {
		collector.Describe(described)
		close(described)
	}()
	for one := range described {
		d.names[fullName.FindStringSubmatch(one.String())[1]] = true
	}
	return nil
}

// MustRegister notes the names of metrics.
func (d *descriptions) MustRegister(collectors ...prometheus.Collector) {
	for _, collector := range collectors {
		_ = d.Register(collector) // never fails
	}
}

// TestOperatingNamesMetricsThatExist holds docs/operating.md to the metrics of the roles.
func TestOperatingNamesMetricsThatExist(t *testing.T) {
	noted := &descriptions{names: map[string]bool{}}
	config, logger := defaultConfig(), slog.New(slog.DiscardHandler)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	client, err := kafka.Open(bus.DefaultConfig(), logger, noted)
	check(err)
	defer client.Close()
	store, err := clickhouse.Open(t.Context(), clickhouse.DefaultConfig(), logger, noted)
	check(err)
	defer store.Close()
	_, err = embeddedbus.New(embeddedbus.DefaultConfig(), logger, noted)
	check(err)
	config.Ingest.Spool.Directory = t.TempDir()
	file, err := loadConfig(writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), manyMachines))

	check(err)
	registry := registryOf(file.Ingest.Inventory)
	_, err = processors.New(config.Processors, client, store, registry, logger, noted)
	check(err)
	_, err = ingest.New(config.Ingest, file.Ingest.Inventory.Stations()[0], client, logger, noted)
	check(err)
	_, err = api.New(config.API, config.Service, func() api.Store { return nil }, logger, noted)
	check(err)

	named := regexp.MustCompile(`mimamori_[a-z0-9_]+`).FindAllString(readText(t, "docs/operating.md"), -1)
	if len(named) < 10 {
		t.Fatalf("the page names %d metrics", len(named))
	}
	for _, name := range named {
		if !noted.names[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
}

// TestOperatingSaysHowLongRolesDrain holds docs/operating.md to the deadlines of the parts.
func TestOperatingSaysHowLongRolesDrain(t *testing.T) {
	page := readText(t, "docs/operating.md")
	for name, role := range map[string]role{"process": processRole, "poll": pollRole, "alert": alertRole, "api": apiRole, "all": allRole} {
		config := defaultConfig()
		config.API.Tokens = append(config.API.Tokens, api.Token{Name: "operator", SHA256: strings.Repeat("0f", 32), Customers: []string{"*"}, May: []string{"read"}})
		if name == "process" || name == "alert" {
			config.Ingest.Bus.Brokers, config.Storage.ClickHouse.Address = []string{"kafka:9092"}, "clickhouse:9000"
		}
		a := newApplication(config, slog.New(slog.DiscardHandler))
		parts, err := a.assemble(role)
		if name == "all" {
			needEngine(t)
		}
		if err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf("| `%s` | %s |", name, drainOf(parts)); !strings.Contains(page, line) {
			t.Errorf("it does not say %q", line)
		}
	}
}
