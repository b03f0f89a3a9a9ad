package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// storeFlags say which store to ask.
type storeFlags struct {
	Config string `help:"Configuration file of the installation to ask; a running demo prints the path of its own." required:"" type:"existingfile" placeholder:"FILE"`
}

// withStore connects to the store of the configuration as the one who reads. Where that
// is the embedded one and nobody runs it, it is started for the time of the question.
func (f storeFlags) withStore(ctx context.Context, logger *slog.Logger, ask func(*clickhouse.Store) error) error {
	return f.connect(ctx, clickhouse.Config.ForReader, logger, ask)
}

// changeStore is withStore for who has something to write.
func (f storeFlags) changeStore(ctx context.Context, logger *slog.Logger, change func(*clickhouse.Store) error) error {
	return f.connect(ctx, func(writer clickhouse.Config) clickhouse.Config { return writer }, logger, change)
}

func (f storeFlags) connect(ctx context.Context, user func(clickhouse.Config) clickhouse.Config, logger *slog.Logger, ask func(*clickhouse.Store) error) error {
	config, err := configFlag(f).load()
	if err != nil {
		return err
	}
	application := newApplication(config, logger)
	if config.embeddedStore() {
		endpoint, err := embedded.ReadEndpoint(application.engineDirectory())
		if err == nil {
			return askServer(ctx, clickhouseConfig(config.Storage.ClickHouse, endpoint), logger, ask)
		}
		if _, missing := os.Stat(application.engineDirectory()); errors.Is(missing, os.ErrNotExist) {
			return fmt.Errorf("there is no store in %s: run mimamori all with this configuration first", filepath.Clean(config.Data))
		}
		return application.play(ctx, storeRole, func(context.Context) error { return ask(application.store) })
	}
	return askServer(ctx, user(config.Storage.ClickHouse), logger, ask)
}

func askServer(ctx context.Context, settings clickhouse.Config, logger *slog.Logger, ask func(*clickhouse.Store) error) error {
	store, err := clickhouse.Open(ctx, settings, logger, newApplication(Config{}, logger).registry)
	if err != nil {
		return err
	}
	// The centre that made the tables may be of another version than this program.
	if err := store.CheckSchema(ctx); err != nil {
		return errors.Join(err, store.Close())
	}
	return errors.Join(ask(store), store.Close())
}
