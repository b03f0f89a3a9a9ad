package clickhouse

import (
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

// registry are those that a query's customer and site select.
type registry struct {
	all    []registered
	lastMs int64 // when any of the scope was listed last: what was not then is listed no more
}

// The tables of the registry, with what they have for a site and an appliance.
var (
	customersTable  = registryTable{"customers", "toUInt64(0)", "toUInt64(0)"}
	sitesTable      = registryTable{"sites", "site_id", "toUInt64(0)"}
	appliancesTable = registryTable{"appliances", "site_id", "appliance_id"}
)

type registryTable struct{ name, site, appliance string }

// registry reads a table of the registry, all that the scope sees of it: that is little, and plain columns of it take the
// store less than to add them up.
func (s *Store) registry(ctx context.Context, query storage.Query, table registryTable) (found registry, err error) {
	type key struct {
		at place
		id sample.ID
	}
	known := map[key]int{}
	var row registered
	var asked uint8
	err = s.query(ctx, "registry_"+table.name, "SELECT customer_id, "+table.site+", "+table.appliance+", name, listed, toUInt8("+conditions(query, entityDevice)+") FROM "+table.name+" WHERE "+inScope(query.Scope),
		parameters(query), []any{&row.at.customer, &row.at.site, &row.id, &row.name, &row.listedMs, &asked}, func() {
			found.lastMs = max(found.lastMs, row.listedMs)
			if asked == 0 {
				return
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
}

// unlisted says whether one was known to be listed no more at a time. Of the past it is not known since when one is not.
func (r *registry) unlisted(one registered, atMs int64) bool {
	return one.listedMs < r.lastMs && r.lastMs <= atMs
}
