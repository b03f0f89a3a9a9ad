package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"mimamori/storage"
	"mimamori/storage/figures"
	"mimamori/storage/report"
	"mimamori/storage/sla"
)

// Prefix is where the API is mounted.
const Prefix = "/api/"

// route is one question that may be asked, or one thing that may be done. Requests
// are answered by it and the OpenAPI description is made of it.
type route struct {
	method, path string
	may          string // what the token must be allowed
	name         string // operationId
	summary      string
	parameters   []string
	// ahead is how far into the future a question reaches that names no end; 0 where
	// what has not been yet cannot be asked about.
	ahead time.Duration
	// groups says that the parameter by names what messages are counted by.
	groups bool
	// shape is an empty answer, for its columns.
	shape func() report.Sheet
	// ask answers a question; nil where something is done instead.
	ask func(context.Context, figures.Store, figures.Question) (report.Sheet, error)
	// do does what the body says and returns what became of it; nil for questions.
	do   func(context.Context, *API, Store, *question, []byte) (any, error)
	body map[string]any // schema of the body
}

// details are the names of what is behind the rows.
func (r *route) details() []string {
	var names []string
	for _, each := range r.shape().Details {
		names = append(names, each.Name)
	}
	return names
}

// The parameters of all questions, and of those about a time.
var (
	common = []string{"customer", "site", "limit", "format"}
	timed  = append([]string{"from", "to", "tz"}, common...)
)

func with(some []string, more ...string) []string {
	return append(append([]string(nil), some...), more...)
}

const maintenancePath = "/api/v1/maintenance"

// routes are all there are.
var routes = []*route{
	{
		method: http.MethodGet, path: "/api/v1/availability", may: MayRead, name: "availability",
		summary:    "Availability under the contracts, by device, site, customer or service group, with every outage behind the figure.",
		parameters: with(timed, "device", "by", "calendar", "rows"),
		shape:      serviceShape,
		ask:        figures.Availability,
	},
	{
		method: http.MethodGet, path: "/api/v1/utilization", may: MayRead, name: "utilization",
		summary:    "Traffic and utilization of interfaces, for each bucket of time.",
		parameters: with(timed, "device", "interface", "kind", "step", "top", "order"),
		shape:      func() report.Sheet { return report.Utilization(storage.Query{}, nil) },
		ask:        figures.Utilization,
	},
	{
		method: http.MethodGet, path: "/api/v1/capacity", may: MayRead, name: "capacity",
		summary:    "How full links were: 95th percentiles of averages over 5 minutes, busy hours, and days until full by trend. Ask for two weeks and more.",
		parameters: with(timed, "device", "interface", "kind", "top", "order", "full_at"),
		shape:      func() report.Sheet { return report.Capacity(storage.Query{}, nil, 0) },
		ask:        figures.Capacity,
	},
	{
		method: http.MethodGet, path: "/api/v1/voice", may: MayRead, name: "voice",
		summary:    "Voice quality of paths: minute by minute with all that the model was given, or with step for each bucket of time.",
		parameters: with(timed, "path", "step"),
		shape:      voiceShape,
		ask:        figures.Voice,
	},
	{
		method: http.MethodGet, path: "/api/v1/health", may: MayRead, name: "health",
		summary:    "What devices say of their processors, memory, temperatures, fans and power, for each bucket of time.",
		parameters: with(timed, "device", "step"),
		shape:      func() report.Sheet { return report.Health(storage.Query{}, nil) },
		ask:        figures.Health,
	},
	{
		method: http.MethodGet, path: "/api/v1/blindspots", may: MayRead, name: "blindspots",
		summary:    "What is not seen at the end of the time asked about: silent appliances, and devices that tell nothing or only a part, with the reason.",
		parameters: with(timed, "device", "unasked"),
		shape:      func() report.Sheet { return report.BlindSpots(storage.Query{}, storage.BlindSpots{}) },
		ask:        figures.BlindSpots,
	},
	{
		method: http.MethodGet, path: "/api/v1/devices", may: MayRead, name: "devices",
		summary:    "The present state of every device.",
		parameters: with(common, "device", "tz"),
		shape:      func() report.Sheet { return report.Devices(storage.Query{}, nil) },
		ask: func(ctx context.Context, store figures.Store, q figures.Question) (report.Sheet, error) {
			q.From = q.Now.Add(-lastSeenWithin)
			return figures.Devices(ctx, store, q)
		},
	},
	{
		method: http.MethodGet, path: "/api/v1/syslog", may: MayRead, name: "syslog",
		summary:    "Lines of the log, the newest first, that have what is searched for.",
		parameters: with(timed, "device", "search", "severity", "mnemonic", "host", "app", "source", "before"),
		shape:      func() report.Sheet { return report.Syslog(storage.Query{}, nil) },
		ask:        figures.Syslog,
	},
	{
		method: http.MethodGet, path: "/api/v1/syslog/rates", may: MayRead, name: "syslogRates",
		summary:    "How many messages were logged, the most first, with the share and the change against as much time before.",
		parameters: with(timed, "device", "by", "step", "top", "severity", "mnemonic"),
		groups:     true,
		shape:      func() report.Sheet { return report.SyslogRates(storage.SyslogRatesQuery{}, storage.SyslogRates{}) },
		ask:        figures.SyslogRates,
	},
	{
		method: http.MethodGet, path: "/api/v1/notifications", may: MayRead, name: "notifications",
		summary:    "SNMP notifications received from devices, traps and informs, the newest first.",
		parameters: with(timed, "device", "notification"),
		shape:      func() report.Sheet { return report.Notifications(storage.Query{}, nil) },
		ask:        figures.Notifications,
	},
	{
		method: http.MethodGet, path: "/api/v1/alarms", may: MayRead, name: "alarms",
		summary:    "Alarms that were raised at any moment of the time asked about, the newest first, those that are raised with when and those that have cleared with how long.",
		parameters: with(timed, "device", "alert", "open"),
		shape:      func() report.Sheet { return report.Alarms(storage.Query{}, nil) },
		ask:        figures.Alarms,
	},
	{
		method: http.MethodGet, path: "/api/v1/corrections", may: MayRead, name: "corrections",
		summary:    "What was made anew after the fact: when, by whom, why, and what stood before.",
		parameters: with(timed, "device", "path", "rows"),
		shape:      func() report.Sheet { return report.Corrections(storage.Query{}, nil) },
		ask:        figures.Corrections,
	},
	{
		method: http.MethodGet, path: maintenancePath, may: MayRead, name: "maintenance",
		summary:    "Maintenance windows in force that may touch the time asked about, 30 days ahead unless to says otherwise.",
		parameters: with(timed, "device"),
		ahead:      30 * 24 * time.Hour,
		shape:      maintenanceShape,
		ask:        figures.Maintenance,
	},
	{
		method: http.MethodPost, path: maintenancePath, may: MayWrite, name: "enterMaintenance",
		summary: "Enter, revise or cancel a maintenance window, of the past too.",
		shape:   func() report.Sheet { return report.Sheet{} },
		do:      enterMaintenance,
		body:    windowSchema,
	},
}

// serviceShape has every column that an answer about availability may have, whatever
// it has a row for.
func serviceShape() report.Sheet {
	var all report.Sheet
	for _, by := range bys {
		each := report.ServiceLevels(sla.Answer{By: by})
		all.Columns = union(all.Columns, each.Columns)
		for _, details := range each.Details {
			at := slices.IndexFunc(all.Details, func(known report.Details) bool { return known.Name == details.Name })
			if at < 0 {
				all.Details = append(all.Details, details)
				continue
			}
			all.Details[at].Columns = union(all.Details[at].Columns, details.Columns)
		}
	}
	return all
}

// voiceShape has the columns of minutes and those of buckets.
func voiceShape() report.Sheet {
	shape := report.Voice(storage.Query{}, nil)
	shape.Columns = union(shape.Columns, report.VoicePeriods(storage.Query{}, nil).Columns)
	return shape
}

func maintenanceShape() report.Sheet {
	shape, _ := report.Maintenance(storage.Query{}, nil, false) // fails over windows alone
	return shape
}

func union(some, more []string) []string {
	for _, each := range more {
		if !slices.Contains(some, each) {
			some = append(some, each)
		}
	}
	return some
}

// lastSeenWithin is how far back answered pings are looked for beside the recorded
// state of a device.
const lastSeenWithin = time.Hour
