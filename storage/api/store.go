package api

import (
	"context"

	"mimamori/storage/calendar"
	"mimamori/storage/figures"
)

// Store is who is asked. Each question has its scope, and ends with its context.
type Store interface {
	figures.Store
	// SaveMaintenance stores a revision of a maintenance window.
	SaveMaintenance(context.Context, calendar.Window) error
}
