package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// ErrSchema is wrapped by the errors of CheckSchema that say what the store lacks.
var ErrSchema = errors.New("the store's tables are not those of this program")

// CheckSchema returns an error that says what to do where the store lacks tables that
// this program asks: nobody has made any yet, or an older program did. A store that is
// newer will do, because migrations only add.
func (s *Store) CheckSchema(ctx context.Context) error {
	applied, err := s.appliedMigrations(ctx)
	if isUnknownDatabase(err) || isUnknownTable(err) {
		return fmt.Errorf("%w: the store %s at %s has no tables yet: run mimamori migrate with this configuration, or mimamori all, which makes them too",
			ErrSchema, s.config.Database, s.config.Address)
	}
	if err != nil {
		return err
	}
	for _, migration := range s.migrations {
		if _, done := applied[migration.version]; !done {
			return fmt.Errorf("%w: those of the store %s at %s are older than this program (%s is missing): run mimamori migrate of this program, which adds them while all else goes on",
				ErrSchema, s.config.Database, s.config.Address, migration.name)
		}
	}
	return nil
}

// WaitSchema returns once the store answers and has what this program asks, or with the
// last reason and the context's error when the context ends. It makes nothing itself.
// What it waits for is said when it changes, and each minute.
func (s *Store) WaitSchema(ctx context.Context) error {
	err := s.wait(ctx, s.CheckSchema, "waiting for the store and its tables, and doing nothing meanwhile")
	if err != nil {
		return fmt.Errorf("wait for the tables of the store %s at %s (last answer: %w): %w", s.config.Database, s.config.Address, err, ctx.Err())
	}
	return nil
}

// isUnknownTable recognises UNKNOWN_TABLE, error 60.
func isUnknownTable(err error) bool {
	var exception *clickhouse.Exception
	return errors.As(err, &exception) && exception.Code == 60
}
