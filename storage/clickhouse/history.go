package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// These are for measurements and their tests, which make rows inside the engine.

// Execute runs a statement. Nothing that came from outside may be in it.
func Execute(ctx context.Context, s *Store, statement string) error {
	return s.execute(ctx, statement)
}

// filling are the migrations that fill tables from others that had rows before them: what
// was last of each thing, and what was in the last days.
var filling = []string{"0027_current.sql", "0032_voice_recent.sql", "0033_polls_recent.sql", "0034_utilization_recent.sql", "0042_interface_states.sql"}

// Refill fills the tables of what was last, and those of the last days, from the rows that
// there are, as the migrations that made them did. Settings end each statement.
func Refill(ctx context.Context, s *Store, settings string) error {
	all, err := readMigrations()
	if err != nil {
		return err
	}
	for _, migration := range all {
		if !slices.Contains(filling, migration.name) {
			continue
		}
		for _, statement := range migration.statements {
			if !strings.HasPrefix(statement, "INSERT") {
				continue
			}
			if err := s.execute(ctx, statement+settings); err != nil {
				return fmt.Errorf("fill the tables of migration %s: %w", migration.name, err)
			}
		}
	}
	return nil
}

// Settle waits until the engine has merged what was written.
func Settle(ctx context.Context, s *Store) error {
	for {
		var merging uint64
		if err := s.query(ctx, "merges", "SELECT count() FROM system.merges", nil, []any{&merging}, func() {}); err != nil || merging == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// SchemaVersion is the number of the newest migration.
func SchemaVersion() (uint32, error) {
	all, err := readMigrations()
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return all[len(all)-1].version, nil
}
