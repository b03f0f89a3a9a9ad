package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/signature"
)

// TestWhatIsLeftOpenIsWarnedOf holds that check names the line of what others might reach,
// and that nothing is said of what only this machine can.
func TestWhatIsLeftOpenIsWarnedOf(t *testing.T) {
	folder := t.TempDir()
	key, err := signature.NewFile(filepath.Join(folder, "a.key"))
	if err != nil {
		t.Fatal(err)
	}
	public := signature.FormatPublicKey(key)
	loose := filepath.Join(folder, "loose.key")
	if _, err := signature.NewFile(loose); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(loose, 0o640); err != nil {
		t.Fatal(err)
	}
	certify(t, folder, "tls", time.Now().Add(time.Hour))
	if err := os.Chmod(filepath.Join(folder, "tls.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	inventory := func(appliance string) string {
		return "ingest:\n  inventory:\n    customers:\n    - name: A\n      sites:\n      - name: S\n        appliance: {name: s-1" + appliance + "}\n"
	}
	signed := fmt.Sprintf(", public_keys: [%q]", public)
	for _, c := range []struct {
		name, text, line string
		says             []string // none: nothing is to be said
	}{
		{"everything on this machine", inventory(""), "", nil},
		{"loopback by name", inventory("") + "  bus: {brokers: ['localhost:9092']}\nhttp: {listen: 'localhost:9464'}\nstorage: {clickhouse: {address: '127.0.0.1:9000'}}\n", "", nil},
		{"metrics for all", "http:\n  listen: 0.0.0.0:9464\n", ":2: ", []string{"/metrics"}},
		{"metrics on every address", "http:\n  listen: :9464\n", ":2: ", []string{"/metrics"}},
		{"a customer that acknowledges", "api:\n  tokens:\n  - {name: desk, sha256: " + strings.Repeat("0f", 32) + ", customers: [A], may: [read, acknowledge]}\n", ":3: ", []string{"desk", "may acknowledge"}},
		{"a partner's desk that acknowledges", "api:\n  tokens:\n  - {name: desk, sha256: " + strings.Repeat("0f", 32) + ", customers: ['*'], may: [read, acknowledge]}\n", "", nil},
		{"a store in clear", "storage:\n  clickhouse:\n    address: store.example:9000\n", ":3: ", []string{"storage.clickhouse.tls"}},
		{"brokers in clear", inventory(signed) + "  bus:\n    brokers: [kafka.example:9092]\nprocessors: {public_keys: [" + public + "], private_key_file: a.key}\n", ":9: ", []string{"ingest.bus.tls"}},
		{"an uplink in clear", inventory(signed+", uplink: 'kafka.example:9092', private_key_file: a.key") + "processors: {public_keys: [" + public + "], private_key_file: a.key}\n", ":2: ", []string{"ingest.bus.tls"}},
		{"an appliance without a key", inventory("") + "  bus: {brokers: ['kafka.example:9093'], tls: {}}\n", ":3: ", []string{"1 of 1 appliances sign nothing", "kafka.example:9093"}},
		{"ticks of anybody", inventory(signed) + "  bus: {brokers: ['kafka.example:9093'], tls: {}}\nprocessors:\n  batch_rows: 100\n", ":10: ", []string{"processors.public_keys is not set"}},
		{"all signed", inventory(signed) + "  bus: {brokers: ['kafka.example:9093'], tls: {}}\nprocessors: {public_keys: [" + public + "], private_key_file: a.key}\n", "", nil},
		{"a key for everybody", inventory(", private_key_file: " + loose), ":7: ", []string{"loose.key has mode 0640", "chmod 600"}},
		{"a key of the bus for the group", "ingest:\n  bus:\n    brokers: ['localhost:9093']\n    tls:\n      key_file: tls.key\n      certificate_file: tls.crt\n", ":5: ", []string{"tls.key has mode 0640", "chmod 600"}},
		{"a key of the syslog's listener for the group", inventory(", syslog: {tls: {listen: '127.0.0.1:6514', certificate_file: tls.crt, key_file: tls.key, client_ca_file: tls.crt}}"), ":7: ", []string{"tls.key has mode 0640"}},
		{"a key of the store for the group", "storage:\n  clickhouse:\n    tls:\n      key_file: " + loose + "\n      certificate_file: " + loose + "\n", ":4: ", []string{"loose.key has mode 0640"}},
		{"an appliance that nobody verifies", inventory(", private_key_file: a.key") + "  bus: {brokers: ['kafka.example:9093'], tls: {}}\nprocessors: {public_keys: [" + public + "], private_key_file: a.key}\n", ":3: ", []string{"1 of 1 appliances sign and have no public_keys", "kafka.example:9093"}},
		{"notifications of anybody", inventory(", notifications: {listen: '192.0.2.1:162'}"), ":7: ", []string{"any community"}},
		{"notifications of anybody on every address", inventory(", notifications: {users: [{name: noc}]}"), ":7: ", []string{"any community"}},
		{"notifications of some", inventory(", notifications: {communities: [watched]}"), "", nil},
		{"notifications of this machine", inventory(", notifications: {listen: '127.0.0.1:9162'}"), "", nil},
	} {
		path := writeFile(t, filepath.Join(folder, "mimamori.yaml"), c.text)
		_, warnings, err := loadToJudge(path, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(warnings) != min(len(c.says), 1) {
			t.Errorf("%s: %d warnings: %v", c.name, len(warnings), warnings)
			continue
		}
		for _, word := range c.says {
			if said := warnings[0].Error(); !strings.HasPrefix(said, path+c.line+"warning: ") || !strings.Contains(said, word) {
				t.Errorf("%s: %q, want line %s and %q", c.name, said, c.line, word)
			}
		}
	}
}

// TestARoleSaysWhatIsLeftOpen holds that what check says of files and of signatures is said
// by roles too: of signatures nobody verifies by who would verify them.
func TestARoleSaysWhatIsLeftOpen(t *testing.T) {
	folder := t.TempDir()
	if _, err := signature.NewFile(filepath.Join(folder, "a.key")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(writeFile(t, filepath.Join(folder, "password"), "whisper\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	config, err := loadConfig(writeFile(t, filepath.Join(folder, "mimamori.yaml"), `
storage: {clickhouse: {address: "127.0.0.1:9000", password: !file password}}
ingest:
  bus: {brokers: ["kafka.example:9093"], tls: {}}
  inventory: {customers: [{name: A, sites: [{name: S, appliance: {name: s-1, private_key_file: a.key}}]}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	for name, verifies := range map[string]bool{"process": true, "poll": false} {
		var said strings.Builder
		a := newApplication(config, slog.New(slog.NewTextHandler(&said, nil)))
		if _, err := a.assemble(map[string]role{"process": processRole, "poll": pollRole}[name]); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(said.String(), "password has mode 0640") || strings.Contains(said.String(), "have no public_keys") != verifies {
			t.Errorf("%s says\n%s", name, said.String())
		}
	}
}

func TestApplianceKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.key")
	output, problems, code := call(t, "appliance", "key", "--out", path)
	key, err := signature.ReadFile(path, "mimamori appliance key")
	if code != exitDone || err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, problems)
	}
	if line := fmt.Sprintf("public_keys: [%q]", signature.FormatPublicKey(signature.PublicOf(key))); !strings.Contains(output, line) || !strings.Contains(output, "private_key_file: ") {
		t.Errorf("no %s in:\n%s", line, output)
	}
	if _, problems, code = call(t, "appliance", "key", "--out", path); code != exitUsage || !strings.Contains(problems, "exists") {
		t.Errorf("the second time: exit %d: %s", code, problems)
	}
}
