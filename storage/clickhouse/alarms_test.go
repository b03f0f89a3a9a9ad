package clickhouse_test

import (
	"reflect"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/storetest"
)

// TestAlarms asks for the alarms of the world as the partner and as a customer.
func TestAlarms(t *testing.T) {
	store, _ := storetest.Open(t)
	week := storage.Query{Scope: storage.EveryCustomer(), From: storetest.Begin, To: storetest.End}
	ask := func(query storage.Query) []storage.RaisedAlarm {
		t.Helper()
		found, err := store.Alarms(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, c := range []struct {
		name   string
		change func(*storage.Query)
		want   []string
	}{
		{"all, the newest first", func(*storage.Query) {}, []string{"SiteDown", "CentreSilent", "LinkSaturated", "DeviceDown"}},
		{"of a customer", func(q *storage.Query) { q.Customer = storetest.Acme }, []string{"LinkSaturated", "DeviceDown"}},
		{"of a site", func(q *storage.Query) { q.Site = storetest.Berlin }, []string{"SiteDown"}},
		{"of a device", func(q *storage.Query) { q.Device = storetest.Router }, []string{"LinkSaturated", "DeviceDown"}},
		{"of a rule", func(q *storage.Query) { q.Alarm.Rule = "LinkSaturated" }, []string{"LinkSaturated"}},
		{"open", func(q *storage.Query) { q.Alarm.Open = true }, []string{"SiteDown"}},
		{"open then", func(q *storage.Query) { q.Alarm.Open, q.To = true, storetest.Begin.Add(11*time.Hour+30*time.Minute) }, []string{"LinkSaturated", "DeviceDown"}},
		{"the newest", func(q *storage.Query) { q.Limit = 1 }, []string{"SiteDown"}},
		{"raised before and cleared within", func(q *storage.Query) {
			q.From, q.To = storetest.Begin.Add(12*time.Hour), storetest.Begin.Add(13*time.Hour)
		}, []string{"LinkSaturated", "DeviceDown"}},
		{"nothing", func(q *storage.Query) {
			q.From, q.To = storetest.Begin.Add(13*time.Hour), storetest.Begin.Add(14*time.Hour)
		}, nil},
		{"the scope of acme", func(q *storage.Query) { q.Scope = storage.OnlyCustomers(storetest.AcmeID) }, []string{"LinkSaturated", "DeviceDown"}},
		{"the scope of acme and the site of zen", func(q *storage.Query) { q.Scope, q.Site = storage.OnlyCustomers(storetest.AcmeID), storetest.Berlin }, nil},
	} {
		query := week
		c.change(&query)
		var rules []string
		for _, each := range ask(query) {
			rules = append(rules, each.Rule)
		}
		if !reflect.DeepEqual(rules, c.want) {
			t.Errorf("%s: %q, want %q", c.name, rules, c.want)
		}
	}

	week.Customer = storetest.Zen
	want := storage.RaisedAlarm{
		Entity: storage.Entity{Customer: storetest.Zen, Site: storetest.Berlin, Name: storetest.Berlin}, AlarmID: "00000000000000c3", Rule: "SiteDown", Kind: "SiteDown", Severity: "critical", About: "site/berlin",
		Since: storetest.End.Add(-time.Hour), Raised: storetest.End.Add(-59 * time.Minute), Devices: 3, Own: 2, Summary: "site berlin is down: 2 devices", Version: 2,
		Acknowledged: storage.AlarmAcknowledgement{Owner: "sato", Reason: "carrier called", By: "noc", Until: storetest.End.Add(time.Hour)},
	}
	if got := ask(week); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("to the partner:\n%+v\nwant\n%+v", got, want)
	}
	want.Devices, want.Acknowledged = 2, storage.AlarmAcknowledgement{Until: want.Acknowledged.Until}
	week.Scope = storage.OnlyCustomers(storetest.ZenID)
	if got := ask(week); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("to the customer:\n%+v\nwant\n%+v", got, want)
	}

	// A row that comes again, late or changed.
	again := want
	again.Version, again.Cleared = 1, storetest.End
	if err := store.SaveAlarms(t.Context(), []storage.RaisedAlarm{again}); err != nil {
		t.Fatal(err)
	}
	if got := ask(week); len(got) != 1 || !got[0].Cleared.IsZero() {
		t.Errorf("an older version took the place of a newer: %+v", got)
	}
	again.Version = 3
	if err := store.SaveAlarms(t.Context(), []storage.RaisedAlarm{again, again}); err != nil {
		t.Fatal(err)
	}
	if got := ask(week); len(got) != 1 || !got[0].Cleared.Equal(storetest.End) {
		t.Errorf("a newer version is not seen: %+v", got)
	}
}
