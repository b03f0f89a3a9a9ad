package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/storage/scope"
)

// TestScopeKeysAndTokens makes a key, has it hand tokens out, and takes it back, while the
// installation runs.
func TestScopeKeysAndTokens(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	key := filepath.Join(folder, "scope.pem")
	if output, problems, code := call(t, "grafana", "key", "--out", key); code != exitDone || !strings.Contains(output, key) {
		t.Fatalf("exit %d\n%s%s", code, output, problems)
	}
	made, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if state, err := os.Stat(key); err != nil || state.Mode().Perm() != 0o600 {
		t.Fatalf("the key's file: %v, %v", state.Mode(), err)
	}
	if _, problems, code := call(t, "grafana", "key", "--out", key); code != exitUsage || !strings.Contains(problems, "exists") {
		t.Errorf("a key was replaced: exit %d\n%s", code, problems)
	}
	if again, err := os.ReadFile(key); err != nil || string(again) != string(made) {
		t.Error("the key is another one now")
	}
	config := writeFile(t, filepath.Join(folder, "site.yaml"), "http: {listen: ''}\n"+oneDevice)
	token := func(arguments ...string) []string {
		return append([]string{"grafana", "token", "--key", key, "--org", "7"}, arguments...)
	}
	for says, arguments := range map[string][]string{
		"read the private key: open":      {"grafana", "token", "--key", key + "x", "--org", "7", "--all"},
		"or --all":                        token(),
		"use one":                         token("--all", "--customer", "Example Customer"),
		"no customer \"Nobody\"":          token("--customer", "Nobody", "--config", config),
		"cannot count for":                token("--all", "--for", "0s"),
		"organisations of Grafana have":   {"grafana", "token", "--key", key, "--org", "0", "--all"},
		"valid 64 bit int":                {"grafana", "token", "--key", key, "--org", "seven", "--all"},
		"holds no private key":            {"grafana", "token", "--key", writeFile(t, filepath.Join(folder, "bad"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "--org", "7", "--all"},
		"mimamori grafana key --out FILE": {"grafana", "token", "--key", writeFile(t, filepath.Join(folder, "empty"), ""), "--org", "7", "--all"},
	} {
		if output, problems, code := call(t, arguments...); code != exitUsage || !strings.Contains(problems, says) || output != "" {
			t.Errorf("%v: exit %d, want %d saying %q; it says:\n%s%s", arguments, code, exitUsage, says, output, problems)
		}
	}

	needEngine(t)
	running := start(t, "all", "--config", config)
	running.wait("msg=ready", 120*time.Second)
	output, problems, code := call(t, token("--customer", "Example Customer", "--for", "48h", "--config", config)...)
	if code != exitDone || strings.Count(output, "\n") != 1 {
		t.Fatalf("exit %d\n%s%s", code, output, problems)
	}
	read, err := scope.Parse(output)
	if err != nil || read.Org != 7 || read.All || len(read.Customers) != 1 || read.Customers[0] != "Example Customer" || read.Expires-read.IssuedAt != 48*3600 {
		t.Errorf("%+v, %v", read.Claims, err)
	}
	if _, problems, code := call(t, token("--all", "--config", config)...); code != exitDone { // known already
		t.Errorf("again: exit %d\n%s", code, problems)
	}
	keys := func() []map[string]any {
		t.Helper()
		output, problems, code := call(t, "grafana", "keys", "--config", config, "--format", "json")
		var answer struct{ Rows []map[string]any }
		if err := json.Unmarshal([]byte(output), &answer); err != nil || code != exitDone {
			t.Fatalf("exit %d, %v\n%s%s", code, err, output, problems)
		}
		return answer.Rows
	}
	if rows := keys(); len(rows) != 1 || rows[0]["key"] != read.Key || rows[0]["revoked"] != nil {
		t.Fatalf("listed: %v", rows)
	}
	if _, problems, code := call(t, "grafana", "keys", "--config", config, "--revoke", "0000"); code != exitFailed || !strings.Contains(problems, "lists them") {
		t.Errorf("a key that is not there was revoked: exit %d\n%s", code, problems)
	}
	if _, problems, code := call(t, "grafana", "keys", "--config", config, "--revoke", read.Key); code != exitDone {
		t.Fatalf("exit %d\n%s", code, problems)
	}
	if rows := keys(); len(rows) != 1 || rows[0]["revoked"] == nil {
		t.Errorf("listed: %v", rows)
	}
	if output, problems, code := call(t, token("--all", "--config", config)...); code == exitDone || output != "" || !strings.Contains(problems, "revoked") {
		t.Errorf("a revoked key hands tokens out: exit %d\n%s%s", code, output, problems)
	}
}
