package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// TestAPICommand makes a token, lets it in and asks the store of an installation that
// runs.
func TestAPICommand(t *testing.T) {
	t.Parallel()
	configuration := keptStore(t)
	made, problems, code := call(t, "api", "token", "analyst")
	token, lines, found := strings.Cut(strings.TrimPrefix(made, "token: "), "\n")
	if code != exitDone || !found {
		t.Fatalf("%d %s%s", code, made, problems)
	}
	text, err := os.ReadFile(configuration)
	if err != nil {
		t.Fatal(err)
	}
	if _, problems, code = call(t, "api", "--config", configuration); code != exitUsage || !strings.Contains(problems, "mimamori api token") {
		t.Errorf("without tokens: %d %s", code, problems)
	}
	writeFile(t, configuration, string(text)+lines)
	if output, problems, code := call(t, "config", "--config", configuration); code != exitDone || strings.Contains(output, token) {
		t.Errorf("%d %s%s", code, output, problems)
	}
	listen := fmt.Sprintf("127.0.0.1:%d", freePort(t, "tcp"))
	served := start(t, "api", "--config", configuration, "--listen", listen)
	served.wait("the HTTP API asks the store", 20*time.Second)
	get := func(token, path string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listen+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	const march = "from=2026-03-01&to=2026-04-01&tz=Europe/Berlin"
	status, body := get(token, "/api/v1/availability?"+march)
	var over struct{ Rows []map[string]any }
	if err := json.Unmarshal([]byte(body), &over); err != nil || status != http.StatusOK || len(over.Rows) != 2 {
		t.Fatalf("%d %v\n%s", status, err, body)
	}
	// The API and the report say the same.
	printed, problems, code := call(t, "report", "availability", "--config", configuration, "--from", "2026-03-01", "--to", "2026-04-01", "--tz", "Europe/Berlin", "--format", "json")
	if code != exitDone || printed != body {
		t.Errorf("%d %s\nreport %s\nAPI %s", code, problems, printed, body)
	}
	if status, body = get("wrong", "/api/v1/availability"); status != http.StatusUnauthorized {
		t.Errorf("%d %s", status, body)
	}
	if status, body = get(token, "/metrics"); status != http.StatusOK || !strings.Contains(body, `mimamori_api_requests_total{route="/api/v1/availability",status="200"} 1`) {
		t.Errorf("%d %s", status, regexp.MustCompile(`(?m)^mimamori_api.*$`).FindAllString(body, -1))
	}
	served.stop()
}

func TestReportsGoToFilesAndWorkbooks(t *testing.T) {
	t.Parallel()
	configuration := keptStore(t)
	path := filepath.Join(t.TempDir(), "march.xlsx")
	output, problems, code := call(t, "report", "availability", "--config", configuration, "--from", "2026-03-01", "--to", "2026-04-01",
		"--tz", "Europe/Berlin", "--format", "xlsx", "--output", path)
	if code != exitDone || output != "" {
		t.Fatalf("%d %s%s", code, output, problems)
	}
	file, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := file.GetRows("rows")
	if err != nil || len(rows) != 3 || rows[1][2] != "router-a" {
		t.Errorf("%v, %v", rows, err)
	}
	if outages, err := file.GetRows("outages"); err != nil || len(outages) < 3 {
		t.Errorf("%v, %v", outages, err)
	}
	if _, problems, code = call(t, "report", "availability", "--config", configuration, "--output", "/nowhere/x.csv", "--format", "csv"); code != exitFailed || !strings.Contains(problems, "/nowhere/x.csv") {
		t.Errorf("%d %s", code, problems)
	}
}

func TestSQLCommand(t *testing.T) {
	t.Parallel()
	configuration := keptStore(t)
	ask := func(arguments ...string) (string, string, int) {
		t.Helper()
		return call(t, append([]string{"sql", "--config", configuration}, arguments...)...)
	}
	// Maintenance and hours of service are not in it: 63.5 h less the hour that the clocks
	// went forward, and 2 h.
	const down = "SELECT device, down_s, outages FROM v_availability(from = {from:DateTime}, to = {to:DateTime}) ORDER BY device"
	output, problems, code := ask("--format", "csv", "--param", "from=2026-02-28 23:00:00", "--param", "to=2026-03-31 22:00:00", "--customer", "acme", down)
	if want := "device,down_s,outages\nrouter-a,235800,2\nrouter-b,1200,1\n"; code != exitDone || output != want {
		t.Errorf("%d %s%s", code, output, problems)
	}
	output, _, code = ask("--format", "json", "--tz", "Europe/Berlin", "SELECT began, before FROM v_corrections")
	if strings.TrimSpace(output) != "{\n  \"rows\": []\n}" || code != exitDone {
		t.Errorf("%d %s", code, output)
	}
	if output, _, code = ask("--views"); code != exitDone || !strings.Contains(output, "v_voice_minutes") || !strings.Contains(output, "Why it is not up") {
		t.Errorf("%d %s", code, output)
	}
	if output, _, code = ask("--grants", "analyst", "--customer", "acme"); code != exitDone || !strings.Contains(output, "CREATE ROW POLICY OR REPLACE analyst ON mimamori.intervals") {
		t.Errorf("%d %s", code, output)
	}
	for want, arguments := range map[string][]string{
		"not a view":        {"SELECT * FROM customers"},
		"no customer":       {"--customer", "nobody", "SELECT 1"},
		"give one question": {},
		"Syntax error":      {"SELECT\nFROM WHERE"},
		"--limit":           {"--limit", "-1", "SELECT 1"},
	} {
		if _, problems, code = ask(arguments...); code != exitUsage || !strings.Contains(problems, want) {
			t.Errorf("%q: %d %s", arguments, code, problems)
		}
	}
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if _, problems, code = ask("--format", "xlsx", "--output", path, "SELECT 1 AS one"); code != exitDone {
		t.Errorf("%d %s", code, problems)
	}
	file, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if rows, err := file.GetRows("rows"); err != nil || len(rows) != 2 || rows[1][0] != "1" {
		t.Errorf("%v %v", rows, err)
	}
}
