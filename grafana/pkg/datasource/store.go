package datasource

import (
	"context"

	"mimamori/storage"
	"mimamori/storage/figures"
	"mimamori/storage/scope"
)

// Store is who is asked: storage/clickhouse, with connections of its own for each data
// source.
type Store interface {
	figures.Present
	// Contracts returns the revisions of what was promised.
	Contracts(context.Context, storage.Query) ([]storage.ContractRevision, error)
	// ScopeKeys returns the public keys that tokens are held against.
	ScopeKeys(context.Context) ([]scope.Key, error)
	// Names returns a page of names.
	Names(context.Context, storage.NameSearch) (storage.NamePage, error)
	// Newest returns how new what is known is.
	Newest(context.Context, storage.Query) (storage.Freshness, error)
	// CheckSchema says what the store lacks.
	CheckSchema(context.Context) error
	// Close closes the connections.
	Close() error
}
