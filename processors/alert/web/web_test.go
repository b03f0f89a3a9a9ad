package web

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/notify"
	"mimamori/processors/alert/ticket"
	"mimamori/storage"
)

// nobody takes alarms and tells none.
type nobody struct{}

func (nobody) Put(context.Context, ...alert.Alarm) error { return nil }

// serve serves an engine that has one raised alarm, with a real ledger, and returns its address and the alarm's id.
func serve(t *testing.T) (address, id string) {
	t.Helper()
	kept, err := ledger.Open(filepath.Join(t.TempDir(), "alarms.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	key := alert.Key{Rule: "DeviceDown", Customer: "北斗物流", Site: "a/b", Entity: `device/"edge" <1>`}
	raised := alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Severity: alert.Major, Since: time.Now(), Raised: time.Now(), Summary: "edge is down"}
	if err := kept.Save(t.Context(), alert.Changes{Alarms: []alert.Alarm{raised}}); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	rules, err := ticket.New(ticket.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	tickets, err := journal.New(journal.DefaultConfig(), rules, kept, logger, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	engine, err := alert.New(alert.DefaultConfig(), alert.Deps{Store: func() alert.Store { return nil }, Ledger: tickets, Notifier: nobody{}, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	telling := notify.DefaultConfig()
	telling.Data = t.TempDir()
	notifier, err := notify.New(telling, nil, logger, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	operator := func(*http.Request) (Asker, error) { return Asker{Scope: storage.EveryCustomer(), Acts: true}, nil }
	server := httptest.NewServer(Handler(Deps{Engine: engine, Tickets: tickets, Audit: kept, Notifier: notifier, Access: operator, Logger: logger}))
	t.Cleanup(server.Close)
	return server.URL, raised.ID
}

func TestRequests(t *testing.T) {
	address, id := serve(t)
	const form = "application/json"
	for _, asked := range []struct {
		method, path, form, body string
		status                   int
		says                     string
	}{
		{"GET", "/api/alarms", "", "", 200, `"entity":"device/\"edge\" \u003c1\u003e"`},
		{"POST", "/api/alarms/" + id + "/acknowledge", form, `{"owner":"sato","reason":"r","by":"noc","for":"2h"}`, 200, `"owner":"sato"`},
		{"POST", "/api/alarms/" + id + "/acknowledge", "text/plain", `{"owner":"eve","reason":"r","by":"noc","for":"2h"}`, 415, "application/json"},
		{"POST", "/api/alarms/" + id + "/acknowledge", form, `{"owner":"sato","reason":"r","for":"soon"}`, 400, "write for how long"},
		{"POST", "/api/alarms/" + id + "/acknowledge", form, `{"reason":"r","for":"2h"}`, 400, "an owner"},
		{"POST", "/api/alarms/" + id + "/acknowledge", form, `{"owner":"sato","reason":"r","for":"2h","until":"x"}`, 400, "until"},
		{"POST", "/api/alarms/" + id + "/acknowledge", form, `{"owner":"` + strings.Repeat("x", longestBody) + `"}`, 400, "too large"},
		{"POST", "/api/alarms/ffffffffffffffff/acknowledge", form, `{"owner":"sato","reason":"r","for":"2h"}`, 404, "no alarm with this id"},
		{"POST", "/api/alarms/" + id + "/unacknowledge", form, `{"by":"noc"}`, 400, "a reason"},
		{"POST", "/api/alarms/" + id + "/unacknowledge", form + "; charset=utf-8", `{"by":"noc","reason":"wrong one"}`, 200, `"state":"raised"`},
		{"GET", "/api/alarms/audit?limit=1", "", "", 200, `"action":"unacknowledged"`},
		{"GET", "/api/alarms/audit?limit=0", "", "", 400, "use 1 to 10000"},
		{"POST", "/api/alarms/test", form, `{"receiver":"nobody"}`, 400, "there is none of this name"},
		{"DELETE", "/api/alarms", "", "", 405, ""},
		{"GET", "/api/v2/alerts", "", "", 503, "does not run"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), asked.method, address+asked.path, strings.NewReader(asked.body))
		if err != nil {
			t.Fatal(err)
		}
		if asked.form != "" {
			request.Header.Set("Content-Type", asked.form)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != asked.status || !strings.Contains(string(text), asked.says) {
			t.Errorf("%s %s %.60s: %d %s, error %v; want %d with %q", asked.method, asked.path, asked.body, answer.StatusCode, text, err, asked.status, asked.says)
		}
		if asked.status < 500 && asked.status != 405 && !json.Valid(text) {
			t.Errorf("%s %s answers no JSON: %s", asked.method, asked.path, text)
		}
	}
}
