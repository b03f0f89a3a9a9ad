package datasource

import (
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded/embeddedtest"
	"mimamori/storage/scope"
	"mimamori/storage/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// organisation is the one of Grafana that acme's people belong to.
const organisation = 7

// world is a store with known figures, and who signs tokens for it.
type world struct {
	store   *clickhouse.Store
	config  clickhouse.Config
	private ed25519.PrivateKey
}

func openWorld(t *testing.T) *world {
	t.Helper()
	store, config := storetest.Open(t)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SaveScopeKey(t.Context(), public); err != nil {
		t.Fatal(err)
	}
	return &world{store, config, private}
}

// claims are those of acme's organisation, as it is set up.
func claims(customers ...string) scope.Claims {
	now := time.Now()
	return scope.Claims{Org: organisation, All: len(customers) == 0, Customers: customers, IssuedAt: now.Add(-time.Hour).Unix(), Expires: now.Add(time.Hour).Unix()}
}

func (w *world) token(t *testing.T, claims scope.Claims) string {
	t.Helper()
	text, err := scope.Sign(w.private, claims)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// settings are those of a data source over the world, as Grafana hands them over.
func (w *world) settings(t *testing.T, token string) backend.DataSourceInstanceSettings {
	t.Helper()
	text, err := json.Marshal(map[string]any{"address": "http://" + w.config.Address, "database": w.config.Database, "username": w.config.Username})
	if err != nil {
		t.Fatal(err)
	}
	return backend.DataSourceInstanceSettings{ID: 1, UID: "noc", Type: PluginID, Name: "mimamori", JSONData: text, Updated: noon.Add(time.Duration(changes.Add(1)) * time.Second),
		DecryptedSecureJSONData: map[string]string{"password": w.config.Password, "scopeToken": token}}
}

// open returns a data source over the world with a token.
func (w *world) open(t *testing.T, token string) *instance {
	t.Helper()
	made, err := newInstance(t.Context(), w.settings(t, token))
	if err != nil {
		t.Fatal(err)
	}
	d := made.(*instance)
	tokens.Store(d, token)
	t.Cleanup(d.Dispose)
	return d
}

// tokens are those that the data sources under test are asked with.
var tokens sync.Map

// changes counts the changes of settings: Grafana tells them apart by their time.
var changes atomic.Int64

// from is the context of a request: somebody of acme's organisation asks with a token.
func from(token string) backend.PluginContext {
	//nolint:staticcheck // as in guard.go
	return backend.PluginContext{OrgID: organisation, PluginID: PluginID, User: &backend.User{Login: "noc", Role: "Viewer"},
		DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{DecryptedSecureJSONData: map[string]string{"scopeToken": token}}}
}

// week is the time of the whole world.
var week = backend.TimeRange{From: storetest.Begin, To: storetest.End}

func query(t *testing.T, id string, during backend.TimeRange, q map[string]any) backend.DataQuery {
	t.Helper()
	if _, ok := q["version"]; !ok {
		q["version"] = version
	}
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	return backend.DataQuery{RefID: id, MaxDataPoints: 100, TimeRange: during, JSON: text}
}

// ask asks one query as somebody of the organisation.
func ask(t *testing.T, d *instance, during backend.TimeRange, q map[string]any) backend.DataResponse {
	t.Helper()
	token, _ := tokens.Load(d)
	answer, err := d.QueryData(t.Context(), &backend.QueryDataRequest{PluginContext: from(token.(string)), Queries: []backend.DataQuery{query(t, "A", during, q)}})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Responses["A"]
}
