package datasource

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"mimamori/storage"
	"mimamori/storage/scope"
)

// crowd is a store with many devices.
type crowd struct {
	Store
	devices int
	keys    []scope.Key
	asOf    time.Time // noon, unless it is set
}

func (c *crowd) ScopeKeys(context.Context) ([]scope.Key, error) { return c.keys, nil }

func (c *crowd) Newest(context.Context, storage.Query) (storage.Freshness, error) {
	if c.asOf.IsZero() {
		return storage.Freshness{AsOf: noon}, nil
	}
	return storage.Freshness{AsOf: c.asOf}, nil
}

func (c *crowd) Devices(_ context.Context, query storage.Query) ([]storage.DeviceStatus, error) {
	all := make([]storage.DeviceStatus, min(c.devices, query.Limit))
	for i := range all {
		all[i].Customer, all[i].Site, all[i].Device = "acme", "tokyo", fmt.Sprintf("router-%05d", i)
		all[i].State = storage.StateUp
	}
	return all, nil
}

// overCrowd returns a data source over a crowd, and a token that it takes.
func overCrowd(t *testing.T, c *crowd) (*instance, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := scope.Sign(private, claims("acme"))
	if err != nil {
		t.Fatal(err)
	}
	c.keys = []scope.Key{{ID: scope.KeyID(public), Public: public}}
	return newAnswering(Settings{}, c, nil), text
}

// TestAlertsSeeAll holds that a rule is told of every device, or fails: a panel may leave
// some out and say so, and nobody reads what it says to a rule.
func TestAlertsSeeAll(t *testing.T) {
	d, text := overCrowd(t, &crowd{devices: 1200})
	during := backend.TimeRange{From: time.Now().Add(-time.Hour), To: time.Now()}
	for _, c := range []struct {
		name, shape   string
		limit, series int // asked for, wanted
		alert         bool
		refused       string
	}{
		{"a panel", shapeSeries, 0, mostSeries, false, ""},
		{"a rule", shapeSeries, 0, 1200, true, ""},
		{"a panel of some", shapeSeries, 100, 100, false, ""},
		{"a rule of some", shapeSeries, 100, 0, true, "would see a part alone"},
		{"a rule over a table of some", shapeTable, 1199, 0, true, "would see a part alone"},
	} {
		request := &backend.QueryDataRequest{PluginContext: from(text), Headers: map[string]string{},
			Queries: []backend.DataQuery{query(t, "A", during, map[string]any{"figure": "devices", "shape": c.shape, "limit": c.limit})}}
		if c.alert {
			request.PluginContext.User, request.Headers[backend.FromAlertHeaderName] = nil, "true"
		}
		answers, err := d.QueryData(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		answer := answers.Responses["A"]
		if c.refused != "" {
			if answer.Error == nil || !strings.Contains(answer.Error.Error(), c.refused) || len(answer.Frames) > 0 {
				t.Errorf("%s: %v, %d frames", c.name, answer.Error, len(answer.Frames))
			}
			continue
		}
		if answer.Error != nil {
			t.Errorf("%s: %v", c.name, answer.Error)
		} else if got := len(answer.Frames[0].Fields) - 1; got != c.series {
			t.Errorf("%s: %d series, want %d", c.name, got, c.series)
		}
	}
}
