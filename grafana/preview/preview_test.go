package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/grafana/grafana-plugin-sdk-go/backend"
)

// built writes a plugin as make plugin leaves it, with nothing in it that runs.
func built(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"dist/plugin.json":                            `{"id":"mimamori-noc-app","type":"app","includes":[{"type":"page","path":"/a/x"},{"type":"datasource","path":"datasource/plugin.json"}]}`,
		"dist/module.js":                              "define([],function(){})",
		"dist/datasource/plugin.json":                 `{"id":"mimamori-noc-datasource","type":"datasource","executable":"gpx_mimamori"}`,
		"dist/datasource/module.js":                   "define([],function(){return 1})",
		"dist/datasource/gpx_mimamori_linux_amd64":    "not a program",
		"dist-host/index.html":                        "<!doctype html>the page",
		"dist-host/img/icons/unicons/angle-right.svg": "<svg/>",
		"secret": "beside the plugin",
	} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// quietServer answers without a backend, which is then the failure that a page sees.
func quietServer(t *testing.T) http.Handler {
	t.Helper()
	plugin, err := readPlugin(built(t))
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	organisations := []*organisation{
		{ID: 1, Name: "Partner", Role: "Admin", app: json.RawMessage(`{"view":"partner"}`), source: sdk.DataSourceInstanceSettings{UID: "mimamori-1", JSONData: []byte(`{}`), DecryptedSecureJSONData: map[string]string{"password": "hidden", "scopeToken": "hidden"}}},
		{ID: 2, Name: "Acme", Role: "Viewer", app: json.RawMessage(`{"view":"customer"}`), source: sdk.DataSourceInstanceSettings{UID: "mimamori-2", JSONData: []byte(`{}`)}},
	}
	return newServer(plugin, organisations, newBackend(filepath.Join(t.TempDir(), "missing"), logger), logger)
}

func TestServer(t *testing.T) {
	server := quietServer(t)
	query := `{"from":"1","to":"2","queries":[{"refId":"A","datasource":{"uid":"mimamori-1"}}]}`
	for name, each := range map[string]struct {
		method, path, host, organisation, body string
		status                                 int
		says                                   string
	}{
		"the page":                       {path: "/a/mimamori-noc-app/wall", status: 200, says: "the page"},
		"a plugin's file":                {path: "/public/plugins/mimamori-noc-app/module.js", status: 200, says: "define"},
		"a nested plugin's file":         {path: "/public/plugins/mimamori-noc-datasource/module.js", status: 200, says: "return 1"},
		"the backend's program":          {path: "/public/plugins/mimamori-noc-datasource/gpx_mimamori_linux_amd64", status: 404},
		"what is beside the plugin":      {path: "/public/plugins/mimamori-noc-app/%2e%2e/secret", status: 404},
		"no plugin":                      {path: "/public/plugins/other/module.js", status: 404},
		"an icon":                        {path: "/public/build/img/icons/unicons/angle-right.svg", status: 200, says: "svg"},
		"a missing icon":                 {path: "/public/build/img/icons/unicons/none.svg", status: 404},
		"a folder":                       {path: "/public/build/img/", status: 404},
		"another host's name":            {path: "/", host: "evil.example:80", status: 403, says: "loopback"},
		"what the page begins with":      {path: "/api/preview/boot", status: 200, says: "mimamori-noc-datasource"},
		"an organisation that is not":    {path: "/api/preview/boot", organisation: "9", status: 404, says: "no organisation"},
		"an organisation of no number":   {path: "/api/preview/boot", organisation: "x", status: 404, says: "no organisation"},
		"no such part of the API":        {path: "/api/dashboards/home", status: 404, says: "no such part"},
		"settings":                       {path: "/api/plugins/mimamori-noc-app/settings", organisation: "2", status: 200, says: `"view":"customer"`},
		"settings saved by who may not":  {method: http.MethodPost, path: "/api/plugins/mimamori-noc-app/settings", organisation: "2", body: `{"jsonData":{}}`, status: 403},
		"settings of no JSON":            {method: http.MethodPost, path: "/api/plugins/mimamori-noc-app/settings", body: `{`, status: 400},
		"a query of no JSON":             {method: http.MethodPost, path: "/api/ds/query", body: `[`, status: 400},
		"no queries":                     {method: http.MethodPost, path: "/api/ds/query", body: `{"from":"1","to":"2","queries":[]}`, status: 400, says: "no queries"},
		"a query of no time":             {method: http.MethodPost, path: "/api/ds/query", body: `{"from":"now","to":"2"}`, status: 400, says: "from"},
		"another organisation's source":  {method: http.MethodPost, path: "/api/ds/query", organisation: "2", body: query, status: 400, says: "no data source"},
		"a query without a backend":      {method: http.MethodPost, path: "/api/ds/query", body: query, status: 500, says: "plugin"},
		"another organisation's health":  {path: "/api/datasources/uid/mimamori-1/health", organisation: "2", status: 404},
		"a resource without a backend":   {path: "/api/datasources/uid/mimamori-1/resources/customers", status: 500},
		"another organisation's names":   {path: "/api/datasources/uid/mimamori-1/resources/customers", organisation: "2", status: 404},
		"a health check without backend": {path: "/api/datasources/uid/mimamori-1/health", status: 500},
	} {
		t.Run(name, func(t *testing.T) {
			method := each.method
			if method == "" {
				method = http.MethodGet
			}
			r := httptest.NewRequest(method, "http://127.0.0.1:3000"+each.path, strings.NewReader(each.body))
			if each.host != "" {
				r.Host = each.host
			}
			if each.organisation != "" {
				r.Header.Set(organisationHeader, each.organisation)
			}
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			if w.Code != each.status || !strings.Contains(w.Body.String(), each.says) {
				t.Errorf("%d %q, want %d and %q", w.Code, w.Body, each.status, each.says)
			}
			if strings.Contains(w.Body.String(), "hidden") {
				t.Errorf("a secret is told: %q", w.Body)
			}
		})
	}
}

// TestSettingsAreKept saves as the configuration page does, and reads again.
func TestSettingsAreKept(t *testing.T) {
	server := quietServer(t)
	ask := func(method, body string) string {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(method, "http://localhost:3000/api/plugins/mimamori-noc-app/settings", strings.NewReader(body)))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", method, w.Code, w.Body)
		}
		return w.Body.String()
	}
	ask(http.MethodPost, `{"enabled":true,"pinned":true,"jsonData":{"brand":{"name":"Miharu"}}}`)
	if got := ask(http.MethodGet, ""); !strings.Contains(got, `"name":"Miharu"`) {
		t.Errorf("what was saved is not there: %s", got)
	}
}

func TestOrganisations(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &store{private: private}
	for name, each := range map[string]struct {
		customer string
		troubles bool
		want     int
	}{"the partner alone": {"", false, 1}, "and a customer": {"Acme", false, 2}, "and troubles": {"Acme", true, 7}} {
		made, err := s.organisations(each.customer, "http://127.0.0.1:9464", each.troubles, time.Now())
		if err != nil || len(made) != each.want {
			t.Errorf("%s: %d organisations, %v; want %d", name, len(made), err, each.want)
		}
	}
}

func TestCommandLine(t *testing.T) {
	for name, each := range map[string]struct {
		arguments []string
		says      string
	}{
		"no engine":         {nil, "--engine"},
		"no such flag":      {[]string{"--colour"}, "colour"},
		"more than flags":   {[]string{"--engine", "x", "y"}, `"y"`},
		"no address":        {[]string{"--engine", "x", "--listen", "3000"}, "3000"},
		"not on loopback":   {[]string{"--engine", "x", "--listen", "0.0.0.0:3000"}, "loopback"},
		"a name on the net": {[]string{"--engine", "x", "--listen", "noc.example:3000"}, "loopback"},
	} {
		var stderr bytes.Buffer
		if _, err := readOptions(each.arguments, &stderr); !errors.Is(err, errUsage) || !strings.Contains(stderr.String(), each.says) {
			t.Errorf("%s: %v, %q; want it to say %q", name, err, stderr.String(), each.says)
		}
	}
	var stderr bytes.Buffer
	if err := run(t.Context(), []string{"--engine", t.TempDir(), "--plugin", t.TempDir()}, strings.NewReader(""), io.Discard, &stderr); err == nil || !strings.Contains(err.Error(), "make plugin") {
		t.Errorf("without the plugin: %v", err)
	}
	if err := run(t.Context(), []string{"--engine", t.TempDir(), "--plugin", built(t)}, strings.NewReader(""), io.Discard, &stderr); err == nil || !strings.Contains(err.Error(), "start mimamori first") {
		t.Errorf("without an engine: %v", err)
	}
}
