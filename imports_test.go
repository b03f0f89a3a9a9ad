package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rule says what the packages of a room may import of the module's own packages,
// below the module's name. A trailing slash-dots pattern takes a whole subtree.
type rule struct {
	room    string
	imports []string
}

// The first rule whose room fits a package counts. It is the table of
// docs/architecture.md.
var rules = []rule{
	{"ingest/sample", nil},
	{"ingest/signature", nil},
	{"ingest/inventory", []string{"ingest/sample", "ingest/signature"}},
	{"ingest/schedule", nil},
	{"ingest/spool", []string{"ingest/sample", "ingest/bus"}},
	{"ingest/bus/...", []string{"ingest/sample", "ingest/signature", "ingest/bus/..."}},
	{"ingest/datagram", []string{"ingest/sample", "ingest/inventory"}},
	{"ingest/snmp/...", []string{"ingest/datagram", "ingest/sample", "ingest/bus", "ingest/inventory", "ingest/schedule", "ingest/snmp/..."}},
	{"ingest/icmp", []string{"ingest/sample", "ingest/bus", "ingest/inventory", "ingest/schedule"}},
	{"ingest/voice", []string{"ingest/sample", "ingest/bus", "ingest/inventory", "ingest/schedule"}},
	{"ingest/syslog", []string{"ingest/datagram", "ingest/sample", "ingest/bus", "ingest/inventory", "ingest/schedule"}},
	{"ingest", []string{"ingest/..."}},
	{"storage", []string{"ingest/sample"}},
	{"storage/calendar", []string{"ingest/sample"}},
	{"storage/...", []string{"ingest/sample", "storage/..."}},
	{"processors", []string{"ingest/sample", "ingest/signature", "ingest/bus", "storage", "processors/..."}},
	{"processors/alert/notify", nil},
	{"processors/alert/snmptrap", []string{"processors/alert/notify"}},
	{"processors/alert/ticket", []string{"storage/calendar"}},
	{"processors/alert/servicenow", []string{"processors/alert/notify"}},
	{"processors/alert/mail", []string{"processors/alert/notify"}},
	{"processors/alert/...", []string{"ingest/sample", "storage", "storage/calendar", "processors/alert/..."}},
	{"processors/...", []string{"ingest/sample", "storage", "storage/calendar"}},
	{"grafana/provision", []string{"storage", "storage/scope", "grafana/provisioning/dashboards"}},
	{"grafana/provisioning/...", nil},
	{"grafana/...", []string{"storage/...", "grafana/..."}},
	{"bench/...", []string{"ingest/...", "storage/...", "processors/...", "bench/..."}},
	{"", []string{"ingest/...", "processors/...", "storage/...", "bench/...", "grafana/provision"}},
}

// only says which rooms may import a library that is some room's own business.
var only = map[string][]string{
	"github.com/gosnmp/gosnmp":                 {"ingest/snmp/...", "bench/fleet", "processors/alert/snmptrap"},
	"github.com/segmentio/kafka-go":            {"ingest/bus/..."},
	"github.com/twmb/franz-go":                 {"ingest/bus/..."},
	"github.com/ClickHouse/clickhouse-go/v2":   {"storage/clickhouse"},
	"github.com/ebitengine/purego":             {"storage/embedded"},
	"github.com/grafana/grafana-plugin-sdk-go": {"grafana/..."},
	"github.com/rickar/cal/v2":                 {"storage/calendar"},
	"github.com/teambition/rrule-go":           {"storage/calendar"},
	"github.com/prometheus/alertmanager":       {"processors/alert/notify"},
	"github.com/wneessen/go-mail":              {"processors/alert/mail"},
	"github.com/alecthomas/kong":               {""},
	"go.etcd.io/bbolt":                         {"processors/alert/ledger"},
	"github.com/goccy/go-yaml":                 {"", "ingest/snmp/profile"},
}

func within(path, pattern string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == tree || strings.HasPrefix(path, tree+"/")
	}
	return path == pattern
}

func withinAny(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return within(path, pattern) })
}

// TestImports holds every package to the table of who may import whom.
func TestImports(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(output))); decoder.More(); {
		var found struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&found); err != nil {
			t.Fatal(err)
		}
		seen++
		room := strings.TrimPrefix(strings.TrimPrefix(found.ImportPath, "mimamori"), "/")
		at := slices.IndexFunc(rules, func(r rule) bool { return within(room, r.room) })
		if at < 0 {
			t.Errorf("%s has no rule: give it one here and in docs/architecture.md", found.ImportPath)
			continue
		}
		for _, imported := range found.Imports {
			if imported == "mimamori" || strings.HasPrefix(imported, "mimamori/") {
				name := strings.TrimPrefix(imported, "mimamori/")
				if !withinAny(name, rules[at].imports) {
					t.Errorf("%s must not import %s", found.ImportPath, imported)
				}
			}
			for library, rooms := range only {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !withinAny(room, rooms) {
					t.Errorf("%s must not import %s: only %q may", found.ImportPath, imported, rooms)
				}
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d packages were listed", seen)
	}
}
