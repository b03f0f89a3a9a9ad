package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// asker is a connection to the store for questions, which finds the store again where it moved.
type asker struct {
	who         string // asks, for the log
	application *application
	connections int
	remember    time.Duration                             // clickhouse.Config.Remember
	as          func(clickhouse.Config) clickhouse.Config // whom it is to the store; nil for the reader
	store       atomic.Pointer[clickhouse.Store]          // nil while there is none
}

func (q *asker) part() part {
	return part{name: q.who, run: q.keep, stop: func() error { return q.use(nil) }, check: q.check}
}

// check says whether there is a store that answers.
func (q *asker) check(ctx context.Context) error {
	store := q.store.Load()
	if store == nil {
		return errors.New("it has found no store to ask yet; its log says why")
	}
	return store.CheckSchema(ctx)
}

// lookAgain is how often the store is looked for: it may not be there yet, and an
// embedded one moves to another port each time the process that runs it starts.
const lookAgain = 5 * time.Second

func (q *asker) keep(ctx context.Context) error {
	known, complaint := clickhouse.Config{}, ""
	for {
		found, err := q.follow(ctx, known)
		if err != nil && err.Error() != complaint && ctx.Err() == nil {
			q.application.logger.Warn(q.who+" has no store to ask and looks again", "every", lookAgain, "error", err)
		}
		known, complaint = found, ""
		if err != nil {
			complaint = err.Error()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookAgain):
		}
	}
}

// follow connects to the store where it is not the known one, and returns which is
// asked from now on. A store that does not answer just now stays the one.
func (q *asker) follow(ctx context.Context, known clickhouse.Config) (clickhouse.Config, error) {
	config := q.application.config
	settings := config.Storage.ClickHouse
	if q.as != nil {
		settings = q.as(settings)
	} else {
		settings = settings.ForReader()
	}
	if config.embeddedStore() {
		endpoint, err := embedded.ReadEndpoint(q.application.engineDirectory())
		if err != nil {
			return known, err
		}
		settings = clickhouseConfig(settings, endpoint)
	}
	settings.Connections, settings.Remember = q.connections, q.remember
	if settings == known {
		return known, nil
	}
	store, err := clickhouse.Open(ctx, settings, q.application.logger, q.application.registry)
	if err != nil {
		return known, err
	}
	if err := store.CheckSchema(ctx); err != nil {
		return known, errors.Join(err, store.Close())
	}
	q.application.logger.Info(q.who+" asks the store", "address", settings.Address)
	return settings, q.use(store)
}

// use makes a store the one that is asked and closes the one before it.
func (q *asker) use(store *clickhouse.Store) error {
	if before := q.store.Swap(store); before != nil {
		return before.Close()
	}
	return nil
}
