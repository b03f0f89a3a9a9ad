package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// placeNames are the names of the customers and sites that rows belong to.
type placeNames struct{ customers, sites map[sample.ID]string }

// placeNames reads the names of those that a query's scope sees.
func (s *Store) placeNames(ctx context.Context, query storage.Query) (placeNames, error) {
	var customers, sites registry
	err := together(ctx,
		func(ctx context.Context) (err error) {
			customers, err = s.registered(ctx, query.Scope, customersTable)
			return err
		},
		func(ctx context.Context) (err error) {
			sites, err = s.registered(ctx, query.Scope, sitesTable)
			return err
		},
	)
	return placeNames{customers.names, sites.names}, err
}

// byPlace compares what stands at places: by the names of customer and site, those without a name first.
func (p placeNames) byPlace(a, b place) int {
	return cmp.Or(cmp.Compare(p.customers[a.customer], p.customers[b.customer]), cmp.Compare(p.sites[a.site], p.sites[b.site]))
}

// deviceNames reads the latest names of the devices that a condition selects.
func (s *Store) deviceNames(ctx context.Context, where string, arguments []any, into map[ownedID]string) error {
	var key ownedID
	var name string
	return s.query(ctx, "device_names", "SELECT customer_id, device_id, argMax(name, slot) FROM raw_devices WHERE "+where+" GROUP BY customer_id, device_id", arguments,
		[]any{&key.customer, &key.id, &name}, func() { into[key] = name })
}

// namesOfDevices are the latest names of the devices that a query selects.
func (s *Store) namesOfDevices(ctx context.Context, query storage.Query) (map[ownedID]string, error) {
	where := conditions(query, entityDevice)
	return s.devices.ask(ctx, s.config.Remember, fmt.Sprintf("%s of %q", where, []string{query.Site, query.Device}), func(ctx context.Context) (map[ownedID]string, error) {
		names := map[ownedID]string{}
		return names, s.deviceNames(ctx, where, parameters(query), names)
	})
}

// limited is the beginning of an answer that a query asks for.
func limited[row any](all []row, query storage.Query) []row {
	if query.Limit > 0 && len(all) > query.Limit {
		return slices.Clip(all[:query.Limit])
	}
	return all
}

// rank gives places their ranks in that order. Those that are called the same share one.
func (p placeNames) rank(places map[place]int) {
	order := slices.SortedFunc(maps.Keys(places), p.byPlace)
	for i, at := range order {
		places[at] = i
		if i > 0 && p.byPlace(order[i-1], at) == 0 {
			places[at] = places[order[i-1]]
		}
	}
}
