package sla

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// rolled is a store that has its sums at hand.
type rolled struct {
	record
	asked  int
	before bool // nobody added up yet who was unreachable
}

func (r *rolled) AvailabilityTotals(context.Context, storage.Query, bool) ([]storage.AvailabilityTotal, error) {
	r.asked++
	var answer []storage.AvailabilityTotal
	for _, device := range r.devices {
		total := storage.AvailabilityTotal{Availability: device}
		total.Outages = nil
		for _, outage := range device.Outages {
			if outage.State == storage.StateDown {
				total.Downs++
				total.LongestMs = max(total.LongestMs, outage.To.Sub(outage.From).Milliseconds())
				if outage.Cause == storage.CauseUnreachable {
					total.UnreachableMs += outage.To.Sub(outage.From).Milliseconds()
				}
			}
		}
		if r.before {
			total.UnreachableMs = -1
		}
		answer = append(answer, total)
	}
	return answer, nil
}

// TestTotalsGiveTheSameFigures compares both ways to the same answer.
func TestTotalsGiveTheSameFigures(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 61))
	for range 50 {
		source := &rolled{}
		for _, name := range []string{"a", "b", "c"} {
			source.devices = append(source.devices, life(random, april, "acme", "tokyo", name))
		}
		for _, by := range []By{ByDevice, BySite, ByCustomer} {
			quick := ask(t, source, DefaultConfig(), Question{Query: april, By: by, FiguresOnly: true})
			whole := ask(t, source, DefaultConfig(), Question{Query: april, By: by})
			told := ask(t, source, DefaultConfig(), Question{Query: april, By: by, FiguresOnly: true, Contributors: true})
			before := ask(t, &rolled{record: source.record, before: true}, DefaultConfig(), Question{Query: april, By: by, FiguresOnly: true, Contributors: true})
			for i := range whole.Rows {
				row := whole.Rows[i]
				if got := told.Rows[i].Contributors; !reflect.DeepEqual(got, row.Contributors) || !reflect.DeepEqual(got, before.Rows[i].Contributors) {
					t.Fatalf("by %s contributed:\n%+v\nwant\n%+v\nand by outages %+v", by, got, row.Contributors, before.Rows[i].Contributors)
				}
				row.Outages, row.Contributors, row.UnreachableMs = nil, nil, 0
				if !reflect.DeepEqual(quick.Rows[i], row) {
					t.Fatalf("by %s:\n%+v\nwant\n%+v", by, quick.Rows[i], row)
				}
			}
		}
		if source.asked != 6 {
			t.Fatalf("totals were asked for %d times, want 6", source.asked)
		}
	}
}

// TestTotalsAreNotAskedWhereTimeIsLeftOut holds the conditions one by one.
func TestTotalsAreNotAskedWhereTimeIsLeftOut(t *testing.T) {
	office := map[string]calendar.Config{"office": {TimeZone: "UTC", Hours: []string{"Mon-Fri 09:00-18:00"}}}
	for what, test := range map[string]struct {
		asked  int
		change func(*rolled, *Config, *Question)
	}{
		"nothing":         {1, func(*rolled, *Config, *Question) {}},
		"with outages":    {0, func(_ *rolled, _ *Config, q *Question) { q.FiguresOnly = false }},
		"of groups":       {0, func(_ *rolled, _ *Config, q *Question) { q.By = ByGroup }},
		"by office hours": {0, func(_ *rolled, _ *Config, q *Question) { q.Calendar = "office" }},
		"by a contract": {0, func(_ *rolled, c *Config, _ *Question) {
			c.Contracts = []Contract{{Customer: "acme", Calendar: "office"}}
		}},
		"by somebody else's": {1, func(_ *rolled, c *Config, q *Question) {
			c.Contracts, q.Customer = []Contract{{Customer: "zen", Calendar: "office"}}, "acme"
		}},
		"around the clock all same": {1, func(_ *rolled, c *Config, q *Question) {
			c.Contracts, q.Calendar = []Contract{{Customer: "acme", Calendar: "office"}}, AroundTheClock
		}},
		"with maintenance": {0, func(r *rolled, _ *Config, _ *Question) { r.windows = []calendar.Window{planned(april, 0, 60, "works")} }},
		"corrected": {0, func(r *rolled, _ *Config, _ *Question) {
			r.corrections = []storage.Correction{{Entity: r.devices[0].Entity, Changed: true, Before: []storage.Outage{down(0, 60).outage(april)}}}
		}},
	} {
		source := &rolled{record: record{devices: []storage.Availability{device(april, "acme", "tokyo", "router", 0)}}}
		config, question := Config{Calendars: office}, Question{Query: april, FiguresOnly: true}
		test.change(source, &config, &question)
		answer := ask(t, source, config, question)
		if source.asked != test.asked {
			t.Errorf("%s: totals were asked for %d times, want %d", what, source.asked, test.asked)
		}
		if slices.ContainsFunc(answer.Rows, func(row Row) bool { return question.FiguresOnly && len(row.Outages) > 0 }) {
			t.Errorf("%s: there are outages", what)
		}
	}
}
