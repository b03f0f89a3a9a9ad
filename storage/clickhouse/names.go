package clickhouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// nameSources are the rows that names of a kind are searched in: the columns customer_id, site,
// device, id, label and also are theirs all. site and device
// stand for what a condition reads as site_id and device_id.
var nameSources = map[storage.NameKind]string{
	storage.NameCustomer: `SELECT customer_id, toUInt64(0) AS site, toUInt64(0) AS device, customer_id AS id, any(customers.name) AS label, '' AS also FROM customers WHERE %s GROUP BY customer_id`,
	storage.NameSite:     `SELECT customer_id, site_id AS site, toUInt64(0) AS device, site_id AS id, any(sites.name) AS label, '' AS also FROM sites WHERE %s GROUP BY customer_id, site_id`,
	storage.NameDevice: `SELECT customer_id, argMax(site_id, slot) AS site, device_id AS device, device_id AS id, argMax(name, slot) AS label, argMax(address, slot) AS also
  FROM raw_devices WHERE %s GROUP BY customer_id, device_id`,
	storage.NameInterface: `SELECT customer_id, argMax(site_id, slot) AS site, argMax(device_id, slot) AS device, interface_id AS id,
  argMax(name, slot) AS label, argMax(alias, slot) AS also
  FROM raw_interface_identities WHERE %s GROUP BY customer_id, interface_id`,
	storage.NamePath: `SELECT customer_id, argMax(site_id, slot) AS site, toUInt64(0) AS device, path_id AS id, argMax(name, slot) AS label, argMax(target, slot) AS also
  FROM raw_paths WHERE %s GROUP BY customer_id, path_id`,
}

// Names returns a page of names: see storage.NameSearch.
func (s *Store) Names(ctx context.Context, search storage.NameSearch) (storage.NamePage, error) {
	if err := search.Validate(); err != nil {
		return storage.NamePage{}, err
	}
	query := storage.Query{Scope: search.Scope, Customer: search.Customer, Site: search.Site, Device: search.Device}
	kind := entityDevice
	switch search.Kind {
	case storage.NameCustomer:
		query.Site, query.Device = "", ""
	case storage.NameSite:
		query.Device = ""
	case storage.NameDevice, storage.NameInterface:
	case storage.NamePath:
		kind, query.Device = entityPath, ""
	}
	// Of the names that have the text those that begin with it come first.
	const has = "({text:String} = '' OR positionCaseInsensitiveUTF8(label, {text:String}) > 0 OR positionCaseInsensitiveUTF8(also, {text:String}) > 0)"
	rows := "SELECT customer_id, site AS site_id, device AS device_id, id, label, also FROM (" + fmt.Sprintf(nameSources[search.Kind], conditions(query, kind)) + ") WHERE " + has
	arguments := append(parameters(query), clickhouse.Named("text", search.Text), clickhouse.Named("offset", uint64(search.Offset)), clickhouse.Named("limit", uint64(search.Limit)))
	var page storage.NamePage
	var total uint64
	var id, customerID, siteID, deviceID sample.ID
	var customer, site, device, name, also string
	err := together(ctx,
		func(ctx context.Context) error {
			return s.query(ctx, "names_total", "SELECT count() FROM ("+rows+")", arguments, []any{&total}, func() {})
		},
		func(ctx context.Context) error {
			return s.query(ctx, "names", `SELECT t.id, t.customer_id, t.site_id, t.device_id, c.customer_name, s.site_name, d.device_name, t.label, t.also
FROM (`+rows+`) AS t
`+joinOwners(search.Scope, "t")+`
`+joinDevices(search.Scope, "t")+`
ORDER BY {text:String} = '' OR positionCaseInsensitiveUTF8(t.label, {text:String}) = 1 DESC, c.customer_name, s.site_name, d.device_name, t.label, t.id
LIMIT {limit:UInt64} OFFSET {offset:UInt64}`, arguments,
				[]any{&id, &customerID, &siteID, &deviceID, &customer, &site, &device, &name, &also}, func() {
					found := storage.FoundName{Entity: entity(id, named(customer, customerID), named(site, siteID), named(device, deviceID), ""), Also: also}
					if search.Kind == storage.NameInterface || search.Kind == storage.NamePath {
						found.Name = named(name, id)
					}
					page.Names = append(page.Names, found)
				})
		},
	)
	if err != nil {
		return storage.NamePage{}, err
	}
	page.Total = int(total)
	return page, nil
}
