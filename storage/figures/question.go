package figures

import (
	"context"
	"fmt"
	"time"

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
	// Alarms returns what was raised, the newest first.
	Alarms(context.Context, storage.Query) ([]storage.RaisedAlarm, error)
	// Health returns what devices say of their own parts.
	Health(context.Context, storage.Query) ([]storage.SensorHealth, error)
	// BlindSpots returns what is not seen at the end of the time asked for, with unasked
	// also what the inventory does not ask for.
	BlindSpots(ctx context.Context, query storage.Query, unasked bool) (storage.BlindSpots, error)
	// Maintenance returns the maintenance windows in force that may touch the time of a
	// query.
	Maintenance(context.Context, storage.Query) ([]calendar.Window, error)
}

// Question is a question about a figure. Of what is beside the query each figure takes
// its own and leaves the rest.
type Question struct {
	storage.Query
	By           sla.By             // what availability has a row for; empty for devices
	Service      sla.Config         // what was promised to whom
	Calendar     string             // in place of that of each contract; empty for the contract's own
	FiguresOnly  bool               // availability without what is behind the figures
	Contributors bool               // with FiguresOnly, the contributors all the same
	Groups       []storage.LogGroup // what messages of the log are counted by
	Top          int                // links or subjects, those with most first; 0 for all
	Order        string             // what Top goes by, one of storage.Orders; empty for the first of them
	FullAt       float64            // from which utilization on a link is full, percent
	Unasked      bool               // of blind spots, also devices that nobody asks by SNMP
	Now          time.Time          // the present
}

// Wrong says which parameter of a question says something that cannot be answered.
type Wrong struct {
	Parameter string // in snake_case, as the HTTP API and the data source call it
	Reason    string // what is wrong with it and what to do, to stand behind its name
}

// Error names the parameter and the reason.
func (w *Wrong) Error() string { return fmt.Sprintf("%s %s", w.Parameter, w.Reason) }
