package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// servers returns what the tests run against: the embedded engine, and a server by
// its native protocol where CLICKHOUSE_ADDR names one.
func servers(tb testing.TB) map[string]Config {
	endpoint := embeddedtest.Start(tb)
	config := DefaultConfig()
	config.Address, config.Password, config.Protocol = endpoint.Address, endpoint.Token, ProtocolHTTP
	all := map[string]Config{"embedded": config}
	if address := os.Getenv("CLICKHOUSE_ADDR"); address != "" {
		config := DefaultConfig()
		config.Address, config.Password = address, os.Getenv("CLICKHOUSE_PASSWORD")
		all["server"] = config
	}
	return all
}

// TestStore runs every test against every server.
func TestStore(t *testing.T) {
	type test struct {
		name string
		run  func(*testing.T, Config)
	}
	// Those that make, change or miss the tables have a database of their own.
	apart := []test{
		{"migrate twice", testMigrateTwice},
		{"migrate what is empty", testMigrateEmpty},
		{"migrate at once", testMigrateAtOnce},
		{"upgrade while it runs", testUpgradeWhileRunning},
		{"what an older database lacks", testOlderDatabase},
		{"a migrating process is killed", testMigrateKilled},
		{"a long migration", testLongMigration},
		{"a lock that was taken", testLockLost},
		{"upgrade", testUpgrade},
		{"wait", testWaitReady},
		{"TLS", testTLS},
		{"cut connections", testCuts},
		{"slow", testSlow},
		{"away", testAway},
		{"troubles", testTroubles},
	}
	tests := []test{
		{"columns", testColumns},
		{"granules", testGranules},
		{"every kind round trips", testRoundTrip},
		{"the same batch twice", testSameBatchTwice},
		{"lowest offset wins", testLowestOffsetWins},
		{"raw range", testRawRange},
		{"two days", testTwoDays},
		{"device states", testDeviceStates},
		{"intervals", testIntervals},
		{"reboots", testReboots},
		{"dirty ranges", testDirtyRanges},
		{"availability", testAvailability},
		{"availability of overlaps", testAvailabilityOverlap},
		{"availability of others", testAvailabilityOfOthers},
		{"too many outages", testTooManyOutages},
		{"more rows than are taken", testMostRows},
		{"devices", testDevices},
		{"utilization", testUtilization},
		{"utilization twice", testUtilizationTwice},
		{"percentiles", testPercentiles},
		{"long polls", testLongPolls},
		{"busy hour", testBusyHour},
		{"trend", testTrend},
		{"recent hours", testRecentHours},
		{"recent polls", testRecentPolls},
		{"last polls", testLastPolls},
		{"old links", testOldLinks},
		{"voice", testVoice},
		{"voice conditions", testVoiceConditions},
		{"voice of the last days", testVoiceRecent},
		{"syslog", testSyslog},
		{"syslog search", testSyslogSearch},
		{"syslog pages", testSyslogPages},
		{"syslog index", testSyslogIndex},
		{"syslog rates", testSyslogRates},
		{"notifications", testNotifications},
		{"maintenance", testMaintenance},
		{"maintenance that is refused", testMaintenanceRefused},
		{"contracts", testContracts},
		{"scope keys", testScopeKeys},
		{"health", testHealth},
		{"streams", testStreams},
		{"late centre", testLateCentre},
		{"clock behind", testClockBehind},
		{"blind spots", testBlindSpots},
		{"blind spots and what is down", testBlindSpotsDown},
		{"blind spots by what is asked", testBlindSpotsUnasked},
		{"recomputes", testRecomputes},
		{"corrections", testCorrections},
		{"the wall of quality", testWallOfQuality},
		{"down through holes", testDownThroughHoles},
		{"trouble", testTrouble},
		{"last pings", testLastPings},
		{"contacts", testContacts},
		{"what was removed", testRemoved},
		{"what was last", testCurrent},
		{"states of interfaces", testInterfaceStates},
		{"scope", testScope},
		{"ids of another customer", testForeignIDs},
		{"uneven batch", testUnevenBatch},
		{"raw rows", testRawRows},
		{"batches that are written at the same time", testSharedInserts},
	}
	for server, config := range servers(t) {
		t.Run(server, func(t *testing.T) {
			for number, test := range apart {
				t.Run(test.name, func(t *testing.T) {
					config.Database = fmt.Sprintf("test_%d_%d", os.Getpid(), number)
					t.Cleanup(func() { drop(t, config) })
					test.run(t, config)
				})
			}
			config.Database = fmt.Sprintf("test_%d", os.Getpid())
			shared := open(t, config)
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) {
					empty(t, shared)
					test.run(t, config)
				})
			}
			drop(t, config)
		})
	}
}

// empty empties all tables but those about migrations: to make them takes seconds.
func empty(t *testing.T, store *Store) {
	t.Helper()
	var tables []string
	var table string
	err := store.query(t.Context(), "tables", "SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0 AND NOT startsWith(name, 'schema_')", nil,
		[]any{&table}, func() { tables = append(tables, table) })
	for _, table := range tables {
		err = errors.Join(err, store.execute(t.Context(), "TRUNCATE TABLE "+table))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// drop removes a test's database: a schema takes 20 MB of the engine's memory.
func drop(t *testing.T, config Config) {
	store, err := Open(context.Background(), config, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err == nil {
		err = errors.Join(store.createDatabase(context.Background()), store.execute(context.Background(), "DROP DATABASE "+config.Database+" SYNC"), store.Close())
	}
	if err != nil {
		t.Error(err)
	}
}

// open returns a store on a migrated database.
func open(tb testing.TB, config Config) *Store {
	tb.Helper()
	store := openOnly(tb, config)
	if err := store.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return store
}

func openOnly(tb testing.TB, config Config) *Store {
	tb.Helper()
	store, err := Open(tb.Context(), config, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return store
}

// count returns the rows of a table as they are stored, or after FINAL.
func (s *Store) count(tb testing.TB, from string) uint64 {
	tb.Helper()
	var n uint64
	if err := s.query(tb.Context(), "count", "SELECT count() FROM "+from, nil, []any{&n}, func() {}); err != nil {
		tb.Fatal(err)
	}
	return n
}

// noon is a moment in the retention of every table, two days ago.
var noon = time.Now().UTC().Truncate(24 * time.Hour).Add(-36 * time.Hour)

func at(offset time.Duration) int64 { return noon.Add(offset).UnixMilli() }

// The names of the tests' little world.
var (
	acme      = sample.CustomerID("acme")
	zen       = sample.CustomerID("zen")
	acmeTokyo = sample.SiteID("acme", "tokyo")
	zenOsaka  = sample.SiteID("zen", "osaka")
	acmeBox   = sample.ApplianceID("acme", "tokyo", "box")
	zenBox    = sample.ApplianceID("zen", "osaka", "box")
	router    = sample.DeviceID("acme", "tokyo", "router")
	toggle    = sample.DeviceID("acme", "tokyo", "switch")
	zenRouter = sample.DeviceID("zen", "osaka", "router")
)

// populate names the little world.
func populate(tb testing.TB, store *Store) {
	tb.Helper()
	registry := storage.Registry{
		Customers: []storage.Customer{{ID: acme, Name: "acme"}, {ID: zen, Name: "zen"}},
		Sites:     []storage.Site{{ID: acmeTokyo, Customer: acme, Name: "tokyo"}, {ID: zenOsaka, Customer: zen, Name: "osaka"}},
		Appliances: []storage.Appliance{
			{ID: acmeBox, Customer: acme, Site: acmeTokyo, Name: "box"},
			{ID: zenBox, Customer: zen, Site: zenOsaka, Name: "box"},
		},
	}
	for range 2 { // as at each start of the program
		if err := store.SaveRegistry(tb.Context(), registry); err != nil {
			tb.Fatal(err)
		}
	}
	devices := &sample.Devices{
		Device: []sample.ID{router, toggle, zenRouter}, Behind: []sample.ID{0, router, 0},
		Name: []string{"router", "switch", "router"}, Address: []string{"10.0.0.1", "10.0.0.2", "10.0.0.1"},
		SysObjectID: make([]string, 3), SysName: make([]string, 3), SysDescr: make([]string, 3),
	}
	write(tb, store, 0, 1, table(devices, at(-12*time.Hour), 1, acme, acme, zen))
}

// table wraps rows that came in one message; customers has one for each row, or one
// for all.
func table(rows sample.Rows, slotMs, offset int64, customers ...sample.ID) *storage.Table {
	t := &storage.Table{Rows: rows}
	for i := range rows.Len() {
		customer := customers[min(i, len(customers)-1)]
		site, box := acmeTokyo, acmeBox
		if customer == zen {
			site, box = zenOsaka, zenBox
		}
		t.Customer = append(t.Customer, customer)
		t.Site = append(t.Site, site)
		t.Appliance = append(t.Appliance, box)
		t.SlotMs = append(t.SlotMs, slotMs)
		t.Offset = append(t.Offset, offset)
	}
	return t
}

func source(partition int, first, last int64) storage.Source {
	return storage.Source{Incarnation: "i", Topic: "telemetry", Partition: partition, First: first, Last: last}
}

// write writes tables as the batch of the messages first to last of partition 3.
func write(tb testing.TB, store *Store, first, last int64, tables ...*storage.Table) {
	tb.Helper()
	batch := &storage.Batch{Source: source(3, first, last), Tables: map[sample.Kind]*storage.Table{}}
	for _, t := range tables {
		batch.Tables[t.Rows.Kind()] = t
	}
	if err := store.WriteRaw(tb.Context(), batch); err != nil {
		tb.Fatal(err)
	}
}

func derive(tb testing.TB, store *Store, first, last int64, derived *storage.Derived) {
	tb.Helper()
	if err := store.WriteDerived(tb.Context(), source(3, first, last), derived); err != nil {
		tb.Fatal(err)
	}
}

// ask is a query for all of the hour after noon.
func ask() storage.Query {
	return storage.Query{Scope: storage.EveryCustomer(), From: noon, To: noon.Add(time.Hour)}
}
