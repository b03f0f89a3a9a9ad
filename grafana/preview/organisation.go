package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	sdk "github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
	"mimamori/storage/scope"
)

// organisation is one of Grafana's, with the app's settings and one data source.
type organisation struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"` // of who looks: Admin or Viewer

	source sdk.DataSourceInstanceSettings

	mutex sync.Mutex
	app   json.RawMessage // jsonData of the app
}

// settings returns the app's jsonData.
func (o *organisation) settings() json.RawMessage {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.app
}

// save keeps the app's jsonData until the preview ends.
func (o *organisation) save(settings json.RawMessage) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.app = settings
}

// store is the embedded engine whose figures are shown, and the key that signs what is
// seen of it.
type store struct {
	endpoint embedded.Endpoint
	client   *clickhouse.Store
	private  ed25519.PrivateKey
}

// tokenLife is longer than anybody looks at a preview.
const tokenLife = 30 * 24 * time.Hour

// openStore makes a key of scope tokens known to the store.
func openStore(ctx context.Context, directory string, logger *slog.Logger) (*store, error) {
	endpoint, err := embedded.ReadEndpoint(directory)
	if err != nil {
		return nil, fmt.Errorf("find the store to show: %w", err)
	}
	config := clickhouse.DefaultConfig()
	config.Protocol, config.Address = clickhouse.ProtocolHTTP, endpoint.Address
	config.Database, config.Username, config.Password = endpoint.Database, "default", endpoint.Token
	client, err := clickhouse.Open(ctx, config, logger, prometheus.NewRegistry())
	if err != nil {
		return nil, fmt.Errorf("open the store to show: %w", err)
	}
	s := &store{endpoint: endpoint, client: client}
	public, private, err := ed25519.GenerateKey(nil)
	if err == nil {
		err = client.WaitSchema(ctx)
	}
	if err == nil {
		err = client.SaveScopeKey(ctx, public)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a key of scope tokens known to the store: %w", err), client.Close())
	}
	s.private = private
	return s, nil
}

// close revokes the key, where the store is still there to be told.
func (s *store) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	public, _ := s.private.Public().(ed25519.PublicKey)
	err := s.client.RevokeScopeKey(ctx, scope.KeyID(public), time.Now())
	if errors.Is(err, context.DeadlineExceeded) || err != nil && s.client.CheckSchema(ctx) != nil {
		err = nil // a store that is gone takes the key with it
	}
	return errors.Join(err, s.client.Close())
}

// brand is the app's jsonData, as its configuration page writes it.
type brand struct {
	Brand         map[string]string `json:"brand,omitempty"`
	View          string            `json:"view"`
	DataSourceUID string            `json:"dataSourceUid"`
}

// wish is an organisation to be made.
type wish struct {
	name, role string
	look       brand
	org        int64    // that the token is for; 0 for no token
	customers  []string // that it sees; none for all
	until      time.Time
	address    string // of the store
	alarms     string // address of the role that raises them
}

// organisations are the partner's, which sees every customer, and one customer's; and
// those in which something is wrong, where they are wanted.
func (s *store) organisations(customer, alarms string, troubles bool, now time.Time) ([]*organisation, error) {
	until, here := now.Add(tokenLife), "http://"+s.endpoint.Address
	partner := brand{View: "partner"}
	wishes := []wish{{"Partner", "Admin", partner, 1, nil, until, here, alarms}}
	if customer != "" {
		look := brand{View: "customer", Brand: map[string]string{
			"name": "Miharu Networks", "accentLight": "#8a3b12", "accentDark": "#f2a65a",
			"footer": "Miharu Networks watches over this network", "supportUrl": "mailto:noc@miharu.example",
		}}
		wishes = append(wishes, wish{customer, "Viewer", look, 2, []string{customer}, until, here, alarms})
	}
	if troubles {
		id := int64(len(wishes))
		wishes = append(wishes,
			wish{"Nothing yet", "Viewer", partner, id + 1, []string{"Nobody's name"}, until, here, alarms},
			wish{"Store away", "Viewer", partner, id + 2, nil, until, "http://127.0.0.1:9", alarms}, // discard: nothing listens there
			wish{"Token expired", "Viewer", partner, id + 3, nil, now.Add(-time.Hour), here, alarms},
			wish{"Token of another", "Viewer", partner, 1, nil, until, here, alarms},
			wish{"No token", "Viewer", partner, 0, nil, until, here, alarms},
		)
	}
	made := make([]*organisation, len(wishes))
	for i, each := range wishes {
		var err error
		if made[i], err = s.organisation(int64(i+1), each, now); err != nil {
			return nil, fmt.Errorf("set up the organisation %s: %w", each.name, err)
		}
	}
	return made, nil
}

func (s *store) organisation(id int64, wanted wish, now time.Time) (*organisation, error) {
	token, err := s.token(wanted)
	if err != nil {
		return nil, err
	}
	uid := fmt.Sprintf("mimamori-%d", id)
	wanted.look.DataSourceUID = uid
	app, err := json.Marshal(wanted.look)
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(map[string]string{"address": wanted.address, "alarms": wanted.alarms, "database": s.endpoint.Database, "username": "default"})
	if err != nil {
		return nil, err
	}
	return &organisation{
		ID: id, Name: wanted.name, Role: wanted.role, app: app,
		source: sdk.DataSourceInstanceSettings{
			ID: id, UID: uid, Type: dataSourceID, Name: "mimamori", JSONData: settings, Updated: now,
			DecryptedSecureJSONData: map[string]string{"password": s.endpoint.Token, "scopeToken": token},
		},
	}, nil
}

// token signs what an organisation sees.
func (s *store) token(wanted wish) (string, error) {
	if wanted.org == 0 {
		return "", nil
	}
	return scope.Sign(s.private, scope.Claims{
		Org: wanted.org, All: len(wanted.customers) == 0, Customers: wanted.customers,
		IssuedAt: wanted.until.Add(-tokenLife).Unix(), Expires: wanted.until.Unix(),
	})
}
