package clickhouse

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// slowly is a migration that takes a while in its middle.
func slowly(seconds string) migration {
	return migration{version: 99, name: "0099_slow.sql", statements: []string{
		"CREATE TABLE IF NOT EXISTS begun (n UInt8) ENGINE = ReplacingMergeTree ORDER BY n",
		"INSERT INTO begun SELECT sleepEachRow(0.1) FROM numbers(" + seconds + "0) SETTINGS max_block_size = 1",
		"CREATE TABLE IF NOT EXISTS done (n UInt8) ENGINE = ReplacingMergeTree ORDER BY n",
	}}
}

// The variables tell TestMigratingProcess which store to migrate.
const addressVariable, databaseVariable, passwordVariable = "MIMAMORI_TEST_ADDRESS", "MIMAMORI_TEST_DATABASE", "MIMAMORI_TEST_PASSWORD"

// TestMigratingProcess is no test but the process that testMigrateKilled kills.
func TestMigratingProcess(t *testing.T) {
	config := DefaultConfig()
	if config.Address = os.Getenv(addressVariable); config.Address == "" {
		t.Skip("it is for another test")
	}
	config.Protocol, config.Database, config.Password = ProtocolHTTP, os.Getenv(databaseVariable), os.Getenv(passwordVariable)
	store := openOnly(t, config)
	store.migrations = append(store.migrations, slowly("600"))
	t.Fatal(store.Migrate(t.Context()))
}

// testMigrateKilled: a process that is killed in the middle of a migration leaves nothing
// that anybody has to clear away.
func testMigrateKilled(t *testing.T, config Config) {
	if config.Protocol != ProtocolHTTP {
		t.Skip("the process speaks HTTP")
	}
	store := open(t, config)
	child := exec.Command(os.Args[0], "-test.run=^TestMigratingProcess$")
	child.Env = append(os.Environ(), addressVariable+"="+config.Address, databaseVariable+"="+config.Database, passwordVariable+"="+config.Password)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for store.count(t, "system.tables WHERE database = currentDatabase() AND name = 'begun'") == 0 {
		if time.Since(begun) > 30*time.Second {
			t.Fatal("the process did not begin to migrate")
		}
		<-time.After(50 * time.Millisecond)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // that it was killed
	if store.count(t, "system.tables WHERE database = currentDatabase() AND name = 'schema_lock'") != 1 {
		t.Fatal("the process was killed too late: it holds no lock")
	}
	store.migrations = append(store.migrations, slowly("0"))
	store.lock.expires = 2 * time.Second
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := store.count(t, "system.tables WHERE database = currentDatabase() AND name IN ('begun', 'done', 'schema_lock')"); n != 2 {
		t.Errorf("%d of the tables begun and done without schema_lock, want 2", n)
	}
}

// testLongMigration: a migration that takes longer than a lock keeps it, and others wait.
func testLongMigration(t *testing.T, config Config) {
	times := lockTimes{shown: 300 * time.Millisecond, expires: 2 * time.Second}
	first, second := open(t, config), openOnly(t, config)
	first.lock, second.lock = times, times
	first.migrations, second.migrations = append(first.migrations, slowly("3")), append(second.migrations, slowly("3"))
	results := make(chan error, 2)
	for _, store := range []*Store{first, second} {
		go func() { results <- store.Migrate(t.Context()) }()
	}
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if n := first.count(t, "schema_migrations WHERE version = 99"); n != 1 {
		t.Errorf("the migration was made %d times, want once", n)
	}
}

// testLockLost: who stood still for so long that another took its lock, ends.
func testLockLost(t *testing.T, config Config) {
	store, other := open(t, config), openOnly(t, config)
	store.lock.shown = 200 * time.Millisecond
	store.migrations = append(store.migrations, slowly("3"), migration{version: 100, name: "0100_next.sql",
		statements: []string{"CREATE TABLE IF NOT EXISTS never (n UInt8) ENGINE = ReplacingMergeTree ORDER BY n"}})
	result := make(chan error, 1)
	go func() { result <- store.Migrate(t.Context()) }()
	for other.count(t, "system.tables WHERE database = currentDatabase() AND name = 'begun'") == 0 {
		<-time.After(20 * time.Millisecond)
	}
	if err := other.execute(t.Context(), "DROP TABLE schema_lock SYNC"); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, errLockLost) || !strings.Contains(err.Error(), "0099_slow.sql") {
		t.Errorf("got %v", err)
	}
	if other.count(t, "system.tables WHERE database = currentDatabase() AND name = 'never'") != 0 {
		t.Error("it went on without the lock")
	}
}
