package datasource

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/notify"
	"mimamori/processors/alert/ticket"
	"mimamori/processors/alert/web"
	"mimamori/storage"
	"mimamori/storage/scope"
	"mimamori/storage/storetest"
)

// storageAway is what a store says that cannot be reached.
var storageAway = storage.Failure{Reason: storage.FailureAway, Err: errors.New("connection refused")}

// told takes alarms from an engine that never looks.
type told struct{}

func (told) Put(context.Context, ...alert.Alarm) error { return nil }

// raising serves the role that raises alarms over a world: one of acme with an escalation of its ticket, one of zen and
// one of the centre, with Alertmanager's API. It returns its address and the ids of the first two.
func (w *world) raising(t *testing.T) (address, acme, zen string) {
	t.Helper()
	kept, err := ledger.Open(filepath.Join(t.TempDir(), "alarms.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	at := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	var all []alert.Alarm
	var alerts []notify.Alert
	for _, place := range [][2]string{{storetest.Acme, storetest.Tokyo}, {storetest.Zen, storetest.Berlin}, {"", ""}} {
		key := alert.Key{Rule: "DeviceDown", Customer: place[0], Site: place[1], Entity: "device/edge"}
		all = append(all, alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Kind: "DeviceDown", Severity: alert.Major, Name: "edge", Since: at.Add(-time.Minute), Raised: at, Summary: "edge is down",
			Impact: alert.Impact{Devices: 5, Customers: map[string]int{storetest.Acme: 2, storetest.Zen: 3}, Names: []string{"zen-switch"}}, Details: map[string]string{"address": "10.9.9.9"}})
		alerts = append(alerts, notify.Alert{Labels: map[string]string{"alertname": key.Rule, "customer": key.Customer, "site": key.Site, "entity": key.Entity, "severity": "major"},
			Annotations: map[string]string{"id": key.String()}, StartsAt: at, EndsAt: time.Now().Add(time.Hour)})
	}
	escalated := alert.Key{Rule: alert.TicketEscalated, Customer: storetest.Acme, Site: storetest.Tokyo, Entity: "device/edge", Ticket: all[0].ID, Step: "manager"}
	all = append(all, alert.Alarm{Key: escalated, ID: escalated.String(), State: alert.Raised, Kind: alert.TicketEscalated, Severity: alert.Major, Name: "edge", Since: at, Raised: at, Summary: "nobody has taken it"})
	if err := kept.Save(t.Context(), alert.Changes{Alarms: all}); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	rules, err := ticket.New(ticket.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	tickets, err := journal.New(journal.DefaultConfig(), rules, kept, logger, nil)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := alert.New(alert.DefaultConfig(), alert.Deps{Ledger: tickets, Notifier: told{}, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	config := notify.DefaultConfig()
	config.Data = t.TempDir()
	notifier, err := notify.New(config, nil, logger, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- notifier.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	served := func() int {
		answer := httptest.NewRecorder()
		notifier.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/api/v2/status", nil))
		return answer.Code
	}
	for deadline := time.Now().Add(20 * time.Second); served() != http.StatusOK; {
		if time.Now().After(deadline) {
			t.Fatal("the notifier does not run")
		}
	}
	if err := notifier.Put(t.Context(), alerts...); err != nil {
		t.Fatal(err)
	}
	access := func(r *http.Request) (web.Asker, error) {
		token, err := scope.Parse(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if err != nil {
			return web.Asker{}, fmt.Errorf("%w: %w", web.ErrNobody, err)
		}
		keys, err := w.store.ScopeKeys(r.Context())
		if err == nil {
			err = token.Verify(keys, token.Org, time.Now())
		}
		if err != nil {
			return web.Asker{}, fmt.Errorf("%w: %w", web.ErrNobody, err)
		}
		return web.Asker{Name: "grafana", Scope: token.Scope(), Acts: token.All}, nil
	}
	server := httptest.NewServer(web.Handler(web.Deps{Engine: engine, Tickets: tickets, Audit: kept, Notifier: notifier, Access: access, Logger: logger}))
	t.Cleanup(server.Close)
	return server.URL, all[0].ID, all[1].ID
}

// somebody asks a data source for a resource.
type somebody struct {
	d     *instance
	token string
	role  string // none for nobody
}

func (s somebody) asks(t *testing.T, method, path, body string) (status int, text string) {
	t.Helper()
	from := from(s.token)
	from.User = &backend.User{Login: "sato", Role: s.role}
	if s.role == "" {
		from.User = nil
	}
	headers := map[string][]string{"Content-Type": {"application/json"}}
	err := s.d.CallResource(backend.WithPluginContext(t.Context(), from), &backend.CallResourceRequest{PluginContext: from, Method: method, Path: path, URL: path, Headers: headers, Body: []byte(body)},
		backend.CallResourceResponseSenderFunc(func(answer *backend.CallResourceResponse) error {
			status, text = answer.Status, string(answer.Body)
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	return status, text
}

// open returns what is listed as raised.
func (s somebody) open(t *testing.T) openAlarms {
	t.Helper()
	status, text := s.asks(t, "GET", "alarms", "")
	var found openAlarms
	if err := json.Unmarshal([]byte(text), &found); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	return found
}

// TestOpenAlarms lists, acknowledges and silences in a real engine and notifier.
func TestOpenAlarms(t *testing.T) {
	w := openWorld(t)
	address, acme, zen := w.raising(t)
	over := func(token, address string) *instance {
		d := w.open(t, token)
		d.settings.Alarms = address
		return d
	}
	all, own := w.token(t, claims()), w.token(t, claims(storetest.Acme))
	editor := somebody{over(all, address), all, "Editor"}
	viewer := somebody{editor.d, all, "Viewer"}
	customer := somebody{over(own, address), own, "Admin"}

	found := editor.open(t)
	if !found.Configured || !found.Acts || len(found.Alarms) != 4 {
		t.Fatalf("to an editor: %+v", found)
	}
	of := func(found openAlarms, id string) raisedAlarm {
		t.Helper()
		for _, each := range found.Alarms {
			if each.ID == id {
				return each
			}
		}
		t.Fatalf("%s is not in %+v", id, found)
		return raisedAlarm{}
	}
	if one := of(found, zen); one.Devices != 5 || one.Due == nil || *one.Due <= one.Raised || one.Device != "edge" || one.TicketSeverity != "S2" || one.Until != nil || len(one.Silences) != 0 {
		t.Errorf("an alarm: %+v", one)
	}
	late := slices.IndexFunc(found.Alarms, func(each raisedAlarm) bool { return each.Step != "" })
	if one := of(found, acme); late < 0 || found.Alarms[late].Step != "manager" || found.Alarms[late].Ticket != acme || one.Ticket != "" || one.Step != "" {
		t.Errorf("an escalation: %+v", found.Alarms)
	}

	// To do something.
	const word = `{"owner":"suzuki","reason":"carrier called","for":"1h"}`
	quiet := fmt.Sprintf(`{"matchers":[{"name":"customer","value":%q,"isEqual":true}],"for":"2h","comment":"works"}`, storetest.Zen)
	acts := []struct{ path, body string }{
		{"alarms/" + acme + "/acknowledge", word}, {"alarms/" + acme + "/unacknowledge", `{"reason":"wrong one"}`}, {"silences", quiet}, {"silences/x/end", `{}`},
	}
	widened := strings.Split(own, ".")
	payload, err := base64.RawURLEncoding.DecodeString(widened[1])
	if err != nil {
		t.Fatal(err)
	}
	widened[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), `"customers":["acme"]`, `"all":true`, 1)))
	expired, other := claims(), claims()
	expired.Expires, other.Org = time.Now().Add(-time.Second).Unix(), organisation+1
	for name, who := range map[string]somebody{
		"a viewer": viewer, "a customer's administrator": customer, "nobody": {editor.d, all, ""}, "a widened token": {editor.d, strings.Join(widened, "."), "Admin"},
		"an expired token": {editor.d, w.token(t, expired), "Admin"}, "another organisation's token": {editor.d, w.token(t, other), "Admin"}, "no token": {editor.d, "", "Admin"},
	} {
		for _, act := range acts {
			if status, text := who.asks(t, "POST", act.path, act.body); status != http.StatusForbidden {
				t.Errorf("%s: POST %s: %d %s", name, act.path, status, text)
			}
		}
	}
	if found := viewer.open(t); found.Acts || len(found.Alarms) != 4 || of(found, acme).Until != nil {
		t.Errorf("to a viewer: %+v", found)
	}
	step := func(path, body string, want int, says string) string {
		t.Helper()
		status, text := editor.asks(t, "POST", path, body)
		if status != want || !strings.Contains(text, says) {
			t.Errorf("POST %s %s: %d %s, want %d with %q", path, body, status, text, want, says)
		}
		return text
	}
	step(acts[0].path, word, 200, "")
	if one := of(editor.open(t), acme); one.Owner != "suzuki" || one.Reason != "carrier called" || one.Until == nil {
		t.Errorf("acknowledged: %+v", one)
	}
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(step("silences", quiet, 200, `"id"`)), &made); err != nil {
		t.Fatal(err)
	}
	// A customer sees its own, and nothing of who is affected beside it or sees to it.
	status, text := customer.asks(t, "GET", "alarms", "")
	if mine := customer.open(t); status != 200 || len(mine.Alarms) != 1 || mine.Acts || mine.Alarms[0].Devices != 2 || mine.Alarms[0].Until == nil || mine.Alarms[0].Due != nil {
		t.Errorf("to a customer: %s", text)
	}
	if secrets.MatchString(text) || strings.Contains(text, "suzuki") || strings.Contains(text, "carrier") {
		t.Errorf("a customer is told: %s", text)
	}
	for deadline := time.Now().Add(20 * time.Second); len(of(editor.open(t), zen).Silences) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the silence is not shown")
		}
	}
	if one := of(editor.open(t), zen).Silences[0]; one.ID != made.ID || one.By != "sato" || one.Comment != "works" || one.Until < time.Now().Add(119*time.Minute).UnixMilli() {
		t.Errorf("silenced: %+v", one)
	}
	step("silences/"+made.ID+"/end", "{}", 200, "")
	step(acts[1].path, acts[1].body, 200, "")
	if one := of(editor.open(t), acme); one.Owner != "" || one.Until != nil {
		t.Errorf("taken back: %+v", one)
	}
	step("alarms/ffffffffffffffff/acknowledge", word, 400, "no alarm with this id")
	step(acts[0].path, `{"owner":"suzuki","for":"1h"}`, 400, "needs a reason")
	step(acts[0].path, `{"owner":"suzuki","by":"eve"}`, 400, "cannot be read")
	step("silences", `{"matchers":[],"for":"2h","comment":"x"}`, 400, "needs a matcher")
	step("silences", `{"matchers":[{"name":"a","value":"b","isEqual":true}],"for":"forever","comment":"x"}`, 400, "no length")
	step("silences", `{"matchers":[{"name":"a","value":"b","isEqual":true}],"for":"2h","comment":" "}`, 400, "needs a reason")

	// Without an address, with one where nothing is, and without the store.
	if found := (somebody{over(all, ""), all, "Editor"}).open(t); found.Configured || found.Acts || len(found.Alarms) != 0 {
		t.Errorf("without an address: %+v", found)
	}
	nowhere := somebody{over(all, "http://127.0.0.1:9"), all, "Editor"}
	if status, text := nowhere.asks(t, "GET", "alarms", ""); status != http.StatusBadGateway || !strings.Contains(text, "does not answer") || strings.Contains(text, "127.0.0.1") {
		t.Errorf("the role is away: %d %s", status, text)
	}
	editor.d.guard.keys = func(context.Context) ([]scope.Key, error) {
		return nil, &storageAway
	}
	later := time.Now().Add(2 * keysHold)
	editor.d.guard.now = func() time.Time { return later }
	if found := editor.open(t); len(found.Alarms) != 4 {
		t.Errorf("without the store: %+v", found)
	}
}

// TestAlarmsAddress reads settings.
func TestAlarmsAddress(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " http://alert:9464/ ": "http://alert:9464", "https://alarms.example/mimamori": "https://alarms.example/mimamori",
		"alert:9464": "error", "ftp://alert": "error", "http://": "error", "http://alert:9464?x=1": "error", "http://user:secret@alert": "error",
	} {
		got, err := alarmsAddress(text)
		if err != nil {
			got = "error"
		}
		if got != want || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}
