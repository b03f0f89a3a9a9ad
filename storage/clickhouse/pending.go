package clickhouse

import (
	"context"
	"errors"

	"mimamori/storage"
)

var errPending = errors.New("this question has no SQL yet")

// States returns the stretches of devices in the time asked for, up included, cut and
// merged to at most slices stretches a device; 0 for all as they are.
func (s *Store) States(ctx context.Context, query storage.Query, slices int) (storage.StateStretches, error) {
	return storage.StateStretches{}, errPending
}

// Topology returns the devices that a query selects, each with what it is behind.
func (s *Store) Topology(ctx context.Context, query storage.Query) ([]storage.Node, error) {
	return nil, errPending
}

// Interfaces returns a page of interfaces with their traffic.
func (s *Store) Interfaces(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) (storage.InterfaceStatuses, error) {
	return storage.InterfaceStatuses{}, errPending
}

// Paths returns the voice paths.
func (s *Store) Paths(ctx context.Context, query storage.Query) ([]storage.PathStatus, error) {
	return nil, errPending
}

// Appliances returns the appliances at query.To.
func (s *Store) Appliances(ctx context.Context, query storage.Query) ([]storage.ApplianceStatus, error) {
	return nil, errPending
}

// Restarts returns the reboots in the time asked for.
func (s *Store) Restarts(ctx context.Context, query storage.Query) ([]storage.RebootEvent, error) {
	return nil, errPending
}
