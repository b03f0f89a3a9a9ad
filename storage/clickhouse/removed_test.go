package clickhouse

import (
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testRemoved takes a device out of an appliance's inventory, and then the customer out of
// the centre's: both count until then and not from then on, and reports go on with them.
func testRemoved(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	offset := int64(1)
	listed := func(started time.Duration, devices ...sample.ID) {
		t.Helper()
		var all []told
		for _, device := range devices {
			all = append(all, told{device: device, started: started, result: sample.OutcomePending, since: started})
		}
		offset++
		write(t, store, offset, offset, table(outcomes(all...), at(started), offset, acme))
	}
	derive(t, store, 2, 2, &storage.Derived{DeviceStates: []storage.DeviceState{
		state(router, storage.StateUp, 0, 2), state(toggle, storage.StateUnknown, 0, 2),
	}})
	counted := func(to time.Time, where string, up, unknown int) {
		t.Helper()
		query := storage.Query{Scope: storage.EveryCustomer(), From: noon, To: to, Customer: "acme"}
		for what, ask := range map[string]func() ([]storage.Standing, error){
			"customers": func() ([]storage.Standing, error) { return store.Customers(t.Context(), query) },
			"sites":     func() ([]storage.Standing, error) { return store.Sites(t.Context(), query) },
		} {
			all, err := ask()
			if err != nil {
				t.Fatal(err)
			}
			if up+unknown < 0 {
				if len(all) != 0 {
					t.Errorf("%s: %s are %+v, want none", where, what, all)
				}
				continue
			}
			// Of a silent appliance all devices are unknown.
			if len(all) != 1 || all[0].Devices != up+unknown {
				t.Errorf("%s: %s are %+v, want %d devices", where, what, all, up+unknown)
			}
		}
		nodes, err := store.Topology(t.Context(), query)
		if err != nil || len(nodes) != max(0, up+unknown) {
			t.Errorf("%s: %d devices in the topology, error %v", where, len(nodes), err)
		}
		boxes, err := store.Appliances(t.Context(), query)
		if err != nil || up+unknown > 0 && (len(boxes) != 1 || boxes[0].Devices != up+unknown) {
			t.Errorf("%s: the appliances are %+v, error %v", where, boxes, err)
		}
	}
	first, second := 10*time.Minute, 2*time.Hour
	listed(first, router, toggle)
	counted(noon.Add(time.Hour), "both are in the inventory", 1, 1)
	listed(second, router)
	counted(noon.Add(second+30*time.Second), "it has only just started", 1, 1)
	counted(noon.Add(second+2*time.Minute), "started without the switch", 1, 0)
	counted(noon.Add(time.Hour), "an hour before", 1, 1)
	query := storage.Query{Scope: storage.EveryCustomer(), From: noon, To: noon.Add(3 * time.Hour), Customer: "acme"}
	if all, err := store.Availability(t.Context(), query); err != nil || len(all) != 2 {
		t.Errorf("availability of %d devices, error %v: history goes on", len(all), err)
	}
	listed(second+time.Hour, router, toggle)
	counted(noon.Add(second+2*time.Hour), "it came back", 1, 1)

	later := storage.Registry{Customers: []storage.Customer{{ID: zen, Name: "zen"}}, Sites: []storage.Site{{ID: zenOsaka, Customer: zen, Name: "osaka"}},
		Appliances: []storage.Appliance{{ID: zenBox, Customer: zen, Site: zenOsaka, Name: "box"}}}
	if err := store.SaveRegistry(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	counted(time.Now().Add(time.Second), "the customer has left", -1, 0)
	query.To = noon.Add(time.Hour)
	if all, err := store.Customers(t.Context(), query); err != nil || len(all) != 1 || all[0].Devices != 2 {
		t.Errorf("the customer of the past is %+v, error %v", all, err)
	}
}
