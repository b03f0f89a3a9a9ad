package archive

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/processors/alert"
	"mimamori/processors/alert/ledger"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// away is a store that fails for as long as it is told to.
type away struct {
	Store
	mutex sync.Mutex
	gone  bool
}

var errAway = errors.New("the store is away")

func (a *away) SaveAlarms(ctx context.Context, rows []storage.RaisedAlarm) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.gone {
		return errAway
	}
	return a.Store.SaveAlarms(ctx, rows)
}

func (a *away) be(gone bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.gone = gone
}

func engine(t *testing.T) *clickhouse.Store {
	t.Helper()
	endpoint := embeddedtest.Start(t)
	config := clickhouse.DefaultConfig()
	config.Address, config.Password, config.Protocol, config.Database = endpoint.Address, endpoint.Token, clickhouse.ProtocolHTTP, endpoint.Database
	store, err := clickhouse.Open(t.Context(), config, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.SaveRegistry(t.Context(), storage.Registry{Customers: []storage.Customer{{ID: sample.CustomerID("acme"), Name: "acme"}}}); err != nil {
		t.Fatal(err)
	}
	return store
}

func open(t *testing.T, path string) *ledger.Ledger {
	t.Helper()
	kept, err := ledger.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func save(t *testing.T, kept *ledger.Ledger, alarms ...alert.Alarm) {
	t.Helper()
	if err := kept.Save(t.Context(), alert.Changes{Alarms: alarms}); err != nil {
		t.Fatal(err)
	}
}

// moment is a time as the store keeps it.
func moment() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func raisedAt(at time.Time) alert.Alarm {
	key := alert.Key{Rule: "DeviceDown", Customer: "acme", Site: "tokyo", Entity: "device/edge"}
	return alert.Alarm{Key: key, ID: key.String(), Kind: "DeviceDown", State: alert.Raised, Severity: alert.Major, Name: "edge", Since: at.Add(-time.Minute), Raised: at, Summary: "edge is down",
		Impact: alert.Impact{Devices: 3, Customers: map[string]int{"acme": 1, "zen": 2}}}
}

// TestWritten raises, changes and clears an alarm while the store comes and goes and the role is killed.
func TestWritten(t *testing.T) {
	store := &away{Store: engine(t), gone: true}
	path := filepath.Join(t.TempDir(), "alarms.db")
	kept := open(t, path)
	none := func() []alert.Alarm { return nil }
	logger := slog.New(slog.DiscardHandler)
	a, err := New(kept, func() Store { return store }, none, logger, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	asked := func() []storage.RaisedAlarm {
		t.Helper()
		found, err := store.Alarms(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: time.Now().Add(-24 * time.Hour), To: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	at := moment().Add(-time.Hour)
	pending := raisedAt(at)
	pending.State, pending.Raised = alert.Pending, time.Time{}
	save(t, kept, pending)
	one := raisedAt(at)
	save(t, kept, one)
	if err := a.write(t.Context()); !errors.Is(err, errAway) || len(asked()) != 0 {
		t.Fatalf("while the store is away: %v", err)
	}
	if owed, err := kept.Owed(); owed != 1 || err != nil {
		t.Fatalf("%d are to be written, %v", owed, err)
	}
	one.Acknowledged = alert.Acknowledgement{Owner: "sato", Reason: "on it", By: "noc", At: at, Until: at.Add(2 * time.Hour)}
	save(t, kept, one)
	if err := kept.Close(); err != nil { // killed: nothing but the file is left
		t.Fatal(err)
	}
	kept = open(t, path)
	t.Cleanup(func() { _ = kept.Close() })
	if a, err = New(kept, func() Store { return store }, none, logger, nil); err != nil {
		t.Fatal(err)
	}
	store.be(false)
	if err := a.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := asked()
	if len(found) != 1 || found[0].Device != "edge" || found[0].Devices != 3 || found[0].Own != 1 || found[0].Acknowledged.Owner != "sato" || !found[0].Cleared.IsZero() || !found[0].Raised.Equal(at) {
		t.Fatalf("in the store: %+v", found)
	}
	if owed, err := kept.Owed(); owed != 0 || err != nil {
		t.Errorf("%d are still to be written, %v", owed, err)
	}

	// It clears, comes again, and changes between the writing and the note of it.
	one.State, one.Cleared = alert.Cleared, at.Add(10*time.Minute)
	second := raisedAt(at.Add(30 * time.Minute))
	save(t, kept, one)
	save(t, kept, second)
	some, err := kept.Unwritten(most)
	if err != nil || len(some) != 2 {
		t.Fatalf("%d to be written, %v", len(some), err)
	}
	second.Value = 7
	save(t, kept, second)
	if err := kept.Written(some); err != nil {
		t.Fatal(err)
	}
	if some, err = kept.Unwritten(most); err != nil || len(some) != 1 || some[0].Alarm.Value != 7 {
		t.Fatalf("what changed meanwhile is lost: %+v, %v", some, err)
	}
	save(t, kept, one)
	if err := a.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found = asked(); len(found) != 2 || found[0].Value != 7 || !found[0].Cleared.IsZero() || !found[1].Cleared.Equal(one.Cleared) {
		t.Errorf("in the store: %+v", found)
	}
}

// TestReconciled begins with a ledger that knows otherwise than the store.
func TestReconciled(t *testing.T) {
	store := engine(t)
	at := moment().Add(-time.Hour)
	lost := storage.RaisedAlarm{Entity: storage.Entity{Customer: "acme", Site: "", Device: "", Name: "lost"}, AlarmID: "0000000000000001", Rule: "DeviceDown", Raised: at, Summary: "lost is down", Version: 5}
	if err := store.SaveAlarms(t.Context(), []storage.RaisedAlarm{lost}); err != nil {
		t.Fatal(err)
	}
	kept := open(t, filepath.Join(t.TempDir(), "alarms.db"))
	t.Cleanup(func() { _ = kept.Close() })
	here := raisedAt(at)
	a, err := New(kept, func() Store { return store }, func() []alert.Alarm { return []alert.Alarm{here} }, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := store.Alarms(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: at.Add(-time.Hour), To: time.Now().Add(time.Hour)})
	if err != nil || len(found) != 2 {
		t.Fatalf("%+v, %v", found, err)
	}
	for _, each := range found {
		if ended := each.AlarmID == lost.AlarmID; ended == each.Cleared.IsZero() {
			t.Errorf("%s has cleared at %s", each.Name, each.Cleared)
		}
	}
}

// TestRunEnds writes once more when the role ends.
func TestRunEnds(t *testing.T) {
	store := engine(t)
	kept := open(t, filepath.Join(t.TempDir(), "alarms.db"))
	t.Cleanup(func() { _ = kept.Close() })
	a, err := New(kept, func() Store { return store }, func() []alert.Alarm { return nil }, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	save(t, kept, raisedAt(moment()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if owed, err := kept.Owed(); owed != 0 || err != nil {
		t.Errorf("%d are left, %v", owed, err)
	}
}
