package datasource

import (
	"context"
	"slices"
	"time"

	"mimamori/storage"
	"mimamori/storage/figures"
	"mimamori/storage/report"
	"mimamori/storage/sla"
)

// figure is one thing that may be asked about.
type figure struct {
	name    string // in queries
	answers string // what report.ColumnOf calls its answers
	// at is the column that says when a row of a series stands; empty for figures
	// without a time of their own, which stand at the end of the time asked about.
	at       string
	labels   []string // columns that label a series beside the keys of the sheet
	measures []string // of a series that names none
	// counts says that nothing in a bucket is 0, and not a gap.
	counts bool
	// ahead says that the future may be asked about too.
	ahead bool
	// whole says that all rows are asked for, so that it is known how many there are.
	whole bool
	// rows is how many are given where a query does not say; 0 for usualRows.
	rows int
	// read sets what of a query the figure takes beyond the names; nil for nothing.
	read func(*figures.Question, Query) error
	ask  func(context.Context, asking) (report.Sheet, error)
	// events turns a row into an annotation; nil for figures that are none.
	events func(row) event
}

// known are the figures in the order in which they are offered.
var known = append([]figure{
	{
		name: "availability", answers: "availability", measures: []string{"availability_pct"}, whole: true,
		read: readService, ask: figuresOnly(asked(figures.Availability)),
	},
	{
		name: "outages", answers: "availability.outages", at: "from", measures: []string{"counted_s"}, whole: true,
		read: readService, ask: behind(asked(figures.Availability), "outages"), events: outageEvent,
	},
	{
		name: "contributors", answers: "availability.contributors", labels: []string{"site", "device"}, measures: []string{"share_pct"}, whole: true,
		read: readContributors, ask: behind(contributorsOnly(asked(figures.Availability)), "contributors"),
	},
	{
		name: "utilization", answers: "utilization", at: "start", measures: []string{"in_bps", "out_bps"},
		read: readLinks, ask: asked(figures.Utilization),
	},
	{
		name: "capacity", answers: "capacity", measures: []string{"p95_pct"},
		read: readLinks, ask: asked(figures.Capacity),
	},
	{
		name: "voice", answers: "voice", at: "start", labels: []string{"scale"}, measures: []string{"mos"},
		ask: asked(figures.Voice),
	},
	{
		name: "health", answers: "health", at: "start", labels: []string{"kind"}, measures: []string{"mean"},
		ask: ofKind(asked(figures.Health)),
	},
	{
		name: "syslog", answers: "syslog", at: "received", labels: []string{"sender", "what"}, measures: []string{"messages"},
		read: readLog, ask: asked(figures.Syslog),
	},
	{
		name: "syslog_rates", answers: "syslogRates", at: "start", labels: []string{"level", "what", "source", "hostname"}, measures: []string{"messages"}, counts: true,
		read: readRates, ask: asked(figures.SyslogRates),
	},
	{
		name: "notifications", answers: "notifications", at: "received", labels: []string{"notification"}, measures: []string{"severity"},
		read: func(question *figures.Question, q Query) error { question.Notification = q.Notification; return nil },
		ask:  asked(figures.Notifications), events: notificationEvent,
	},
	{
		name: "alarms", answers: "alarms", at: "raised", labels: []string{"alert", "severity"}, measures: []string{"seconds"},
		read: readAlarms, ask: asked(figures.Alarms), events: alarmEvent,
	},
	{
		name: "blindspots", answers: "blindspots", labels: []string{"appliance", "what", "reason"}, measures: []string{"devices"}, whole: true,
		read: func(question *figures.Question, q Query) error { question.Unasked = q.Unasked; return nil },
		ask:  asked(figures.BlindSpots),
	},
	{
		name: "maintenance", answers: "maintenance", at: "next_from", measures: []string{"cancelled"}, ahead: true, whole: true,
		ask: asked(figures.Maintenance), events: maintenanceEvent,
	},
	{
		name: "corrections", answers: "corrections", at: "at", measures: []string{"mos_after"},
		ask: asked(figures.Corrections), events: correctionEvent,
	},
	{
		name: "corrected", answers: "availability.corrections", at: "at", measures: []string{"availability_before_pct"}, whole: true,
		read: readService, ask: behind(asked(figures.Availability), "corrections"),
	},
	{
		name: "devices", answers: "devices", measures: []string{"state"},
		ask: present,
	},
}, standing()...)

// lastSeenWithin is how far back answered pings are looked for beside the recorded state
// of a device.
const lastSeenWithin = time.Hour

// figureOf returns a figure by its name.
func figureOf(name string) (figure, bool) {
	at := slices.IndexFunc(known, func(f figure) bool { return f.name == name })
	if at < 0 {
		return figure{}, false
	}
	return known[at], true
}

func figureNames() []string {
	names := make([]string, len(known))
	for i, each := range known {
		names[i] = each.name
	}
	return names
}

func eventNames() []string {
	var names []string
	for _, each := range known {
		if each.events != nil {
			names = append(names, each.name)
		}
	}
	return names
}

// asking is a question on its way to the store.
type asking struct {
	figures.Question
	store  Store
	query  Query
	points int // that the panel has room for
	rows   int // that are asked for
	// total is set by a figure that pages in the store: how many rows there are in all.
	total *int
	// everything says that the details behind the rows are wanted too, for a file.
	everything bool
}

// asker puts a question to the store.
type asker = func(context.Context, asking) (report.Sheet, error)

// asked is a figure of the reports.
func asked(ask func(context.Context, figures.Store, figures.Question) (report.Sheet, error)) asker {
	return func(ctx context.Context, a asking) (report.Sheet, error) { return ask(ctx, a.store, a.Question) }
}

// figuresOnly leaves out what is behind the figures, for which a frame has no room.
func figuresOnly(ask asker) asker {
	return func(ctx context.Context, a asking) (report.Sheet, error) {
		a.FiguresOnly = !a.everything
		return ask(ctx, a)
	}
}

// contributorsOnly leaves out what is behind the figures but the contributors.
func contributorsOnly(ask asker) asker {
	return func(ctx context.Context, a asking) (report.Sheet, error) {
		a.FiguresOnly, a.Contributors = true, true
		return ask(ctx, a)
	}
}

// behind gives the details behind the rows as rows of their own.
func behind(ask asker, name string) asker {
	return func(ctx context.Context, a asking) (report.Sheet, error) {
		sheet, err := ask(ctx, a)
		if err != nil {
			return sheet, err
		}
		for _, details := range sheet.Details {
			if details.Name == name {
				return sheet.Of(details), nil
			}
		}
		return sheet, wrongf("there are no %s by %s", name, a.By)
	}
}

// present asks about the present state of devices.
func present(ctx context.Context, a asking) (report.Sheet, error) {
	a.From = a.To.Add(-lastSeenWithin)
	return figures.Devices(ctx, a.store, a.Question)
}

// ofKind leaves the sensors of one kind where the query names one.
func ofKind(ask asker) asker {
	return func(ctx context.Context, a asking) (report.Sheet, error) {
		if a.query.Kind == "" {
			return ask(ctx, a)
		}
		limit := a.Limit
		a.Limit = 0
		sheet, err := ask(ctx, a)
		at := slices.Index(sheet.Columns, "kind")
		sheet.Rows = slices.DeleteFunc(sheet.Rows, func(cells []any) bool { return cells[at] != a.query.Kind })
		if limit > 0 && len(sheet.Rows) > limit {
			sheet.Rows = sheet.Rows[:limit]
		}
		return sheet, err
	}
}

func readService(question *figures.Question, q Query) error {
	question.By, question.Calendar = sla.By(q.By), q.Calendar
	switch question.By {
	case "":
		question.By = sla.ByDevice
	case sla.ByDevice, sla.BySite, sla.ByCustomer, sla.ByGroup:
	default:
		return wrongf("by %q is not one of device, site, customer and group", q.By)
	}
	return nil
}

func readContributors(question *figures.Question, q Query) error {
	if q.By == "" {
		q.By = string(sla.ByCustomer)
	}
	if q.By != string(sla.ByCustomer) && q.By != string(sla.BySite) {
		return wrongf("by %q: contributors are told by customer or by site", q.By)
	}
	return readService(question, q)
}

func readLinks(question *figures.Question, q Query) error {
	question.Top, question.Order, question.Kind = q.Top, q.Order, q.Kind
	if question.FullAt = q.FullAt; question.FullAt == 0 {
		question.FullAt = 100
	}
	if q.Order != "" && !slices.Contains(storage.Orders, q.Order) {
		return wrongf("order %q is not one of bits and percent", q.Order)
	}
	if q.Kind != "" {
		if _, err := storage.ParseLinkKind(q.Kind); err != nil {
			return wrongf("kind %q is not one of lan, wan and ignored", q.Kind)
		}
	}
	if question.Top > 0 && question.Step > 0 && question.To.Sub(question.From)/question.Step > mostTopBuckets {
		return wrongf("step %s cuts the time into more than %d buckets, too many to look for the top of: use a longer step or less time", q.Step, mostTopBuckets)
	}
	return nil
}

// mostTopBuckets is how many there may be where the top of all links is looked for: all
// of them are read then.
const mostTopBuckets = 400

// readAlarms leaves the alarms of a rule, and those that have not cleared where the query's kind is open.
func readAlarms(question *figures.Question, q Query) error {
	question.Alarm = storage.AlarmFilter{Rule: q.Alert, Open: q.Kind == "open"}
	if q.Kind != "" && q.Kind != "open" {
		return wrongf("kind %q is none of an alarm's: use open for those that have not cleared, or nothing", q.Kind)
	}
	return nil
}

func readLog(question *figures.Question, q Query) (err error) {
	question.Log, err = logFilter(q)
	return err
}

func readRates(question *figures.Question, q Query) error {
	question.Groups, question.Top = []storage.LogGroup{storage.ByMnemonic}, q.Top
	if q.By != "" {
		groups, err := storage.ParseLogGroups(q.By)
		if err != nil {
			return wrongf("by %v", err)
		}
		question.Groups = groups
	}
	return readLog(question, q)
}
