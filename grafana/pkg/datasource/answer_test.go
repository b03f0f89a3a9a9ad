package datasource

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// TestOldDataIsSaid holds that a panel of the present says when its data is not: it would
// show the last figures as if nothing had happened.
func TestOldDataIsSaid(t *testing.T) {
	now := time.Now()
	present, past := backend.TimeRange{From: now.Add(-time.Hour), To: now}, backend.TimeRange{From: now.Add(-time.Hour), To: now.Add(-10 * time.Minute)}
	for _, c := range []struct {
		name   string
		asOf   time.Duration // before now
		during backend.TimeRange
		said   bool
	}{
		{"new data", 10 * time.Second, present, false},
		{"old data", 75 * time.Second, present, true},
		{"old data of a time gone by", 75 * time.Second, past, false},
	} {
		d, token := overCrowd(t, &crowd{devices: 1, asOf: now.Add(-c.asOf)})
		answers, err := d.QueryData(t.Context(), &backend.QueryDataRequest{PluginContext: from(token),
			Queries: []backend.DataQuery{query(t, "A", c.during, map[string]any{"figure": "devices"})}})
		if err != nil || answers.Responses["A"].Error != nil {
			t.Fatalf("%s: %v, %v", c.name, err, answers)
		}
		said := false
		for _, notice := range answers.Responses["A"].Frames[0].Meta.Notices {
			said = said || strings.HasPrefix(notice.Text, "Not current: the newest data is 1m15s old")
		}
		if said != c.said {
			t.Errorf("%s: said %t, want %t", c.name, said, c.said)
		}
	}
}

// TestTakenBack holds that a question which nobody waits for any more is no failure: who
// leaves a page takes all of its questions back, and Grafana's log would fill with errors.
func TestTakenBack(t *testing.T) {
	d, token := overCrowd(t, &crowd{devices: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	now := time.Now()
	answers, err := d.QueryData(ctx, &backend.QueryDataRequest{PluginContext: from(token),
		Queries: []backend.DataQuery{query(t, "A", backend.TimeRange{From: now.Add(-time.Hour), To: now}, map[string]any{"figure": "devices"})}})
	if !errors.Is(err, context.Canceled) || answers != nil {
		t.Errorf("%v, %v", answers, err)
	}
}

// TestEventsOfOneReason holds that what follows from one thing is one stretch of a graph.
func TestEventsOfOneReason(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	outage := func(device, cause string, from, to int) event {
		columns := map[string]int{"customer": 0, "site": 1, "device": 2, "state": 3, "cause": 4, "from": 5, "to": 6}
		return outageEvent(row{columns, []any{"acme", "100%", device, "down", cause, at(from), at(to)}})
	}
	var got []string
	for _, each := range folded([]event{
		outage("ap-1", "unreachable", 1, 10), outage("ap-2", "unreachable", 2, 12), outage("ap-3", "unreachable", 30, 31),
		outage("router", "no answer", 0, 11), outage("sv-1", "no answer", 0, 11),
	}) {
		got = append(got, each.from.Format("15:04")+" "+each.to.Format("15:04")+" "+each.title)
	}
	want := []string{
		"12:00 12:11 acme / 100% / router: down (no answer)", "12:00 12:11 acme / 100% / sv-1: down (no answer)",
		"12:01 12:12 acme / 100%: 2 devices down (unreachable)", "12:30 12:31 acme / 100% / ap-3: down (unreachable)",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
