package clickhouse

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

var update = flag.Bool("update", false, "write the golden files anew")

func testMigrateTwice(t *testing.T, config Config) {
	store := open(t, config)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, want := store.count(t, "schema_migrations"), knownMigrations(t); n != want {
		t.Errorf("the ledger has %d rows, want one for each of %d migrations", n, want)
	}
	if n := store.count(t, "system.tables WHERE database = currentDatabase() AND name = 'schema_lock'"); n != 0 {
		t.Error("the lock was left behind")
	}
}

// testMigrateEmpty: rows are made of others where there may be others.
func testMigrateEmpty(t *testing.T, config Config) {
	const table = "CREATE TABLE IF NOT EXISTS %s (n UInt8) ENGINE = MergeTree ORDER BY n"
	first := migration{version: 1, name: "first", statements: []string{fmt.Sprintf(table, "some"), fmt.Sprintf(table, "others"), "INSERT INTO others SELECT 1"}}
	store := openOnly(t, config)
	store.migrations = []migration{first}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := store.count(t, "others"); n != 0 {
		t.Errorf("%d rows were made of those of an empty database", n)
	}
	if err := store.execute(t.Context(), "INSERT INTO some SELECT number FROM numbers(3)"); err != nil {
		t.Fatal(err)
	}
	store.migrations = []migration{first, {version: 2, name: "second", statements: []string{"INSERT INTO others SELECT n FROM some"}}}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := store.count(t, "others"); n != 3 {
		t.Errorf("%d rows were made of 3", n)
	}
}

func testMigrateAtOnce(t *testing.T, config Config) {
	const processes = 3
	results := make(chan error, processes)
	for range processes {
		store := openOnly(t, config)
		go func() { results <- store.Migrate(t.Context()) }()
	}
	for range processes {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if n, want := openOnly(t, config).count(t, "schema_migrations"), knownMigrations(t); n != want {
		t.Errorf("the ledger has %d rows, want %d: a migration ran twice", n, want)
	}
}

func knownMigrations(t *testing.T) uint64 {
	t.Helper()
	all, err := readMigrations()
	if err != nil {
		t.Fatal(err)
	}
	return uint64(len(all))
}

// testUpgradeWhileRunning: a program of this version writes and reads while a later one
// adds columns and tables, and goes on after it; the later one waits until that is done.
func testUpgradeWhileRunning(t *testing.T, config Config) {
	store, newer := open(t, config), openOnly(t, config)
	var said bytes.Buffer
	newer.logger = slog.New(slog.NewTextHandler(&said, nil))
	newer.migrations = append(newer.migrations, migration{version: 99, name: "0099_future.sql", statements: []string{
		"ALTER TABLE raw_pings ADD COLUMN IF NOT EXISTS weather UInt8 DEFAULT 7",
		"CREATE TABLE IF NOT EXISTS weather (customer_id UInt64) ENGINE = ReplacingMergeTree ORDER BY customer_id",
		"ALTER TABLE raw_pings ADD INDEX IF NOT EXISTS weathers weather TYPE minmax GRANULARITY 1",
	}})
	const rows = 50
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	var batches atomic.Int64
	running.Go(func() {
		for ctx.Err() == nil {
			batch := pings(t, batches.Load(), rows)
			if err := store.WriteRaw(t.Context(), batch); err != nil {
				t.Errorf("the earlier program writes: %v", err)
			}
			batches.Add(1)
			if _, err := store.Raw(t.Context(), storage.RawQuery{Kinds: []sample.Kind{sample.KindPings}, Before: 2, After: -1}); err != nil {
				t.Errorf("the earlier program reads: %v", err)
			}
		}
	})
	more := func() {
		for from := batches.Load(); batches.Load() < from+2; {
			<-time.After(5 * time.Millisecond)
		}
	}
	waited := make(chan error, 1)
	go func() { waited <- newer.WaitSchema(t.Context()) }()
	more()
	select {
	case err := <-waited:
		t.Fatalf("the later program did not wait: %v", err)
	default:
	}
	migrator := openOnly(t, config)
	migrator.migrations = newer.migrations
	if err := migrator.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if n := strings.Count(said.String(), "0099_future.sql is missing"); n != 1 || !strings.Contains(said.String(), "run mimamori migrate of this program") {
		t.Errorf("the later program says it %d times, want once:\n%s", n, &said)
	}
	more()
	stop()
	running.Wait()
	if err := errors.Join(store.CheckSchema(t.Context()), store.Migrate(t.Context())); err != nil {
		t.Errorf("the earlier program with a newer store: %v", err)
	}
	if n, want := store.count(t, "(SELECT * FROM raw_pings FINAL) WHERE weather = 7"), uint64(batches.Load()*rows); n != want {
		t.Errorf("%d rows, want %d", n, want)
	}
}

func testOlderDatabase(t *testing.T, config Config) {
	store := openOnly(t, config)
	if err := store.CheckSchema(t.Context()); err == nil || !strings.Contains(err.Error(), "no tables yet") {
		t.Errorf("before there are tables: %v", err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckSchema(t.Context()); err != nil {
		t.Errorf("the tables of this very program: %v", err)
	}
	if err := store.execute(t.Context(), "INSERT INTO schema_migrations VALUES (99, '0099_future.sql', 1)"); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckSchema(t.Context()); err != nil {
		t.Errorf("a newer database has all that is asked: %v", err)
	}
	if err := store.execute(t.Context(), "TRUNCATE TABLE schema_migrations"); err != nil {
		t.Fatal(err)
	}
	if err := store.execute(t.Context(), "INSERT INTO schema_migrations VALUES (1, '0001_raw.sql', 1), (2, '0002_derived.sql', 1)"); err != nil {
		t.Fatal(err)
	}
	err := store.CheckSchema(t.Context())
	if err == nil || !strings.Contains(err.Error(), "older than this program (0003_") {
		t.Errorf("an older database: %v", err)
	}
}

// testColumns holds the tables against a list, so that a change of a released schema
// is seen for what it is.
func testColumns(t *testing.T, config Config) {
	store := open(t, config)
	var found strings.Builder
	var table, name, typed, kind, expression string
	err := store.query(t.Context(), "columns", `SELECT table, name, type, default_kind, default_expression FROM system.columns
WHERE database = currentDatabase() ORDER BY table, position`, nil,
		[]any{&table, &name, &typed, &kind, &expression}, func() {
			found.WriteString(strings.TrimSpace(fmt.Sprintf("%s.%s %s %s %s", table, name, typed, kind, expression)) + "\n")
		})
	if err != nil {
		t.Fatal(err)
	}
	var engine, partition, key string
	err = store.query(t.Context(), "tables", `SELECT name, engine, partition_key, sorting_key FROM system.tables
WHERE database = currentDatabase() ORDER BY name`, nil,
		[]any{&table, &engine, &partition, &key}, func() {
			fmt.Fprintf(&found, "%s: %s partition (%s) key (%s)\n", table, engine, partition, key)
		})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/columns.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(found.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if found.String() != string(want) {
		t.Errorf("the columns differ from %s; if that is meant, run the test with -update.\n%s", golden, found.String())
	}
}

func testWaitReady(t *testing.T, config Config) {
	// The database is not there yet, which is for Migrate to mend.
	if err := openOnly(t, config).WaitReady(t.Context()); err != nil {
		t.Error(err)
	}
	config.Address = "127.0.0.1:1"
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := openOnly(t, config).WaitReady(ctx)
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("waiting for a store that is not there: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"address":        func(c *Config) { c.Address = "here" },
		"database":       func(c *Config) { c.Database = "a b" },
		"username":       func(c *Config) { c.Username = "" },
		"protocol":       func(c *Config) { c.Protocol = "smoke" },
		"compression":    func(c *Config) { c.Compression = "gz" },
		"connections":    func(c *Config) { c.Connections = 0 },
		"dial_timeout":   func(c *Config) { c.DialTimeout = 0 },
		"insert_timeout": func(c *Config) { c.InsertTimeout = -1 },
		"query_timeout":  func(c *Config) { c.QueryTimeout = 0 },
	} {
		config := DefaultConfig()
		if err := config.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(&config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a bad %s: %v", name, err)
		}
	}
}

func TestStatements(t *testing.T) {
	got := statements("-- a; b;\nCREATE x\n(\n    y\n);\n\n-- c\nDROP z;\n")
	if len(got) != 2 || got[0] != "CREATE x\n(\n    y\n)" || got[1] != "DROP z" {
		t.Errorf("%q", got)
	}
}
