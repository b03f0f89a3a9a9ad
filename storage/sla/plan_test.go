package sla

import (
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// revised is a window as somebody changed it.
func revised(window calendar.Window, at int64, why string, change func(*calendar.Window)) calendar.Window {
	window.RevisedAt, window.RevisedBy, window.RevisedWhy = second(april, at), "sato", why
	change(&window)
	return window
}

func until(to int64) func(*calendar.Window) {
	return func(w *calendar.Window) { w.To = second(april, to) }
}

// TestWindowsThatWereChanged has a device that is down from the second to the sixth
// hour, under a window that was planned ahead for the second and third.
func TestWindowsThatWereChanged(t *testing.T) {
	ahead := planned(april, 2*hour, 4*hour, "new line")
	extended := revised(ahead, 7*hour, "it took longer", until(5*hour))
	cancelled := revised(extended, 8*hour, "nobody came", func(w *calendar.Window) { w.Cancelled = true })
	elsewhere := func(w *calendar.Window) { w.Customer, w.Site = "acme", "osaka" }
	type before struct {
		why          string
		downH        int64
		fromH, untoH int64 // what was changed
	}
	for what, test := range map[string]struct {
		revisions []calendar.Window
		downH     int64
		want      []before // the latest first
	}{
		"as planned":            {[]calendar.Window{ahead}, 2, nil},
		"extended afterwards":   {[]calendar.Window{ahead, extended}, 1, []before{{"maintenance changed: it took longer", 2, 4, 5}}},
		"extended while it ran": {[]calendar.Window{ahead, revised(ahead, 3*hour, "it takes longer", until(5*hour))}, 1, nil},
		"extended too late": {[]calendar.Window{ahead, revised(ahead, 4*hour+hour/2, "it takes longer", until(5*hour))}, 1,
			[]before{{"maintenance changed: it takes longer", 2, 4, 5}}},
		"shortened":                {[]calendar.Window{ahead, revised(ahead, 7*hour, "done early", until(3*hour))}, 3, []before{{"maintenance changed: done early", 2, 3, 4}}},
		"extended, then cancelled": {[]calendar.Window{ahead, extended, cancelled}, 4, []before{{"maintenance cancelled: nobody came", 1, 2, 5}, {"maintenance changed: it took longer", 2, 4, 5}}},
		"cancelled ahead":          {[]calendar.Window{ahead, revised(ahead, 0, "not now", func(w *calendar.Window) { w.Cancelled = true })}, 4, nil},
		"of another site": {[]calendar.Window{ahead, revised(ahead, 7*hour, "it was Osaka", elsewhere)}, 4,
			[]before{{"maintenance changed: it was Osaka", 2, 2, 4}}},
		"put off": {[]calendar.Window{ahead, revised(ahead, 7*hour, "the month after", func(w *calendar.Window) {
			w.From, w.To = april.To.Add(time.Hour), april.To.Add(2*time.Hour)
		})}, 4, []before{{"maintenance changed: the month after", 2, 2, 4}}},
		"said otherwise": {[]calendar.Window{ahead, revised(ahead, 7*hour, "a typo", func(w *calendar.Window) { w.Why = "new router" })}, 2, nil},
		"a rule that gave too many": {[]calendar.Window{
			func() calendar.Window {
				often := ahead
				often.From, often.To, often.Rule, often.TimeZone = april.From.AddDate(-3, 0, 0), april.From.AddDate(-3, 0, 0).Add(time.Minute), "FREQ=HOURLY", "UTC"
				return often
			}(), revised(ahead, 7*hour, "once", until(4*hour))}, 2, nil},
	} {
		for i := range test.revisions {
			test.revisions[i].ID = "w"
			test.revisions[i].Customer = "acme"
		}
		source := &record{
			devices: []storage.Availability{device(april, "acme", "tokyo", "router", 0, down(2*hour, 6*hour))},
			windows: test.revisions,
		}
		for _, by := range []By{ByDevice, ByCustomer} {
			row := one(t, ask(t, source, DefaultConfig(), Question{Query: april, By: by}))
			if row.DownMs != test.downH*hour*1000 || len(row.Corrections) != len(test.want) {
				t.Errorf("%s by %s: down %d ms, corrections %+v", what, by, row.DownMs, row.Corrections)
				continue
			}
			for i, want := range test.want {
				got := row.Corrections[i]
				if got.Why != want.why || got.By != "sato" || got.Before.DownMs != want.downH*hour*1000 ||
					!got.From.Equal(second(april, want.fromH*hour)) || !got.To.Equal(second(april, want.untoH*hour)) {
					t.Errorf("%s by %s: correction %d is %+v, want %+v", what, by, i, got, want)
				}
			}
		}
	}
}

func TestAWindowThatGivesTooManyIsAnError(t *testing.T) {
	often := planned(april, 0, 60, "often")
	often.From, often.To, often.Rule = april.From.AddDate(-3, 0, 0), april.From.AddDate(-3, 0, 0).Add(time.Minute), "FREQ=HOURLY"
	source := &record{windows: []calendar.Window{often}}
	if _, err := Ask(t.Context(), source, DefaultConfig(), Question{Query: april}); err == nil {
		t.Error("no error")
	}
}
