package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/notify"
	"mimamori/processors/alert/ticket"
	"mimamori/processors/alert/web"
	"mimamori/storage/api"
	"mimamori/storage/scope"
)

// silent takes alarms and tells none.
type silent struct{}

func (silent) Put(context.Context, ...alert.Alarm) error { return nil }

// raisedFor serves alarms that are raised, one for each customer and one of the centre, to whom known lets in.
// It returns the address and the ids of acme's and zen's.
func raisedFor(t *testing.T, known *access) (address, acme, zen string) {
	t.Helper()
	kept, err := ledger.Open(filepath.Join(t.TempDir(), "alarms.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	var all []alert.Alarm
	for _, customer := range []string{"acme", "zen", ""} {
		key := alert.Key{Rule: "DeviceDown", Customer: customer, Site: "tokyo", Entity: "device/edge"}
		all = append(all, alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Severity: alert.Major, Name: "edge", Since: time.Now(), Raised: time.Now(),
			Impact: alert.Impact{Devices: 5, Customers: map[string]int{"acme": 2, "zen": 3}, Names: []string{"secret-switch"}}, Details: map[string]string{"address": "192.0.2.77"}, Runbook: "https://wiki/secret"})
	}
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
	engine, err := alert.New(alert.DefaultConfig(), alert.Deps{Store: func() alert.Store { return nil }, Ledger: tickets, Notifier: silent{}, Logger: logger})
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
	server := httptest.NewServer(web.Handler(web.Deps{Engine: engine, Tickets: tickets, Audit: kept, Notifier: notifier, Access: known.of, Logger: logger}))
	t.Cleanup(server.Close)
	return server.URL, all[0].ID, all[1].ID
}

// TestWhoMayAskForAlarms sends each request with every kind of token.
func TestWhoMayAskForAlarms(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	revokedPublic, revokedPrivate, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	sign := func(private ed25519.PrivateKey, claims scope.Claims) string {
		if claims.Org, claims.IssuedAt = 7, now.Add(-2*time.Hour).Unix(); claims.Expires == 0 {
			claims.Expires = now.Add(time.Hour).Unix()
		}
		text, err := scope.Sign(private, claims)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	config := api.DefaultConfig()
	tokens := map[string]string{}
	token := func(name string, customers []string, may ...string) {
		text, hash := api.NewToken()
		tokens[name] = text
		config.Tokens = append(config.Tokens, api.Token{Name: name, SHA256: hash, Customers: customers, May: may})
	}
	token("reads all", []string{"*"}, "read")
	token("acts on all", []string{"*"}, "read", "acknowledge")
	token("reads acme", []string{"acme"}, "read", "write")
	token("acts on acme", []string{"acme"}, "read", "acknowledge")
	token("acts on zen", []string{"zen"}, "read", "acknowledge")
	token("writes", []string{"*"}, "write")
	tokens["partner in Grafana"] = sign(private, scope.Claims{All: true})
	tokens["acme in Grafana"] = sign(private, scope.Claims{Customers: []string{"acme"}})
	tokens["expired"] = sign(private, scope.Claims{All: true, Expires: now.Add(-time.Second).Unix()})
	tokens["revoked"] = sign(revokedPrivate, scope.Claims{All: true})
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	tokens["a stranger's"] = sign(stranger, scope.Claims{All: true})
	parts := strings.Split(tokens["acme in Grafana"], ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), `"customers":["acme"]`, `"all":true`, 1)))
	tokens["widened"] = strings.Join(parts, ".")
	tokens["unknown"], _ = api.NewToken()
	tokens["nothing"] = ""

	known, err := config.Known()
	if err != nil {
		t.Fatal(err)
	}
	keys := []scope.Key{{ID: scope.KeyID(public), Public: public}, {ID: scope.KeyID(revokedPublic), Public: revokedPublic, Revoked: now.Add(-time.Minute)}}
	address, acme, zen := raisedFor(t, &access{tokens: known, now: time.Now, keys: func(context.Context) ([]scope.Key, error) { return keys, nil }})

	word := `{"owner":"sato","reason":"r","by":"sato","for":"1h"}`
	silence := `{"matchers":[{"name":"customer","value":"zen","isRegex":false}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z","createdBy":"eve","comment":"x"}`
	requests := []struct{ name, method, path, body string }{
		{"list", "GET", "/api/alarms", ""},
		{"acknowledge acme's", "POST", "/api/alarms/" + acme + "/acknowledge", word},
		{"unacknowledge acme's", "POST", "/api/alarms/" + acme + "/unacknowledge", word},
		{"acknowledge zen's", "POST", "/api/alarms/" + zen + "/acknowledge", word},
		{"audit", "GET", "/api/alarms/audit", ""},
		{"test", "POST", "/api/alarms/test", `{"receiver":"x"}`},
		{"alerts", "GET", "/api/v2/alerts", ""},
		{"silence", "POST", "/api/v2/silences", silence},
		{"the story of acme's", "GET", "/api/alarms/" + acme + "/ticket", ""},
		{"tickets", "GET", "/api/alarms/tickets", ""},
		{"hook", "POST", "/api/alarms/hook", `{"action":"nothing"}`},
		{"elsewhere", "GET", "/api/alarms/nothing", ""},
	}
	// The order is that of the requests. 503: let in, the notifier does not run.
	refused, forbidden := slices.Repeat([]int{401}, len(requests)), append([]int{200}, slices.Repeat([]int{403}, len(requests)-1)...)
	for who, want := range map[string][]int{
		"reads all": {200, 403, 403, 403, 200, 403, 503, 403, 200, 200, 403, 404}, "acts on all": {200, 200, 200, 200, 200, 400, 503, 503, 200, 200, 404, 404},
		"reads acme": forbidden, "acts on acme": {200, 200, 200, 404, 403, 403, 403, 403, 403, 403, 403, 403}, "acts on zen": {200, 404, 404, 200, 403, 403, 403, 403, 403, 403, 403, 403},
		"partner in Grafana": {200, 200, 200, 200, 200, 400, 503, 503, 200, 200, 404, 404}, "acme in Grafana": forbidden,
		"writes": refused, "expired": refused, "revoked": refused, "a stranger's": refused, "widened": refused, "unknown": refused, "nothing": refused,
	} {
		var got []int
		for _, asked := range requests {
			status, _ := send(t, address, asked.method, asked.path, asked.body, "Bearer "+tokens[who])
			got = append(got, status)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d, want %d", who, got, want)
		}
	}

	// What a customer's list holds.
	for _, who := range []string{"reads acme", "acme in Grafana"} {
		send(t, address, "POST", "/api/alarms/"+acme+"/acknowledge", word, "Bearer "+tokens["acts on all"])
		_, text := send(t, address, "GET", "/api/alarms", "", "Bearer "+tokens[who])
		var listed []web.Listed
		if err := json.Unmarshal([]byte(text), &listed); err != nil || len(listed) != 1 || listed[0].Customer != "acme" || listed[0].Impact.Devices != 2 || listed[0].Acknowledged.Until.IsZero() {
			t.Errorf("%s: %s, %v", who, text, err)
		}
		for _, secret := range []string{"zen", "secret", "192.0.2.77", "sato"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is told %q: %s", who, secret, text)
			}
		}
	}

	// Ways of showing a token, and of asking without one.
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("amtool:"+tokens["reads all"]))
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"the password of basic authentication": {func(r *http.Request) { r.Header.Set("Authorization", basic) }, 200},
		"two headers":                          {func(r *http.Request) { r.Header["Authorization"] = []string{basic, basic} }, 401},
		"another scheme":                       {func(r *http.Request) { r.Header.Set("Authorization", "Digest x") }, 401},
		"from this machine":                    {func(*http.Request) {}, 200},
		"through a proxy of this machine":      {func(r *http.Request) { r.Header.Set("X-Forwarded-For", "198.51.100.7") }, 401},
		"by another name of this machine":      {func(r *http.Request) { r.Host = "attacker.example:9464" }, 401},
		"by its name":                          {func(r *http.Request) { r.Host = "localhost:9464" }, 200},
		"by its name without a port":           {func(r *http.Request) { r.Host = "[::1]" }, 200},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/api/alarms", nil)
		if err != nil {
			t.Fatal(err)
		}
		c.change(request)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.want || c.want == 401 && len(answer.Header.Values("WWW-Authenticate")) != 2 {
			t.Errorf("%s: %d, want %d", name, answer.StatusCode, c.want)
		}
	}
	// From another machine nobody is let in without a token.
	away := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/api/alarms", nil)
	away.RemoteAddr = "198.51.100.7:999"
	if operates(away) {
		t.Error("another machine is taken for this one")
	}

	// Who did it.
	_, text := send(t, address, "GET", "/api/alarms/audit", "", "Bearer "+tokens["acts on all"])
	for _, signature := range []string{`"by":"sato (acts on acme)"`, `"by":"sato (grafana)"`} {
		if !strings.Contains(text, signature) {
			t.Errorf("the audit log lacks %s: %s", signature, text)
		}
	}
}

func send(t *testing.T, address, method, path, body, authorization string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(read)
}

// TestKeysWhileTheStoreIsAway holds that who was let in before is let in, and nobody is by keys that were never read.
func TestKeysWhileTheStoreIsAway(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token, err := scope.Sign(private, scope.Claims{Org: 1, All: true, IssuedAt: now.Add(-time.Hour).Unix(), Expires: now.Add(24 * time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, "/api/alarms", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	away, reads := true, 0
	keys := []scope.Key{{ID: scope.KeyID(public), Public: public}}
	known := &access{now: func() time.Time { return now }, keys: func(context.Context) ([]scope.Key, error) {
		if reads++; away {
			return nil, errNoStore
		}
		return slices.Clone(keys), nil
	}}
	step := func(name string, pass time.Duration, want error, read int) {
		t.Helper()
		now = now.Add(pass)
		if _, err := known.of(request); !errors.Is(err, want) || (want == nil) != (err == nil) || reads != read {
			t.Errorf("%s: %v after %d readings, want %v after %d", name, err, reads, want, read)
		}
	}
	step("never read", 0, web.ErrUnsure, 1)
	step("at once again", time.Second, web.ErrUnsure, 1)
	away = false
	step("read", keysTimeout, nil, 2)
	step("held", time.Second, nil, 2)
	away = true
	step("the store is away", keysHold, nil, 3)
	away, keys[0].Revoked = false, now
	step("not asked yet", time.Second, nil, 3)
	step("revoked", keysHold, web.ErrNobody, 4)
}
