package api

import (
	"context"

	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/sla"
)

// Store is who is asked. Each question has its scope, and ends with its context.
type Store interface {
	sla.Source
	// Utilization returns traffic of interfaces.
	Utilization(context.Context, storage.Query) ([]storage.LinkUtilization, error)
	// Capacity returns how full interfaces were.
	Capacity(context.Context, storage.Query) ([]storage.LinkCapacity, error)
	// Voice returns the quality of voice paths.
	Voice(context.Context, storage.Query) ([]storage.PathVoice, error)
	// VoicePeriods returns it for each bucket.
	VoicePeriods(context.Context, storage.Query) ([]storage.VoicePeriod, error)
	// Devices returns the present state of devices.
	Devices(context.Context, storage.Query) ([]storage.DeviceStatus, error)
	// Syslog returns lines of the log, the newest first where the query has a limit.
	Syslog(context.Context, storage.Query) ([]storage.SyslogLine, error)
	// SyslogRates returns how many messages were logged.
	SyslogRates(context.Context, storage.SyslogRatesQuery) (storage.SyslogRates, error)
	// Notifications returns SNMP notifications, the newest first where the query has a
	// limit.
	Notifications(context.Context, storage.Query) ([]storage.Notification, error)
	// Health returns what devices say of their own parts.
	Health(context.Context, storage.Query) ([]storage.SensorHealth, error)
	// BlindSpots returns what is not seen at the end of the time asked for, with unasked
	// also what the inventory does not ask for.
	BlindSpots(ctx context.Context, query storage.Query, unasked bool) (storage.BlindSpots, error)
	// Maintenance returns the maintenance windows in force that may touch the time of a
	// query.
	Maintenance(context.Context, storage.Query) ([]calendar.Window, error)
	// SaveMaintenance stores a revision of a maintenance window.
	SaveMaintenance(context.Context, calendar.Window) error
}
