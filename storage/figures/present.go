package figures

import (
	"context"

	"mimamori/storage"
	"mimamori/storage/report"
)

// Present is a store that also knows how things stand: what pages show that reports do
// not.
type Present interface {
	Store
	// Customers returns how each customer stands at the end of the time asked for.
	Customers(context.Context, storage.Query) ([]storage.Standing, error)
	// Sites returns how each site stands then.
	Sites(context.Context, storage.Query) ([]storage.Standing, error)
	// States returns stretches of devices, no more than a few for each slice of the time.
	States(ctx context.Context, query storage.Query, slices int) (storage.StateStretches, error)
	// Topology returns devices with what they are behind.
	Topology(context.Context, storage.Query) ([]storage.Node, error)
	// Interfaces returns a page of interfaces.
	Interfaces(context.Context, storage.Query, storage.InterfaceChoice) (storage.InterfaceStatuses, error)
	// Paths returns voice paths.
	Paths(context.Context, storage.Query) ([]storage.PathStatus, error)
	// Appliances returns appliances.
	Appliances(context.Context, storage.Query) ([]storage.ApplianceStatus, error)
	// Restarts returns restarts of devices and agents.
	Restarts(context.Context, storage.Query) ([]storage.RebootEvent, error)
}

// Customers has a row for each customer, the most urgent first.
func Customers(ctx context.Context, store Present, q Question) (report.Sheet, error) {
	standings, err := store.Customers(ctx, q.Query)
	return report.Customers(q.Query, standings), err
}

// Sites has a row for each site, the most urgent first.
func Sites(ctx context.Context, store Present, q Question) (report.Sheet, error) {
	standings, err := store.Sites(ctx, q.Query)
	return report.Sites(q.Query, standings), err
}

// States has a row for each stretch; 0 slices for all as they were.
func States(ctx context.Context, store Present, q Question, slices int) (report.Sheet, error) {
	found, err := store.States(ctx, q.Query, slices)
	return report.States(q.Query, found), err
}

// Topology has a row for each device.
func Topology(ctx context.Context, store Present, q Question) (report.Sheet, error) {
	nodes, err := store.Topology(ctx, q.Query)
	return report.Topology(q.Query, nodes), err
}

// Interfaces has a row for each interface of a page, and says how many there are of all
// pages.
func Interfaces(ctx context.Context, store Present, q Question, choice storage.InterfaceChoice) (report.Sheet, int, error) {
	found, err := store.Interfaces(ctx, q.Query, choice)
	return report.Interfaces(q.Query, found), found.Total, err
}

// Paths has a row for each voice path.
func Paths(ctx context.Context, store Present, q Question) (report.Sheet, error) {
	paths, err := store.Paths(ctx, q.Query)
	return report.Paths(q.Query, paths), err
}

// Appliances has a row for each appliance.
func Appliances(ctx context.Context, store Present, q Question) (report.Sheet, error) {
	appliances, err := store.Appliances(ctx, q.Query)
	return report.Appliances(q.Query, appliances), err
}

// Reboots has a row for each restart.
func Reboots(ctx context.Context, store Present, q Question) (report.Sheet, error) {
	reboots, err := store.Restarts(ctx, q.Query)
	return report.Reboots(q.Query, reboots), err
}
