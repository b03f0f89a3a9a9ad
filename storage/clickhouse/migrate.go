package clickhouse

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one numbered file. Its statements may be run again: each says IF NOT
// EXISTS or the like, because ClickHouse has no transaction around them.
type migration struct {
	version    uint32
	name       string
	checksum   uint64
	statements []string
}

// Migrate brings the tables to what this version of the program needs, making the
// database where it is missing. Migrations only add, so that a program of an earlier
// version goes on beside the new tables, and nothing is done about migrations that are
// not known here. A table serves as lock, so that
// of several processes one migrates and the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.createDatabase(ctx); err != nil {
		return err
	}
	if err := s.execute(ctx, createLedger); err != nil {
		return fmt.Errorf("make the ledger of migrations in ClickHouse at %s: %w", s.config.Address, err)
	}
	ctx, unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	applied, err := s.appliedMigrations(ctx)
	if err != nil {
		return err
	}
	empty := len(applied) == 0
	for _, migration := range s.migrations {
		if err := s.apply(ctx, migration, applied, empty); err != nil {
			return err
		}
		delete(applied, migration.version)
	}
	if len(applied) > 0 {
		s.logger.Info("the store has tables of a newer program; this one goes on with what it knows, because migrations only add",
			"database", s.config.Database, "newest", slices.Max(slices.Collect(maps.Keys(applied))))
	}
	return nil
}

const createLedger = `CREATE TABLE IF NOT EXISTS schema_migrations
(
    version  UInt32,
    name     String,
    checksum UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY version`

func readMigrations() ([]migration, error) {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return nil, fmt.Errorf("read the embedded migrations: %w", err)
	}
	var all []migration
	for _, entry := range entries {
		text, err := migrationFiles.ReadFile("migrations/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read the embedded migrations: %w", err)
		}
		number, _, _ := strings.Cut(entry.Name(), "_")
		version, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("the migration %s does not begin with a number", entry.Name())
		}
		hash := fnv.New64a()
		hash.Write(text)
		all = append(all, migration{uint32(version), entry.Name(), hash.Sum64(), statements(string(text))})
	}
	slices.SortFunc(all, func(a, b migration) int { return cmp.Compare(a.version, b.version) })
	for i := range all[1:] {
		if all[i].version == all[i+1].version { // the ledger would know one of them alone
			return nil, fmt.Errorf("the migrations %s and %s have one number: give the newer one the next", all[i].name, all[i+1].name)
		}
	}
	return all, nil
}

// statements cuts a file at lines that end in a semicolon and drops comment lines.
func statements(text string) []string {
	var all []string
	var statement strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "--") {
			continue
		}
		trimmed := strings.TrimRight(line, "\n")
		if ended, ok := strings.CutSuffix(trimmed, ";"); ok {
			statement.WriteString(ended)
			all = append(all, strings.TrimSpace(statement.String()))
			statement.Reset()
			continue
		}
		statement.WriteString(line)
	}
	return all
}

// fills says whether a statement does no more than make rows of rows that are there already.
func fills(statement string) bool {
	return strings.HasPrefix(statement, "INSERT ") || strings.Contains(statement, " MATERIALIZE ")
}

// apply runs a migration that is not applied yet. An empty database has no rows to fill others from: to find that out
// took a quarter of the time that it takes to make one.
func (s *Store) apply(ctx context.Context, m migration, applied map[uint32]uint64, empty bool) error {
	if checksum, done := applied[m.version]; done {
		if checksum != m.checksum {
			return fmt.Errorf("migration %s differs from the one that made the database %s: a released migration never changes, add a new one", m.name, s.config.Database)
		}
		return nil
	}
	for i, statement := range m.statements {
		if empty && fills(statement) {
			continue
		}
		if err := s.execute(ctx, finely(statement)); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("migration %s, statement %d, in ClickHouse at %s: %w", m.name, i+1, s.config.Address, err)
		}
	}
	version, name, checksum := []uint32{m.version}, []string{m.name}, []uint64{m.checksum}
	err := s.insert(ctx, insertion{"schema_migrations",
		[]column{of("version", &version), of("name", &name), of("checksum", &checksum)}, nil})
	if err != nil {
		return fmt.Errorf("record migration %s: %w", m.name, err)
	}
	s.logger.Info("migrated the store", "database", s.config.Database, "migration", m.name)
	return nil
}

func (s *Store) appliedMigrations(ctx context.Context) (map[uint32]uint64, error) {
	applied := map[uint32]uint64{}
	var version uint32
	var checksum uint64
	err := s.query(ctx, "migrations", "SELECT version, checksum FROM schema_migrations FINAL", nil,
		[]any{&version, &checksum}, func() { applied[version] = checksum })
	return applied, err
}

func (s *Store) execute(ctx context.Context, statement string) error {
	return s.failed(ctx, s.run(ctx, statement))
}

func (s *Store) run(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.QueryTimeout)
	defer cancel()
	return s.connection.Exec(ctx, statement)
}

// createDatabase makes the database where the server says that it is missing. A
// connection cannot be made to a database that is not there, so this takes one to the
// user's own.
func (s *Store) createDatabase(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.QueryTimeout)
	defer cancel()
	err := s.connection.Ping(ctx)
	if err == nil {
		return nil
	}
	if !isUnknownDatabase(err) {
		return fmt.Errorf("reach ClickHouse at %s to migrate it: %w", s.config.Address, s.failed(ctx, err))
	}
	settings, err := options(s.config, "")
	if err != nil {
		return err
	}
	connection, err := clickhouse.Open(settings)
	if err != nil {
		return fmt.Errorf("open ClickHouse at %s: %w", s.config.Address, err)
	}
	defer connection.Close()
	if err := connection.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+s.config.Database); err != nil {
		return fmt.Errorf("make the database %s in ClickHouse at %s (the user %s needs the right to, or make it by hand): %w",
			s.config.Database, s.config.Address, s.config.Username, s.failed(ctx, err))
	}
	return nil
}
