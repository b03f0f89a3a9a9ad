package clickhouse

import (
	"cmp"
	"context"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// registered is a customer, a site or an appliance that the configuration of the centre lists or has listed.
type registered struct {
	at       place
	id       sample.ID // of an appliance
	name     string
	listedMs int64 // when it was listed last
}

// registry are those that a query's customer and site select. It is everybody's and not to be changed.
type registry struct {
	all    []registered
	names  map[sample.ID]string // of the customers, the sites or the appliances of the whole scope
	lastMs int64                // when any of the scope was listed last: what was not then is listed no more
}

// The tables of the registry, with what they have for a site and an appliance.
var (
	customersTable  = registryTable{"customers", "toUInt64(0)", "toUInt64(0)"}
	sitesTable      = registryTable{"sites", "site_id", "toUInt64(0)"}
	appliancesTable = registryTable{"appliances", "site_id", "appliance_id"}
)

type registryTable struct{ name, site, appliance string }

// registry returns those of a table of the registry that a query's customer and site select.
func (s *Store) registry(ctx context.Context, query storage.Query, table registryTable) (registry, error) {
	found, err := s.registered(ctx, query.Scope, table)
	if err != nil || query.Customer == "" && query.Site == "" {
		return found, err
	}
	customer, here := sample.CustomerID(query.Customer), map[sample.ID]bool{sample.SiteID(query.Customer, query.Site): true}
	if query.Customer == "" {
		sites, err := s.registered(ctx, query.Scope, sitesTable)
		if err != nil {
			return registry{}, err
		}
		for _, site := range sites.all {
			here[site.at.site] = site.name == query.Site
		}
	}
	whole := found.all
	found.all = nil
	for _, one := range whole {
		if (query.Customer == "" || one.at.customer == customer) && (query.Site == "" || here[one.at.site]) {
			found.all = append(found.all, one)
		}
	}
	return found, nil
}

// registered reads all that a scope sees of a table of the registry: that is little, and plain columns of it take the
// store less than to add them up.
func (s *Store) registered(ctx context.Context, scope storage.Scope, table registryTable) (registry, error) {
	return s.registries.ask(ctx, s.config.Remember, table.name+" "+inScope(scope), func(ctx context.Context) (registry, error) {
		type key struct {
			at place
			id sample.ID
		}
		found, known, named := registry{names: map[sample.ID]string{}}, map[key]int{}, map[sample.ID]int64{}
		var row registered
		err := s.query(ctx, "registry_"+table.name, "SELECT customer_id, "+table.site+", "+table.appliance+", name, listed FROM "+table.name+" WHERE "+inScope(scope), nil,
			[]any{&row.at.customer, &row.at.site, &row.id, &row.name, &row.listedMs}, func() {
				found.lastMs = max(found.lastMs, row.listedMs)
				id := cmp.Or(row.id, row.at.site, row.at.customer)
				if listed, ok := named[id]; !ok || row.listedMs > listed {
					named[id], found.names[id] = row.listedMs, row.name
				}
				at, ok := known[key{row.at, row.id}]
				switch {
				case !ok:
					known[key{row.at, row.id}] = len(found.all)
					found.all = append(found.all, row)
				case row.listedMs > found.all[at].listedMs:
					found.all[at] = row
				}
			})
		return found, err
	})
}

// unlisted says whether one was known to be listed no more at a time. Of the past it is not known since when one is not.
func (r *registry) unlisted(one registered, atMs int64) bool {
	return one.listedMs < r.lastMs && r.lastMs <= atMs
}
