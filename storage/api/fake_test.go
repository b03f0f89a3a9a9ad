package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/sla"
)

// noon is the present of the tests with a fake store.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// fake is a store that remembers what it was asked and says what it was told.
type fake struct {
	mutex   sync.Mutex
	asked   []storage.Query
	saved   []calendar.Window
	devices []storage.DeviceStatus
	lines   []storage.SyslogLine
	err     error
	block   chan struct{} // where set, questions wait for it or their context
	arrived chan struct{} // where set, told of each question
}

func (f *fake) ask(ctx context.Context, query storage.Query) error {
	f.mutex.Lock()
	f.asked = append(f.asked, query)
	f.mutex.Unlock()
	if f.arrived != nil {
		f.arrived <- struct{}{}
	}
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return f.err
}

func (f *fake) last() storage.Query {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.asked[len(f.asked)-1]
}

func (f *fake) Availability(ctx context.Context, query storage.Query) ([]storage.Availability, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) Maintenance(ctx context.Context, query storage.Query) ([]calendar.Window, error) {
	return f.saved, f.ask(ctx, query)
}

func (f *fake) MaintenanceHistory(ctx context.Context, query storage.Query) ([]calendar.Window, error) {
	return f.saved, f.ask(ctx, query)
}

func (f *fake) Corrections(ctx context.Context, query storage.Query) ([]storage.Correction, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) Utilization(ctx context.Context, query storage.Query) ([]storage.LinkUtilization, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) Capacity(ctx context.Context, query storage.Query) ([]storage.LinkCapacity, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) Voice(ctx context.Context, query storage.Query) ([]storage.PathVoice, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) VoicePeriods(ctx context.Context, query storage.Query) ([]storage.VoicePeriod, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) Health(ctx context.Context, query storage.Query) ([]storage.SensorHealth, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) BlindSpots(ctx context.Context, query storage.Query, _ bool) (storage.BlindSpots, error) {
	return storage.BlindSpots{}, f.ask(ctx, query)
}

// Devices knows the customer acme alone, as a store does under a scope of acme.
func (f *fake) Devices(ctx context.Context, query storage.Query) ([]storage.DeviceStatus, error) {
	if query.Customer != "" && query.Customer != "acme" {
		return nil, f.ask(ctx, query)
	}
	return f.devices[:min(len(f.devices), query.Limit)], f.ask(ctx, query)
}

func (f *fake) Syslog(ctx context.Context, query storage.Query) ([]storage.SyslogLine, error) {
	return f.lines[:min(len(f.lines), query.Limit)], f.ask(ctx, query)
}

func (f *fake) SyslogRates(ctx context.Context, query storage.SyslogRatesQuery) (storage.SyslogRates, error) {
	return storage.SyslogRates{}, f.ask(ctx, query.Query)
}

func (f *fake) Notifications(ctx context.Context, query storage.Query) ([]storage.Notification, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) Alarms(ctx context.Context, query storage.Query) ([]storage.RaisedAlarm, error) {
	return nil, f.ask(ctx, query)
}

func (f *fake) SaveMaintenance(_ context.Context, window calendar.Window) error {
	f.saved = append(f.saved, window)
	return f.err
}

// The tokens of the tests.
const (
	partner  = "partner-secret" // sees everybody, may do everything
	customer = "acme-secret"    // sees acme, reads
	writer   = "acme-writer"    // sees acme, writes alone
)

func hashOf(token string) string { return hexSum([]byte(token)) }

func testConfig() Config {
	config := DefaultConfig()
	config.Tokens = []Token{
		{Name: "partner", SHA256: hashOf(partner), Customers: []string{"*"}, May: []string{MayRead, MayWrite}},
		{Name: "acme", SHA256: hashOf(customer), Customers: []string{"acme"}, May: []string{MayRead}},
		{Name: "acme-ops", SHA256: hashOf(writer), Customers: []string{"acme"}, May: []string{MayWrite}},
	}
	return config
}

func newAPI(t testing.TB, config Config, service sla.Config, store Store) *API {
	t.Helper()
	a, err := New(config, service, func() Store { return store }, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	a.now = func() time.Time { return noon }
	return a
}

// call asks an API; header are pairs of names and values.
func call(t testing.TB, handler http.Handler, method, target, token, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

// problemOf checks that an answer is a problem of RFC 9457.
func problemOf(t testing.TB, got *httptest.ResponseRecorder, status int) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil {
		t.Fatalf("status %d, no problem: %v\n%s", got.Code, err, got.Body)
	}
	if got.Code != status || p.Status != status || got.Header().Get("Content-Type") != "application/problem+json" ||
		!strings.HasPrefix(p.Type, "urn:mimamori:problem:") || p.Title == "" || !strings.HasPrefix(p.Instance, "urn:mimamori:request:") {
		t.Fatalf("status %d, %s, want %d:\n%s", got.Code, got.Header(), status, got.Body)
	}
	return p
}

type answer struct {
	From, To time.Time
	Rows     []map[string]any
	Notes    []string
}

func answerOf(t testing.TB, got *httptest.ResponseRecorder) answer {
	t.Helper()
	var a answer
	if err := json.Unmarshal(got.Body.Bytes(), &a); err != nil || got.Code != http.StatusOK {
		t.Fatalf("status %d, %v:\n%s", got.Code, err, got.Body)
	}
	return a
}

func someDevices(n int) []storage.DeviceStatus {
	devices := make([]storage.DeviceStatus, n)
	for i := range devices {
		devices[i] = storage.DeviceStatus{Entity: storage.Entity{ID: sample.ID(i + 1), Customer: "acme", Site: "tokyo", Device: string(rune('a' + i))}, State: storage.StateUp, Since: noon}
	}
	return devices
}

func discarded() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func registry() prometheus.Registerer { return prometheus.NewRegistry() }
