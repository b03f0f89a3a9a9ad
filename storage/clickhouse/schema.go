package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// CheckSchema returns an error that says what to do where the store lacks tables that
// this program asks: nobody has made any yet, or an older program did. A store that is
// newer will do, because migrations only add.
func (s *Store) CheckSchema(ctx context.Context) error {
	migrations, err := readMigrations()
	if err != nil {
		return err
	}
	applied, err := s.appliedMigrations(ctx)
	if isUnknownDatabase(err) || isUnknownTable(err) {
		return fmt.Errorf("the store %s at %s has no tables yet: start mimamori all with this configuration, which makes them",
			s.config.Database, s.config.Address)
	}
	if err != nil {
		return err
	}
	for _, migration := range migrations {
		if _, done := applied[migration.version]; !done {
			return fmt.Errorf("the tables of the store %s at %s are older than this program (%s is missing): start the centre with this program, which adds them, or ask with the program that the centre runs",
				s.config.Database, s.config.Address, migration.name)
		}
	}
	return nil
}

// isUnknownTable recognises UNKNOWN_TABLE, error 60.
func isUnknownTable(err error) bool {
	var exception *clickhouse.Exception
	return errors.As(err, &exception) && exception.Code == 60
}
