package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest"
	"mimamori/ingest/bus"
	embeddedbus "mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/signature"
	"mimamori/processors"
	"mimamori/storage/api"
	"mimamori/storage/clickhouse"
)

// excerpt returns the block of a page in a language that holds a word, without what it is
// indented by.
func excerpt(t *testing.T, page, language, word string) string {
	t.Helper()
	for _, found := range regexp.MustCompile("(?ms)^( *)```"+language+"\n(.*?)^ *```$").FindAllStringSubmatch(readText(t, page), -1) {
		if strings.Contains(found[2], word) {
			return strings.TrimPrefix(strings.ReplaceAll("\n"+found[2], "\n"+found[1], "\n"), "\n")
		}
	}
	t.Fatalf("%s has no block of %s with %q", page, language, word)
	return ""
}

// TestANewAppliance holds the two files of docs/operating.md against each other and against
// the roles that read them: the centre knows whom the site's file sends as, and by which key.
func TestANewAppliance(t *testing.T) {
	folder := t.TempDir()
	public, err := signature.NewFile(filepath.Join(folder, "sendai-1.key"))
	if err != nil {
		t.Fatal(err)
	}
	certify(t, folder, "ca", time.Now().Add(time.Hour))
	for _, secret := range []string{"kafka.password", "community"} {
		writeFile(t, filepath.Join(folder, secret), "whisper\n")
	}
	read := func(name, key string) Config {
		text := strings.NewReplacer("PUBLIC KEY", signature.FormatPublicKey(public), "/var/lib/mimamori", folder).Replace(excerpt(t, "docs/operating.md", "yaml", key))
		config, warnings, err := loadToJudge(writeFile(t, filepath.Join(folder, name), text), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, warning := range warnings {
			if !strings.Contains(warning.Error(), "no public_keys") { // the site's file is no centre's
				t.Errorf("%s: %v", name, warning)
			}
		}
		return config
	}
	centre, site := read("centre.yaml", "# centre"), read("site.yaml", "# site")
	station := site.Ingest.Inventory.Stations()[0]
	known := registryOf(centre.Ingest.Inventory).Appliances[0]
	if known.ID != station.ApplianceID || len(known.PublicKeys) != 1 || !known.PublicKeys[0].Equal(public) {
		t.Errorf("the centre knows %+v, and the site sends as %+v", known, station)
	}
	if _, err := newApplication(site, slog.New(slog.DiscardHandler)).assemble(pollRole); err != nil {
		t.Error(err)
	}
}

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
