package datasource

import (
	"context"

	"mimamori/storage"
	"mimamori/storage/figures"
	"mimamori/storage/report"
)

// standing are the figures about how things stand now, which the reports have not.
func standing() []figure {
	return []figure{
		{
			name: "customers", answers: "customers", measures: []string{"urgency"}, whole: true,
			ask: stood(figures.Customers),
		},
		{
			name: "sites", answers: "sites", measures: []string{"urgency"}, whole: true,
			ask: stood(figures.Sites),
		},
		{
			name: "states", answers: "states", at: "from", measures: []string{"state"}, rows: 20_000,
			ask: func(ctx context.Context, a asking) (report.Sheet, error) {
				return figures.States(ctx, a.store, a.Question, a.points)
			},
		},
		{
			name: "topology", answers: "topology", measures: []string{"state"}, whole: true,
			ask: inTrouble(stood(figures.Topology)),
		},
		{
			name: "interfaces", answers: "interfaces", measures: []string{"in_bps", "out_bps"},
			read: readInterfaces, ask: interfaces,
		},
		{
			name: "paths", answers: "paths", measures: []string{"mos"}, whole: true,
			ask: stood(figures.Paths),
		},
		{
			name: "reboots", answers: "reboots", at: "at", labels: []string{"kind"}, measures: []string{"corrected"},
			ask: stood(figures.Reboots), events: rebootEvent,
		},
		{
			name: "appliances", answers: "appliances", measures: []string{"silent"}, whole: true,
			ask: stood(figures.Appliances),
		},
	}
}

// stood is a figure of the present.
func stood(ask func(context.Context, figures.Present, figures.Question) (report.Sheet, error)) asker {
	return func(ctx context.Context, a asking) (report.Sheet, error) { return ask(ctx, a.store, a.Question) }
}

// inTrouble asks for the devices alone that are not up where the query's kind is trouble: what is
// open in a large fleet is a short list.
func inTrouble(ask asker) asker {
	return func(ctx context.Context, a asking) (report.Sheet, error) {
		switch a.query.Kind {
		case "":
			return ask(ctx, a)
		case "trouble":
			a.Trouble = true
			return ask(ctx, a)
		}
		return report.Sheet{}, wrongf("kind %q is none of a device's: use trouble for those that are not up, or nothing", a.query.Kind)
	}
}

// interfaceOrders are what interfaces may be ordered by in a query.
var interfaceOrders = map[string]storage.InterfaceOrder{
	"": storage.InterfacesByName, "name": storage.InterfacesByName, "percent": storage.InterfacesByLoad, "errors": storage.InterfacesByErrors,
}

func readInterfaces(question *figures.Question, q Query) error {
	if _, ok := interfaceOrders[q.Order]; !ok {
		return wrongf("order %q is not one of name, percent and errors", q.Order)
	}
	if q.FullAt > 0 && (q.Top > 0 || q.Order != "" && q.Order != "percent") {
		return wrongf("fullAt has the interfaces that are full at their last poll, the fullest first: leave out top and order %q", q.Order)
	}
	q.Order = ""
	if err := readLinks(question, q); err != nil {
		return err
	}
	question.Top = 0 // the store has the busiest first by itself
	return nil
}

// interfaces asks for a page of interfaces in the order of the query, with top for the busiest, or with fullAt for those
// whose last poll was that full.
func interfaces(ctx context.Context, a asking) (report.Sheet, error) {
	choice := storage.InterfaceChoice{Text: a.query.Search, Busiest: a.query.Top > 0, Order: interfaceOrders[a.query.Order], Offset: a.query.Offset}
	if choice.LastAtLeast = a.query.FullAt; choice.LastAtLeast > 0 {
		choice.Order = storage.InterfacesByLoad
	}
	if a.Limit = a.rows; a.query.Top > 0 {
		a.Limit = min(a.rows, a.query.Top)
	}
	sheet, total, err := figures.Interfaces(ctx, a.store, a.Question, choice)
	if a.query.Top > 0 {
		total = min(total, a.query.Top)
	}
	*a.total = total
	return sheet, err
}
