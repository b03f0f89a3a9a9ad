package history

import (
	"context"
	"fmt"
	"time"

	"mimamori/storage"
	"mimamori/storage/figures"
	"mimamori/storage/report"
	"mimamori/storage/sla"
)

// Question is a question as a page asks it when it is opened, or of a dashboard.
type Question struct {
	Page, Figure string
	ask          asking
	Query        storage.Query
}

// Asked is a store that pages can ask.
type Asked interface {
	figures.Present
	Newest(ctx context.Context, query storage.Query) (storage.Freshness, error)
	Names(ctx context.Context, search storage.NameSearch) (storage.NamePage, error)
}

// Ask asks a store and returns how many rows it answers with. Of fewer devices than Whole some
// answers are empty.
func (q Question) Ask(ctx context.Context, store Asked) (rows int, err error) {
	sheet, err := q.ask(ctx, store, q.Query)
	return len(sheet.Rows), err
}

// SomeCustomer is the customer that is asked about where it is one.
const SomeCustomer = "customer-7"

// Questions are those that the pages of the NOC ask when they are opened, that reports and
// dashboards ask, each with the time that its page begins with.
func (f *Fleet) Questions() []Question {
	customer, site := SomeCustomer, "site-2"
	device := fmt.Sprintf("device-%d", max(1, f.Devices/(f.customers()*sitesOfCustomer))*30) // the first of that site
	span := func(length time.Duration) storage.Query {
		return storage.Query{Scope: storage.EveryCustomer(), From: f.To.Add(-length), To: f.To}
	}
	const day = 24 * time.Hour
	all, just, month := span(day), span(10*time.Minute), span(Days*day)
	of := func(q storage.Query, customer, site, device string) storage.Query {
		q.Customer, q.Site, q.Device = customer, site, device
		return q
	}
	today := of(all, customer, "", "")
	here, own := of(all, customer, site, ""), of(all, customer, site, device)
	port, path := own, here
	port.Interface, path.Path = "port 1", fmt.Sprint("path ", pathsOfSite*30)
	portMonth := of(month, customer, site, device)
	portMonth.Interface = "port 1"
	stepped := func(q storage.Query, step time.Duration) storage.Query { q.Step = step; return q }
	limited := func(q storage.Query, limit int) storage.Query { q.Limit = limit; return q }
	kind := func(q storage.Query, kind string) storage.Query { q.Kind = kind; return q }
	troubled := func(q storage.Query) storage.Query { q.Trouble = true; return q }
	hour := span(time.Hour)

	return []Question{
		{"wall", "customers", ofPresent(figures.Customers), all},

		{"customer", "customers", ofPresent(figures.Customers), today},
		{"customer", "sites", ofPresent(figures.Sites), today},
		{"customer", "availability", service(sla.ByCustomer, true), today},
		{"customer", "paths", ofPresent(figures.Paths), today},
		{"customer", "utilization, top 10 of WAN", topLinks(figures.Utilization, 10), kind(today, "wan")},
		{"customer", "topology, trouble", ofPresent(figures.Topology), troubled(today)},
		{"customer", "appliances", ofPresent(figures.Appliances), today},

		{"site", "topology", ofPresent(figures.Topology), here},
		{"site", "appliances", ofPresent(figures.Appliances), here},
		{"site", "sites", ofPresent(figures.Sites), here},
		{"site", "outages", service(sla.ByDevice, false), here},
		{"site", "interfaces of WAN", interfacesOf(storage.InterfaceChoice{}), limited(kind(here, "wan"), 100)},
		{"site", "paths", ofPresent(figures.Paths), here},

		{"device", "topology", ofPresent(figures.Topology), own},
		{"device", "states", statesOf, own},
		{"device", "availability", service(sla.ByDevice, true), own},
		{"device", "health", ofStore(figures.Health), own},
		{"device", "reboots", ofPresent(figures.Reboots), own},
		{"device", "syslog", ofStore(figures.Syslog), limited(own, 100)},
		{"device", "interfaces", interfacesOf(storage.InterfaceChoice{}), limited(own, 50)},
		{"device", "interfaces, busiest 50 of 10 minutes", interfacesOf(storage.InterfaceChoice{Busiest: true}), limited(of(just, customer, site, device), 50)},

		{"interface", "interfaces", interfacesOf(storage.InterfaceChoice{}), limited(port, 1000)},
		{"interface", "utilization", ofStore(figures.Utilization), port},
		{"interface", "utilization, series", ofStore(figures.Utilization), stepped(port, 5*time.Minute)},
		{"interface", "capacity of 30 days", ofStore(figures.Capacity), portMonth},

		{"path", "paths", ofPresent(figures.Paths), path},
		{"path", "voice by minute", ofStore(figures.Voice), limited(path, 5000)},

		{"availability", "availability by customer", service(sla.ByCustomer, true), month},
		{"availability", "availability by site", service(sla.BySite, true), month},
		{"availability", "contributors", contributors, month},

		{"utilization", "capacity, top 25 of WAN", topLinks(figures.Capacity, 25), kind(all, "wan")},
		{"utilization", "capacity, top 25 of LAN", topLinks(figures.Capacity, 25), kind(all, "lan")},
		{"utilization", "capacity of 30 days, top 25 of WAN", topLinks(figures.Capacity, 25), kind(month, "wan")},
		{"utilization", "utilization, series of top 5 of WAN", topLinks(figures.Utilization, 5), stepped(kind(all, "wan"), 5*time.Minute)},

		{"syslog", "syslog", ofStore(figures.Syslog), limited(hour, 200)},
		{"syslog", "rates by severity", rates(storage.BySeverity), hour},
		{"syslog", "rates by severity, series", rates(storage.BySeverity), stepped(hour, time.Minute)},
		{"syslog", "rates by mnemonic", rates(storage.ByMnemonic), hour},
		{"syslog", "rates by device", rates(storage.ByDevice), hour},

		{"alarms", "topology, trouble", ofPresent(figures.Topology), troubled(all)},
		{"alarms", "appliances", ofPresent(figures.Appliances), all},
		{"alarms", "interfaces, 90 % at the last poll", interfacesOf(storage.InterfaceChoice{Order: storage.InterfacesByLoad, LastAtLeast: 90}), limited(just, 5000)},
		{"alarms", "paths of 10 minutes", ofPresent(figures.Paths), just},

		{"appliances", "appliances", ofPresent(figures.Appliances), all},
		{"blindspots", "blindspots", ofStore(blindSpots), all},
		{"dashboard", "topology of all", ofPresent(figures.Topology), all},

		{"own", "capacity, top 20 of WAN", topLinks(figures.Capacity, 20), kind(today, "wan")},
		{"own", "utilization, series of top 5 of WAN", topLinks(figures.Utilization, 5), stepped(kind(today, "wan"), 10*time.Minute)},
		{"own", "voice, series", ofStore(figures.Voice), stepped(today, 10*time.Minute)},

		{"every", "newest", newest, all},
		{"dashboard", "states of all, a day", statesOf, all},
		{"dashboard", "states of all, 30 days", statesOf, month},
		{"dashboard", "paths of 30 days", ofPresent(figures.Paths), month},
		{"dashboard", "interfaces, busiest 20 of a day", interfacesOf(storage.InterfaceChoice{Busiest: true}), limited(all, 20)},
		{"dashboard", "interfaces, busiest 20 of 30 days", interfacesOf(storage.InterfaceChoice{Busiest: true}), limited(month, 20)},
		{"dashboard", "interfaces by name", interfacesOf(storage.InterfaceChoice{Text: "port 3", Offset: 1000}), limited(all, 20)},
		{"names", "devices", namesOf(storage.NameDevice, "vice-99"), all},
		{"names", "interfaces", namesOf(storage.NameInterface, "port 2"), all},
		{"names", "customers", namesOf(storage.NameCustomer, ""), all},
	}
}

type asking func(context.Context, figures.Present, storage.Query) (report.Sheet, error)

func question(query storage.Query) figures.Question {
	return figures.Question{Query: query, Now: query.To, FullAt: 100}
}

func ofPresent(ask func(context.Context, figures.Present, figures.Question) (report.Sheet, error)) asking {
	return func(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
		return ask(ctx, store, question(query))
	}
}

func ofStore(ask func(context.Context, figures.Store, figures.Question) (report.Sheet, error)) asking {
	return func(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
		return ask(ctx, store, question(query))
	}
}

func topLinks(ask func(context.Context, figures.Store, figures.Question) (report.Sheet, error), top int) asking {
	return func(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
		asked := question(query)
		asked.Top, asked.Order = top, "percent"
		return ask(ctx, store, asked)
	}
}

// service asks for the availability; without figuresOnly also for what is behind it.
func service(by sla.By, figuresOnly bool) asking {
	return func(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
		asked := question(query)
		asked.By, asked.FiguresOnly = by, figuresOnly
		return figures.Availability(ctx, store, asked)
	}
}

func contributors(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
	asked := question(query)
	asked.By, asked.FiguresOnly, asked.Contributors = sla.ByCustomer, true, true
	return figures.Availability(ctx, store, asked)
}

func rates(by storage.LogGroup) asking {
	return func(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
		asked := question(query)
		asked.Groups, asked.Top = []storage.LogGroup{by}, 500
		return figures.SyslogRates(ctx, store, asked)
	}
}

func interfacesOf(choice storage.InterfaceChoice) asking {
	return func(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
		sheet, _, err := figures.Interfaces(ctx, store, question(query), choice)
		return sheet, err
	}
}

// statesOf asks for one stretch more than are shown, as the data source does.
func statesOf(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
	query.Limit = 20_001
	return figures.States(ctx, store, question(query), 500)
}

// blindSpots is never empty here: there is no device that is not seen.
func blindSpots(ctx context.Context, store figures.Store, asked figures.Question) (report.Sheet, error) {
	sheet, err := figures.BlindSpots(ctx, store, asked)
	sheet.Rows = append(sheet.Rows, nil)
	return sheet, err
}

func newest(ctx context.Context, store figures.Present, query storage.Query) (report.Sheet, error) {
	fresh, err := store.(Asked).Newest(ctx, query)
	return report.Sheet{Rows: [][]any{{fresh.AsOf}}}, err
}

func namesOf(kind storage.NameKind, text string) asking {
	return func(ctx context.Context, store figures.Present, _ storage.Query) (report.Sheet, error) {
		page, err := store.(Asked).Names(ctx, storage.NameSearch{Scope: storage.EveryCustomer(), Kind: kind, Text: text, Offset: 20, Limit: 50})
		return report.Sheet{Rows: make([][]any, len(page.Names))}, err
	}
}
