package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// embeddedStore runs the engine, where the configuration names no server.
func embeddedStore(a *application) ([]part, error) {
	if !a.config.embeddedStore() {
		return nil, nil
	}
	return a.runEngine(a.config.Storage.Embedded)
}

func (a *application) runEngine(config embedded.Config) ([]part, error) {
	config.Directory = a.engineDirectory()
	command, err := engineCommand()
	if err != nil {
		return nil, err
	}
	a.engine, err = embedded.New(config, command, a.logger, a.registry)
	if err != nil {
		return nil, fmt.Errorf("set up the embedded store: %w", err)
	}
	return []part{{name: "embedded store", run: a.engine.Run, drain: 5 * time.Second}}, nil
}

func (a *application) engineDirectory() string { return filepath.Join(a.config.Data, "engine") }

// engineCommand is how this binary is started as the child process that serves the
// engine.
func engineCommand() ([]string, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	return []string{binary, "engine"}, nil
}

// clickhouseConfig points the client at the embedded engine.
func clickhouseConfig(settings clickhouse.Config, endpoint embedded.Endpoint) clickhouse.Config {
	settings.Protocol = "http"
	settings.Address = endpoint.Address
	settings.Database = endpoint.Database
	settings.Username = "default"
	settings.Password = endpoint.Token
	return settings
}

// ownSchema connects to the store and brings its schema up to date, as the user who may.
func ownSchema(a *application) ([]part, error) {
	return []part{a.storePart(func(ctx context.Context, _ *clickhouse.Store, settings clickhouse.Config) error {
		store, err := clickhouse.Open(ctx, settings.ForMigrator(), a.logger, a.registry)
		if err != nil {
			return err
		}
		return errors.Join(a.migrate(ctx, store), store.Close())
	})}, nil
}

func (a *application) migrate(ctx context.Context, store *clickhouse.Store) error {
	if err := store.WaitReady(ctx); err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	return store.Retain(ctx, a.config.Storage.Retention)
}

// givenSchema connects to the store and waits until its tables are there.
func givenSchema(a *application) ([]part, error) {
	return []part{a.storePart(func(ctx context.Context, store *clickhouse.Store, _ clickhouse.Config) error {
		return store.WaitSchema(ctx)
	})}, nil
}

// storePart is the connection to the store. It can be used once prepare has returned.
func (a *application) storePart(prepare func(ctx context.Context, store *clickhouse.Store, settings clickhouse.Config) error) part {
	var opened atomic.Pointer[clickhouse.Store]
	connect := func(ctx context.Context) error {
		settings := a.config.Storage.ClickHouse
		if a.engine != nil {
			endpoint, err := a.engine.Endpoint(ctx)
			if err != nil {
				return err
			}
			settings = clickhouseConfig(settings, endpoint)
		}
		store, err := clickhouse.Open(ctx, settings, a.logger, a.registry)
		if err != nil {
			return err
		}
		a.store = store
		opened.Store(store)
		return prepare(ctx, store, settings)
	}
	disconnect := func() error {
		if a.store == nil {
			return nil
		}
		return a.store.Close()
	}
	check := func(ctx context.Context) error {
		if store := opened.Load(); store != nil {
			return store.CheckSchema(ctx)
		}
		return nil
	}
	return part{name: "store", ready: connect, stop: disconnect, check: check}
}

// insistAgain is how long the start of a role waits before it asks the store once more.
const insistAgain = time.Second

// insist repeats what the start of a role wants of the store until it works or the
// context ends. A refusal that time does not heal is returned.
func (a *application) insist(ctx context.Context, what string, attempt func() error) error {
	for said := ""; ; {
		err := attempt()
		if err == nil || ctx.Err() != nil {
			return err
		}
		if failure := (*storage.Failure)(nil); errors.As(err, &failure) && !failure.Heals() {
			return fmt.Errorf("%s: %w", what, err)
		}
		if err.Error() != said {
			said = err.Error()
			a.logger.Warn("the store failed; trying until it works, and not starting before", "what", what, "error", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, err)
		case <-time.After(insistAgain):
		}
	}
}
