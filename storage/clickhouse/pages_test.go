package clickhouse_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/storetest"
)

// over is a question about everybody, from the world's beginning.
func over(from, to time.Duration) storage.Query {
	return storage.Query{Scope: storage.EveryCustomer(), From: storetest.Begin.Add(from), To: storetest.Begin.Add(to)}
}

// TestPages asks the questions of the pages about the known world.
func TestPages(t *testing.T) {
	store, _ := storetest.Open(t)
	for name, test := range map[string]func(*testing.T, *clickhouse.Store){
		"the wall": testWall, "sites": testSites, "states": testStates, "topology": testTopology, "interfaces": testInterfaces,
		"paths": testPaths, "appliances": testAppliances, "restarts": testRestarts, "names": testNames, "scope": testPagesScope, "refused": testPagesRefused,
	} {
		t.Run(name, func(t *testing.T) { test(t, store) })
	}
}

func wall(t *testing.T, store *clickhouse.Store, query storage.Query) []storage.Standing {
	t.Helper()
	all, err := store.Customers(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func testWall(t *testing.T, store *clickhouse.Store) {
	// At the end zen's only router has been down for an hour; nobody has heard of an
	// appliance then, whose heartbeats are of today.
	all := wall(t, store, over(0, 7*day))
	if len(all) != 2 || all[0].Customer != storetest.Zen || all[1].Customer != storetest.Acme {
		t.Fatalf("the order is %+v", all)
	}
	zen := all[0]
	want := storage.Standing{Customer: storetest.Zen, Devices: 1, Down: 1, Appliances: 1, Silent: 1, Concern: storage.ConcernSite, Worst: storetest.Berlin, WorstValue: 1,
		Affected: 1, Since: storetest.End.Add(-time.Hour), Utilization: 10, Measured: true, AsOf: storetest.End}
	if zen != want {
		t.Errorf("zen is\n%+v\nwant\n%+v", zen, want)
	}
	if acme := all[1]; acme.Concern != storage.ConcernSilent || acme.Devices != 3 || acme.Up != 3 || acme.State() != "unknown" || acme.Worst != storetest.Box {
		t.Errorf("acme is %+v", acme)
	}

	// At half past eleven of the first day tokyo is down and in maintenance: that is no
	// concern. Before eleven it was one, of both devices.
	all = wall(t, store, over(0, 11*time.Hour+30*time.Minute))
	acme := find(t, all, storetest.Acme)
	if acme.Maintenance != 2 || acme.Up != 1 || acme.Down != 0 || acme.MOS != 3.1 || acme.Utilization != 90 {
		t.Errorf("acme in maintenance is %+v", acme)
	}
	acme = find(t, wall(t, store, over(0, 10*time.Hour+30*time.Minute)), storetest.Acme)
	if acme.Concern != storage.ConcernSite || acme.Worst != storetest.Tokyo || acme.Down != 1 || acme.Unreachable != 1 || acme.Affected != 2 || !acme.Since.Equal(storetest.Begin.Add(10*time.Hour)) {
		t.Errorf("acme with tokyo down is %+v", acme)
	}
	// The switch alone.
	acme = find(t, wall(t, store, over(0, 5*day+10*time.Minute)), storetest.Acme)
	if acme.Concern != storage.ConcernDevice || acme.Worst != storetest.Switch || acme.Down != 1 || acme.Up != 2 || !acme.Since.Equal(storetest.Begin.Add(5*day)) {
		t.Errorf("acme with a switch down is %+v", acme)
	}
	// Before anything was seen there is nothing.
	if all = wall(t, store, over(-2*day, -day)); len(all) != 2 || all[0].Devices != 0 || all[0].Rated || all[0].Measured || !all[0].AsOf.IsZero() {
		t.Errorf("before the beginning: %+v", all)
	}
	// Now the appliances of tokyo and berlin report.
	now := storage.Query{Scope: storage.EveryCustomer(), From: storetest.Begin, To: time.Now(), Site: storetest.Tokyo}
	acme = find(t, wall(t, store, now), storetest.Acme)
	if acme.Silent != 0 || acme.Concern != storage.ConcernNone || acme.State() != "up" || time.Since(acme.AsOf) > 10*time.Minute {
		t.Errorf("acme now is %+v", acme)
	}
}

func find(t *testing.T, all []storage.Standing, customer string) storage.Standing {
	t.Helper()
	at := slices.IndexFunc(all, func(s storage.Standing) bool { return s.Customer == customer })
	if at < 0 {
		t.Fatalf("%s is not among %+v", customer, all)
	}
	return all[at]
}

func testSites(t *testing.T, store *clickhouse.Store) {
	query := over(0, 11*time.Hour+30*time.Minute)
	all, err := store.Sites(t.Context(), query)
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, error %v", all, err)
	}
	if tokyo := all[2]; tokyo.Site != storetest.Tokyo || tokyo.State() != "maintenance" || tokyo.Maintenance != 2 || !tokyo.Since.Equal(storetest.Begin.Add(11*time.Hour)) {
		t.Errorf("tokyo is %+v", tokyo)
	}
	// Whom to call is for the customer too, what to do there for the partner alone.
	tokyo := all[2]
	if tokyo.Contact != (storage.Contact{Name: "Sato, facilities", Phone: "+81 3 5550 0100", Mail: "sato@acme.example", Hours: "Mon-Fri 8-18, else the guard"}) || tokyo.Runbook != storetest.Runbook {
		t.Errorf("the card of tokyo is %+v, %q", tokyo.Contact, tokyo.Runbook)
	}
	own := query
	own.Scope, own.Site = storage.OnlyCustomers(storetest.AcmeID), storetest.Tokyo
	if seen, err := store.Sites(t.Context(), own); err != nil || len(seen) != 1 || seen[0].Contact != tokyo.Contact || seen[0].Runbook != "" {
		t.Errorf("acme sees %+v, error %v", seen, err)
	}
	query.Customer, query.Site = storetest.Acme, storetest.Osaka
	if all, err = store.Sites(t.Context(), query); err != nil || len(all) != 1 || all[0].Site != storetest.Osaka || all[0].Devices != 1 {
		t.Errorf("%+v, error %v", all, err)
	}
	if all := wall(t, store, query); len(all) != 1 || all[0].Devices != 1 {
		t.Errorf("a customer of one site: %+v", all)
	}
	query.Customer = "nobody"
	if all := wall(t, store, query); len(all) != 0 {
		t.Errorf("nobody is %+v", all)
	}
}

func testStates(t *testing.T, store *clickhouse.Store) {
	query := over(0, 7*day)
	query.Device, query.Customer = storetest.Switch, storetest.Acme
	exact, err := store.States(t.Context(), query, 0)
	if err != nil || exact.Devices != 1 {
		t.Fatalf("%+v, error %v", exact, err)
	}
	type stretch struct {
		from, to    time.Duration
		state       storage.State
		maintenance bool
		merged      int
	}
	read := func(all []storage.StateStretch) (list []stretch) {
		for _, s := range all {
			list = append(list, stretch{s.From.Sub(storetest.Begin), s.To.Sub(storetest.Begin), s.State, s.Maintenance, s.Merged})
		}
		return list
	}
	want := []stretch{
		{0, 10 * time.Hour, storage.StateUp, false, 0},
		{10 * time.Hour, 11 * time.Hour, storage.StateDown, false, 1},
		{11 * time.Hour, 12 * time.Hour, storage.StateDown, true, 1},
		{12 * time.Hour, 13 * time.Hour, storage.StateUp, true, 0},
		{13 * time.Hour, 5 * day, storage.StateUp, false, 0},
		{5 * day, 5*day + 20*time.Minute, storage.StateDown, false, 1},
		{5*day + 20*time.Minute, 7 * day, storage.StateUp, false, 0},
	}
	if got := read(exact.Stretches); !reflect.DeepEqual(got, want) {
		t.Errorf("exact\n%v\nwant\n%v", got, want)
	}
	coarse, err := store.States(t.Context(), query, 7)
	want = []stretch{
		{0, 10 * time.Hour, storage.StateUp, false, 0},
		{10 * time.Hour, 13 * time.Hour, storage.StateDown, false, 3},
		{13 * time.Hour, 5 * day, storage.StateUp, false, 0},
		{5 * day, 5*day + 20*time.Minute, storage.StateDown, false, 1},
		{5*day + 20*time.Minute, 7 * day, storage.StateUp, false, 0},
	}
	if got := read(coarse.Stretches); err != nil || coarse.Slice != day || !reflect.DeepEqual(got, want) {
		t.Errorf("a slice a day\n%v\nwant\n%v, error %v", got, want, err)
	}
	everyone := over(0, 7*day)
	all, err := store.States(t.Context(), everyone, 7)
	if err != nil || all.Devices < 3 {
		t.Fatalf("%+v, error %v", all, err)
	}
	for everyone.Limit = 1; everyone.Limit <= len(all.Stretches)+1; everyone.Limit++ {
		some, err := store.States(t.Context(), everyone, 7)
		if want := all.Stretches[:min(everyone.Limit, len(all.Stretches))]; err != nil || !reflect.DeepEqual(some.Stretches, want) {
			t.Errorf("the first %d\n%+v\nwant\n%+v, error %v", everyone.Limit, some.Stretches, want, err)
		}
	}
}

func testTopology(t *testing.T, store *clickhouse.Store) {
	query := over(0, 7*day)
	query.Customer, query.Site = storetest.Acme, storetest.Tokyo
	nodes, err := store.Topology(t.Context(), query)
	if err != nil || len(nodes) != 2 {
		t.Fatalf("%+v, error %v", nodes, err)
	}
	router, toggle := nodes[0], nodes[1]
	if router.Device != storetest.Router || router.Behind != "" || router.Reboots != 1 || !router.Booted.Equal(storetest.Begin.Add(3*day+70*time.Minute)) || router.Interfaces != 1 || router.Address != "10.0.0.1" {
		t.Errorf("the router is %+v", router)
	}
	if toggle.Behind != storetest.Router || toggle.State != storage.StateUp || toggle.Appliance != storetest.Box {
		t.Errorf("the switch is %+v", toggle)
	}
	query.To = storetest.Begin.Add(11*time.Hour + 30*time.Minute)
	if nodes, err = store.Topology(t.Context(), query); err != nil || nodes[1].State != storage.StateDown || nodes[1].Cause != storage.CauseUnreachable || !nodes[1].Maintenance {
		t.Errorf("in maintenance %+v, error %v", nodes, err)
	}
	if _, known := nodes[0].Uptime(query.To); known {
		t.Error("the router's uptime is known before it told of a boot")
	}
}

func testInterfaces(t *testing.T, store *clickhouse.Store) {
	query := over(0, 7*day)
	byName, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{})
	if err != nil || byName.Total != 3 || len(byName.Interfaces) != 3 {
		t.Fatalf("%+v, error %v", byName, err)
	}
	uplink := byName.Interfaces[0]
	if percent, ok := uplink.LastPercent(); uplink.Name != storetest.Uplink || uplink.Alias != "to the carrier" || uplink.Kind != storage.LinkWAN || !ok || percent != 10 || !uplink.Polled.Equal(storetest.End) {
		t.Errorf("the uplink is %+v", uplink)
	}
	if percent, ok := uplink.Percent(); !ok || percent != 30 { // 24 hours: 14 of 10 %, 9 of 60 % but one of 90 %
		t.Errorf("the uplink was at %v %%", percent)
	}
	busiest, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{Busiest: true})
	if err != nil || len(busiest.Interfaces) != 3 || busiest.Interfaces[0].Name != storetest.Uplink || busiest.Interfaces[0].Customer != storetest.Acme {
		t.Errorf("busiest %+v, error %v", busiest, err)
	}
	var lost []string
	for i := range byName.Interfaces {
		if percent, ok := storage.LostPercent(byName.Interfaces[i].InErrors, byName.Interfaces[i].InPackets); ok && percent > 0 {
			lost = append(lost, byName.Interfaces[i].Customer+byName.Interfaces[i].Name)
		}
	}
	for order, name := range map[storage.InterfaceOrder]string{storage.InterfacesByLoad: "load", storage.InterfacesByErrors: "errors"} {
		all, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{Order: order})
		if err != nil || all.Total != 3 || len(all.Interfaces) != 3 {
			t.Fatalf("by %s %+v, error %v", name, all, err)
		}
		for i := range all.Interfaces[1:] {
			before, after := &all.Interfaces[i], &all.Interfaces[i+1]
			a, _ := before.Percent()
			b, _ := after.Percent()
			if order == storage.InterfacesByErrors {
				a, _ = storage.LostPercent(before.InErrors, before.InPackets)
				b, _ = storage.LostPercent(after.InErrors, after.InPackets)
			}
			if a < b {
				t.Errorf("by %s %s with %g comes before %s with %g", name, before.Name, a, after.Name, b)
			}
		}
		if first := all.Interfaces[0]; order == storage.InterfacesByErrors && !slices.Contains(lost, first.Customer+first.Name) {
			t.Errorf("by errors the first is %s of %s: lost by %q", first.Name, first.Customer, lost)
		}
	}
	query.Limit = 1
	if page, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{Order: storage.InterfacesByLoad, Offset: 2}); err != nil || page.Total != 3 || len(page.Interfaces) != 1 {
		t.Errorf("the third page by load is %+v, error %v", page, err)
	}
	second, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{Busiest: true, Offset: 1})
	if err != nil || second.Total != 3 || len(second.Interfaces) != 1 {
		t.Errorf("the second page is %+v, error %v", second, err)
	}
	query.Device = storetest.Router
	found, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{Text: "CARRIER"})
	if err != nil || len(found.Interfaces) != 1 || found.Interfaces[0].Name != storetest.Uplink {
		t.Errorf("found %+v, error %v", found, err)
	}
	query.Kind = "lan"
	if found, err = store.Interfaces(t.Context(), query, storage.InterfaceChoice{Busiest: true, Text: "carrier"}); err != nil || len(found.Interfaces) != 0 {
		t.Errorf("a WAN link among LAN ones: %+v, error %v", found, err)
	}
}

func testPaths(t *testing.T, store *clickhouse.Store) {
	query := over(0, day)
	query.Site = storetest.Tokyo
	paths, err := store.Paths(t.Context(), query)
	if err != nil || len(paths) != 1 || !paths[0].Measured || paths[0].Latest.MOS != 4.3 || paths[0].Mean.Minutes != 1440 || paths[0].Mean.MOSMin != 3.1 || paths[0].Target != "192.0.2.1:862" {
		t.Errorf("%+v, error %v", paths, err)
	}
	query = over(6*day, 7*day)
	if paths, err = store.Paths(t.Context(), query); err != nil || len(paths) != 1 || paths[0].Measured || paths[0].Mean.Minutes != 0 {
		t.Errorf("where nothing was measured: %+v, error %v", paths, err)
	}
}

func testAppliances(t *testing.T, store *clickhouse.Store) {
	boxes, err := store.Appliances(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: storetest.Begin, To: time.Now()})
	if err != nil || len(boxes) != 3 {
		t.Fatalf("%+v, error %v", boxes, err)
	}
	osaka, tokyo := boxes[0], boxes[1]
	if !osaka.LastHeartbeat.IsZero() || tokyo.LastHeartbeat.IsZero() || tokyo.Silent || tokyo.Interval != time.Hour || tokyo.Devices != 2 {
		t.Errorf("osaka %+v, tokyo %+v", osaka, tokyo)
	}
	// Tokyo says what it runs and sends, berlin is of an older program.
	if tokyo.Version != "1.2" || !tokyo.UplinkKnown || tokyo.UplinkBytes != 125_000 || tokyo.UplinkBps != 100_000 {
		t.Errorf("the uplink of tokyo is %+v", tokyo)
	}
	if berlin := boxes[2]; berlin.Silent || berlin.Version != "" || berlin.UplinkKnown || osaka.UplinkKnown {
		t.Errorf("osaka %+v and berlin %+v say nothing", osaka, berlin)
	}
}

func testRestarts(t *testing.T, store *clickhouse.Store) {
	all, err := store.Restarts(t.Context(), over(0, 7*day))
	if err != nil || len(all) != 1 || all[0].Device != storetest.Router || all[0].Kind != storage.RebootDevice || !all[0].At.Equal(storetest.Begin.Add(3*day+70*time.Minute)) {
		t.Errorf("%+v, error %v", all, err)
	}
	if all, err = store.Restarts(t.Context(), over(4*day, 7*day)); err != nil || len(all) != 0 {
		t.Errorf("later %+v, error %v", all, err)
	}
}

func testNames(t *testing.T, store *clickhouse.Store) {
	search := func(change func(*storage.NameSearch)) storage.NamePage {
		t.Helper()
		asked := storage.NameSearch{Scope: storage.EveryCustomer(), Limit: 10}
		change(&asked)
		page, err := store.Names(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	values := func(page storage.NamePage, kind storage.NameKind) (all []string) {
		for _, name := range page.Names {
			all = append(all, name.Value(kind))
		}
		return all
	}
	for _, each := range []struct {
		kind storage.NameKind
		text string
		want []string
	}{
		{storage.NameCustomer, "", []string{storetest.Acme, storetest.Zen}},
		{storage.NameCustomer, "ZE", []string{storetest.Zen}},
		{storage.NameSite, "o", []string{storetest.Osaka, storetest.Tokyo}},
		{storage.NameSite, "_", nil}, // no pattern
		{storage.NameDevice, "SWI", []string{storetest.Switch}},
		{storage.NameInterface, "carrier", []string{storetest.Uplink}},
		{storage.NamePath, "osaka", []string{storetest.Path}},
	} {
		if got := values(search(func(s *storage.NameSearch) { s.Kind, s.Text = each.kind, each.text }), each.kind); !slices.Equal(got, each.want) {
			t.Errorf("%s with %q: %q, want %q", each.kind, each.text, got, each.want)
		}
	}
	page := search(func(s *storage.NameSearch) { s.Kind, s.Offset, s.Limit = storage.NameDevice, 1, 2 })
	if page.Total != 4 || len(page.Names) != 2 || !page.More(1) || page.Names[0].Site != storetest.Tokyo {
		t.Errorf("the second page is %+v", page)
	}
	page = search(func(s *storage.NameSearch) {
		s.Kind, s.Customer, s.Site, s.Device = storage.NameInterface, storetest.Acme, storetest.Tokyo, storetest.Switch
	})
	if page.Total != 1 || page.Names[0].Name != storetest.Floor || page.Names[0].Also != "first floor" {
		t.Errorf("interfaces of the switch: %+v", page)
	}
}

// testPagesScope holds that every question keeps to its customers, whatever names it
// gives.
func testPagesScope(t *testing.T, store *clickhouse.Store) {
	query := storage.Query{Scope: storage.OnlyCustomers(storetest.ZenID), From: storetest.Begin, To: time.Now()}
	for _, named := range []string{"", storetest.Zen, storetest.Acme} {
		query.Customer = named
		for question, customers := range asked(t, store, query) {
			for _, customer := range customers {
				if customer != storetest.Zen {
					t.Errorf("%s with the name %q tells of %q", question, named, customer)
				}
			}
			if named == storetest.Acme && len(customers) > 0 {
				t.Errorf("%s of a foreign customer gives %q", question, customers)
			}
			if named != storetest.Acme && len(customers) == 0 && question != "paths" && question != "restarts" && question != "names of paths" {
				t.Errorf("%s with the name %q gives nothing", question, named)
			}
		}
	}
}

// asked returns whom each question tells of.
func asked(t *testing.T, store *clickhouse.Store, query storage.Query) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	customers, err := store.Customers(t.Context(), query)
	check(err)
	for _, one := range customers {
		all["customers"] = append(all["customers"], one.Customer)
	}
	sites, err := store.Sites(t.Context(), query)
	check(err)
	for _, one := range sites {
		all["sites"] = append(all["sites"], one.Customer)
	}
	states, err := store.States(t.Context(), query, 100)
	check(err)
	for _, one := range states.Stretches {
		all["states"] = append(all["states"], one.Customer)
	}
	nodes, err := store.Topology(t.Context(), query)
	check(err)
	for _, one := range nodes {
		all["topology"] = append(all["topology"], one.Customer)
	}
	for name, choice := range map[string]storage.InterfaceChoice{"interfaces": {}, "busiest": {Busiest: true}} {
		ports, err := store.Interfaces(t.Context(), query, choice)
		check(err)
		for _, one := range ports.Interfaces {
			all[name] = append(all[name], one.Customer)
		}
	}
	paths, err := store.Paths(t.Context(), query)
	check(err)
	for _, one := range paths {
		all["paths"] = append(all["paths"], one.Customer)
	}
	boxes, err := store.Appliances(t.Context(), query)
	check(err)
	for _, one := range boxes {
		all["appliances"] = append(all["appliances"], one.Customer)
	}
	restarts, err := store.Restarts(t.Context(), query)
	check(err)
	for _, one := range restarts {
		all["restarts"] = append(all["restarts"], one.Customer)
	}
	for _, kind := range []storage.NameKind{storage.NameCustomer, storage.NameSite, storage.NameDevice, storage.NameInterface, storage.NamePath} {
		page, err := store.Names(t.Context(), storage.NameSearch{Scope: query.Scope, Kind: kind, Customer: query.Customer, Limit: 100})
		check(err)
		all["names of "+string(kind)] = nil
		for _, one := range page.Names {
			all["names of "+string(kind)] = append(all["names of "+string(kind)], one.Customer)
		}
	}
	for _, name := range []string{"customers", "sites", "states", "topology", "interfaces", "busiest", "paths", "appliances", "restarts"} {
		all[name] = append([]string(nil), all[name]...) // so that it is there without rows too
	}
	return all
}

// testPagesRefused holds that nothing is answered without a scope.
func testPagesRefused(t *testing.T, store *clickhouse.Store) {
	query := over(0, day)
	query.Scope = storage.Scope{}
	_, customers := store.Customers(t.Context(), query)
	_, sites := store.Sites(t.Context(), query)
	_, states := store.States(t.Context(), query, 0)
	_, nodes := store.Topology(t.Context(), query)
	_, ports := store.Interfaces(t.Context(), query, storage.InterfaceChoice{})
	_, paths := store.Paths(t.Context(), query)
	_, boxes := store.Appliances(t.Context(), query)
	_, restarts := store.Restarts(t.Context(), query)
	_, names := store.Names(t.Context(), storage.NameSearch{Kind: storage.NameSite, Limit: 1})
	for i, err := range []error{customers, sites, states, nodes, ports, paths, boxes, restarts, names} {
		if !errors.Is(err, storage.ErrNoScope) {
			t.Errorf("question %d without a scope: %v", i, err)
		}
	}
}
