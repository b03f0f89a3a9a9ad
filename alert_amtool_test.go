package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/processors/alert"
	"mimamori/storage/api"
)

// TestAmtoolWithAToken lists and silences with amtool by a token that may acknowledge, lists alone by one that reads,
// and is turned away by one that nobody knows.
func TestAmtoolWithAToken(t *testing.T) {
	t.Parallel()
	amtool, err := exec.LookPath("amtool")
	need(t, err == nil, "amtool (Debian package prometheus-alertmanager)")
	config := defaultConfig()
	acts, hash := api.NewToken()
	config.API.Tokens = append(config.API.Tokens, api.Token{Name: "noc", SHA256: hash, Customers: []string{"*"}, May: []string{"read", "acknowledge"}})
	reads, hash := api.NewToken()
	config.API.Tokens = append(config.API.Tokens, api.Token{Name: "screen", SHA256: hash, Customers: []string{"*"}, May: []string{"read"}})
	unknown, _ := api.NewToken()
	address, _ := serveAlarms(t, config, wasRaised("edge", alert.Major, time.Minute), wasRaised("core", alert.Warning, time.Minute))

	ask := func(token string, arguments ...string) (string, error) {
		t.Helper()
		file := writeFile(t, filepath.Join(t.TempDir(), "http.yml"), fmt.Sprintf("authorization: {type: Bearer, credentials: %s}\n", token))
		output, err := exec.CommandContext(t.Context(), amtool, append(arguments, "--alertmanager.url", address, "--http.config.file", file)...).Output()
		return string(output), err
	}
	until(t, 30*time.Second, func() (bool, string) {
		listed, err := ask(reads, "alert", "query")
		return err == nil && strings.Contains(listed, "edge is down") && strings.Contains(listed, "core is down"), listed
	})
	silence := []string{"silence", "add", "entity=device/edge", "--author", "sato", "--comment", "carrier works on it", "--duration", "2h"}
	for name, token := range map[string]string{"a token that reads alone": reads, "a token that nobody knows": unknown} {
		if output, err := ask(token, silence...); err == nil {
			t.Errorf("%s silences: %s", name, output)
		}
	}
	if output, err := ask(unknown, "alert", "query"); err == nil || strings.Contains(output, "is down") {
		t.Errorf("a token that nobody knows lists: %s", output)
	}
	id, err := ask(acts, silence...)
	if err != nil {
		t.Fatalf("a token that may acknowledge does not silence: %s", id)
	}
	listed, err := ask(acts, "silence", "query")
	if err != nil || !strings.Contains(listed, strings.TrimSpace(id)) || !strings.Contains(listed, "carrier works on it") {
		t.Errorf("the silence is not listed: %s", listed)
	}
	if listed, err = ask(reads, "alert", "query"); err != nil || strings.Contains(listed, "edge is down") || !strings.Contains(listed, "core is down") {
		t.Errorf("what is silenced is listed, or what is not is missing: %s", listed)
	}
}
