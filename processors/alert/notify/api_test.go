package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mimamori/processors/alert/alerttest"
)

// amtool runs Debian's amtool against an address.
func amtool(t *testing.T, address string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), needTool(t, "amtool", "prometheus-alertmanager"), arguments...)
	if address != "" {
		command.Args = append(command.Args, "--alertmanager.url="+address)
	}
	command.Env = []string{"HOME=" + t.TempDir()}
	var output, complaints bytes.Buffer
	command.Stdout, command.Stderr = &output, &complaints
	err := command.Run()
	t.Logf("amtool %s: %s%s", strings.Join(arguments, " "), &output, &complaints)
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &complaints)
	}
	return strings.TrimSpace(output.String()), err
}

// TestAmtool lists and silences with amtool, below a prefix and over a restart.
func TestAmtool(t *testing.T) {
	webhook := newDesk(t, nil)
	file, data := write(t, webhookRoute, webhook.URL+"/hook/5ecre7-t0ken"), filepath.Join(t.TempDir(), "alerts")
	began := func() (n part, address string, stop func()) {
		n = prepare(t, file, func(c *Config) { c.Data = data })
		server := httptest.NewServer(http.StripPrefix("/alerting", n.Handler()))
		t.Cleanup(server.Close)
		answer, err := http.Get(server.URL + "/alerting/api/v2/status")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("before it ran it answered %s", answer.Status)
		}
		stop = n.start(t)
		alerttest.Until(t, "the API answers", func() bool { return n.handler.Load() != nil })
		return n, server.URL + "/alerting", stop
	}
	must := func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatalf("amtool: %v", err)
		}
		return text
	}

	n, address, stop := began()
	n.put(t, down("edge-1"))
	alerttest.Until(t, "edge-1 is told of", func() bool { return webhook.about("edge-1", Firing) == 1 })
	if listed := must(amtool(t, address, "alert", "query", "entity=edge-1", "--output=extended")); !strings.Contains(listed, "edge-1 does not answer") {
		t.Errorf("alerts are listed as %s", listed)
	}
	silence := must(amtool(t, address, "silence", "add", "entity=edge-2", "--author=noc", "--comment=carrier works on it", "--duration=2h"))
	alerttest.Until(t, "the silence is on disk", func() bool {
		content, err := os.ReadFile(filepath.Join(data, "silences"))
		return err == nil && strings.Contains(string(content), silence)
	})
	n.put(t, down("edge-2"))
	alerttest.Until(t, "edge-2 is silenced", func() bool { return n.value(t, "alertmanager_notifications_suppressed_total") > 0 })
	if listed := must(amtool(t, address, "alert", "query", "--silenced")); !strings.Contains(listed, "edge-2") {
		t.Errorf("silenced alerts are listed as %s", listed)
	}
	if shown := must(amtool(t, address, "config", "show")); !strings.Contains(shown, "group_interval: 1s") || strings.Contains(shown, "5ecre7") {
		t.Errorf("the configuration is shown as %s", shown)
	}
	stop()

	n, address, _ = began()
	n.put(t, down("edge-1"), down("edge-2"), down("edge-3"))
	alerttest.Until(t, "edge-3 is told of", func() bool { return webhook.about("edge-3", Firing) == 1 })
	if listed := must(amtool(t, address, "silence", "query")); !strings.Contains(listed, silence) || !strings.Contains(listed, "carrier works on it") {
		t.Errorf("silences are listed as %s", listed)
	}
	if webhook.about("edge-2", Firing) != 0 {
		t.Error("the silence did not outlive the restart")
	}
	must(amtool(t, address, "silence", "expire", silence))
	alerttest.Until(t, "edge-2 is told of", func() bool { return webhook.about("edge-2", Firing) == 1 })
	if webhook.about("edge-1", Firing) != 1 {
		t.Error("edge-1 was told of twice")
	}
}

// TestAPI asks what Grafana's data source asks.
func TestAPI(t *testing.T) {
	webhook := newDesk(t, nil)
	n := prepare(t, write(t, webhookRoute, webhook.URL), nil)
	n.put(t, down("edge-1"))
	n.start(t)
	alerttest.Until(t, "edge-1 is told of", func() bool { return webhook.about("edge-1", Firing) == 1 })
	alerttest.Until(t, "the API answers", func() bool { return n.handler.Load() != nil })
	server := httptest.NewServer(n.Handler())
	t.Cleanup(server.Close)
	ask := func(method, path, body string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s: %s", method, path, answer.Status, text)
		}
		return string(text)
	}
	var silence struct{ SilenceID string }
	if err := json.Unmarshal([]byte(ask(http.MethodPost, "/api/v2/silences", `{"matchers":[{"name":"entity","value":"edge-1","isRegex":false,"isEqual":true}],
		"startsAt":"2026-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z","createdBy":"noc","comment":"seen"}`)), &silence); err != nil || silence.SilenceID == "" {
		t.Fatalf("no silence: %v", err)
	}
	for path, want := range map[string]string{
		"/api/v2/alerts/groups":                 `"state":"suppressed"`,
		"/api/v2/alerts":                        silence.SilenceID,
		"/api/v2/receivers":                     `"name":"desk"`,
		"/api/v2/silences":                      `"comment":"seen"`,
		"/api/v2/silence/" + silence.SilenceID:  `"state":"active"`,
		"/api/v2/status":                        `"cluster":{"peers":[],"status":"disabled"}`,
		"/api/v2/alerts?receiver=nobody":        "[]",
		"/api/v2/alerts?filter=entity%3Dedge-1": "edge-1",
	} {
		if got := ask(http.MethodGet, path, ""); !strings.Contains(got, want) {
			t.Errorf("GET %s has no %s: %s", path, want, got)
		}
	}
	ask(http.MethodDelete, "/api/v2/silence/"+silence.SilenceID, "")
	if got := ask(http.MethodGet, "/api/v2/silence/"+silence.SilenceID, ""); !strings.Contains(got, `"state":"expired"`) {
		t.Errorf("the silence did not end: %s", got)
	}
}
