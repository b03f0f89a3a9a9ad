package sla

import (
	"reflect"
	"strings"
	"testing"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

func TestTheStateOfAGroup(t *testing.T) {
	const u, p, g, d = storage.StateUnknown, storage.StateUp, storage.StateDegraded, storage.StateDown
	for _, test := range []struct {
		needed  int
		members []storage.State
		want    storage.State
	}{
		// series
		{2, []storage.State{p, p}, p},
		{2, []storage.State{p, d}, d},
		{2, []storage.State{u, d}, d},
		{2, []storage.State{p, u}, u},
		{2, []storage.State{p, g}, g},
		{2, []storage.State{g, u}, u},
		// parallel
		{1, []storage.State{p, d}, g},
		{1, []storage.State{d, d}, d},
		{1, []storage.State{d, u}, u}, // the unknown one may be up
		{1, []storage.State{p, u}, p}, // one is up for certain
		{1, []storage.State{g, d}, g},
		// two of three
		{2, []storage.State{p, p, d}, g},
		{2, []storage.State{p, d, d}, d},
		{2, []storage.State{p, u, d}, u},
		{2, []storage.State{u, d, d}, d},
		{2, []storage.State{p, p, u}, p},
		{2, []storage.State{p, u, u}, u},
	} {
		members := make([]Outage, len(test.members))
		for i, state := range test.members {
			members[i].State = state
		}
		if got := stateOf(test.needed, members); got != test.want {
			t.Errorf("%d of %v is %s, want %s", test.needed, test.members, got, test.want)
		}
	}
}

// pair is a group of two routers at Tokyo.
func pair(kind string) Config {
	return Config{Groups: []Group{{Name: "internet", Customer: "acme", Kind: kind, Members: []Member{
		{Site: "tokyo", Device: "a"}, {Site: "tokyo", Device: "b"},
	}}}}
}

func TestAGroupOutageNamesItsMembers(t *testing.T) {
	source := &record{devices: []storage.Availability{
		device(april, "acme", "tokyo", "a", 0, down(1000, 2000)),
		device(april, "acme", "tokyo", "b", 0, down(1500, 3000), unknown(4000, 5000)),
	}}
	got := one(t, ask(t, source, pair(Series), Question{Query: april, By: ByGroup}))
	if len(got.Outages) != 2 || got.DownMs != 2_000_000 || got.UnknownMs != 1_000_000 || got.Figure.Outages != 1 {
		t.Fatalf("%+v", got)
	}
	outage := got.Outages[0]
	if !reflect.DeepEqual(outage.Members, []string{"tokyo / a", "tokyo / b"}) || !outage.From.Equal(second(april, 1000)) || !outage.To.Equal(second(april, 3000)) ||
		outage.Evidence != "tokyo / a: no answer; tokyo / b: no answer" {
		t.Errorf("%+v", outage)
	}
	if got.Name != "internet" || got.State != storage.StateUp {
		t.Errorf("%s is %s", got.Name, got.State)
	}
	a, b := 1-1000.0/2592000, 1-1500.0/2591000
	isPercent(t, "expectation", 100*a*b)(*got.ExpectedPct, true)

	got = one(t, ask(t, source, pair(Parallel), Question{Query: april, By: ByGroup}))
	if got.DownMs != 500_000 || got.DegradedMs != 1_500_000 || got.UnknownMs != 0 {
		t.Errorf("parallel %+v", got.Figure)
	}
	isPercent(t, "expectation", 100*(1-(1-a)*(1-b)))(*got.ExpectedPct, true)
}

func TestAGroupIsUnknownUntilItsMembersAreSeen(t *testing.T) {
	source := &record{devices: []storage.Availability{
		device(april, "acme", "tokyo", "a", 1000),
		device(april, "acme", "tokyo", "b", 3000),
	}}
	got := one(t, ask(t, source, pair(Series), Question{Query: april, By: ByGroup}))
	if got.UnknownMs != 2_000_000 || !got.Since.Equal(second(april, 1000)) || got.Outages[0].Evidence != "tokyo / b: not seen yet" {
		t.Errorf("%+v", got)
	}
	source.devices = source.devices[:1]
	got = one(t, ask(t, source, pair(Series), Question{Query: april, By: ByGroup}))
	if _, ok := got.Percent(); ok || got.State != storage.StateUnknown || got.ExpectedPct != nil {
		t.Errorf("a member that was never seen: %+v", got)
	}
	got = one(t, ask(t, source, pair(Parallel), Question{Query: april, By: ByGroup}))
	isPercent(t, "one of two", 100)(got.Percent())
	source.devices = nil
	got = one(t, ask(t, source, pair(Parallel), Question{Query: april, By: ByGroup}))
	if _, ok := got.Percent(); ok || got.ScheduledMs != 0 || !got.Since.Equal(april.To) {
		t.Errorf("no member was ever seen: %+v", got)
	}
}

func TestGroupsOfGroups(t *testing.T) {
	config := pair(Parallel)
	config.Groups = append(config.Groups, Group{Name: "mail", Customer: "acme", Kind: Series, Members: []Member{
		{Group: "internet"}, {Site: "osaka", Device: "server"},
	}})
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	source := &record{devices: []storage.Availability{
		device(april, "acme", "osaka", "server", 0, down(9000, 9100)),
		device(april, "acme", "tokyo", "a", 0, down(1000, 2000)),
		device(april, "acme", "tokyo", "b", 0, down(1500, 3000)),
	}}
	rows := ask(t, source, config, Question{Query: april, By: ByGroup}).Rows
	mail := rows[1]
	if mail.Name != "mail" || mail.DownMs != 600_000 || mail.Figure.Outages != 2 || mail.DegradedMs != 1_500_000 {
		t.Errorf("%+v", mail)
	}
	// By one device: the groups that rest on it.
	query := april
	query.Device = "server"
	if rows := ask(t, source, config, Question{Query: query, By: ByGroup}).Rows; len(rows) != 1 || rows[0].DownMs != 600_000 {
		t.Errorf("groups on the server: %+v", rows)
	}
}

// TestMaintenanceOfAMember holds that a group is under maintenance only while that
// would take it down.
func TestMaintenanceOfAMember(t *testing.T) {
	window := planned(april, 1000, 2000, "new line")
	window.Customer, window.Site, window.Device = "acme", "tokyo", "a"
	source := &record{
		devices: []storage.Availability{
			device(april, "acme", "tokyo", "a", 0, down(1000, 2500)),
			device(april, "acme", "tokyo", "b", 0, down(1500, 1800)),
		},
		windows: []calendar.Window{window},
	}
	got := one(t, ask(t, source, pair(Series), Question{Query: april, By: ByGroup}))
	if got.ExcludedMs != 1_000_000 || got.DownMs != 500_000 {
		t.Errorf("series %+v", got.Figure)
	}
	if why := got.Outages[0].Excluded; len(why) != 1 || why[0].Why != "maintenance: new line" {
		t.Errorf("excluded %+v", why)
	}
	// One of two is enough: that the other failed meanwhile is downtime.
	got = one(t, ask(t, source, pair(Parallel), Question{Query: april, By: ByGroup}))
	if got.ExcludedMs != 0 || got.DownMs != 300_000 || got.DegradedMs != 1_200_000 {
		t.Errorf("parallel %+v", got.Figure)
	}
	// Both: the service is.
	source.windows[0].Device = ""
	got = one(t, ask(t, source, pair(Parallel), Question{Query: april, By: ByGroup}))
	if got.ExcludedMs != 1_000_000 || got.DownMs != 0 || got.DegradedMs != 500_000 {
		t.Errorf("parallel, all of it %+v", got.Figure)
	}
}

func TestEvidenceIsSaidOnce(t *testing.T) {
	text := ""
	for _, each := range []string{"", "a", "b", "a", ""} {
		text = alongside(text, each)
	}
	if text != "a; b" || strings.Count(text, "a") != 1 {
		t.Errorf("%q", text)
	}
}
