package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/calendar"
)

// SaveMaintenance stores a maintenance window as the next revision of its id; the
// revisions before it stay. Times are kept to the millisecond. The window must have an
// id, a customer, and who entered it when and why.
func (s *Store) SaveMaintenance(ctx context.Context, window calendar.Window) error {
	if err := validMaintenance(window); err != nil {
		return err
	}
	customer := sample.CustomerID(window.Customer)
	revision, err := s.lastRevision(ctx, customer, window.ID)
	if err != nil {
		return err
	}
	var rows maintenanceRows
	rows.add(customer, revision+1, window)
	return s.insert(ctx, insertion{"maintenance", rows.columns(), nil})
}

func validMaintenance(window calendar.Window) error {
	if err := window.Validate(); err != nil {
		return err
	}
	switch {
	case window.ID == "":
		return errors.New("the maintenance window has no id")
	case window.Customer == "":
		return fmt.Errorf("maintenance window %s has no customer: give each customer one of its own", window.ID)
	case window.EnteredAt.IsZero() || window.By == "" || window.Why == "":
		return fmt.Errorf("maintenance window %s does not say who entered it when and why: all three are needed", window.ID)
	}
	return nil
}

// lastRevision is 0 where there is none. It counts and asks no clock, which may have
// been set back since.
func (s *Store) lastRevision(ctx context.Context, customer sample.ID, id string) (uint32, error) {
	var revision uint32
	err := s.query(ctx, "maintenance_revision", "SELECT max(revision) FROM maintenance WHERE customer_id = {customer_id:UInt64} AND id = {id:String}",
		[]any{clickhouse.Named("customer_id", customer), clickhouse.Named("id", id)}, []any{&revision}, func() {})
	return revision, err
}

// Maintenance returns the windows in force that may touch the time asked for, by their
// beginning: one with a rule may turn out to have no occurrence in it. A site or device
// in the query selects the windows that cover it or a part of it.
func (s *Store) Maintenance(ctx context.Context, query storage.Query) ([]calendar.Window, error) {
	return s.windows(ctx, query, func(columns, where, touching string) string {
		return "SELECT " + columns + " FROM (SELECT * FROM maintenance WHERE " + where + `
  ORDER BY revision DESC, revised_ts DESC LIMIT 1 BY customer_id, id)
WHERE cancelled = 0 AND ` + touching + " ORDER BY from_ts, customer, id"
	})
}

// MaintenanceHistory returns every revision of the windows of which any revision may
// touch the time asked for, cancelled ones too: by customer and id, in the order they
// were entered.
func (s *Store) MaintenanceHistory(ctx context.Context, query storage.Query) ([]calendar.Window, error) {
	return s.windows(ctx, query, func(columns, where, touching string) string {
		return "SELECT " + columns + " FROM maintenance FINAL WHERE " + where + ` AND (customer_id, id) IN
  (SELECT customer_id, id FROM maintenance WHERE ` + where + " AND " + touching + `)
ORDER BY customer, id, revision, revised_ts`
	})
}

func (s *Store) windows(ctx context.Context, query storage.Query, sql func(columns, where, touching string) string) ([]calendar.Window, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	where := inScope(query.Scope)
	if query.Customer != "" {
		where += " AND customer = {customer:String}"
	}
	touching := `from_ts < fromUnixTimestamp64Milli({to:Int64}) AND (rule != '' OR to_ts > fromUnixTimestamp64Milli({from:Int64}))`
	if query.Site != "" {
		touching += " AND site IN ('', {site:String})"
	}
	if query.Device != "" {
		touching += " AND device IN ('', {device:String})"
	}
	// Mostly there are none, and to say so takes a fraction of reading them.
	var found uint8
	if err := s.query(ctx, "maintenance_any", "SELECT 1 FROM maintenance WHERE "+where+" AND "+touching+" LIMIT 1", parameters(query), []any{&found}, func() {}); err != nil {
		return nil, err
	}
	var rows maintenanceRows
	if found == 0 {
		return rows.windows(), nil
	}
	columns := rows.columns()
	names, targets := selected("", columns)
	err := s.query(ctx, "maintenance", sql(names, where, touching)+limit(query), parameters(query), targets, func() { keep(columns) })
	if err != nil {
		return nil, err
	}
	return rows.windows(), nil
}

// maintenanceRows are rows of the table maintenance.
type maintenanceRows struct {
	customerIDs                   []sample.ID
	ids                           []string
	revisions                     []uint32
	customers, sites, devices     []string
	from, to                      []int64
	rules, zones                  []string
	entered                       []int64
	enteredBy, reason, references []string
	revised                       []int64
	revisedBy, revisedReason      []string
	cancelled                     []uint8
}

func (r *maintenanceRows) columns() []column {
	return []column{
		of("customer_id", &r.customerIDs), of("id", &r.ids), of("revision", &r.revisions),
		of("customer", &r.customers), of("site", &r.sites), of("device", &r.devices),
		times("from_ts", &r.from), times("to_ts", &r.to), of("rule", &r.rules), of("time_zone", &r.zones),
		times("entered_ts", &r.entered), of("entered_by", &r.enteredBy), of("why", &r.reason),
		of("reference", &r.references),
		times("revised_ts", &r.revised), of("revised_by", &r.revisedBy), of("revised_why", &r.revisedReason), of("cancelled", &r.cancelled),
	}
}

func (r *maintenanceRows) add(customer sample.ID, revision uint32, w calendar.Window) {
	r.customerIDs, r.ids, r.revisions = append(r.customerIDs, customer), append(r.ids, w.ID), append(r.revisions, revision)
	r.customers, r.sites, r.devices = append(r.customers, w.Customer), append(r.sites, w.Site), append(r.devices, w.Device)
	r.from, r.to = append(r.from, w.From.UnixMilli()), append(r.to, w.To.UnixMilli())
	r.rules, r.zones = append(r.rules, w.Rule), append(r.zones, w.TimeZone)
	r.entered, r.enteredBy = append(r.entered, w.EnteredAt.UnixMilli()), append(r.enteredBy, w.By)
	r.reason, r.references = append(r.reason, w.Why), append(r.references, w.Reference)
	revised, cancelled := int64(0), uint8(0)
	if !w.RevisedAt.IsZero() {
		revised = w.RevisedAt.UnixMilli()
	}
	if w.Cancelled {
		cancelled = 1
	}
	r.revised, r.cancelled = append(r.revised, revised), append(r.cancelled, cancelled)
	r.revisedBy, r.revisedReason = append(r.revisedBy, w.RevisedBy), append(r.revisedReason, w.RevisedWhy)
}

func (r *maintenanceRows) windows() []calendar.Window {
	all := make([]calendar.Window, len(r.ids))
	for i := range all {
		all[i] = calendar.Window{
			ID: r.ids[i], Customer: r.customers[i], Site: r.sites[i], Device: r.devices[i],
			From: instant(r.from[i]), To: instant(r.to[i]), Rule: r.rules[i], TimeZone: r.zones[i],
			EnteredAt: instant(r.entered[i]), By: r.enteredBy[i], Why: r.reason[i], Reference: r.references[i],
			RevisedAt: momentOrZero(r.revised[i]), RevisedBy: r.revisedBy[i], RevisedWhy: r.revisedReason[i],
			Cancelled: r.cancelled[i] == 1,
		}
	}
	return all
}
