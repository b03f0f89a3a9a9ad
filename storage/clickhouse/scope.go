package clickhouse

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Nothing from outside becomes SQL text but numbers: names travel as parameters, ids
// are integers.

// inScope is the condition on customer_id that every query of a figure carries.
func inScope(scope storage.Scope) string {
	if scope.All() {
		return "1"
	}
	return "customer_id IN (" + idList(scope.Customers()) + ")"
}

func idList(ids []sample.ID) string {
	var text strings.Builder
	for i, id := range ids {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(strconv.FormatUint(id, 10))
	}
	return text.String()
}

// entityKind says which of a query's names can select rows of a figure.
type entityKind int

const (
	entityDevice entityKind = iota
	entityInterface
	entityPath
)

// conditions are the scope and the names of a query as conditions on ids. A name
// that selects nothing the scope may see selects nothing.
//
// An id is made of the names that lead to it, so it stands in the condition wherever the query
// names them all: a question that asks for ids by a question of its own takes milliseconds longer
// to plan for each place where it does.
func conditions(query storage.Query, kind entityKind) string {
	all := []string{inScope(query.Scope)}
	add := func(condition string, arguments ...any) { all = append(all, fmt.Sprintf(condition, arguments...)) }
	known := func() string { return strings.Join(all, " AND ") }
	if query.Customer != "" {
		add("customer_id = %d", sample.CustomerID(query.Customer))
	}
	ofCustomer := known()
	placed := query.Customer != "" && query.Site != ""
	switch {
	case placed:
		add("site_id = %d", sample.SiteID(query.Customer, query.Site))
	case query.Site != "":
		add("site_id IN (SELECT site_id FROM sites WHERE name = {site:String} AND %s)", ofCustomer)
	}
	ofDevice := ofCustomer
	if query.Device != "" && kind != entityPath {
		condition := "(customer_id, device_id) IN (SELECT customer_id, device_id FROM raw_devices WHERE name = {device:String} AND " + ofCustomer + ")"
		if placed {
			condition = fmt.Sprintf("device_id = %d", sample.DeviceID(query.Customer, query.Site, query.Device))
		}
		all = append(all, condition)
		ofDevice += " AND " + condition
	}
	if query.Interface != "" && kind == entityInterface {
		add("(customer_id, interface_id) IN (SELECT customer_id, interface_id FROM raw_interface_identities WHERE name = {interface:String} AND %s)", ofDevice)
	}
	if kind == entityInterface {
		all = append(all, ofKind(query.Kind, ofDevice))
	}
	switch {
	case query.Path == "" || kind != entityPath:
	case placed:
		add("path_id = %d", sample.PathID(query.Customer, query.Site, query.Path))
	default:
		add("(customer_id, path_id) IN (SELECT customer_id, path_id FROM raw_paths WHERE name = {path:String} AND %s)", ofCustomer)
	}
	return known()
}

// ofCustomer is a query whose scope is the customer that it names, where the scope has it: so
// that names are looked for among that customer's alone.
func ofCustomer(query storage.Query) storage.Query {
	id := sample.CustomerID(query.Customer)
	if query.Customer != "" && (query.Scope.All() || slices.Contains(query.Scope.Customers(), id)) {
		query.Scope = storage.OnlyCustomers(id)
	}
	return query
}

// ofKind is the condition on the kind of a link, of which links are looked at under owner. An interface that no rule was ever
// asked about is a LAN link.
func ofKind(kind, owner string) string {
	known := func(condition string) string {
		return "IN (SELECT customer_id, interface_id FROM links FINAL WHERE " + condition + " AND " + owner + ")"
	}
	const row = "(customer_id, interface_id) "
	switch kind {
	case storage.LinkWAN.String():
		return row + known("kind = 1")
	case storage.LinkLAN.String():
		return row + "NOT " + known("kind != 0")
	case storage.LinkIgnored.String():
		return row + known("kind = 2")
	}
	return row + "NOT " + known("kind = 2")
}

// parameters are the values of what conditions names, and the time asked for.
func parameters(query storage.Query) []any {
	return []any{
		clickhouse.Named("from", query.From.UnixMilli()), clickhouse.Named("to", query.To.UnixMilli()),
		clickhouse.Named("customer", query.Customer), clickhouse.Named("site", query.Site),
		clickhouse.Named("device", query.Device), clickhouse.Named("interface", query.Interface),
		clickhouse.Named("path", query.Path), clickhouse.Named("notification", query.Notification),
	}
}

// joinOwners joins the names of the customers and sites of rows.
func joinOwners(scope storage.Scope, rows string) string {
	return fmt.Sprintf(`LEFT JOIN (SELECT customer_id, any(name) AS customer_name FROM customers WHERE %[1]s GROUP BY customer_id) AS c ON c.customer_id = %[2]s.customer_id
LEFT JOIN (SELECT site_id, any(name) AS site_name FROM sites WHERE %[1]s GROUP BY site_id) AS s ON s.site_id = %[2]s.site_id`,
		inScope(scope), rows)
}

// joinDevices joins the latest names and addresses of the devices of rows. What a
// block says of a device's id holds for its own customer alone; so do names and ids
// everywhere.
func joinDevices(scope storage.Scope, rows string) string {
	return fmt.Sprintf(`LEFT JOIN (SELECT customer_id, device_id, argMax(name, slot) AS device_name, argMax(address, slot) AS device_address
  FROM raw_devices WHERE %[1]s GROUP BY customer_id, device_id) AS d ON d.customer_id = %[2]s.customer_id AND d.device_id = %[2]s.device_id`, inScope(scope), rows)
}

func limit(query storage.Query) string {
	if query.Limit == 0 {
		return ""
	}
	return " LIMIT " + strconv.Itoa(query.Limit)
}

// selected lists columns for a SELECT, each behind the prefix, and where they are
// scanned to.
func selected(prefix string, columns []column) (names string, targets []any) {
	all := make([]string, len(columns))
	for i, column := range columns {
		all[i] = prefix + column.name()
		targets = append(targets, column.target())
	}
	return strings.Join(all, ", "), targets
}

// keep adds the row that was scanned to the columns' values.
func keep(columns []column) {
	for _, column := range columns {
		column.keep()
	}
}

// named is a name, or the id in hex where nothing was ever said about its name.
func named(name string, id sample.ID) string {
	if name == "" && id != 0 {
		return fmt.Sprintf("%016x", id)
	}
	return name
}

func entity(id sample.ID, customer, site, device, name string) storage.Entity {
	return storage.Entity{ID: id, Customer: customer, Site: site, Device: device, Name: name}
}
